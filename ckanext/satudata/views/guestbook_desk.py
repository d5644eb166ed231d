"""`/meja/buku-tamu`: figures of the guestbook; for Walidata who signed, institutions, and where it asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.guestbook import Mode, Scope
from ckanext.satudata.domain.report import Column, Kind, Table
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import report_files, sheets
from ckanext.satudata.shared.guestbook import rules, words
from ckanext.satudata.views import gate, guestbook_gate

satudata_guestbook_desk = Blueprint("satudata_guestbook_desk", __name__, url_prefix="/meja/buku-tamu")

PAGE = 50


@satudata_guestbook_desk.before_request
def _gate() -> Any:
    """Figures for who reads them; everything else is Walidata's."""
    is_figures = tk.request.endpoint == "satudata_guestbook_desk.index"
    return gate.only("satudata_guestbook_figures" if is_figures else "satudata_guestbook_persons")


@satudata_guestbook_desk.after_request
def _private(response: Response) -> Response:
    guestbook_gate.never_kept(response)
    return response


def _span() -> dict[str, str]:
    return {name: tk.request.args.get(name, "").strip() for name in ("from_on", "until_on")}


@satudata_guestbook_desk.get("")
def index() -> Any:
    """Figures of the days that are asked for."""
    asked, errors, found = _span(), {}, None
    try:
        found = tk.get_action("satudata_guestbook_figures")(gate.context(), dict(asked))
        for one in found["professions"]:
            one["name"] = tk._(words.PROFESSIONS.get(one["name"], one["name"]))
    except tk.ValidationError as refusal:
        errors = gate.errors_of(refusal)
    shown = {
        "asked": asked,
        "errors": errors,
        "figures": found,
        "keeps": tk.h.check_access("satudata_guestbook_persons"),
    }
    return tk.render("satudata/guestbook/desk.html", shown), 422 if errors else 200


