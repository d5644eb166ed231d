"""`/hp/<case>`: a head reads and decides on a phone, without a password. A GET changes nothing and, until a code was
typed, tells nothing of the case, whether it exists or not."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, make_response

from ckanext.satudata.domain import phone as rules
from ckanext.satudata.domain.errors import Invalid, NotThere, SatudataError, TooMany
from ckanext.satudata.domain.officer import PHONE, Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.phone import Phone
from ckanext.satudata.shared import actors, limits, process, words
from ckanext.satudata.shared.heads import phones, signing, whatsapp
from ckanext.satudata.shared.people import sessions
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import inbox, together
from ckanext.satudata.views import cross_site

satudata_phone = Blueprint("satudata_phone", __name__, url_prefix="/hp")

COOKIE = "satudata_hp"
LINES = 3
_DEVICES = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
_BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")


@satudata_phone.before_request
def own_forms_only() -> None:
    """The device's cookie lets somebody in, so a form must be one of these pages, as where a login does."""
    cross_site.require_own_form()


@satudata_phone.after_request
def kept_by_nobody(response: Response) -> Response:
    """The page is one person's, and its address stays here."""
    response.headers["Cache-Control"] = "no-store"
    # With none at all, the check of the forms would not see that they are ours.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@satudata_phone.get("/<case_id>")
def read(case_id: str):
    """The case on one screen, or the way to a code."""
    device = _device()
    if device is None:
        return _door(case_id, "code" if tk.request.args.get("kode") else "email")
    return _case(case_id, *device)


@satudata_phone.post("/<case_id>/kode")
def ask(case_id: str):
    """Mails a code: to the remembered officer, or to the address that was typed if it is an officer's."""
    device, token = _device(), ""
    try:
        limits.spend("phone-code", tk.request.remote_addr or "", limit=60, seconds=3600)
    except TooMany as refusal:
        return _door(case_id, "email", {"email": [words.error_text(refusal)]}, tk.request.form.get("email", "")), 429
    with transaction():
        if device is not None:
            phones.ask_again(model.Session, *device)
        else:
            email = tk.request.form.get("email", "").strip()
            if "@" not in email:
                return _door(case_id, "email", {"email": [tk._("Type your e-mail address.")]}, email), 422
            token = phones.ask(model.Session, email, _label(), limits.network(tk.request.remote_addr or ""))
    response = tk.redirect_to("satudata_phone.read", case_id=case_id, kode=1)
    return _with_cookie(response, token) if token else response


@satudata_phone.post("/<case_id>/masuk")
def enter(case_id: str):
    """Takes the code."""
    try:
        limits.spend("phone-try", tk.request.remote_addr or "", limit=200, seconds=3600)
    except TooMany as refusal:
        return _door(case_id, "code", {"code": [words.error_text(refusal)]}), 429
    with transaction():
        _row, refusal = phones.confirm(model.Session, _token(), tk.request.form.get("code", ""))
    if refusal is not None:
        return _door(case_id, "code", {"code": [words.error_text(refusal)]}), 422
    response = tk.redirect_to("satudata_phone.read", case_id=case_id)
    return _with_cookie(response, _token())


@satudata_phone.post("/<case_id>")
def decide(case_id: str):
    """Approves or returns exactly what was shown, as the officer himself."""
    device = _device()
    if device is None:
        return _door(case_id, "email"), 403
    form = tk.request.form
    sent = {name: form.get(name, "").strip() for name in ("step_id", "command", "content", "note", "key")}
    if not phones.may_decide(device[0]):
        return _case(case_id, *device, typed=sent, status=403)
    _row, user = device
    try:
        signing.decide(_actor(user), user, PHONE, {**sent, "case_id": case_id, "key": sent["key"] or str(uuid.uuid4())})
    except SatudataError as refusal:
        model.Session.rollback()
        status = 404 if isinstance(refusal, NotThere) else 422 if isinstance(refusal, Invalid) else 409
        return _case(case_id, *device, typed=sent, error=refusal, status=status)
    return tk.redirect_to("satudata_phone.read", case_id=case_id, selesai=sent["command"])


def _token() -> str:
    return tk.request.cookies.get(COOKIE, "")


def _device() -> tuple[Phone, model.User] | None:
    return phones.known(model.Session, _token())


def _actor(user: model.User) -> Actor:
    sessions.let_in(user)
    return actors.actor_of({"user": user.name, "auth_user_obj": user, actors.VIA: PHONE})


def _door(case_id: str, asks: str, errors: dict[str, list[str]] | None = None, typed: str = "") -> Any:
    minutes = int(rules.CODE_LASTS.total_seconds()) // 60
    shown = {"case_id": case_id, "asks": asks, "errors": errors or {}, "minutes": minutes, "typed": typed}
    return tk.render("satudata/phone/door.html", {**shown, "days": rules.REMEMBERED.days})


def _case(
    case_id: str,
    row: Phone,
    user: model.User,
    typed: dict[str, str] | None = None,
    error: SatudataError | None = None,
    status: int = 200,
) -> tuple[str, int]:
    actor = _actor(user)
    case = model.Session.get(Case, case_id)
    seen = case is not None and process.may_see(model.Session, case, actor)
    one, content = _waiting(case, actor) if case is not None and seen else (None, "")
    others = inbox.rows(model.Session, actor, limit=20)
    following = next((other.case.id for other in others if other.exits and other.case.id != case_id), "")
    is_current = phones.may_decide(row)
    data = {
        "case_id": case_id,
        "one": one,
        "seen": seen,
        "content": content,
        "name": user.display_name,
        "may_decide": is_current,
        "asks_code": not is_current and bool(tk.request.args.get("kode")),
        "done": tk.request.args.get("selesai", ""),
        "on_paper": tk.request.args.get("isi", ""),
        "following": following,
        "level": _level(one["summary"]) if one else "",
        "lines": LINES,
        "key": (typed or {}).get("key") or str(uuid.uuid4()),
        "note": (typed or {}).get("note", ""),
        "errors": words.errors_by_field(error) if isinstance(error, Invalid) else {},
        "message": words.error_text(error) if error is not None and not isinstance(error, Invalid) else "",
        "whatsapp": whatsapp.text_of(model.Session, case) if case is not None and seen else "",
    }
    return tk.render("satudata/phone/case.html", data), status if seen else 404


def _level(summary: dict[str, Any]) -> str:
    return next((value for label, value in summary["facts"] if label == tk._("Access level")), "")


def _waiting(case: Case, actor: Actor) -> tuple[dict[str, Any] | None, str]:
    """What of the case waits for this person and needs no more than a word, with the hash of its content."""
    steps = [step.id for step in model.Session.scalars(CaseStep.open_of(case.id))]
    found = together.chosen(model.Session, actor, steps)
    one = next((one for one in found if one["commands"]), None)
    return one, signing.content_of(case, one["step_id"]) if one else ""


def _label() -> str:
    """What kind of device it says it is, for the list of devices."""
    said = tk.request.headers.get("User-Agent", "")
    kinds = [next((name for name in names if name in said), "") for names in (_DEVICES, _BROWSERS)]
    names = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Macintosh": "Mac"}
    return " · ".join(names.get(kind, kind) for kind in kinds if kind) or "?"


def _with_cookie(response: Any, token: str) -> Any:
    response = make_response(response)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(rules.REMEMBERED.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=str(tk.config["ckan.site_url"]).startswith("https:"),
    )
    return response
