"""Who may see a screen of the officers: the others are told that it does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.satudata.domain import disposition, text_table


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


def every(action: str, asked: dict[str, Any], name: str, step: int = 1000) -> list[dict[str, Any]]:
    """All that a listing action has for this person, asked for in parts of `step`; `name` of its list."""
    found: list[dict[str, Any]] = []
    while True:
        part = tk.get_action(action)(context(), {**asked, "offset": len(found), "limit": step})[name]
        found += part
        if len(part) < step:
            return found


def attachments() -> dict[str, Any]:
    """The files of a disposition's form, under the names by which an action takes them."""
    sent = [one for one in tk.request.files.getlist("attachments") if one.filename]
    return {f"{disposition.FILE}{index}": one for index, one in enumerate(sent, start=1)}


def csv_file(text: str, name: str) -> Response:
    """A CSV file for a spreadsheet; never kept by a proxy."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text, mimetype="text/csv", headers=headers)


def csv_table(name: str, heads: Iterable[str], lines: Iterable[Iterable[str]]) -> Response:
    """The table of a page as such a file."""
    return csv_file(text_table.written_out(heads, lines), name)


def document(body: bytes, name: str, content_type: str = "") -> Response:
    """A document that is not kept by browsers: a PDF beside the page, anything else (DOCX) as a file."""
    ending, shown = ("docx", "attachment") if content_type else ("pdf", "inline")
    headers = {"Content-Disposition": f'{shown}; filename="{name}.{ending}"', "Cache-Control": "no-store"}
    return Response(body, mimetype=content_type or "application/pdf", headers=headers)


def errors_of(error: tk.ValidationError) -> dict[str, list[str]]:
    """An action's errors as the form shows them; what belongs to no field stands on top."""
    found: dict[str, list[str]] = {}
    for name, messages in error.error_dict.items():
        if name == "conflict":
            continue
        texts = messages if isinstance(messages, list) else [str(messages)]
        found.setdefault("message" if name == "__all__" else name, []).extend(texts)
    return found


def act(action: str, data: dict[str, Any]) -> dict[str, list[str]]:
    """Runs an action for who looks; its errors by field, empty when it worked."""
    run: Any = tk.get_action(action)
    try:
        run(context(), data)
    except tk.ValidationError as error:
        return errors_of(error)
    return {}
