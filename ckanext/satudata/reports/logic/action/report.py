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
from ckanext.satudata.reports import making
from ckanext.satudata.shared import actors, process
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
    rules.require_reader(actor)
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
    rules.require_reader(actor)
    about = report_files.format_of(data_dict.get("format", ""))
    table = str(data_dict.get("table") or "") if about.ending == "csv" else ""
    row = making.filed(session, str(data_dict["id"])) if data_dict.get("id") else making.filed_of(session, data_dict)
    if row is not None and not table and about.ending in row.files:
        content = making.filed_bytes(session, row, about.ending)
        name = making.filename(making.of_row(row), about.ending)
    else:
        asked = making.of_row(row) if row else making.question(data_dict)
        report = making.standing(session, actor, asked.params)
        content = report_files.render(
            report, about.ending, signatory=making.signatory(actor), filed=row is not None, table=table or None
        )
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
    """File a report: closes its step (Malang 000-11) and freezes its bytes. For Walidata; once for each period.

    :param name, from_on, until_on, period: as for `satudata_report_show`; the period must be over
    :returns: the case as `satudata_case_show` summarises it, with `report`, the id in the archive
    """
    tk.check_access("satudata_report_file", context, data_dict)
    session, actor = model.Session, actors.actor_of(context)
    rules.require_reader(actor)
    asked = making.question(data_dict)
    making.require_fileable(asked)
    making.require_new(session, asked)
    with transaction() as one:
        case = process.start(
            session,
            making.PROCESS,
            subject_type=making.SUBJECT,
            subject_id=":".join(asked.params.values()),
            organization_id=None,
            actor=actor,
            data=asked.params,
        )
        answer, one.afterwards = process.carry_out(session, context, case.id, "record")
    return answer


@boundary
@tk.side_effect_free
def satudata_report_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The reports that can be made (`reports`: `name`, `title`, `periods`, whether it is `filed`) and those that were
    filed (`filed`), the latest period first."""
    tk.check_access("satudata_report_list", context, data_dict)
    rules.require_reader(actors.actor_of(context))
    return {
        "reports": [making.about(one) for one in making.known()],
        "filed": [
            {
                "id": row.id,
                "name": row.name,
                "title": row.title,
                "from_on": row.from_on.isoformat(),
                "until_on": row.until_on.isoformat(),
                "as_of_at": row.as_of_at.isoformat(),
                "filed_by": row.filed_by_name,
                "case_id": row.case_id,
                "files": {
                    name: {"sha256": file["sha256"], "size": file["size"]} for name, file in sorted(row.files.items())
                },
            }
            for row in model.Session.scalars(FiledReport.newest())
        ],
    }