@satudata_guestbook_desk.get("/orang")
def persons() -> Any:
    """Who signed, a page at a time; the look is journalled."""
    asked, number = _span(), tk.request.args.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < len(number) < 6 and int(number) else 1
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {"count": 0, "persons": []}
    try:
        sent = {**asked, "limit": PAGE, "offset": (page - 1) * PAGE}
        found = tk.get_action("satudata_guestbook_persons")(gate.context(), sent)
    except tk.ValidationError as refusal:
        errors = gate.errors_of(refusal)
    pages = -(-found["count"] // PAGE)
    shown = {"asked": asked, "errors": errors, "rows": [_row(one) for one in found["persons"]], "heads": _heads()}
    shown |= {"count": found["count"], "page": page, "pages": pages, "months": rules.months()}
    return tk.render("satudata/guestbook/persons.html", shown), 422 if errors else 200


@satudata_guestbook_desk.post("/orang.<any(csv,xlsx):ending>")
def take_out(ending: str) -> Any:
    """The same as a file; journalled as taken out."""
    sent = {name: tk.request.form.get(name, "") for name in ("from_on", "until_on")}
    found: list[dict[str, Any]] = []
    while True:
        asked = {**sent, "export": True, "limit": 1000, "offset": len(found)}
        try:
            part = tk.get_action("satudata_guestbook_persons")(gate.context(), asked)["persons"]
        except tk.ValidationError:
            return tk.redirect_to("satudata_guestbook_desk.persons", **sent)
        found += part
        if len(part) < 1000:
            break
    if ending == "csv":
        lines = [[f"{_signed(one):%Y-%m-%d %H:%M:%S}", *_row(one)[1:]] for one in found]
        return gate.csv_table("buku-tamu.csv", _heads(), lines)
    return _workbook(found)


def _workbook(found: list[dict[str, Any]]) -> Response:
    """Real instants and numbers, and no text that a spreadsheet would run."""
    kinds = {0: Kind.INSTANT, len(_heads()) - 1: Kind.COUNT}
    columns = tuple(Column(head, kinds.get(place, Kind.TEXT)) for place, head in enumerate(_heads()))
    rows = tuple((_signed(one), *_row(one)[1:-1], one["downloads"]) for one in found)
    table = Table("guestbook", tk._("Who signed the guestbook"), columns, rows)
    notes = [tk._("Personal data: each look and each file is journalled. Use it for nothing but what the form says.")]
    made = sheets.table_as_xlsx(table, notes, translate=tk._, zone=wording.time_zone())
    head = {"Content-Disposition": 'attachment; filename="buku-tamu.xlsx"', "X-Content-Type-Options": "nosniff"}
    return Response(made, content_type=report_files.FORMATS["xlsx"].content_type, headers=head)


def _signed(one: dict[str, Any]) -> datetime:
    """When, to the second, on the government's clock: spreadsheets sort it."""
    return datetime.fromisoformat(one["signed_at"]).astimezone(wording.time_zone()).replace(microsecond=0)


def _heads() -> list[str]:
    names = ("Signed", "Name", "Profession", "Institution", "E-mail address", "Purpose", "Downloads")
    return [tk._(name) for name in names]


def _row(one: dict[str, Any]) -> list[str]:
    facts = [one["name"], tk._(words.PROFESSIONS.get(one["profession"], one["profession"])), one["institution"]]
    return [wording.instant(one["signed_at"]), *facts, one["email"], one["purpose"], str(one["downloads"])]


@satudata_guestbook_desk.get("/instansi")
def institutions() -> Any:
    """Which spellings are which institution."""
    return _institutions({}, {})


def _institutions(values: dict[str, Any], errors: dict[str, Any]) -> Any:
    found = tk.get_action("satudata_institution_list")(gate.context(), {})
    return tk.render("satudata/guestbook/institutions.html", {**found, "values": values, "errors": errors})


@satudata_guestbook_desk.post("/instansi")
def merge() -> Any:
    """Walidata's decision."""
    form = tk.request.form
    sent = {name: form.getlist(name) for name in ("spellings", "institutions")}
    errors = gate.act("satudata_institution_merge", {**sent, "name": form.get("name", "")})
    if errors:
        return _institutions({**sent, "name": form.get("name", "")}, errors), 422
    tk.h.flash_success(tk._("They are counted as {name} from now on.").format(name=form["name"].strip()))
    return tk.redirect_to("satudata_guestbook_desk.institutions")


@satudata_guestbook_desk.get("/aturan", endpoint="rules")
def listed_rules() -> Any:
    """Where the guestbook asks."""
    return _rules({}, {})


def _rules(values: dict[str, str], errors: dict[str, Any]) -> Any:
    found = tk.get_action("satudata_guestbook_rule_list")(gate.context(), {})
    agencies = model.Session.query(model.Group).filter_by(is_organization=True, state=model.State.ACTIVE)
    shown = {
        **found,
        "modes": [(mode.value, tk._(words.MODES[mode.value])) for mode in Mode],
        "scopes": [(scope.value, tk._(words.SCOPES[scope.value])) for scope in reversed(Scope)],
        "agencies": [(one.id, one.title or one.name) for one in agencies.order_by(model.Group.title)],
    }
    return tk.render("satudata/guestbook/rules.html", {**shown, "values": values, "errors": errors})


@satudata_guestbook_desk.post("/aturan")
def put_rule() -> Any:
    """Sets a rule or takes it away."""
    form = tk.request.form
    values = {name: form.get(name, "").strip() for name in ("scope", "agency", "dataset", "subject", "mode")}
    subject = values["subject"] or {Scope.AGENCY.value: values["agency"]}.get(values["scope"], _name(values["dataset"]))
    sent = {"scope": values["scope"], "subject": subject, "mode": values["mode"]}
    try:
        tk.get_action("satudata_guestbook_rule_update")(gate.context(), sent)
    except tk.ObjectNotFound as refusal:
        return _rules(values, {values["scope"]: [str(refusal)]}), 422
    except tk.ValidationError as refusal:
        return _rules(values, _placed(gate.errors_of(refusal), values["scope"])), 422
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("satudata_guestbook_desk.rules")


def _name(typed: str) -> str:
    """The dataset's name, also where its whole address was pasted."""
    return typed.rstrip("/").rsplit("/", 1)[-1]


def _placed(errors: dict[str, list[str]], scope: str) -> dict[str, list[str]]:
    """An error of what the rule is for stands at the field that says so."""
    if "subject" in errors and scope in (Scope.AGENCY.value, Scope.DATASET.value):
        errors[scope] = errors.pop("subject")
    return errors
