"""What cannot be is refused at the door: addresses with NUL, calls of actions with what no action can read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import ckan_before_request
from flask import jsonify, request

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import translated
from ckanext.satudata.shared.finding import catalogue, search_pages
from ckanext.satudata.shared.hidden import asked

MEND_THEMSELVES = search_pages.PAGES | {"api.action", "dcat.read_catalog"}
"""Endpoints that read the query of such an address, or refuse it in the way their callers know."""

FORMS = {"user", "group", "organization", "admin", "dashboard"}
"""CKAN's own forms, which hand what they get to the database; ours name the field."""


def install(app: Any) -> None:
    """Before every other look at the address, since most of them ask the database for what stands in it."""
    from ckan.views import api

    waiting = app.before_request_funcs[None]
    waiting.insert(waiting.index(ckan_before_request) + 1, refuse_impossible)
    api.get_action = _looked_at
    app.register_error_handler(RecursionError, too_deep)


def refuse_impossible() -> None:
    """404 for a path that no table can hold or an ending that no format has, 400 for a query."""
    ending = (request.view_args or {}).get("_format") if request.blueprint == "dcat" else None
    if "\0" in request.path or (ending and ending not in catalogue.formats()):
        tk.abort(404)
    if request.endpoint not in MEND_THEMSELVES and "%00" in request.query_string.decode("ascii", "replace"):
        tk.abort(400, tk._("The address holds a character that cannot be read."))
    if request.blueprint in FORMS and any("\0" in value for value in request.form.values()):
        tk.abort(400, tk._("The form holds a character that cannot be read."))


def too_deep(error: RecursionError) -> Any:
    """A body nested deeper than Python reads is the caller's fault; anything else that runs too deep is ours."""
    if not request.path.startswith("/api/"):
        raise error
    words = tk._("What was sent is nested too deeply.")
    return jsonify({"success": False, "error": {"__type": "Bad Request", "message": words}}), 400


def _looked_at(name: str) -> Callable[..., Any]:
    action = tk.get_action(name)

    @functools.wraps(action)
    def called(context: Any = None, sent: dict[str, Any] | None = None) -> Any:
        try:
            sent = asked.looked_at(name, sent or {})
        except Invalid as error:
            raise translated(error) from error
        return action(context, sent)

    return called
