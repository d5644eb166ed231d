"""The tables' own MetaData and the helpers every table module uses.

CKAN's `clean_db` and `db clean` delete every row of every table in CKAN's MetaData; ours are not in it.
No foreign keys to CKAN's core tables.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from datetime import datetime, timezone

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """Declarative base of every satudata table; table names start with `satudata_`."""

    metadata = metadata


def new_id() -> str:
    """A random identifier for a row (36 characters)."""
    return str(uuid.uuid4())


hands: ContextVar[datetime | None] = ContextVar("hands", default=None)
"""Where `shared.clock.set_to` has put the clock of this thread; None means that it runs."""


def utcnow() -> datetime:
    """The present instant in UTC, for defaults of `_at` columns."""
    return hands.get() or datetime.now(timezone.utc)
