"""The citizen's pages: ask, follow, confirm, receive. No account, no JavaScript."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudata.domain.errors import NotThere, SatudataError
from ckanext.satudata.domain.ppid_request import CODE_MINUTES
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    addresses,
    applicant_files,
    ask_form,
    form_drafts,
    messages,
    page_told,
    requests,
    standing,
)
from ckanext.satudata.ppid import slip as slips
from ckanext.satudata.ppid.views import letters as letter_pages
from ckanext.satudata.shared import process, vault
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letter_annexes, letter_scans, letters
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text as text_of
from ckanext.satudata.views import cross_site, gate, proven

satudata_ppid = Blueprint("satudata_ppid", __name__)
satudata_ppid.before_request(cross_site.refuse_foreign_form)

BROWSER = "satudata_ppid"
"""Under this name the browser's session keeps which requests it has shown number and code of."""


@satudata_ppid.after_request
def _private(response: Response) -> Response:
    """Nothing of these pages is kept by browsers or proxies, and no address of theirs is passed on to others."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex" if request.path.startswith(("/permohonan/lacak", "/surat")) else "all"
    return response


# ---------------------------------------------------------------- asking


@satudata_ppid.get("/permohonan/baru")
def new() -> str:
    """The form: as this browser left it, or with what an address carries over: dataset, resource, words of a search; a
    request that this browser may see and whose words come again."""
    carried = {name: request.args.get(name, "") for name in ("dataset", "resource")}
    words = " ".join(request.args.get("q", "").split())[:300]
    former = _known(request.args.get("again", ""))
    if former is not None:
        words = former.question
    draft = ask_form.kept()
    values = {
        "key": secrets.token_urlsafe(16),
        "applicant_kind": ask_form.fresh_kind(),
        "form": "soft",
        "obtain": "copy",
    }
    values |= carried
    if draft:
        asks_other = any(carried.values()) and any(draft.values.get(name) != carried[name] for name in carried)
        values = {**values, **draft.values, **(carried | {"key": values["key"]} if asks_other else {})}
    if words and not values.get("question"):
        values["question"] = words
    return ask_form.page(values, {}, draft, again=True)


@satudata_ppid.post("/permohonan/baru")
def create() -> Any:
    """Stores the request, then leads to its page; errors keep everything that was typed and attached."""
    values = ask_form.typed()
    values["key"] = values["key"] or secrets.token_urlsafe(16)
    if request.form.get("act") == "forget":
        ask_form.drop()
        tk.h.flash_success(tk._("What was kept is deleted."))
        return ask_form.hold(redirect(tk.url_for("satudata_ppid.new"), 303), "")
    token, errors = ask_form.keep(values)
    if request.form.get("act") == "keep" and not errors and token:
        tk.h.flash_success(tk._("What you typed is kept; open this page in this browser to go on."))
        return ask_form.hold(redirect(tk.url_for("satudata_ppid.new"), 303), token)
    if errors:
        return _refused(values, errors, token, 400)
    try:
        made = tk.get_action("satudata_ppid_request_create")({}, {**values, "draft": token})
    except tk.ValidationError as refusal:
        return _refused(values, _shown(refusal.error_dict), token, _status(refusal))
    proven.remember(BROWSER, made["id"], new=True)
    return ask_form.hold(_to_page(made["ref"]), "")


def _refused(values: dict[str, str], errors: dict[str, Any], token: str, status: int) -> Response:
    draft = form_drafts.of(model.Session, token)
    response = make_response(ask_form.page(dict(values), errors, draft, again=False), status)
    return ask_form.hold(response, token) if token else response


def _status(refusal: tk.ValidationError) -> int:
    return 429 if "TooMany" in refusal.error_dict.get("code", []) else 400


def _shown(errors: dict[str, Any]) -> dict[str, Any]:
    """Errors by field, without the marks that are for programs."""
    shown = {name: text for name, text in errors.items() if name not in ("code", "conflict", "__all__")}
    codes = errors.get("code")
    if codes and codes != ["TooMany"]:
        shown["code"] = codes
    if "__all__" in errors:
        shown["message"] = errors["__all__"]
    return shown


# ---------------------------------------------------------------- following


@satudata_ppid.get("/permohonan")
@satudata_ppid.get("/permohonan/lacak")
def find() -> Any:
    """Number and code; a QR or a mail brings the number along. The browser that sent or opened the request goes on."""
    number = request.args.get("no", "")[:100]
    row = model.Session.scalars(PpidRequest.by_number(number)).first() if number else None
    if row is not None and proven.is_known(BROWSER, row.id):
        return _to_page(row.ref)
    return tk.render("ppid/find.html", {"values": {"number": number}, "errors": {}})


@satudata_ppid.post("/permohonan")
@satudata_ppid.post("/permohonan/lacak")
def open_() -> Any:
    """Opens the request's page for this browser."""
    values = {name: request.form.get(name, "") for name in ("number", "tracking_code")}
    empty = {
        "number": tk._("Enter the register number; it stands in the mail and on the receipt."),
        "tracking_code": tk._("Enter the tracking code; it was shown when you sent the request."),
    }
    errors = {name: [text] for name, text in empty.items() if not values[name].strip()}
    if errors:
        return tk.render("ppid/find.html", {"values": values, "errors": errors}), 400
    try:
        found = tk.get_action("satudata_ppid_request_track")({}, dict(values))
    except tk.ValidationError as refusal:
        errors = _shown(refusal.error_dict)
        if "code" in errors:
            errors["tracking_code"] = errors.pop("code")
        return tk.render("ppid/find.html", {"values": values, "errors": errors}), _status(refusal)
    row = requests.find(model.Session, found["ref"])
    proven.remember(BROWSER, row.id)
    return _to_page(row.ref)


