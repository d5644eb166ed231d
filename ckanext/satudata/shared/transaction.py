"""One commit at the end of an action, or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ckan.model as model


@dataclass
class Transaction:
    """Set `drop` to give everything back at the end, as a preview does."""

    drop: bool = False


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Commits what the block wrote; rolls back when it raises or asks for it."""
    mark = Transaction()
    try:
        yield mark
    except BaseException:
        model.Session.rollback()
        raise
    if mark.drop:
        model.Session.rollback()
    else:
        model.Session.commit()
