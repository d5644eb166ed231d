"""A form that was sent after the session had ended, or whose mark against forgery is stale: nothing typed is lost.

The page shows what was typed and sends it again, after logging in in another tab. Only for forms of this portal's own
pages: what another site sends is refused as ever.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, current_app, make_response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest

from ckanext.satudata.views import typed

satudata_lapsed = Blueprint("satudata_lapsed", __name__)

OFFICERS = {
    "dataset",
    "dataset_resource",
    "organization",
    "group",
    "admin",
    "satudata_desk",
    "satudata_publication",
    "satudata_dataset_list",
    "satudata_admin",
    "satudata_officers",
    "satudata_reports",
    "satudata_guestbook_desk",
}
"""Blueprints whose forms are for who is logged in."""
PERSONAL = frozenset({"user.edit", "user.api_token_create"})


@satudata_lapsed.before_app_request
def ask_to_log_in() -> Response | None:
    """Instead of a refusal, where the person was logged in when the form was opened."""
    if request.method != "POST" or request.blueprint not in OFFICERS and request.endpoint not in PERSONAL:
        return None
    if not tk.current_user.is_authenticated and typed.is_own_form():
        return _page()
    return None


def stale(error: CSRFError) -> Any:
    """The check against forgery failed: after logging in in another tab it does, once."""
    if typed.is_own_form() and (tk.current_user.is_authenticated or request.blueprint in OFFICERS):
        return _page()
    return current_app.handle_user_exception(BadRequest(error.description))  # CKAN's page, as ever


def _page() -> Response:
    fields = typed.typed()
    answer = make_response(
        tk.render(
            "satudata/lapsed.html",
            extra_vars={
                "kept": fields.kept,
                "shown": fields.shown,
                "files": fields.files,
                "is_out": not tk.current_user.is_authenticated,
                "action": typed.address(),
            },
        ),
        403,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