@satudata_ppid.get("/permohonan/lacak/<ref>")
def follow(ref: str) -> Any:
    """One sentence where it stands, who has it, until when and why; then what can be done now."""
    row = _known(ref)
    return _page(row) if row is not None else _ask_again()


def _page(
    row: PpidRequest,
    errors: dict[str, Any] | None = None,
    typed: str = "",
    typed_email: str = "",
    repair: dict[str, str] | None = None,
    typed_message: str = "",
    surveyed: dict[str, str] | None = None,
) -> str:
    shown = standing.for_applicant(model.Session, row)
    return tk.render(
        "ppid/follow.html",
        {
            "row": shown,
            "tracking_code": requests.tracking_code(row) if proven.is_new(BROWSER, row.id) else "",
            "errors": errors or {},
            "typed": typed,
            "typed_email": typed_email,
            "repair": repair,
            "surveyed": surveyed or {},
            "code_minutes": CODE_MINUTES,
            "refused_because": page_told.ground(row.refusal_code) if shown["decision"] == "refused" else "",
            "confirm_by": requests.confirm_by(row),
            "asking": {
                "messages": messages.of(model.Session, row),
                "documents": applicant_files.listed(model.Session, row.id),
                "typed": typed_message,
                "key": secrets.token_urlsafe(16),
            },
        },
    )


@satudata_ppid.get("/permohonan/lacak/<ref>/tanda-terima.pdf")
def slip(ref: str) -> Any:
    """Number, days and code to be printed, in the browser that sent the request, as long as it sees the code."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    if not proven.is_new(BROWSER, row.id):
        return _to_page(ref)
    return gate.document(slips.printed(row), "tanda-terima")


@satudata_ppid.get('/permohonan/lacak/<ref>/<any(kode, "kode-baru", selesai, batal):act>')
def reloaded(ref: str, act: str) -> Response:
    """The address that a refused form leaves in the browser, asked for again."""
    return _to_page(ref)


@satudata_ppid.post("/permohonan/lacak/<ref>/kode")
def confirm(ref: str) -> Any:
    """The six digits from the mail."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    typed = request.form.get("code", "")
    with transaction():
        _checked, refusal = addresses.confirm(model.Session, row.id, typed)
    if refusal is not None:
        return _page(row, {refusal.field or "code": [text_of(refusal)]}, typed), 400
    tk.h.flash_success(tk._("Your e-mail address is confirmed."))
    return _to_page(ref)


