"""Reports: shown, made into files, filed, listed. Every figure by API."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report as rules
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import filing, making
from ckanext.satudata.shared import actors
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import report_files
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_report_file", "satudata_report_list", "satudata_report_render", "satudata_report_show"]


@boundary
@tk.side_effect_free
def satudata_report_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A report: as it was filed, in its words then; where the period is not filed, as it stands now. For Walidata
    and the auditor.

    :param name: one of `satudata_report_list`; without it `dissemination`
    :param from_on: first day of the period, `2026-10-01`
    :param until_on: last day of the period, included
    :param period: instead of both, `2026-10`, `2026-Q3`, `2026-S2` or `2026`
    :param producer: (optional) of one agency, by name or id
    :param topic: (optional) of data on one topic, by its code
    :param channel: (optional) of one channel of downloads or posts
    :param compare: (optional) `before`: beside the period before
    :returns: `name`, `title`, `mark`, `period`, `narrowed` (label and text of each), `as_of_at`, `findings`,
        `tables`: each with `key`, `title`, `columns` (`head`, `kind`, for codes `words`), `rows` and `empty`
    """
    tk.check_access("satudata_report_show", context, data_dict)
    actor, session = actors.actor_of(context), model.Session
    rules.require_reader(actor, making.definition(data_dict.get("name")).process)
    row = making.filed_of(session, data_dict)
    if row is not None:
        return json.loads(making.filed_bytes(session, row, "json"))
    return report_files.as_dict(making.make(session, actor, data_dict))


@boundary
@tk.side_effect_free
def satudata_report_render(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A report as a file: as it was filed, or, where the period is not filed, made now.

    :param name, from_on, until_on, period, producer, topic, channel, compare: as for `satudata_report_show`
    :param id: instead of these, the id of a filed report
    :param format: `xlsx`, `pdf`, `docx`, `csv` or `json`
    :param table: for CSV, the key of one table; all of them without it
    :returns: `filename`, `content_type`, `size`, `sha256`, `content` (base64)
    """
    tk.check_access("satudata_report_render", context, data_dict)
    actor, session = actors.actor_of(context), model.Session
    wanted_id = str(data_dict.get("id") or "")
    row = making.filed(session, wanted_id) if wanted_id else None
    if row is None or not row.is_public:
        rules.require_reader(actor, making.process_of(row.name if row else data_dict.get("name")))
    about = report_files.format_of(data_dict.get("format", ""))
    table = str(data_dict.get("table") or "") if about.ending == "csv" else ""
    row = row or making.filed_of(session, data_dict)
    if row is not None and not table and about.ending in row.files:
        content = making.filed_bytes(session, row, about.ending)
        name = making.filename(making.of_row(row), about.ending)
    else:
        asked = making.of_row(row) if row else making.question(data_dict)
        report = making.as_filed(session, row) if row else making.make(session, actor, asked.params)
        signs = making.signatory(actor, making.process_of(asked.name))
        is_filed = row is not None
        content = report_files.render(report, about.ending, signatory=signs, filed=is_filed, table=table or None)
        name = making.filename(asked, about.ending, report_files.table_title(report, table))
    return {
        "filename": name,
        "content_type": about.content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


@boundary
def satudata_report_file(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """File a report: closes every step that waits for it (Malang 000-11, Jember 003-7) and freezes its bytes. For the
    role that the SOP names, Walidata or PPID; once for each period.

    :param name, from_on, until_on, period: as for `satudata_report_show`; the period must be over
    :returns: the case as `satudata_case_show` summarises it, with `report`, the id in the archive, and `closed`, the
        ids of all cases whose step waited for it
    """
    tk.check_access("satudata_report_file", context, data_dict)
    session, actor = model.Session, actors.actor_of(context)
    rules.require_reader(actor, making.definition(data_dict.get("name")).process)
    asked = making.question(data_dict)
    making.require_fileable(asked)
    making.require_new(session, asked)
    with transaction() as one:
        answer, one.afterwards = filing.file(session, context, actor, asked)
    return answer


@boundary
@tk.side_effect_free
def satudata_report_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The reports that can be made (`reports`: `name`, `title`, `periods`, whether it is `filed`) and those that were
    filed (`filed`), the latest period first."""
    tk.check_access("satudata_report_list", context, data_dict)
    actor = actors.actor_of(context)
    rules.require_some(actor)
    return {
        "reports": [making.about(one) for one in making.known(actor)],
        "filed": [
            {**making.listed(row), "filed_by": row.filed_by_name, "case_id": row.case_id}
            for row in model.Session.scalars(FiledReport.newest())
            if rules.may_read(actor, making.process_of(row.name))
        ],
    }
