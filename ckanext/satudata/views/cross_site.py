"""Keeps the check against forged forms on: CKAN switches it off for a view for good, for everybody in the process, once
anybody has called that view with an API token. Here the exemption ends with the request that brought the token."""

from __future__ import annotations

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