@satudata_ppid.post("/permohonan/lacak/<ref>/kode-baru")
def resend(ref: str) -> Any:
    """Another code."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    try:
        made = tk.get_action("satudata_ppid_request_resend")(
            {}, {"number": row.number, "tracking_code": requests.tracking_code(row)}
        )
    except tk.ValidationError as refusal:
        return _page(row, _shown(refusal.error_dict)), _status(refusal)
    if made["sent"]:
        tk.h.flash_success(tk._("A new code is on its way to you; the former one counts no more."))
    return _to_page(ref)


@satudata_ppid.post("/permohonan/lacak/<ref>/alamat")
def change_email(ref: str) -> Any:
    """The address, corrected before it was confirmed; the new code goes there."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    typed = request.form.get("email", "")
    try:
        with transaction():
            addresses.change_email(model.Session, row.id, typed)
    except SatudataError as refusal:
        field = refusal.field if refusal.field == "email" else "message"
        return _page(requests.find(model.Session, ref), {field: [text_of(refusal)]}, typed_email=typed), 400
    tk.h.flash_success(tk._("The address is corrected, and a new code is on its way there."))
    return _to_page(ref)


@satudata_ppid.post("/permohonan/lacak/<ref>/pesan")
def message(ref: str) -> Any:
    """A short question or answer to the office."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    typed = request.form.get("text", "")
    try:
        with transaction():
            messages.send(model.Session, row.id, typed, actor=APPLICANT, key=request.form.get("key", "")[:200])
    except SatudataError as refusal:
        field = refusal.field if refusal.field == "text" else "message"
        return _page(requests.find(model.Session, ref), {field: [text_of(refusal)]}, typed_message=typed), 400
    tk.h.flash_success(tk._("Your message is sent."))
    return _to_page(ref)


@satudata_ppid.get("/permohonan/lacak/<ref>/<any(kode, alamat, selesai, batal, pesan):act>")
@satudata_ppid.get("/permohonan/lacak/<ref>/kode-baru", defaults={"act": ""})
def again(ref: str, act: str) -> Any:
    """The address of a form that was opened anew: back to the request."""
    return _to_page(ref)


@satudata_ppid.post("/permohonan/lacak/<ref>/<any(selesai, batal):act>")
def act(ref: str, act: str) -> Any:
    """The applicant confirms receipt or withdraws."""
    row = _known(ref)
    if row is None:
        return _ask_again()
    command = {"selesai": "close", "batal": "withdraw"}[act]
    if command == "withdraw" and request.form.get("sure") != "true":
        return _page(row, {"sure": [tk._("Tick the box: a request that is withdrawn cannot be taken up again.")]}), 400
    try:
        process.apply({}, row.case_id or "", command, actor=APPLICANT)
    except SatudataError as refusal:
        return _page(requests.find(model.Session, ref), {"message": [text_of(refusal)]}), 409
    tk.h.flash_success(
        tk._("Thank you. The request is closed.") if act == "selesai" else tk._("The request is withdrawn.")
    )
    return _to_page(ref)


@satudata_ppid.get("/permohonan/lacak/<ref>/surat/<letter_id>")
def letter(ref: str, letter_id: str) -> Any:
    """A letter to the applicant as PDF: for this browser, or with number and code as HTTP Basic."""
    found = _theirs(ref, letter_id)
    return _pdf(found) if found is not None else _ask_again()


@satudata_ppid.get("/permohonan/lacak/<ref>/surat/<letter_id>/lampiran/<annex_id>")
def annex(ref: str, letter_id: str, annex_id: str) -> Any:
    """A paper that went with such a letter, in the same two ways."""
    found = _theirs(ref, letter_id)
    return _annex(found, annex_id) if found is not None else _ask_again()


def _theirs(ref: str, letter_id: str) -> Letter | None:
    """A letter to the applicant who asks; None where he must prove himself first."""
    row = _proven(ref) if request.authorization else _known(ref)
    if row is None:
        return None
    found = model.Session.get(Letter, letter_id)
    is_theirs = found is not None and found.subject_id == row.id and letters.is_for_applicant(found)
    if not access.of_case(serves=False, is_theirs=is_theirs):
        tk.abort(404, tk._("There is no such letter."))
    return found


def _annex(found: Letter, annex_id: str) -> Response:
    try:
        row = letter_annexes.find(model.Session, found, annex_id)
        return _document(vault.read_bytes(model.Session, row.vault_id), letter_annexes.filename(row))
    except NotThere as gone:
        return tk.abort(404, text_of(gone))


def _pdf(found: Letter) -> Response:
    from ckanext.satudata.domain.letters import LetterKind

    try:
        body = letter_scans.in_force(model.Session, found)
    except NotThere as gone:
        tk.abort(404, text_of(gone))
    return _document(body, letters.filename(LetterKind(found.kind), found.number))


def _document(body: bytes, name: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# ---------------------------------------------------------------- officers' files, verification


@satudata_ppid.get("/permohonan/surat/<letter_id>")
def officer_letter(letter_id: str) -> Any:
    """A letter for the officers who may read it; one that names the applicant is a look at the person."""
    found, _request, _actor = letter_pages.of(letter_id, looks=True)
    return _pdf(found)


@satudata_ppid.get("/permohonan/surat/<letter_id>/lampiran/<annex_id>")
def officer_annex(letter_id: str, annex_id: str) -> Any:
    """A paper that went with a letter, for the officers who may read the letter."""
    found, _request, _actor = letter_pages.of(letter_id)
    return _annex(found, annex_id)


@satudata_ppid.get("/surat/<code>")
def check(code: str) -> Any:
    """What a letter's QR leads to: whether number, date and hash are ours; nothing about persons."""
    found = model.Session.scalars(Letter.by_check_code(code[:64])).first()
    signed = letter_scans.of(model.Session, found) if found else ()
    page = {"letter": found, "title": _title(found), "scans": signed}
    return tk.render("ppid/check.html", page), 200 if found else 404


