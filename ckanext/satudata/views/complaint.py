"""`/standar-pelayanan/pengaduan`: complain and follow it, without account or JavaScript; the attachment on the desk."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, redirect, request

from ckanext.satudata import config
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.complaint import Complaint
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import complaints
from ckanext.satudata.views import gate, proven

satudata_complaint = Blueprint("satudata_complaint", __name__)

BROWSER = "satudata_complaint"
PAGES = "/standar-pelayanan/pengaduan"
FIELDS = ("text", "name", "email", "phone", "consent", "website", "key")


@satudata_complaint.after_request
def _private(response: Response) -> Response:
    """Nothing of these pages is kept by browsers or proxies, and no address of theirs is passed on."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex" if "/lacak" in request.path else "all"
    return response


@satudata_complaint.get(PAGES)
def new() -> str:
    """The form."""
    return _form({"key": secrets.token_urlsafe(16)}, {})


@satudata_complaint.post(PAGES)
def create() -> Any:
    """Stores the complaint, then leads to its page; errors keep everything that was typed."""
    values = {name: request.form.get(name, "") for name in FIELDS}
    values["key"] = values["key"] or secrets.token_urlsafe(16)
    try:
        sent = {**values, "upload": request.files.get("upload")}
        made = tk.get_action("satudata_complaint_create")({}, sent)
    except tk.ValidationError as refusal:
        return _form(values, _shown(refusal)), _status(refusal)
    proven.remember(BROWSER, made["id"], new=True)
    return _to_page(made["ref"])


def _form(values: dict[str, Any], errors: dict[str, Any]) -> str:
    return tk.render(
        "satudata/complaint/new.html",
        {"values": values, "errors": errors, "months": config.complaint_months(), "office": config.walidata_name()},
    )


def _status(refusal: tk.ValidationError) -> int:
    return 429 if "TooMany" in refusal.error_dict.get("code", []) else 400


def _shown(refusal: tk.ValidationError) -> dict[str, list[str]]:
    """Errors by field, without the marks that are for programs."""
    found = gate.errors_of(refusal)
    if found.get("code") == ["TooMany"]:
        found.pop("code")
    return found


@satudata_complaint.get(f"{PAGES}/lacak")
def find() -> str:
    """Number and code; a mail brings the number along."""
    return _find({"number": request.args.get("no", "")[:100]}, {})


def _find(values: dict[str, str], errors: dict[str, Any]) -> str:
    return tk.render("satudata/complaint/find.html", {"values": values, "errors": errors})


@satudata_complaint.post(f"{PAGES}/lacak")
def open_() -> Any:
    """Opens the complaint's page for this browser."""
    values = {name: request.form.get(name, "") for name in ("number", "tracking_code")}
    try:
        found = tk.get_action("satudata_complaint_track")({}, dict(values))
    except tk.ValidationError as refusal:
        errors = _shown(refusal)
        errors |= {"tracking_code": errors.pop("code")} if "code" in errors else {}
        return _find(values, errors), _status(refusal)
    row = model.Session.scalars(Complaint.by_ref(found["ref"])).one()
    proven.remember(BROWSER, row.id)
    return _to_page(row.ref)


@satudata_complaint.get(f"{PAGES}/lacak/<ref>")
def follow(ref: str) -> Any:
    """Where it stands, who has it, until when; then the answer."""
    row = model.Session.scalars(Complaint.by_ref(ref[:40])).first()
    if row is None or not proven.is_known(BROWSER, row.id):
        tk.h.flash_notice(tk._("Enter number and code to see the complaint."))
        return redirect(tk.url_for("satudata_complaint.find"), 303)
    code = complaints.code_of(row) if proven.is_new(BROWSER, row.id) else ""
    shown = complaints.standing(model.Session(), row)
    return tk.render("satudata/complaint/follow.html", {"row": shown, "tracking_code": code})


@satudata_complaint.get("/meja/<case_id>/lampiran")
def attachment(case_id: str) -> Any:
    """What came with a complaint, for who answers it and for auditors."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=request.full_path.rstrip("?"))
    try:
        body, headers = complaints.attachment(model.Session(), case_id, actor_of(gate.context()))
    except SatudataError:
        return tk.abort(404)
    return Response(body, headers=headers)


def _to_page(ref: str) -> Any:
    return redirect(tk.url_for("satudata_complaint.follow", ref=ref), 303)
