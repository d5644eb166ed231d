"""Objections: the applicant's form on the tracking page, the counter, the record of disputes, and their documents."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request

from ckanext.satudata.domain import dispute, objection
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.model.objection import DisputeEvent, Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import disputes, objection_standing, objections, requests
from ckanext.satudata.ppid.views.ppid_request import BROWSER
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.work import objection_words
from ckanext.satudata.views import cross_site, gate, proven

satudata_objection = Blueprint("satudata_objection", __name__)
satudata_objection.before_request(cross_site.refuse_foreign_form)

PAGE = "/permohonan/lacak/<ref>/keberatan"
FIELDS = ("ground", "words", "proxy", "website", "key")
ENTERED = ("request", "ground", "words", "proxy", "channel", "received_on", "key")
RECORDED = ("kind", "happened_on", "body", "number", "outcome", "note")


@satudata_objection.after_request
def _private(response: Response) -> Response:
    """Nothing of these pages is kept by browsers or proxies, and no address of theirs is passed on."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# ---------------------------------------------------------------- the applicant


def _known(ref: str) -> PpidRequest | None:
    row = model.Session.scalars(PpidRequest.by_ref(ref[:40])).first()
    return row if row is not None and proven.is_known(BROWSER, row.id) else None


def _ask_again() -> Any:
    tk.h.flash_notice(tk._("Enter number and code to see the request."))
    return redirect(tk.url_for("satudata_ppid.find"), 303)


def _to_page(ref: str) -> Any:
    return redirect(tk.url_for("satudata_ppid.follow", ref=ref, _anchor="keberatan"), 303)


@satudata_objection.get(PAGE)
def new(ref: str) -> Any:
    """The grounds that there are on this day."""
    row = _known(ref)
    return _ask_again() if row is None else _form(row, {"key": secrets.token_urlsafe(16)}, {})


@satudata_objection.post(PAGE)
def create(ref: str) -> Any:
    """Lodges it; errors keep everything that was typed."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    values = {name: request.form.get(name, "") for name in FIELDS}
    proof = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    try:
        made = tk.get_action("satudata_objection_create")({}, {**values, **proof})
    except tk.ValidationError as refusal:
        return _form(row, values, _shown(refusal)), _status(refusal)
    tk.h.flash_success(tk._("Your objection is registered under number {number}.").format(number=made["number"]))
    return _to_page(ref)


def _form(row: PpidRequest, values: dict[str, str], errors: dict[str, Any]) -> str:
    shown = objection_standing.for_applicant(model.Session, row)
    return tk.render("ppid/objection/new.html", {"row": row, "shown": shown, "values": values, "errors": errors})


def _status(refusal: tk.ValidationError) -> int:
    return 429 if "TooMany" in refusal.error_dict.get("code", []) else 400


def _shown(refusal: tk.ValidationError) -> dict[str, Any]:
    return {name: text for name, text in gate.errors_of(refusal).items() if name != "code"}


@satudata_objection.get(PAGE + "/<any(cabut, tanggapan):act>")
def reloaded(ref: str, act: str) -> Any:
    """The address that a refused form leaves in the browser, asked for again."""
    return _to_page(ref)


@satudata_objection.post(PAGE + "/<any(cabut, tanggapan):act>")
def act(ref: str, act: str) -> Any:
    """Takes an objection back, or says what the applicant thinks of its answer."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    sent = {name: request.form.get(name, "") for name in ("objection", "response")}
    proof = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    name = {"cabut": "satudata_objection_withdraw", "tanggapan": "satudata_objection_respond"}[act]
    if act == "cabut" and request.form.get("sure") != "true":
        tk.h.flash_error(tk._("Tick the box to take the objection back."))
        return _to_page(ref)
    try:
        tk.get_action(name)({}, {**sent, **proof})
    except tk.ValidationError as refusal:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(refusal).values() for text in texts))
        return _to_page(ref)
    tk.h.flash_success(
        tk._("The objection is taken back.")
        if act == "cabut"
        else tk._("Thank you. Your answer stands in the register.")
    )
    return _to_page(ref)


# ---------------------------------------------------------------- officers


@satudata_objection.get("/meja/keberatan/baru")
def enter_form() -> Any:
    """The counter's form."""
    return gate.only("satudata_objection_enter") or _enter(
        {"request": request.args.get("no", "")[:100], "channel": "counter", "key": secrets.token_urlsafe(16)}, {}
    )


