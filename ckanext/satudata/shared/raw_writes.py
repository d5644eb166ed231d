"""The guard beneath the session: statements that pass by the ORM (`bulk_*`, `text()`, a plain connection).

They may neither make a dataset public nor write what a reviewer approves. Seen is what goes through CKAN's own
engine; another connection to the database is the audit's. What a flush writes was looked at by
`shared.publishing.permits`.
"""

from __future__ import annotations

import functools
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
_WRITTEN = "satudata_written"
OWN = (
    "approval",
    "arrival",
    "case",
    "case_step",
    "dataset_state",
    "disposition",
    "journal",
    "journal_head",
    "journal_text",
    "journal_seal",
    "journal_seal_part",
    "override",
    "restriction_test",
    "revision",
)
"""Our tables in which the course of things stands: their one writer says so (`writing`), nobody else writes them."""
_OWN_WRITE = re.compile(
    r'\b(?:update|insert\s+into|merge\s+into|copy|delete\s+from)\s+(?:only\s+)?(?:"?\w+"?\s*\.\s*)?'
    rf'"?satudata_({"|".join(OWN)})"?(?=[\s(]|$)',
    re.IGNORECASE,
)
_OWN_EMPTIED = re.compile(rf"\btruncate\b.*?\bsatudata_({'|'.join(OWN)})\b", re.IGNORECASE | re.DOTALL)
_WRITE = re.compile(
    r'\b(update|insert\s+into|merge\s+into|copy)\s+(?:only\s+)?(?:"?\w+"?\s*\.\s*)?'
    r'"?(package|resource|package_tag)"?(?=[\s(]|$)',
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
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
    """Sets the guard; safe to repeat. CKAN makes its engine anew with each configuration, so every engine is asked.

    At the last place before the driver: it sees what is really sent, and costs nothing but the look at the text. An
    event of the connection would make every statement, transaction and savepoint pass all events there are.
    """
    for name, guard in (
        ("do_execute", _before_statement),
        ("do_executemany", _before_statement),
        ("do_execute_no_params", _before_plain),
    ):
        if not event.contains(Engine, name, guard):
            event.listen(Engine, name, guard, insert=True)
    for name, function in (("after_flush", _after_flush), ("after_soft_rollback", _after_flush)):
        if not event.contains(session_factory, name, function):
            event.listen(session_factory, name, function)


def begin_flush(session: Session) -> None:
    """What is written from now to the end of this flush was looked at, object by object."""
    info = session.connection().info
    info[_VETTED] = True
    session.info[_VETTED] = info


@contextmanager
def hand(connection: Any, *tables: str) -> Iterator[None]:
    """The statements of this block may write these of `OWN`, or all."""
    info = connection.info
    before = info.get(_WRITTEN, frozenset())
    info[_WRITTEN] = before | set(tables or OWN)
    try:
        yield
    finally:
        info[_WRITTEN] = before


@contextmanager
def writing(session: Any, *tables: Any) -> Iterator[None]:
    """The block writes rows of these models. What somebody else left unwritten meets the guard before it."""
    session.flush()
    with hand(session.connection(), *(table.__tablename__.removeprefix("satudata_") for table in tables)):
        yield
        session.flush()


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


def _before_plain(cursor: Any, statement: str, context: Any) -> None:
    _before_statement(cursor, statement, None, context)


def _before_statement(cursor: Any, statement: str, parameters: Any, context: Any) -> None:
    own, opens = (_verdict if len(statement) <= _LONGEST_KEPT else _judge)(statement)
    if not (own or opens):
        return
    # The dialect is the engine's, and that of the engines made of it (`Engine.execution_options`).
    engine = model.meta.engine
    if engine is None or context.dialect is not engine.dialect or not p.plugin_loaded("satudata"):
        return
    info = context.root_connection.info
    if own:
        refused = own - info.get(_WRITTEN, frozenset())
        if refused and not _is_migrating():
            raise NotAllowed(
                "Only the portal's own processes write {table}.",
                mend="Use their actions, which check and journal.",
                table=f"satudata_{min(refused)}",
            )
    if opens and not info.get(_VETTED) and not _is_migrating():
        raise NotAllowed(
            "Only the release of an approved version changes what the public sees.",
            mend="Send the dataset through review; Walidata publishes it.",
        )


def _judge(statement: str) -> tuple[frozenset[str], bool]:
    """Which of our tables the statement writes, and whether it could open something.

    Read as it is and without comments, which may part words; what looks like a comment may be a text.
    """
    bare = _COMMENT.sub(" ", statement)
    return _own_of(statement) | _own_of(bare), refuses(statement) or refuses(bare)


_verdict = functools.lru_cache(maxsize=1024)(_judge)
"""The verdict is one of the text alone, and SQLAlchemy sends the same texts again and again."""
_LONGEST_KEPT = 10_000
"""Characters; so what is kept stays under some 20 MB."""


def _own_of(statement: str) -> frozenset[str]:
    """Which of our tables the statement writes."""
    emptied = _OWN_EMPTIED.search(statement)
    found = {table.lower() for table in _OWN_WRITE.findall(statement)}
    return frozenset(found | ({emptied[1].lower()} if emptied else set()))


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
