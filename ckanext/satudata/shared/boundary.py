"""Turns a domain refusal into the error CKAN's API and forms know; the only place that does.

And lets no text in that no table can hold: it would come back as a fault of the server.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import ckan.plugins.toolkit as tk

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

    return inner


DEEPEST = 50
"""Lists within lists that a caller may send; no action needs more than a few."""
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def check_storable(sent: Mapping[Any, Any]) -> None:
    """Raises Invalid, with the outermost field, for NUL, half a character (a lone surrogate) or endless nesting."""
    if _is_all_storable(sent):
        return
    for name, sent_value in sent.items():
        waiting: list[tuple[Any, int]] = [((str(name), sent_value), 0)]
        while waiting:
            container, depth = waiting.pop()
            inside = chain(container, container.values()) if isinstance(container, dict) else container
            for value in inside:
                if depth >= DEEPEST:
                    raise Invalid("This is nested too deeply.", field=_named(str(name)))
                if isinstance(value, str):
                    if _NOT_STORABLE.search(value):
                        raise Invalid(
                            "This text holds a character that cannot be stored.",
                            field=_named(str(name)),
                            mend="Type the text again.",
                        )
                elif isinstance(value, (dict, list, tuple)):
                    waiting.append((value, depth + 1))


def _is_all_storable(sent: Mapping[Any, Any]) -> bool:
    """The same for everything at once, without the name of what is wrong: nearly always nothing is."""
    texts: list[str] = []
    waiting: list[tuple[Any, int]] = [(sent, 0)]
    while waiting:
        container, depth = waiting.pop()
        if depth >= DEEPEST:
            return False
        for value in chain(container, container.values()) if isinstance(container, Mapping) else container:
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, (dict, list, tuple)):
                waiting.append((value, depth + 1))
    return not _NOT_STORABLE.search("".join(texts))


def is_storable(value: object) -> bool:
    """Whether a table could hold the text; what is no text can be asked too."""
    return not (isinstance(value, str) and _NOT_STORABLE.search(value))


def _named(field: str) -> str:
    return _NOT_STORABLE.sub("?", field)
