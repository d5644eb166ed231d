"""What was typed into a form that could not be taken, handed back so that it can be sent again.

Passwords, codes and files are not: they are asked for once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import ckan.plugins.toolkit as tk
from flask import request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

PASSWORD = ("password", "sandi")
CODES = frozenset({"code", "tracking_code"})
NOT_TYPED = {"id", "pkg_name", "save", "key", "state", "owner_org", "step_id", "private", "url_type"}
MOST = 200_000
"""Characters that are handed back; a longer form is refused without them."""


@dataclass(frozen=True)
class Typed:
    """`kept` - fields to send again; `shown` - label and value of those to read; `secrets`, `codes`, `files` - names of
    fields to fill in again."""

    kept: list[tuple[str, str]]
    shown: list[tuple[str, str]]
    secrets: list[str]
    codes: list[str]
    files: list[str]


def typed() -> Typed:
    """The fields of the request's form."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != tk.config.get("WTF_CSRF_FIELD_NAME")]
    kept = [(name, value) for name, value in fields if not _is_password(name) and name not in CODES]
    return Typed(
        kept=kept,
        shown=[(_label(name), value) for name, value in kept if value.strip() and len(value) > 1 and _is_text(name)],
        secrets=[name for name, _ in fields if _is_password(name)],
        codes=[name for name, _ in fields if name in CODES],
        files=[name for name, file in request.files.items(multi=True) if file.filename],
    )


def is_own_form() -> bool:
    """Whether a browser sent it from a page of this portal, and it is not too long.

    A program gets the refusal that it knows; what another site sends is handed back to nobody, who might send it on.
    """
    if request.method != "POST" or request.path.startswith("/api/") or request.headers.get("Authorization"):
        return False
    if sum(len(name) + len(value) for name, value in request.form.items(multi=True)) > MOST:
        return False
    origin = urlsplit(request.headers.get("Origin") or "")
    # A page that passes its address to nobody (no-referrer) sends the origin `null` even to its own site.
    return (bool(origin.netloc) and origin.netloc == request.host) or _is_marked()


def address() -> str:
    """Where the form goes again: the same address, in the same language."""
    query = request.query_string.decode("ascii", "replace")
    path = tk.h.url_for("/" + quote(request.path.lstrip("/")))
    return f"{path}?{query}" if query else path


def _is_marked() -> bool:
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    try:
        validate_csrf(request.form.get(tk.config.get("WTF_CSRF_FIELD_NAME") or ""))
    except ValidationError:
        return False
    return True


def _is_password(name: str) -> bool:
    return any(word in name.lower() for word in PASSWORD)


def _is_text(name: str) -> bool:
    return not name.startswith(("_", "satudata_")) and name not in NOT_TYPED


def _label(name: str) -> str:
    # Another form's `name` is a person's, not a dataset's address.
    labels = tk.h.satudata_form_labels() if (request.blueprint or "").startswith("dataset") else {}
    return labels.get(name) or tk._("Entry")
