"""One moment for all the numbers of a report or a dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.model as model
from sqlalchemy import orm


@contextmanager
def held() -> Iterator[orm.Session]:
    """A session beside that of the request whose statements all see what was committed when the first of them began.

    Whoever counts while downloads are written gets the same ones in a sentence, a table and a chart. Nothing is
    written by it, and what the caller has not committed yet is not counted.
    """
    with model.meta.engine.connect() as connection:
        still = connection.execution_options(isolation_level="REPEATABLE READ")
        with orm.Session(still) as session:
            yield session
