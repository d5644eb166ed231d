"""`/berkas/<token>`: the page of a personal link. Opening it spends nothing; its button begins one download.

The button leads to an address that holds for that one download, in this browser and for an hour, so that it can be
resumed. Who asks there for the whole file again begins another download, which counts. Programs get the same by
`/berkas` with the token as a header.
"""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import flask
from ckan.common import current_user
from flask import Blueprint
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ckanext.satudata.domain import clients
from ckanext.satudata.domain.access import Allowed, Refusal
from ckanext.satudata.domain.errors import Conflict, TooMany
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.shared import clock, limits, vault, words
from ckanext.satudata.shared.files import grants, link_words, terms
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text
from ckanext.satudata.views.sending import counting, send

satudata_grants = Blueprint("satudata_grants", __name__)

UNKNOWN_PER_HOUR = 60
"""Tokens that never were, asked from one address; a link that exists is never refused for it."""

RESUME_SECONDS = 3600
_BEGUN, _BEGUN_MOST = "satudata_begun", 10

_STATUS = {Refusal.GRANT_FOREIGN: 403}


@satudata_grants.after_request
def private(response: flask.Response) -> flask.Response:
    """Neither the address nor the page is kept or passed on."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@satudata_grants.route("/berkas/<token>", methods=["GET"])
def page(token: str):
    """What the link is for and how long it holds, with the button; or why it does not work."""
    grant = _find(token)
    return _page(grant, token)


@satudata_grants.route("/berkas/<token>", methods=["POST"])
def begin(token: str):
    """Spends one download and leads to its own address; the first time, once the terms are accepted."""
    grant = _find(token)
    if grant is None:
        return _page(None, token)
    if grant.waits_for_terms and isinstance(grants.check(model.Session, grant, _user_id()), Allowed):
        if flask.request.form.get("terms") != "true":
            return _page(grant, token, {"terms": [tk._("Accept the terms of use first.")]})
        with transaction():
            terms.accept(model.Session, grant)
    return _count(grant, token)


@satudata_grants.route("/berkas/<token>/ketentuan.txt", methods=["GET"])
def terms_file(token: str):
    """The terms of use with the request's number, to be kept beside the data; counts nothing."""
    grant = _find(token)
    if grant is None or not grant.terms or not isinstance(grants.check(model.Session, grant, _user_id()), Allowed):
        return _page(grant, token)
    response = flask.Response(
        terms.text_of(grant, vault.get(model.Session, grant.vault_object_id)), mimetype="text/plain"
    )
    response.headers.set("Content-Disposition", "attachment", filename="ketentuan-penggunaan.txt")
    return response


def _find(token: str) -> Grant | None:
    return grants.find(model.Session, token) or grants.of_account(model.Session, token, _user_id())


def _count(grant: Grant, token: str):
    try:
        client = clients.kind(flask.request.headers.get("User-Agent"))
        with transaction():
            counted = grants.spend(model.Session, grant.id, user_id=_user_id(), client=client).id
    except Conflict:
        return _page(_find(token), token)
    flask.session[_BEGUN] = [*flask.session.get(_BEGUN, []), counted][-_BEGUN_MOST:]
    return flask.redirect(tk.url_for("satudata_grants.fetch", token=token, ticket=_signer().dumps(counted)), 303)


@satudata_grants.route("/berkas/<token>/unduh/<ticket>", methods=["GET"])
def fetch(token: str, ticket: str):
    """The bytes of a download that was begun; HEAD and Range work, for an hour or until the link ends."""
    grant = _find(token)
    try:
        counted = model.Session.get(Download, str(_signer().loads(ticket, max_age=RESUME_SECONDS)))
    except BadSignature:
        counted = None
    if grant is None or counted is None or counted.grant_id != grant.id:
        return _page(grant, token)
    if not grants.may_resume(model.Session, grant, _user_id()):
        return _page(grant, token)
    if counted.id not in flask.session.get(_BEGUN, []) and not grant.to_user_id:
        return flask.redirect(tk.url_for("satudata_grants.page", token=token), 303)
    return _bytes(grant, counted.id) or _count(grant, token)


def _bytes(grant: Grant, counted_id: str) -> flask.Response | None:
    """The file or the part that was asked for; None where this counted download has had it already."""
    kept = vault.get(model.Session, grant.vault_object_id)
    response = send(kept)
    if flask.request.method != "GET" or response.status_code not in (200, 206):
        return response
    part = response.content_range
    start, end = (part.start or 0, part.stop or 0) if response.status_code == 206 else (0, kept.size_bytes)
    with transaction() as one:
        taken = grants.take(model.Session, counted_id, start=start, length=end - start, size=kept.size_bytes)
        one.drop = not taken
    if not taken:
        response.close()
        return None
    return counting(response, end - start, lambda rest: grants.give_back(counted_id, rest))


