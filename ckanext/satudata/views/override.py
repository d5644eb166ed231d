"""Cases moved outside their SOP: asked and answered on the case's page, listed in the administration."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.sop import END
from ckanext.satudata.shared import words
from ckanext.satudata.shared.work import override
from ckanext.satudata.views import desk, gate

satudata_override = Blueprint("satudata_override", __name__)

ROWS = 50
"""Overrides on a page."""
STATES = {
    "asked": words.N_("waits for the second person"),
    "confirmed": words.N_("carried out"),
    "declined": words.N_("declined"),
    "overtaken": words.N_("overtaken: the case went on"),
}


@satudata_override.route("/meja/<case_id>/di-luar-sop", methods=["GET", "POST"])
def ask(case_id: str):
    """Asks; what is refused comes back with what was typed."""
    form = tk.request.form
    if tk.request.method == "GET":
        return tk.redirect_to("satudata_desk.read", case_id=case_id, _anchor="di-luar-sop")
    return desk.do_beside(
        case_id,
        lambda actor: override.ask(
            model.Session, case_id, form.get("to_step", ""), form.get("reason", ""), actor=actor, key=form.get("key")
        ),
        tk._("It was asked. Nothing has moved yet: a second person must confirm it and was told by mail."),
        anchor="di-luar-sop",
    )


@satudata_override.route("/meja/<case_id>/di-luar-sop/<override_id>", methods=["POST"])
def answer(case_id: str, override_id: str):
    """Confirms or declines."""
    form = tk.request.form
    agrees = form.get("agree") == "true"
    said = (
        tk._("The case was moved outside the SOP.") if agrees else tk._("It was declined; the case stays where it is.")
    )
    return desk.do_beside(
        case_id,
        lambda actor: override.answer(
            model.Session, override_id, agrees, form.get("note", ""), actor=actor, key=form.get("key")
        ),
        said,
        anchor="di-luar-sop",
    )


@satudata_override.route("/admin/satudata/di-luar-sop")
def index():
    """Every override, the newest first."""
    refused = gate.only("satudata_journal_search")
    if refused is not None:
        return refused
    page = tk.request.args.get("page", "1")
    number = int(page) if page.isdecimal() and 0 < len(page) < 5 and int(page) else 1
    asked = {"limit": ROWS + 1, "offset": (number - 1) * ROWS}
    rows = [
        {
            **row,
            "state_name": tk._(STATES[row["state"]]),
            "to_name": tk._("the end") if row["to_step"] == END else row["to_step"],
        }
        for row in tk.get_action("satudata_case_override_list")(gate.context(), asked)
    ]
    if tk.request.args.get("format") == "csv":
        return _csv(rows[:ROWS])
    return tk.render("satudata/admin/overrides.html", {"rows": rows[:ROWS], "page": number, "more": len(rows) > ROWS})


def _csv(rows: list[dict[str, Any]]):
    heads = ["Case", "From step", "Put at step", "State", "Asked by", "Asked", "Answered by", "Answered"]
    lines = [
        (
            (row["about"] or {}).get("title", ""),
            ", ".join(dict.fromkeys(row["from_steps"])),
            row["to_name"],
            row["state_name"],
            row["asked_by_title"],
            row["asked_at"],
            row["answered_by_title"],
            row["answered_at"] or "",
        )
        for row in rows
    ]
    return gate.csv_table("di-luar-sop.csv", [tk._(head) for head in heads], lines)
