"""The guestbook before a download, and a person's own entries in it; no account, no JavaScript."""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, make_response, redirect, request

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.access import Allowed
from ckanext.satudata.domain.errors import Invalid, NotThere, SatudataError
from ckanext.satudata.domain.guestbook import Mode
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.shared.actors import ANONYMOUS
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.guestbook import institutions, own, rules, signing, words
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text
from ckanext.satudata.views import cross_site, gate, guestbook_gate, proven

satudata_guestbook = Blueprint("satudata_guestbook", __name__)

KINDS = f"any({guestbook_gate.FILE},{guestbook_gate.ROWS})"
TYPED = (*guestbook.FIELDS, "consent", "remember", "website")
BROWSER = "satudata_guestbook"
OWN = "/buku-tamu/data-saya"


@satudata_guestbook.before_request
def _own_form() -> None:
    """What another site sends in a visitor's name erases nothing and shows nothing."""
    if OWN in request.path:
        cross_site.require_own_form()


@satudata_guestbook.after_request
def _private(response: Response) -> Response:
    guestbook_gate.never_kept(response)
    return response


@satudata_guestbook.get(f"/unduh/<resource_id>/<{KINDS}:what>")
def form(resource_id: str, what: str) -> Any:
    """Who is it for; where this dataset does not ask, straight to the file."""
    place = _Place(resource_id, what)
    return place.form({}, {}) if place.mode is not Mode.OFF else redirect(place.address(), 303)


@satudata_guestbook.post(f"/unduh/<resource_id>/<{KINDS}:what>")
def sign(resource_id: str, what: str) -> Any:
    """Keeps who it is for and leads to the file; errors keep everything that was typed."""
    place = _Place(resource_id, what)
    if place.mode is Mode.OFF:
        return redirect(place.address(), 303)
    if place.mode is Mode.OPTIONAL and request.form.get("skip"):
        return place.begin(None, remember=request.form.get("remember") == "true")
    values = {name: request.form.get(name, "") for name in TYPED}
    try:
        signed = tk.get_action("satudata_guestbook_sign")(gate.context(), dict(values))
    except tk.ValidationError as refusal:
        errors = gate.errors_of(refusal)
        return place.form(values, errors), 429 if errors.pop("code", None) else 400
    return place.begin(model.Session.get(Guest, signed["id"]), remember=values["remember"] == "true")


@satudata_guestbook.get(f"/unduh/<resource_id>/<{KINDS}:what>/mulai")
def begin(resource_id: str, what: str) -> Any:
    """The download begins by itself; the page stays, with a link for browsers that do not go on."""
    place = _Place(resource_id, what)
    address = place.address(request.args.get(guestbook_gate.PARAMETER, ""))
    response = make_response(tk.render("satudata/guestbook/begin.html", {**place.shown(), "address": address}))
    response.headers["Refresh"] = f"0; url={address}"
    return response