# ---------------------------------------------------------------- programs

TOKEN, ACCEPTED = "X-Satudata-Berkas", "X-Satudata-Ketentuan"
"""Headers of a program: the token of the link; `setuju` accepts the terms."""


@satudata_grants.route("/berkas", methods=["GET"])
def program():
    """The file for a program: the same counting as in a browser, the token in a header and in no address.

    HEAD and what resumes within an hour count nothing. Refusals are JSON: `error` with `code` and `message`.
    """
    token = flask.request.headers.get(TOKEN, "")
    grant = _find(token) if token else None
    if grant is None:
        return _refused(404, "unknown", tk._("This link is not known"))
    counted = model.Session.scalars(
        Download.newest_of(grant.id, clock.now() - timedelta(seconds=RESUME_SECONDS))
    ).first()
    if counted is not None and grants.may_resume(model.Session, grant, _user_id()):
        response = _bytes(grant, counted.id)
        if response is not None:
            return response
    verdict = grants.check(model.Session, grant, _user_id())
    if not isinstance(verdict, Allowed):
        return _refused(
            _STATUS.get(verdict.reason, 410), verdict.reason.value, tk._("This link cannot be used any more.")
        )
    return _first_time(grant)


def _first_time(grant: Grant):
    if flask.request.method != "GET":
        return send(vault.get(model.Session, grant.vault_object_id))
    if grant.waits_for_terms:
        if flask.request.headers.get(ACCEPTED) != "setuju":
            return _refused(428, "terms", tk._("Accept the terms of use first."), terms=grant.terms)
        with transaction():
            terms.accept(model.Session, grant)
    response = None
    while response is None:  # another request of the program may take what was counted here: then one more is
        try:
            with transaction():
                counted = grants.spend(model.Session, grant.id, user_id=_user_id(), client="script").id
        except Conflict as gone:
            return _refused(410, "ended", error_text(gone))
        response = _bytes(grant, counted)
    return response


def _refused(status: int, code: str, message: str, **more: str | None) -> tuple[flask.Response, int]:
    if status == 404 and not _may_guess():
        return flask.jsonify(error={"code": "too_many", "message": tk._("Too many attempts from this network.")}), 429
    return flask.jsonify(error={"code": code, "message": message, **more}), status


def link_of(token: str) -> str:
    """The absolute address of a link, for letters and mails."""
    return tk.url_for("satudata_grants.page", token=token, _external=True, locale="default")


def _may_guess() -> bool:
    """Counts a token that never was; False once there were too many from one address."""
    try:
        limits.spend("grant", flask.request.remote_addr or "-", limit=UNKNOWN_PER_HOUR, seconds=3600)
    except TooMany:
        return False
    return True


def _page(grant: Grant | None, token: str, errors: dict[str, list[str]] | None = None):
    if grant is None:
        if not _may_guess():
            return tk.abort(429, tk._("Too many attempts from this network."))
        return tk.render(
            "satudata/grant.html", {"refusal": "unknown", "grant": None, "file": None, "requested": True}
        ), 404
    verdict = grants.check(model.Session, grant, _user_id())
    if not isinstance(verdict, Allowed):
        status = _STATUS.get(verdict.reason, 410)
        is_foreign = verdict.reason is Refusal.GRANT_FOREIGN
        is_requested = grants.is_requested(grant)
        standing = grants.standing(model.Session, grant)
        told = "" if is_foreign else " ".join(link_words.told(standing, is_requested=is_requested))
        shown = {"refusal": verdict.reason.value, "grant": None, "file": None, "told": told, "requested": is_requested}
        shown["contact_office"] = words.office(standing.office)
        return tk.render("satudata/grant.html", shown), status
    kept = vault.get(model.Session, grant.vault_object_id)
    shown = {"refusal": None, "grant": grant, "file": kept, "requested": grants.is_requested(grant)}
    page = tk.render("satudata/grant.html", {**shown, "token": token, "errors": errors or {}})
    return page, 422 if errors else 200


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(tk.config["SECRET_KEY"], salt="satudata-grant")


def _user_id() -> str | None:
    return current_user.id if current_user.is_authenticated else None
