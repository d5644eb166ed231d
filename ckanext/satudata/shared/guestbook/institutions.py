"""An officer decides which institution a typed name is: from then on reports count it under that name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.errors import Invalid, NotThere, too_long
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.shared import crypto, journal

MOST = 200
"""Spellings that one decision may be about, and that one page shows."""


def waiting(session: Session, actor: Actor) -> dict[str, Any]:
    """`count`, and the most used `spellings` nobody has decided about: id, text, downloads. Raises NotAllowed."""
    guestbook.require_keeper(actor)
    open_ = sa.and_(Spelling.institution_id.is_(None), Spelling.written.is_not(None))
    used = sa.func.count(Download.id).label("used")
    rows = session.execute(
        sa.select(Spelling.id, Spelling.written, used)
        .outerjoin(Download, Download.spelling_id == Spelling.id)
        .where(open_)
        .group_by(Spelling.id)
        .order_by(used.desc(), Spelling.first_at)
        .limit(MOST)
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(Spelling).where(open_))
    return {
        "count": count or 0,
        "spellings": [{"id": id_, "written": crypto.unseal(text), "downloads": number} for id_, text, number in rows],
    }


def listed(session: Session) -> list[dict[str, Any]]:
    """Every institution officers decided on: id, name, how many spellings and downloads; by name."""
    rows = session.execute(
        sa.select(
            Institution.id,
            Institution.name,
            sa.func.count(sa.distinct(Spelling.id)),
            sa.func.count(Download.id),
        )
        .outerjoin(Spelling, Spelling.institution_id == Institution.id)
        .outerjoin(Download, Download.spelling_id == Spelling.id)
        .group_by(Institution.id)
        .order_by(Institution.name)
    )
    return [{"id": id_, "name": name, "spellings": ways, "downloads": number} for id_, name, ways, number in rows]


def names(session: Session) -> list[str]:
    """What the form offers while somebody types."""
    return list(session.scalars(sa.select(Institution.name).order_by(Institution.name)))


def merge(session: Session, actor: Actor, spellings: Sequence[str], institutions: Sequence[str], name: str) -> str:
    """These spellings, and all of these institutions, are the institution of that name; returns its id.

    A new name makes one; the same decision again changes nothing. Counts of before follow. Journalled, no commit.
    Raises NotAllowed, Invalid, NotThere.
    """
    guestbook.require_keeper(actor)
    name = guestbook.one_line(name)
    if not name:
        raise Invalid("Write the name under which they are counted.", field="name")
    for fault in too_long(name, "name", guestbook.LONGEST["institution"]):
        raise fault
    if not spellings and not institutions:
        raise Invalid("Choose at least one spelling.", field="spellings")
    if len(spellings) + len(institutions) > MOST:
        raise Invalid("Choose at most {most} at a time.", field="spellings", most=MOST)
    # One decision at a time: two officers may merge into each other.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("satudata-institutions"))))
    into = _called(session, name)
    others = {id_ for id_ in institutions if id_ != into}
    _require(session, Spelling, set(spellings))
    _require(session, Institution, others)
    chosen = sa.or_(Spelling.id.in_(list(spellings)), Spelling.institution_id.in_(others))
    moved: Any = session.execute(
        sa.update(Spelling).where(chosen).values(institution_id=into).execution_options(synchronize_session=False)
    )
    session.execute(
        sa.delete(Institution).where(Institution.id.in_(others)).execution_options(synchronize_session=False)
    )
    session.expire_all()
    payload = {"name": name, "count": int(moved.rowcount)}
    journal.append(session, "institution_merged", actor=actor, subject=("institution", into), payload=payload)
    return into


def _called(session: Session, name: str) -> str:
    """The institution whose name is the same but for case and points, under the name as it is written now."""
    wanted = guestbook.normalised(name)
    for row in session.scalars(sa.select(Institution)):
        if guestbook.normalised(row.name) == wanted:
            row.name = name
            session.flush()
            return row.id
    made = Institution(id=new_id(), name=name)
    session.add(made)
    session.flush()
    return made.id


def _require(session: Session, table: Any, ids: set[str]) -> None:
    known = session.scalar(sa.select(sa.func.count()).select_from(table).where(table.id.in_(ids))) if ids else 0
    if known != len(ids):
        raise NotThere("One of these is not there any more.", mend="Reload the list.")
