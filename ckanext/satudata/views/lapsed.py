"""A form that was sent after the session had ended, or whose mark against forgery is stale: nothing typed is lost.

The page shows what was typed and sends it again, after logging in in another tab. Only for forms of this portal's own
pages: what another site sends is refused as ever.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, current_app, make_response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest

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
}
"""Blueprints whose forms are for who is logged in."""
PERSONAL = frozenset({"user.edit", "user.api_token_create"})
SECRET = ("password", "sandi")
NOT_TYPED = {"id", "pkg_name", "save", "key", "state", "owner_org", "step_id", "private", "url_type"}
MOST = 200_000
"""Characters that are handed back; a longer form is refused as before."""


@satudata_lapsed.before_app_request
def ask_to_log_in() -> Response | None:
    """Instead of a refusal, where the person was logged in when the form was opened."""
    is_theirs = request.blueprint in OFFICERS or request.endpoint in PERSONAL
    if request.method == "POST" and is_theirs and not tk.current_user.is_authenticated and is_own_form():
        return _page()
    return None


def stale(error: CSRFError) -> Any:
    """The check against forgery failed: after logging in in another tab it does, once."""
    if is_own_form() and (tk.current_user.is_authenticated or request.blueprint in OFFICERS):
        return _page()
    return current_app.handle_user_exception(BadRequest(error.description))  # CKAN's page, as ever


def _page() -> Response:
    kept = [(name, value) for name, value in request.form.items(multi=True) if not _is_left_out(name)]
    shown = [(_label(name), value) for name, value in kept if value.strip() and len(value) > 1 and is_text(name)]
    answer = make_response(
        tk.render(
            "satudata/lapsed.html",
            extra_vars={
                "kept": kept,
                "shown": shown,
                "files": [name for name, file in request.files.items(multi=True) if file.filename],
                "is_out": not tk.current_user.is_authenticated,
                "action": request.full_path.rstrip("?"),
            },
        ),
        403,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_own_form() -> bool:
    """Whether a browser sent it from a page of this portal; a program gets the refusal that it knows."""
    if request.path.startswith("/api/") or request.headers.get("Authorization"):
        return False
    origin = urlsplit(request.headers.get("Origin") or "")
    return bool(origin.netloc) and origin.netloc == request.host and sum(map(len, request.form.values())) <= MOST


def _is_left_out(name: str) -> bool:
    return name == tk.config.get("WTF_CSRF_FIELD_NAME") or is_secret(name)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a password."""
    return any(word in name.lower() for word in SECRET)


def is_text(name: str) -> bool:
    """Whether a field of this name holds what the person typed."""
    return not name.startswith(("_", "satudata_")) and name not in NOT_TYPED


def _label(name: str) -> str:
    return tk.h.satudata_form_labels().get(name) or tk._("Entry")
