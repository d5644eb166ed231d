"""The *Lembar Disposisi*: the orders of a case up to one of them, on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.letters import hari_tanggal
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import clock, process, wording
from ckanext.satudata.shared.documents import letters, pdf
from ckanext.satudata.shared.orders import dispositions
from ckanext.satudata.shared.work import desk

ERASED = "(dihapus)"


def sheet(session: Any, case_id: str, disposition_id: str, actor: Actor) -> bytes:
    """The PDF, for whoever may see the case. Raises NotThere."""
    case = process.seen(session, case_id, actor)
    with wording.speaking("id"):
        rows = dispositions.of_case(session, case, actor)
        at = next((index for index, row in enumerate(rows) if row["id"] == disposition_id), None)
        if at is None:
            raise NotThere("There is no such disposition.")
        return pdf.render("disposition", _content(session, case, rows[: at + 1]), at=clock.now())


def _content(session: Any, case: Case, rows: list[dict[str, Any]]) -> dict[str, Any]:
    presenter = desk.presenter(case.process)
    facts = [("Perihal", presenter.title(case)), ("Proses", process.instance_of(session, case, []).sop.title)]
    if case.organization_id:
        facts.append(("Perangkat daerah", letters.organization_title(case.organization_id)))
    facts.append(("Diterima", hari_tanggal(wording.as_date(case.received_at))))
    return {
        "letterhead": letters.letterhead(case.organization_id),
        "facts": facts,
        "orders": [_order(row) for row in rows],
        "address": tk.url_for("satudata_desk.read", case_id=case.id, _external=True, locale="default"),
        "mark": letters.SAMPLE if config.demo() else "",
    }


def _order(row: dict[str, Any]) -> dict[str, Any]:
    to = f"{row['to_title']} ({row['to_role_name']})" if row["to"] else row["to_role_name"]
    reported = ""
    if row["reported_at"]:
        reported = f"{row['reported_by_title']}, {hari_tanggal(wording.as_date(row['reported_at']))}"
    return {
        "from": f"{row['from_title']} ({row['from_role_name']})",
        "to": to,
        "given": hari_tanggal(wording.as_date(row["given_at"])),
        "due": hari_tanggal(date.fromisoformat(row["due_on"])) if row["due_on"] else "–",
        "instruction": row["instruction"] or ERASED,
        "files": [one["file"]["filename"] for one in row["attachments"] if one["file"]],
        "reported": reported,
        "report": (row["report"] or ERASED) if reported else "",
    }
