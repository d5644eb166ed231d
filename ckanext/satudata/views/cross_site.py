"""Keeps the check against forged forms on: CKAN switches it off for a view for good, for everybody in the process, once
anybody has called that view with an API token. Here the exemption ends with the request that brought the token."""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import flask
from ckan.config.middleware.flask_app import csrf
from flask_wtf import CSRFProtect

from ckanext.satudata.views.grants import begin

_OWN = "satudata_without_form_token"


def _exempt(view):
    """Within a request: this request only. At start-up, as blueprints ask for it: as ever."""
    if flask.has_request_context():
        setattr(flask.g, _OWN, True)
        return view
    return CSRFProtect.exempt(csrf, view)


def _is_exempt() -> bool:
    return bool(flask.g.get(_OWN)) or CSRFProtect._is_exempt(csrf)


def install() -> None:
    """Puts the two functions in CKAN's place; safe to repeat."""
    csrf.exempt = _exempt
    csrf._is_exempt = _is_exempt
    # Whoever could forge this form has the link, and with it all that the form gives: programs need no form token.
    CSRFProtect.exempt(csrf, f"{begin.__module__}.{begin.__name__}")


def refuse_foreign_form() -> None:
    """Refuses a form that another site sends; for pages that ask for no login.

    A page without referrer sends `Origin: null`; there the browser's own word counts.
    """
    if flask.request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = flask.request.headers.get("Sec-Fetch-Site"), flask.request.headers.get("Origin")
    ours = {flask.request.host, urlsplit(str(tk.config["ckan.site_url"])).netloc}
    is_foreign = origin is not None and urlsplit(origin).netloc not in ours and (origin != "null" or site is None)
    if is_foreign or site in ("cross-site", "same-site"):
        tk.abort(400, tk._("This form was sent from another site."))


def require_own_form() -> None:
    """As `refuse_foreign_form`, and asks for the form's token too; for pages whose own cookie lets somebody in.

    CKAN asks for it only from who is logged in.
    """
    refuse_foreign_form()
    if flask.request.method not in ("GET", "HEAD", "OPTIONS") and flask.current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
