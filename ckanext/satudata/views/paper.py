"""`/meja/lembar`: the approval sheet, printed for a head and entered by Walidata; `/meja/perangkat`: one's phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain import paper as rules
from ckanext.satudata.domain.errors import Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.approval_sheet import ApprovalSheet
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.heads import paper, phones
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import together
from ckanext.satudata.views import gate

satudata_paper = Blueprint("satudata_paper", __name__, url_prefix="/meja")


@satudata_paper.before_request
def only_officers():
    """Whoever has a desk."""
    return gate.only("satudata_inbox")


@satudata_paper.get("/lembar")
def index():
    """What waits for a head, to be put on a sheet; the sheets there are."""
    return _index({})


@satudata_paper.post("/lembar")
def make():
    """Makes the sheet of what is ticked."""
    actor = actor_of(gate.context())
    head = _head(actor, tk.request.form.get("pejabat", ""))
    try:
        with transaction():
            sheet = paper.make(model.Session, actor, head, tk.request.form.getlist("langkah"))
            sheet_id = sheet.id
    except Invalid as refusal:
        return _index(words.errors_by_field(refusal)), 422
    return tk.redirect_to("satudata_paper.read", sheet_id=sheet_id)


@satudata_paper.get("/lembar/<sheet_id>")
def read(sheet_id: str):
    """The sheet as it stands now, and where Walidata enters what was signed."""
    return _sheet(_found(sheet_id), {}, {})


@satudata_paper.get("/lembar/<sheet_id>/pdf")
def pdf(sheet_id: str):
    """The paper."""
    sheet = _found(sheet_id)
    try:
        body = paper.printed(model.Session, sheet)
    except SatudataError as refusal:
        return _sheet(sheet, {"cases": [words.error_text(refusal)]}, {}), 409
    name = f'inline; filename="lembar-persetujuan-{paper.number_of(sheet)}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(body, mimetype="application/pdf", headers=headers)


@satudata_paper.post("/lembar/<sheet_id>")
def enter(sheet_id: str):
    """Enters what was signed; each item has a result of its own."""
    sheet, form, actor = _found(sheet_id), tk.request.form, actor_of(gate.context())
    allowed = {one.value for one in together.COMMANDS}
    sent = {
        one["step_id"]: (form.get(f"putusan-{one['step_id']}", ""), form.get(f"catatan-{one['step_id']}", "").strip())
        for one in sheet.items
    }
    decisions = {id_: one for id_, one in sent.items() if one[0] in allowed}
    try:
        results = paper.enter(
            model.Session, actor, sheet_id, decisions, form.get("signed_on", ""), tk.request.files.get("scan")
        )
    except NotThere:
        return tk.abort(404)
    except SatudataError as refusal:
        return _sheet(_found(sheet_id), words.errors_by_field(refusal), form), 422
    cases = {one["step_id"]: one["case_id"] for one in _found(sheet_id).items}
    told = together.told(results, cases, actor)
    notes = {cases[id_]: note for id_, (_command, note) in sent.items() if note}
    done = sum(one["done"] for one in told)
    return tk.render("satudata/desk/sheet_done.html", {"results": told, "done": done, "id": sheet_id, "notes": notes})


@satudata_paper.get("/perangkat")
def devices():
    """The phones that read in one's name."""
    found = phones.of_user(model.Session, tk.current_user.id)
    return tk.render("satudata/desk/devices.html", {"devices": [(row, phones.read_until(row)) for row in found]})


@satudata_paper.post("/perangkat/<phone_id>")
def forget(phone_id: str):
    """Ends one of them."""
    try:
        with transaction():
            phones.end(model.Session, actor_of(gate.context()), phone_id)
    except NotThere:
        return tk.abort(404)
    tk.h.flash_success(tk._("That device reads nothing any more."))
    return tk.redirect_to("satudata_paper.devices")


def _found(sheet_id: str) -> ApprovalSheet:
    try:
        return paper.find(model.Session, actor_of(gate.context()), sheet_id)
    except NotThere:
        return tk.abort(404)


def _head(actor: Actor, chosen: str) -> model.User:
    """Whose sheet: the one whom Walidata chose, else who asks."""
    chosen_one = next((user for user in paper.heads(model.Session) if user.id == chosen), None)
    may = actor.has_anywhere(Role.WALIDATA)
    return chosen_one if chosen_one is not None and may else tk.current_user


def _index(errors: Mapping[str, Any]) -> str:
    actor, is_walidata = actor_of(gate.context()), actor_of(gate.context()).has_anywhere(Role.WALIDATA)
    if not is_walidata and not actor.has_anywhere(*rules.HEADS):
        return tk.abort(404)
    head = _head(actor, tk.request.values.get("pejabat", ""))
    data = {
        "heads": [(user.id, user.display_name) for user in paper.heads(model.Session)] if is_walidata else [],
        "head": head,
        "lists": paper.waiting(model.Session, actor, head),
        "sheets": [(one, paper.number_of(one)) for one in paper.latest(model.Session, actor, head)],
        "most": together.MOST,
        "errors": errors,
    }
    return tk.render("satudata/desk/sheets.html", data)


def _sheet(sheet: ApprovalSheet, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    session, actor = model.Session, actor_of(gate.context())
    rows = paper.items(session, sheet)
    data = {
        "sheet": sheet,
        "number": paper.number_of(sheet),
        "head": session.get_one(model.User, sheet.user_id).display_name,
        "rows": rows,
        "waits": any(one["is_same"] for one in rows),
        "may_enter": actor.has_anywhere(Role.WALIDATA, process=sheet.process) and actor.user_id != sheet.user_id,
        "today": clock.today().isoformat(),
        "errors": errors,
        "typed": typed,
    }
    return tk.render("satudata/desk/sheet.html", data)
