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


def require_own_form() -> None:
    """Refuses a form that another site sends, or sends for; for pages whose own cookie lets somebody in.

    CKAN asks for the form's token only from who is logged in.
    """
    if flask.request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = flask.request.headers.get("Origin")
    ours = {flask.request.host, urlsplit(str(tk.config["ckan.site_url"])).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours:
        tk.abort(400, tk._("This form was sent from another site."))
    if flask.current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
