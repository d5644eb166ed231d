"""`/meja/<case>/samarkan/<file>`: what becomes of each column, a preview, and the masked copy."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.personal import masking as rules
from ckanext.satudata.model.ppid_masking import PpidMasking
from ckanext.satudata.ppid import config, masking
from ckanext.satudata.ppid.masking import Maskable
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.personal import masking_words, scan_words
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text

satudata_ppid_masking = Blueprint("satudata_ppid_masking", __name__)

MOST_COLUMNS = 400
"""On the form; a wider table is masked by the API."""


@satudata_ppid_masking.route("/meja/<case_id>/samarkan/<handover_id>", methods=["GET", "POST"])
def mask(case_id: str, handover_id: str) -> Any:
    """The form with what the scan found, and what comes of it; to everybody but PPID there is no such page."""
    session = model.Session
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    try:
        if actor is None:
            raise NotThere("This file is not there.")
        file = masking.maskable(session, handover_id, actor)
        if file.request.case_id != case_id:
            raise NotThere("This file is not there.")
    except Conflict as refusal:
        tk.h.flash_error(error_text(refusal))
        return tk.redirect_to("satudata_desk.read", case_id=case_id)
    except SatudataError:
        return tk.abort(404, tk._("Page not found"))
    form = tk.request.form
    said = _typed(form, file) if form else None
    tables, errors, status = None, {}, 200
    try:
        if form.get("do") == "original":
            with transaction():
                masking.drop(session, handover_id, actor=actor)
            return _back(case_id, tk._("The file counts again as it was handed over."))
        if form.get("do") == "make":
            return _made(case_id, masking.ordered(session, handover_id, said, actor=actor))
        if form:
            with transaction():
                tables = masking.preview(session, handover_id, said, actor=actor)
    except Invalid as refusal:
        errors, status = {refusal.field: [error_text(refusal)]}, 422
    except Conflict as refusal:
        errors, status = {"__all__": [error_text(refusal)]}, 409
    return tk.render("ppid/desk/mask.html", _page(file, case_id, handover_id, said, tables, errors)), status


def _made(case_id: str, order: PpidMasking) -> Any:
    if order.state == "failed":
        tk.h.flash_error(masking.fault_text(order))
        return tk.redirect_to("satudata_desk.read", case_id=case_id)
    if order.state == "done":
        return _back(case_id, tk._("The masked copy is there and is scanned again. Look at it before you confirm."))
    return _back(case_id, tk._("A masked copy is being made. Load this page again in a while."))


def _back(case_id: str, said: str) -> Any:
    tk.h.flash_success(said)
    return tk.redirect_to("satudata_desk.read", case_id=case_id)


def _typed(form: Any, file: Maskable) -> dict[str, Any]:
    """The plan of the form: fields `take-<table>`, `count-<table>`, `c-<table>-<column>`."""
    sheets = []
    for number, table in enumerate(file.scan.tables):
        if f"take-{number}" in form:
            columns = {
                str(at): form[f"c-{number}-{at}"] for at in range(len(table["heads"])) if f"c-{number}-{at}" in form
            }
            counted = f"count-{number}" in form
            sheets.append({"sheet": table["sheet"], "columns": columns, "is_counted": counted})
    return {"sheets": sheets, "ending": form.get("ending", "csv")}


def _page(
    file: Maskable, case_id: str, handover_id: str, said: Any, tables: Any, errors: dict[str, Any]
) -> dict[str, Any]:
    order = model.Session.scalars(PpidMasking.of(file.row.id)).first()
    # Chosen before counts more than what is proposed.
    chosen = said or (order.plan if order is not None else None)
    shown = [table for table in file.scan.tables if not table["is_hidden"]]
    return {
        "file": file,
        "case_id": case_id,
        "handover_id": handover_id,
        "tables": [
            _table(number, table, file, chosen)
            for number, table in enumerate(file.scan.tables)
            if not table["is_hidden"]
        ],
        "hidden_sheets": len(file.scan.tables) - len(shown),
        "ending": (chosen or {}).get("ending", "csv" if len(shown) < 2 else "xlsx"),
        "methods": masking_words.choices(),
        "samples": tables,
        "errors": errors,
        "order": order,
        "order_fault": masking.fault_text(order) if order is not None and order.state == "failed" else "",
        "least": config.small_cells(),
        "has_copy": file.row.replaced_at is not None,
    }


def _table(number: int, table: dict[str, Any], file: Maskable, chosen: dict[str, Any] | None) -> dict[str, Any]:
    name = table["sheet"]
    before = next((one for one in chosen["sheets"] if one["sheet"] == name), None) if chosen else None
    columns = []
    for at, head in enumerate(table["heads"][:MOST_COLUMNS]):
        found = file.scan.of_column(name, at)
        proposed = rules.proposed([one["kind"] for one in found])
        if at in table["hidden_columns"]:
            proposed = rules.Method.REMOVE
        columns.append(
            {
                "at": at,
                "name": scan_words.column(at, head),
                "found": "; ".join(dict.fromkeys(scan_words.finding(one) for one in found)),
                "is_hidden": at in table["hidden_columns"],
                "method": before["columns"].get(str(at), "remove") if before else proposed.value,
            }
        )
    return {
        **table,
        "number": number,
        "columns": columns,
        "beside": "; ".join(dict.fromkeys(scan_words.finding(one) for one in file.scan.beside(name))),
        "take": before is not None if chosen else True,
        "is_counted": bool(before and before["is_counted"]),
    }
