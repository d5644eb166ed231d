"""Who may see a screen of the officers: the others are told that it does not exist."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def only(action: str) -> Any:
    """Nothing for who may; the login page for a visitor, 404 for everybody else.

    For `Blueprint.before_request`: an officer who follows a link from a mail must be able to log in first.
    """
    try:
        tk.check_access(action, {"user": tk.current_user.name}, {})
    except tk.NotAuthorized:
        if tk.current_user.is_anonymous:
            return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
        tk.abort(404)
    return None


def context() -> dict[str, Any]:
    """The context of the person who looks."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def errors_of(error: tk.ValidationError) -> dict[str, list[str]]:
    """An action's errors as the form shows them; what belongs to no field stands on top."""
    found: dict[str, list[str]] = {}
    for name, messages in error.error_dict.items():
        if name == "conflict":
            continue
        texts = messages if isinstance(messages, list) else [str(messages)]
        found.setdefault("message" if name == "__all__" else name, []).extend(texts)
    return found
