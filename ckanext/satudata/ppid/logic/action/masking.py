"""The files of a request with their chain of custody, and masked copies of them."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.ppid import candidates, custody, handover, masking, requests
from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.personal import scan_words
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_handover_list", "satudata_handover_mask", "satudata_handover_scan", "satudata_list_candidate_list"]


@tk.side_effect_free
@boundary
def satudata_handover_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a request and where each has been, for PPID and the agency that gave them.

    :param id: id, ref or number of the request
    :returns: those in force first: `id, filename, size, sha256, source` (`upload`, `dataset`, `masked`), `made_from`
        (the `id` of the original), `given_at, given_by, in_force, attested, attested_at, attested_by, statement,
        looked` (`[name, at]`), `inspection` (`pending`, `failed`, `partly`, `found`, `hints`, `clean`), `findings`,
        `not_inspected`, `tables` (`sheet, heads, rows, hidden_rows, is_hidden, hidden_columns`), `url`
    """
    tk.check_access("satudata_handover_list", context, data_dict)
    session, actor = model.Session, actor_of(context)
    request = requests.find(session, params.text(data_dict, "id"))
    mine = [one for one in custody.of_request(session, request, actor) if one.may_look]
    if not mine and not requests.may_look(actor, request):
        raise NotThere("There is no such request.")
    return [_shown(one) for one in mine]


@boundary
def satudata_handover_mask(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a masked copy of a file of a request, in the place of it or of its former copy. PPID's act.

    The copy is scanned again, and needs an attestation of its own.

    :param id: the file, see `satudata_handover_list`
    :param plan: `{"ending": "csv" or "xlsx", "sheets": [{"sheet": its name, "columns": {"0": method}, "is_counted"}]}`;
        methods are `keep, remove, blank, partly, year, age_band, district`; columns not named are removed;
        `is_counted` tells only how many rows have the same cells, without small counts and those that would reveal them
    :param preview: `true` shows the first rows and makes nothing (optional)
    :returns: `state` (`done`, `waiting`, `failed`), `id` of the copy, `fault`; of a preview `tables` with `sample`
    """
    tk.check_access("satudata_handover_mask", context, data_dict)
    session, actor = model.Session, actor_of(context)
    asked, plan = params.text(data_dict, "id"), data_dict.get("plan")
    if params.flag(data_dict, "preview"):
        with transaction():
            return {"tables": masking.preview(session, asked, plan, actor=actor)}
    row = masking.ordered(session, asked, plan, actor=actor)
    state = "waiting" if row.state == "running" else row.state
    return {"state": state, "id": row.copy_id, "fault": masking.fault_text(row)}


@boundary
def satudata_handover_scan(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Scan a file of a request once more for personal data, where the scan failed; for those who open the file.

    :param id: the file, see `satudata_handover_list`
    :returns: `inspection` as it is then: `pending` where a job does it
    """
    tk.check_access("satudata_handover_scan", context, data_dict)
    with transaction():
        found = handover.rescan(model.Session, params.text(data_dict, "id"), actor_of(context))
    return {"inspection": found.inspection.value}


@tk.side_effect_free
@boundary
def satudata_list_candidate_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Requested data that next year's Daftar Data may list; nothing of the applicants.

    :param year: of the list (optional; every year)
    :returns: `year, source` (the request's number), `title, organization_id, organization_title, dataset_id,
        proposed_at, listed_at` (when Walidata entered it; null before)
    """
    tk.check_access("satudata_list_candidate_list", context, data_dict)
    return candidates.listed(model.Session, params.whole(data_dict, "year", 0, 0, 9999))


def _shown(one: custody.Held) -> dict[str, Any]:
    row, scan = one.row, one.scan
    told: dict[str, Any] = {
        "id": row.id,
        "filename": row.filename,
        "size": row.size,
        "sha256": row.sha256,
        "source": row.source,
        "made_from": row.made_from,
        "given_at": row.given_at.isoformat(),
        "given_by": one.given_by,
        "in_force": one.in_force,
        "attested": row.attested,
        "attested_at": row.attested_at.isoformat() if row.attested_at else None,
        "attested_by": one.attested_by,
        "statement": row.statement,
        "looked": [[name, at.isoformat()] for name, at in one.looked],
        "url": tk.url_for("satudata_ppid_files.handover", handover_id=row.id, _external=True, locale="default"),
    }
    if scan is not None:
        told |= {
            "inspection": scan.inspection.value,
            "findings": scan.findings,
            "not_inspected": [scan_words.not_inspected(what) for what in scan.not_inspected],
            "tables": scan.tables,
        }
    return told
