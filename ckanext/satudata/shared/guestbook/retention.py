"""The end of what the guestbook holds of persons: when its time is over, or when they ask. Counts stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.model.guest import Guest, GuestCode
from ckanext.satudata.model.institution import Spelling
from ckanext.satudata.shared import clock, journal, periodic
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.guestbook import rules
from ckanext.satudata.shared.transaction import transaction

CODE_DAYS = 1
SUBJECT = ("portal", "guestbook")


@periodic.every(minutes=24 * 60, name="guestbook-retention")
def drop_old() -> int:
    """Drops the persons whose time is over, and codes of yesterday; returns how many persons."""
    session, now = model.Session(), clock.now()
    with transaction():
        count = drop(session, Guest.at < rules.kept_since(now))
        if count:
            journal.append(session, "guestbook_dropped", actor=SYSTEM, subject=SUBJECT, payload={"count": count})
        session.execute(sa.delete(GuestCode).where(GuestCode.made_at < now - timedelta(days=CODE_DAYS)))
    return count


def drop(session: Session, whom: sa.ColumnElement[bool]) -> int:
    """Deletes persons, with what they wrote; their downloads keep profession and institution. No commit."""
    gone: Any = session.execute(sa.delete(Guest).where(whom).execution_options(synchronize_session=False))
    nobody = ~sa.exists().where(Guest.spelling_id == Spelling.id)
    emptied = sa.update(Spelling).where(Spelling.written.is_not(None), nobody).values(written=None)
    session.execute(emptied.execution_options(synchronize_session=False))
    session.expire_all()
    return int(gone.rowcount)