@satudata_objection.post("/meja/keberatan/baru")
def enter() -> Any:
    """Enters it; leads to its case."""
    refused = gate.only("satudata_objection_enter")
    if refused is not None:
        return refused
    values = {name: request.form.get(name, "") for name in ENTERED}
    try:
        made = tk.get_action("satudata_objection_enter")(gate.context(), {**values, "scan": request.files.get("scan")})
    except tk.ObjectNotFound:
        return _enter(values, {"request": [tk._("There is no such request.")]}), 400
    except tk.ValidationError as refusal:
        return _enter(values, _shown(refusal)), _status(refusal)
    tk.h.flash_success(tk._("The objection is registered under number {number}.").format(number=made["number"]))
    return tk.redirect_to("satudata_desk.read", case_id=made["case_id"])


def _enter(values: dict[str, str], errors: dict[str, Any]) -> str:
    extra = {
        "values": {"received_on": clock.today().isoformat(), **values},
        "errors": errors,
        "grounds": [(one.value, f"{one.value}. {tk._(text.title)}") for one, text in objection.GROUNDS.items()],
    }
    return tk.render("ppid/objection/enter.html", extra)


@satudata_objection.get("/meja/keberatan/<objection_id>/sengketa")
def dispute_form(objection_id: str) -> Any:
    """What happened in the dispute, and the form for more."""
    return gate.only("satudata_dispute_record") or _dispute(_row(objection_id), {}, {})


@satudata_objection.post("/meja/keberatan/<objection_id>/sengketa")
def record_dispute(objection_id: str) -> Any:
    """Adds one entry."""
    refused = gate.only("satudata_dispute_record")
    if refused is not None:
        return refused
    row = _row(objection_id)
    values = {name: request.form.get(name, "") for name in RECORDED}
    sent = {**values, "objection": row.id, "scan": request.files.get("scan")}
    try:
        tk.get_action("satudata_dispute_record")(gate.context(), sent)
    except tk.ValidationError as refusal:
        model.Session.rollback()
        return _dispute(_row(objection_id), values, _shown(refusal)), _status(refusal)
    tk.h.flash_success(tk._("It is recorded."))
    return tk.redirect_to("satudata_desk.read", case_id=row.case_id)


def _row(objection_id: str) -> Objection:
    row = model.Session.get(Objection, objection_id)
    return row if row is not None else tk.abort(404)


def _dispute(row: Objection, values: dict[str, str], errors: dict[str, Any]) -> str:
    events = disputes.shown(model.Session(), row, with_files=True)
    kinds = [kind for kind in dispute.Kind if (kind is dispute.Kind.FILED) is not bool(events)]
    extra = {
        "row": row,
        "events": events,
        "late": [one["id"] for one in events if disputes.is_late(row, one)],
        "kinds": [(kind.value, tk._(objection_words.DISPUTES[kind.value])) for kind in kinds],
        "outcomes": [
            (code, f"{tk._(objection_words.DISPUTES[kind.value])}: {tk._(objection_words.DISPUTE_OUTCOMES[code])}")
            for kind in kinds
            for code in dispute.OUTCOMES.get(kind, ())
        ],
        "values": {"kind": "" if events else "filed", "body": dispute.BODY, **values},
        "errors": errors,
        "windows": disputes.windows_of(row),
    }
    return tk.render("ppid/objection/dispute.html", extra)


@satudata_objection.get("/meja/keberatan/<objection_id>/berkas/<what>")
def scan(objection_id: str, what: str) -> Any:
    """A scan: the letter, the minutes, a former receipt (`_scan_of`), or the document of an entry of the dispute."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=request.full_path.rstrip("?"))
    session = model.Session()
    row, actor = session.get(Objection, objection_id), actor_of(gate.context())
    scan_id = _scan_of(session, row, what) if row is not None else None
    if row is None or scan_id is None or not access.of_case(serves=objections.works_on(actor)):
        return tk.abort(404)
    try:
        body, headers = scans.give(session, scan_id, (objection.SUBJECT, row.id), actor)
    except NotThere:
        return tk.abort(404)
    return Response(body, headers=headers)


def _scan_of(session: Any, row: Objection, what: str) -> str | None:
    own = {"surat": row.scan_id, "berita-acara": row.minutes_id, "tanda-terima": row.former_receipt_id}
    if what in own:
        return own[what]
    event = session.get(DisputeEvent, what)
    return event.scan_id if event is not None and event.objection_id == row.id else None