def _title(found: Letter | None) -> str:
    from ckanext.satudata.domain.letters import title_of

    request = model.Session.get(PpidRequest, found.subject_id) if found else None
    process = requests.process_of(request.applicant_kind) if request is not None else ""
    return title_of(found.kind, process) if found else ""


# ---------------------------------------------------------------- this browser


def _to_page(ref: str) -> Response:
    return redirect(tk.url_for("satudata_ppid.follow", ref=ref), 303)


def _known(ref: str) -> PpidRequest | None:
    """The request, if this browser has proven that it is the applicant's."""
    row = model.Session.scalars(PpidRequest.by_ref(ref[:40])).first()
    return row if row is not None and proven.is_known(BROWSER, row.id) else None


def _proven(ref: str) -> PpidRequest | None:
    """The request whose number and code a program sent along (HTTP Basic); refused like any other wrong code."""
    given = request.authorization
    try:
        asked = {"number": given.username, "tracking_code": given.password} if given else {}
        found = tk.get_action("satudata_ppid_request_track")({}, asked)
    except tk.ValidationError as refusal:
        tk.abort(429 if _status(refusal) == 429 else 404, tk._("There is no such letter."))
    if found["ref"] != ref:
        tk.abort(404, tk._("There is no such letter."))
    return requests.find(model.Session, ref)


def _ask_again() -> Response:
    """A foreign, expired or mistyped address: all look alike."""
    tk.h.flash_notice(tk._("Enter number and code to see the request."))
    return redirect(tk.url_for("satudata_ppid.find"), 303)
