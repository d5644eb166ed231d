"""Actions by which PPID and Walidata enter requests that came otherwise. Parameters and results: docs/requests.md."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.ppid import clocks, entering, requests
from ckanext.satudata.shared import words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_ppid_request_enter", "satudata_ppid_request_import"]
LANGUAGE = "id"
"""In which letters and mails are written to applicants who did not use the portal."""


@boundary
def satudata_ppid_request_enter(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Enter a request that came at the counter, by letter, by telephone or on the separate PPID site. PPID's act;
    Walidata's where a government office asks (`applicant_kind` `government`).

    As for `satudata_ppid_request_create`, without `consent`; address and occupation may be missing, and the
    completeness check asks for them. A government office names itself
    (`institution`) and comes with a scan of its letter or an official address, which it confirms before anything is
    given. The tracking code stands in the answer of the one who enters it, once.

    :param channel: `counter`, `letter`, `telephone` or `ppid_site` (not of a government office)
    :param received_at: when it was received, a day or an ISO instant; runs the clock; never in the future
    :param outside_number: the number it has elsewhere; needed for `ppid_site`; the same number is entered once
    :param evidence: scan of what came on paper, a file (multipart); needed for `letter`
    :returns: `id`, `ref`, `number`, `received_at`, `entered_at`, `due_on`, `case_id`, `created`, `tracking_code` (null
        where it was entered before)
    """
    tk.check_access("satudata_ppid_request_enter", context, data_dict)
    with transaction():
        row, created = entering.enter(model.Session, data_dict, actor=actor_of(context), language=LANGUAGE)
    return {
        "id": row.id,
        "ref": row.ref,
        "number": row.number,
        "received_at": row.received_at.isoformat(),
        "entered_at": row.entered_at.isoformat(),
        "due_on": clocks.due(row).due_on.isoformat(),
        "case_id": row.case_id,
        "created": created,
        "tracking_code": requests.tracking_code(row) if created else None,
    }


@boundary
def satudata_ppid_request_import(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Enter the list of a separate PPID site (CSV, 200 lines at most). PPID's act.

    Good lines are entered, each by itself; bad ones are named by line and column. A list sent again enters what is
    missing and nothing twice: the outside number decides.

    :param upload: the CSV, a file (multipart); or
    :param csv: its text
    :returns: for each line `line`, `outside_number`, `outcome` (`entered`, `known` or `refused`), `number` of the
        request, and `errors`: column to texts
    """
    tk.check_access("satudata_ppid_request_import", context, data_dict)
    upload, text = data_dict.get("upload"), data_dict.get("csv")
    if scans.is_given(upload):
        scans.check_is_file(upload, "upload")
        content: bytes | str = upload.stream.read(entering.MOST_BYTES + 1)
    elif isinstance(text, str) and text:
        content = text
    else:
        raise Invalid("Choose the list first.", field="upload")
    found = entering.enter_list(content, actor=actor_of(context), language=LANGUAGE)
    return [
        {
            "line": one.line,
            "outside_number": one.outside_number,
            "outcome": "refused" if one.request is None else "entered" if one.created else "known",
            "number": one.number,
            "errors": {fault.field: [words.error_text(fault)] for fault in one.faults},
        }
        for one in found
    ]
