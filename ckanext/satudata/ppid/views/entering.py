"""Pages on which PPID, and Walidata for offices of the government, enter what came otherwise; PPID also as a list."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, Response, make_response, redirect, request

from ckanext.satudata.domain import applicant, intake, text_table
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import ask_form, asking, clocks, config, entering, requests
from ckanext.satudata.ppid import slip as slips
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import asking_words
from ckanext.satudata.views import gate, proven

satudata_ppid_entering = Blueprint("satudata_ppid_entering", __name__, url_prefix="/meja/permohonan")

ENTERED = "satudata_ppid_entered"
"""Under this name the browser's session keeps whose tracking code may be shown at the counter, for a day."""
FIELDS = ("channel", "received_at", "outside_number", *(name for name in ask_form.FIELDS if name != "consent"))
FILES = ("evidence", "identity", "power")


@satudata_ppid_entering.before_request
def only_offices() -> Any:
    """Visitors are asked to log in; to everybody else there is no such page, and the lists are PPID's."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=request.full_path.rstrip("?"))
    is_list = request.endpoint in ("satudata_ppid_entering.import_", "satudata_ppid_entering.template")
    may = requests.is_ppid if is_list else requests.is_office
    if not may(actor_for(tk.current_user)):
        return tk.abort(404, tk._("Page not found"))
    return None


@satudata_ppid_entering.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@satudata_ppid_entering.route("/baru", methods=["GET", "POST"])
def enter() -> Any:
    """One request; errors keep everything that was typed."""
    values = {name: request.form.get(name, "") for name in FIELDS}
    if request.method == "GET":
        kind, channel = ("person", "counter") if len(_kinds()) > 1 else ("government", "letter")
        values |= {"key": secrets.token_urlsafe(16), "applicant_kind": kind, "channel": channel}
        values |= {"form": "soft", "obtain": "copy"}
        return _form(values, {})
    files = {name: request.files.get(name) for name in FILES}
    try:
        made = tk.get_action("satudata_ppid_request_enter")(_context(), {**values, **files})
    except tk.ValidationError as refusal:
        return _form(values, refusal.error_dict), 400
    if not made["created"]:
        said = tk._("This request is entered already, under number {number}.").format(number=made["number"])
        tk.h.flash_notice(said)
    else:
        proven.remember(ENTERED, made["id"], new=True)
    return tk.redirect_to("satudata_ppid_entering.slip", ref=made["ref"])


def _kinds() -> list[tuple[str, str]]:
    """In whose name the reader enters requests: Walidata for offices of the government, PPID for all others."""
    return [(one.value, tk._(asking_words.KINDS[one.value])) for one in entering.kinds(actor_for(tk.current_user))]


DATASETS_SHOWN = 1000
"""Datasets that the form offers while one types."""


def _datasets() -> list[tuple[str, str]]:
    """Public datasets by name and title."""
    query = sa.select(model.Package.name, model.Package.title).where(
        model.Package.state == "active", model.Package.private.is_(False), model.Package.type == "dataset"
    )
    rows = model.Session.execute(query.order_by(model.Package.title).limit(DATASETS_SHOWN))
    return [(row.name, row.title or row.name) for row in rows]


def _form(values: dict[str, str], errors: dict[str, Any]) -> str:
    kinds = _kinds()
    is_offices = [code for code, _name in kinds] == ["government"]
    channels = [one for one in intake.ENTERED if not (is_offices and one is intake.Channel.PPID_SITE)]
    return tk.render(
        "ppid/enter.html",
        {
            "values": values,
            "errors": errors,
            "channels": [(one.value, tk._(asking_words.CHANNELS[one.value])) for one in channels],
            "kinds": kinds,
            "is_offices": is_offices,
            "hosts": applicant.ends(config.demands().official),
            "days": config.intake_days(),
            "datasets": _datasets(),
        },
    )


@satudata_ppid_entering.get("/<ref>/tanda-terima")
def slip(ref: str) -> Any:
    """Number, due date and, for who has just entered it or made the slip anew, the tracking code."""
    row = _answered_here(ref)
    if row.entered_by is None and not _shows_code(row):
        return tk.abort(404, tk._("Page not found"))
    code = requests.tracking_code(row) if _shows_code(row) else ""
    return tk.render("ppid/entered.html", {"row": row, "tracking_code": code, "due_on": clocks.due(row).due_on})


@satudata_ppid_entering.post("/<ref>/tanda-terima")
def slip_again(ref: str) -> Any:
    """The slip for an applicant who has no tracking code: lost, or sent by letter; in the journal each time."""
    row = _answered_here(ref)
    actor = actor_for(tk.current_user)
    with transaction():
        subject = (requests.SUBJECT, row.id)
        journal.append(model.Session, "slip_made_anew", actor=actor, case_id=row.case_id, subject=subject)
    proven.remember(ENTERED, f"{row.id}:{actor.user_id}", new=True)
    return redirect(tk.url_for("satudata_ppid_entering.slip", ref=row.ref), 303)


def _answered_here(ref: str) -> PpidRequest:
    """The request, if the reader's office answers it; to others there is no such page."""
    row = model.Session.scalars(PpidRequest.by_ref(ref[:40])).first()
    if row is None or not requests.answers(actor_for(tk.current_user), row):
        return tk.abort(404, tk._("Page not found"))
    return row


def _shows_code(row: PpidRequest) -> bool:
    own = row.entered_by == tk.current_user.id and proven.is_new(ENTERED, row.id)
    return own or proven.is_new(ENTERED, f"{row.id}:{tk.current_user.id}")


@satudata_ppid_entering.get("/<ref>/tanda-terima.pdf")
def slip_pdf(ref: str) -> Any:
    """The same to be printed and handed over."""
    row = _answered_here(ref)
    if not _shows_code(row):
        return tk.abort(404, tk._("Page not found"))
    return gate.document(slips.printed(row), "tanda-terima")


@satudata_ppid_entering.route("/impor", methods=["GET", "POST"])
def import_() -> Any:
    """The list of a separate PPID site, line by line with what came of each."""
    if request.method == "GET":
        return _list([], {})
    try:
        upload = {"upload": request.files.get("upload")}
        lines = tk.get_action("satudata_ppid_request_import")(_context(), upload)
    except tk.ValidationError as refusal:
        errors = dict(refusal.error_dict)
        errors.setdefault("upload", errors.pop("file", []))
        return _list([], errors), 400
    return _list(lines, {})


def _list(lines: list[dict[str, Any]], errors: dict[str, Any]) -> str:
    return tk.render(
        "ppid/enter_list.html",
        {
            "lines": lines,
            "errors": errors,
            "columns": list(intake.COLUMNS),
            "needed": intake.REQUIRED,
            "takes": intake.TAKES,
        },
    )


@satudata_ppid_entering.get("/contoh.csv")
def template() -> Response:
    """The empty list with its heads."""
    response = make_response("\ufeff" + text_table.written_out(intake.COLUMNS, []))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="permohonan.csv"'
    return response


def _context() -> dict[str, Any]:
    return {"user": asking.user_name(), "auth_user_obj": tk.current_user}
