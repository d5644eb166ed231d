"""The guard beneath the session: statements that pass by the ORM (`bulk_*`, `text()`, a plain connection).

They may neither make a dataset public nor write what a reviewer approves. Seen is what goes through CKAN's own
engine; another connection to the database is the audit's. What a flush writes was looked at by `shared.permits`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import ckan.plugins as p
from alembic import context as alembic_context
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import NotAllowed

_VETTED = "satudata_vetted"
_WRITE = re.compile(
    r'\b(update|insert\s+into|merge\s+into|copy)\s+(?:only\s+)?(?:"?\w+"?\s*\.\s*)?'
    r'"?(package|resource|package_tag)"?(?=[\s(]|$)',
    re.IGNORECASE,
)
CONTENT = {
    "package": frozenset(
        {"name", "title", "notes", "url", "extras", "license_id", "version"}
        | {"author", "author_email", "maintainer", "maintainer_email"}
    ),
    "resource": frozenset(
        {"url", "url_type", "cache_url", "name", "description", "extras", "hash", "size"}
        | {"format", "mimetype", "mimetype_inner", "resource_type"}
    ),
    "package_tag": frozenset({"package_id", "tag_id", "state"}),
}
"""Columns that a reviewer approves; others, such as dates, are changed freely by statements."""
_OPENING = {
    table: re.compile(rf"\b(?:{'|'.join(sorted(columns | {'private', 'type'}))})\b", re.IGNORECASE)
    for table, columns in CONTENT.items()
}


def listen(session_factory: Any) -> None:
    """Sets the guard; safe to repeat. CKAN makes its engine anew with each configuration, so every engine is asked."""
    if not event.contains(Engine, "before_cursor_execute", _before_statement):
        event.listen(Engine, "before_cursor_execute", _before_statement)
    for name, function in (("after_flush", _after_flush), ("after_soft_rollback", _after_flush)):
        if not event.contains(session_factory, name, function):
            event.listen(session_factory, name, function)


def begin_flush(session: Session) -> None:
    """What is written from now to the end of this flush was looked at, object by object."""
    info = session.connection().info
    info[_VETTED] = True
    session.info[_VETTED] = info


@contextmanager
def vetted(session: Session) -> Iterator[None]:
    """The statements of this block were looked at."""
    info = session.connection().info
    info[_VETTED] = True
    try:
        yield
    finally:
        info.pop(_VETTED, None)


def refuses(statement: str) -> bool:
    """Whether a statement of no flush could open something."""
    for found in _WRITE.finditer(statement):
        if not found[1].lower().startswith("update"):
            return True
        changed = re.split(r"\bwhere\b", statement[found.end() :], maxsplit=1, flags=re.IGNORECASE)[0]
        if _OPENING[found[2].lower()].search(changed):
            return True
    return False


def _before_statement(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    if conn.engine is not model.meta.engine or ("package" not in statement and "resource" not in statement):
        return
    if not conn.info.get(_VETTED) and p.plugin_loaded("satudata") and refuses(statement) and not _is_migrating():
        raise NotAllowed(
            "Only the release of an approved version changes what the public sees.",
            mend="Send the dataset through review; Walidata publishes it.",
        )


def _is_migrating() -> bool:
    """Whether a migration runs: CKAN's take the place of its engine meanwhile, and rebuild tables by statements."""
    try:
        return bool(alembic_context.get_context())
    except (NameError, AttributeError):  # none was ever set up, or none is now
        return False


def _after_flush(session: Session, _context: Any) -> None:
    info = session.info.pop(_VETTED, None)
    if info is not None:
        info.pop(_VETTED, None)
