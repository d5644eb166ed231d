"""Before the bytes or rows of an open dataset leave: whether to ask who they are for (`domain.guestbook`)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import flask
from ckan.common import current_user
from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.guestbook import NOBODY, Ask, Asked, Mode, Signed
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import own_fetch
from ckanext.satudata.shared.guestbook import rules, signing

PARAMETER = "buku_tamu"
HEADER = "X-Satudata-Buku-Tamu"
COOKIE = "satudata_buku_tamu"
FILE, ROWS = "berkas", "baris"
"""What is asked for, as addresses say it."""


@dataclass(frozen=True)
class Decided:
    """What to answer `instead` of the file, or who `signed` for it; `counts`: not one of the portal's own."""

    instead: AnyResponse | None = None
    signed: Signed = NOBODY
    counts: bool = True


def decide(
    package: model.Package, resource_id: str, what: str, *, is_piece: bool = False, is_call: bool = False
) -> Decided:
    """Asks, where this dataset's downloads do; only of what everybody may have. A call of the API (`is_call`) is a
    program's, whatever sends it: no form is shown."""
    request = flask.request
    if request.method not in ("GET", "POST"):
        return Decided()  # nothing of it leaves
    if own_fetch.is_own(request.headers.get(own_fetch.HEADER), request.path):
        return Decided(counts=False)
    if current_user.is_authenticated and current_user.name == tk.config["ckan.site_id"]:
        return Decided(counts=False)  # its own account, as datapusher uses it
    mode, signed = _shown(package, resource_id)
    if mode is Mode.OFF:
        return Decided()
    asked = Asked(
        wants_page=_wants_page() and not is_call,
        from_own_page=_from_own_page(),
        is_piece=is_piece,
        has_signed=signed is not None,
    )
    answer = guestbook.answer(mode, asked, strict=rules.is_strict())
    if answer is not Ask.SERVE and _is_officer():
        answer = Ask.SERVE  # the portal knows who that is
    if answer is Ask.FORM:
        return Decided(_to_form(resource_id, what))
    if answer is Ask.REFUSE:
        return Decided(_refused(resource_id, what, is_call=is_call))
    return Decided(signed=signed or NOBODY)


def _shown(package: model.Package, resource_id: str) -> tuple[Mode, Signed | None]:
    """Whether this dataset asks, and what the mark stands for that came along: of the form, of a program, of a device
    that is remembered. An entry that is kept no longer, or was left out where it must not be, is no mark."""
    request = flask.request
    marks = (request.args.get(PARAMETER, ""), request.headers.get(HEADER, ""), request.cookies.get(COOKIE, ""))
    named = [signing.guest_of(mark, resource_id) for mark in marks if mark]
    mode, entries = rules.mode_and_entries(model.Session(), package, [guest_id for guest_id in named if guest_id])
    if mode is Mode.OPTIONAL:
        entries[""] = NOBODY
    return mode, next((entries[guest_id] for guest_id in named if guest_id in entries), None)


def _wants_page() -> bool:
    accepted = flask.request.accept_mimetypes
    return any(kind == "text/html" and weight > 0 for kind, weight in accepted)


def _from_own_page() -> bool:
    """A link was followed on a page of this portal; old browsers say so by the address they come from only."""
    site = flask.request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return (flask.request.referrer or "").startswith(flask.request.host_url)


def _is_officer() -> bool:
    if not current_user.is_authenticated:
        return False
    actor = actor_for(current_user)
    return actor.is_sysadmin or bool(actor.held)


def address_of_form(resource_id: str, what: str) -> str:
    """The form before this file, or before these rows as they are asked for."""
    return str(tk.url_for("satudata_guestbook.form", resource_id=resource_id, what=what)) + asked_rows(what)


def asked_rows(what: str, mark: str = "") -> str:
    """The query of this request as a link's: which rows, in which form, and the mark that leads to them."""
    kept = [pair for pair in flask.request.args.items(multi=True) if what == ROWS and pair[0] != PARAMETER]
    query = urlencode([*kept, *([(PARAMETER, mark)] if mark else [])])
    return f"?{query}" if query else ""


def _to_form(resource_id: str, what: str) -> AnyResponse:
    return never_kept(flask.redirect(address_of_form(resource_id, what), 303))


def table_of(name: str) -> str | None:
    """The resource whose rows stand under this id or alias; None where there are none."""
    if not p.plugin_loaded("datastore"):
        return None
    from ckanext.datastore.backend import DatastoreBackend

    try:
        exists, real = DatastoreBackend.get_active_backend().resource_id_from_alias(name)
    except ValueError:  # signs that no database takes: NUL, half a pair
        return None
    return str(real or name) if exists else None


def _refused(resource_id: str, what: str, *, is_call: bool) -> Response:
    """What a program is told: 428, as RFC 6585 has it for what must come first."""
    told = {
        "code": "guestbook",
        "message": tk._("This dataset asks who downloads it: sign the guestbook first."),
        "parameter": PARAMETER,
        "header": HEADER,
        "sign": tk.url_for("api.action", ver=3, logic_function="satudata_guestbook_sign", _external=True),
        "page": tk.url_for("satudata_guestbook.form", resource_id=resource_id, what=what, _external=True),
    }
    if is_call:
        del told["parameter"]  # actions refuse parameters that they do not know
    response = flask.jsonify(error=told)
    response.status_code = 428
    never_kept(response)
    return response


def never_kept(response: AnyResponse) -> AnyResponse:
    """Neither browsers nor proxies keep it, and no address of it is passed on."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
