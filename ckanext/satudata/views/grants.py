"""`/berkas/<token>`: the page of a personal link. Opening it spends nothing; its button begins one download.

The button leads to an address that holds for that one download, so that it can be resumed.
"""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import flask
from ckan.common import current_user
from flask import Blueprint
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ckanext.satudata.domain.access import Allowed, Refusal
from ckanext.satudata.domain.errors import Conflict, TooMany
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.shared import downloads, grants, limits, vault
from ckanext.satudata.views.sending import send

satudata_grants = Blueprint("satudata_grants", __name__)

UNKNOWN_PER_HOUR = 60
"""Tokens that never were, asked from one address; a link that exists is never refused for it."""

RESUME_SECONDS = 6 * 3600

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
    grant = grants.find(model.Session, token)
    return _page(grant, token)


@satudata_grants.route("/berkas/<token>", methods=["POST"])
def begin(token: str):
    """Spends one download and leads to its own address."""
    grant = grants.find(model.Session, token)
    if grant is None:
        return _page(None, token)
    try:
        client = downloads.client_kind(flask.request.headers.get("User-Agent"))
        spent = grants.spend(model.Session, grant.id, user_id=_user_id(), client=client)
        model.Session.commit()
    except Conflict:
        model.Session.rollback()
        return _page(grants.find(model.Session, token), token)
    ticket = _signer().dumps([spent.id, spent.downloads])
    return flask.redirect(tk.url_for("satudata_grants.fetch", token=token, ticket=ticket), 303)


@satudata_grants.route("/berkas/<token>/unduh/<ticket>", methods=["GET"])
def fetch(token: str, ticket: str):
    """The bytes of a download that was begun; HEAD and Range work, for some hours or until the link ends."""
    grant = grants.find(model.Session, token)
    try:
        grant_id, _number = _signer().loads(ticket, max_age=RESUME_SECONDS)
    except BadSignature:
        return _page(grant, token)
    if grant is None or grant.id != grant_id or not grants.may_resume(model.Session, grant, _user_id()):
        return _page(grant, token)
    return send(vault.get(model.Session, grant.vault_object_id))


def link_of(token: str) -> str:
    """The absolute address of a link, for letters and mails."""
    return tk.url_for("satudata_grants.page", token=token, _external=True, locale="default")


def _page(grant: Grant | None, token: str):
    if grant is None:
        try:
            limits.spend("grant", flask.request.remote_addr or "-", limit=UNKNOWN_PER_HOUR, seconds=3600)
        except TooMany:
            return tk.abort(429, tk._("Too many attempts from this network."))
        return tk.render("satudata/grant.html", {"refusal": "unknown", "grant": None, "file": None}), 404
    verdict = grants.check(model.Session, grant, _user_id())
    if not isinstance(verdict, Allowed):
        status = _STATUS.get(verdict.reason, 410)
        return tk.render("satudata/grant.html", {"refusal": verdict.reason.value, "grant": None, "file": None}), status
    kept = vault.get(model.Session, grant.vault_object_id)
    return tk.render("satudata/grant.html", {"refusal": None, "grant": grant, "file": kept})


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(tk.config["SECRET_KEY"], salt="satudata-grant")


def _user_id() -> str | None:
    return current_user.id if current_user.is_authenticated else None