class _Place:
    """What is to be downloaded, open to everybody; 404 for anything else."""

    def __init__(self, resource_id: str, what: str):
        self.resource_id, self.what = resource_id, what
        try:
            resource = tk.get_action("resource_show")(gate.context(), {"id": resource_id})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            tk.abort(404, tk._("Resource not found"))
        found = model.Package.get(resource["package_id"])
        answer = access.ask(model.Session(), ANONYMOUS, resource_id)
        has_it = what == guestbook_gate.FILE or guestbook_gate.table_of(resource_id)
        if found is None or not has_it or not isinstance(answer.verdict, Allowed):
            tk.abort(404, tk._("Resource not found"))
        self.package: model.Package = found
        self.resource = resource
        self.mode = rules.mode_of(model.Session(), found)

    def page(self) -> str:
        """The resource's page."""
        names = {"id": self.package.name, "resource_id": self.resource_id}
        return str(tk.url_for(f"{self.package.type}_resource.read", **names))

    def address(self, mark: str = "") -> str:
        """The file or the rows as they were asked for, with the mark."""
        if self.what == guestbook_gate.ROWS:
            path = tk.url_for("datastore.dump", resource_id=self.resource_id)
        else:
            names = {"id": self.package.id, "resource_id": self.resource_id}
            path = tk.url_for(f"{self.package.type}_resource.download", **names)
        return f"{path}{guestbook_gate.asked_rows(self.what, mark)}"

    def shown(self) -> dict[str, Any]:
        """What every page here says of it."""
        return {
            "title": self.package.title or self.package.name,
            "file": self.resource.get("name") or self.package.title,
            "page": self.page(),
            "mode": self.mode.value,
            "months": rules.months(),
        }

    def form(self, values: dict[str, str], errors: dict[str, Any]) -> str:
        """The form."""
        return tk.render(
            "satudata/guestbook/form.html",
            {
                **self.shown(),
                "values": values,
                "errors": errors,
                "action": guestbook_gate.address_of_form(self.resource_id, self.what),
                "professions": [(code, tk._(words.PROFESSIONS[code])) for code in guestbook.PROFESSIONS],
                "institutions": [(name, "") for name in institutions.names(model.Session())],
            },
        )

    def begin(self, guest: Guest | None, *, remember: bool) -> Response:
        """To the page from which the download begins; the device is remembered where that was wished."""
        names = {"resource_id": self.resource_id, "what": self.what}
        mark = signing.ticket(guest, self.resource_id)
        to = tk.url_for("satudata_guestbook.begin", **names) + guestbook_gate.asked_rows(self.what, mark)
        response = make_response(redirect(to, 303))
        if remember:
            response.set_cookie(
                guestbook_gate.COOKIE,
                signing.lasting(guest),
                max_age=signing.lasting_seconds(guest),
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return response


# ---------------------------------------------------------------- own entries


@satudata_guestbook.get(OWN)
def own_data() -> str:
    """The address to which a code is to go."""
    return _ask_address("", {})


def _ask_address(email: str, errors: dict[str, Any]) -> str:
    remembered = guestbook_gate.COOKIE in request.cookies
    shown = {"values": {"email": email}, "errors": errors, "months": rules.months(), "remembered": remembered}
    return tk.render("satudata/guestbook/own.html", shown)


@satudata_guestbook.post(OWN)
def send_code() -> Any:
    """Mails the code; whether the address stands in the guestbook nobody is told."""
    email = request.form.get("email", "")
    try:
        with transaction():
            row = own.send_code(model.Session(), email, request.remote_addr or "")
            code_id = row.id
    except SatudataError as refusal:
        field = refusal.field if isinstance(refusal, Invalid) else "email"
        return _ask_address(email, {field: [error_text(refusal)]}), 400
    return redirect(tk.url_for("satudata_guestbook.own_entries", code_id=code_id), 303)


@satudata_guestbook.get(f"{OWN}/<code_id>")
def own_entries(code_id: str) -> Any:
    """The field for the code, then what is held."""
    if not proven.is_known(BROWSER, code_id):
        return _ask_code(code_id, {})
    try:
        row = own.held(model.Session(), code_id)
    except NotThere as lapsed:
        return _lapsed(lapsed)
    found = own.entries(model.Session(), row.email_mark)
    for one in found:
        one["profession"] = tk._(words.PROFESSIONS[one["profession"]])
    return tk.render("satudata/guestbook/entries.html", {"entries": found, "code_id": code_id, "errors": {}})


def _ask_code(code_id: str, errors: dict[str, Any]) -> str:
    return tk.render("satudata/guestbook/code.html", {"code_id": code_id, "errors": errors})


def _lapsed(refusal: SatudataError) -> Any:
    tk.h.flash_notice(error_text(refusal))
    return redirect(tk.url_for("satudata_guestbook.own_data"), 303)


@satudata_guestbook.post(f"{OWN}/<code_id>")
def confirm(code_id: str) -> Any:
    """Opens the entries for this browser; a wrong try counts."""
    try:
        with transaction():
            _row, refusal = own.confirm(model.Session(), code_id, request.form.get("code", "")[:40])
    except NotThere as lapsed:
        return _lapsed(lapsed)
    if refusal is not None:
        return _ask_code(code_id, {"code": [error_text(refusal)]}), 400
    proven.remember(BROWSER, code_id)
    return redirect(tk.url_for("satudata_guestbook.own_entries", code_id=code_id), 303)


@satudata_guestbook.post(f"{OWN}/<code_id>/<any(salinan,hapus):act>")
def own_act(code_id: str, act: str) -> Any:
    """Everything that is held as JSON, or the end of it."""
    if not proven.is_known(BROWSER, code_id):
        return redirect(tk.url_for("satudata_guestbook.own_entries", code_id=code_id), 303)
    try:
        with transaction():
            row = own.held(model.Session(), code_id)
            if act == "salinan":
                body = json.dumps(own.export(model.Session(), row), ensure_ascii=False, indent=2)
            else:
                own.erase(model.Session(), row)
    except NotThere as lapsed:
        return _lapsed(lapsed)
    if act == "salinan":
        headers = {"Content-Disposition": 'attachment; filename="buku-tamu.json"'}
        return Response(body, mimetype="application/json", headers=headers)
    tk.h.flash_success(tk._("Your entries are erased. The downloads stay counted without you."))
    return _forgotten()


@satudata_guestbook.post("/buku-tamu/lupakan")
def forget() -> Any:
    """This device is asked again."""
    tk.h.flash_success(tk._("This device is not remembered any more."))
    return _forgotten()


def _forgotten() -> Response:
    response = make_response(redirect(tk.url_for("satudata_guestbook.own_data"), 303))
    response.delete_cookie(guestbook_gate.COOKIE)
    return response
