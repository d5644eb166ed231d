"""Turns a domain refusal into the error CKAN's API and forms know; the only place that does.

And lets no text in that no table can hold: it would come back as a fault of the server.
"""

from __future__ import annotations

import errno
import functools
import re
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2.errors
from sqlalchemy.exc import DBAPIError

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, SatudataError
from ckanext.satudata.shared.words import error_text, errors_by_field


def translated(error: SatudataError) -> Exception:
    """The CKAN error for a domain error."""
    if isinstance(error, NotAllowed):
        return tk.NotAuthorized(error_text(error))
    if isinstance(error, NotThere):
        return tk.ObjectNotFound(error_text(error))
    data: dict[str, Any] = {**errors_by_field(error)}
    if "tags" in data:  # CKAN takes errors of tags apart, and fails on text
        data["tag_string"] = data.pop("tags")
    if isinstance(error, Conflict):
        data["conflict"] = [error_text(error)]
    elif not isinstance(error, Invalid):
        data.setdefault("code", [type(error).__name__])
    return tk.ValidationError(data)


def boundary(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates an action or a view: a domain error leaves it as a CKAN error."""

    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        try:
            if args and isinstance(args[-1], dict):
                check_storable(args[-1])
            return function(*args, **kwargs)
        except SatudataError as error:
            raise translated(error) from error
        except (OSError, DBAPIError) as error:
            if not is_full(error):
                raise
            raise translated(no_room()) from error

    return inner


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: BaseException) -> bool:
    """Whether the disk has no room left, that of the files or PostgreSQL's."""
    cause = getattr(error, "orig", None) or error
    return isinstance(cause, psycopg2.errors.DiskFull) or (isinstance(cause, OSError) and cause.errno in _FULL)


def no_room() -> Conflict:
    """What is said then, without the path; nothing of the command was stored."""
    return Conflict(
        "There is no room left on the server's disk.", mend="Tell who runs the server; then do the same again."
    )


DEEPEST = 50
"""Lists within lists that a caller may send; no action needs more than a few."""
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def check_storable(sent: Mapping[Any, Any]) -> None:
    """Raises Invalid, with the outermost field, for NUL, half a character (a lone surrogate) or endless nesting."""
    if not _fault_in(sent):  # everything at once: nearly always nothing is wrong
        return
    for name, value in sent.items():
        if fault := _fault_in((str(name), value)):
            fault.field = _named(str(name))
            raise fault


def _fault_in(sent: Mapping[Any, Any] | tuple[Any, ...]) -> Invalid | None:
    """Why it cannot be stored; None where all can."""
    texts: list[str] = []
    waiting: list[tuple[Any, int]] = [(sent, 0)]
    while waiting:
        container, depth = waiting.pop()
        if depth >= DEEPEST and container:
            return Invalid("This is nested too deeply.")
        for value in chain(container, container.values()) if isinstance(container, Mapping) else container:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, (dict, list, tuple)):
                waiting.append((value, depth + 1))
    if _NOT_STORABLE.search("".join(texts)):
        return Invalid("This text holds a character that cannot be stored.", mend="Type the text again.")
    return None


def is_storable(value: object) -> bool:
    """Whether a table could hold the text; what is no text can be asked too."""
    return not (isinstance(value, str) and _NOT_STORABLE.search(value))


def _named(field: str) -> str:
    return _NOT_STORABLE.sub("?", field)
