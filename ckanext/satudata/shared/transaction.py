"""One commit at the end of an action, or none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model

log = logging.getLogger(__name__)


@dataclass
class Transaction:
    """Set `drop` to give everything back at the end, as a preview does; `afterwards` runs once it is committed."""

    drop: bool = False
    afterwards: list[Callable[[], Any]] = field(default_factory=list)


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Commits what the block wrote; rolls back when it raises or asks for it.

    A fault in `afterwards` undoes nothing and is logged.
    """
    mark = Transaction()
    try:
        yield mark
        if not mark.drop:
            model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    if mark.drop:
        model.Session.rollback()
        return
    for function in mark.afterwards:
        try:
            function()
        except Exception:
            model.Session.rollback()
            log.exception("After the commit, %r failed", function)


def undone_on_error(function: Callable[..., Any], *args: Any) -> Any:
    """Calls CKAN's action, which commits by itself; whatever goes wrong, the transaction ends, with its files."""
    try:
        return function(*args)
    except BaseException:
        model.Session.rollback()
        raise
