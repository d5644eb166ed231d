"""Turns a domain refusal into the error CKAN's API and forms know; the only place that does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, SatudataError
from ckanext.satudata.shared.words import error_text


def translated(error: SatudataError) -> Exception:
    """The CKAN error for a domain error."""
    if isinstance(error, NotAllowed):
        return tk.NotAuthorized(error_text(error))
    if isinstance(error, NotThere):
        return tk.ObjectNotFound(error_text(error))
    data: dict[str, Any] = {error.field: [error_text(error)]}
    if isinstance(error, Conflict):
        data["conflict"] = [error.message]
    elif not isinstance(error, Invalid):
        data.setdefault("code", [type(error).__name__])
    return tk.ValidationError(data)


def boundary(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates an action or a view: a domain error leaves it as a CKAN error."""

    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except SatudataError as error:
            raise translated(error) from error

    return inner
