"""Who signs, and the mark by which a browser or a program shows that somebody did.

The mark is signed and holds an id, never what was written: in a cookie where somebody wishes to be remembered, in a
header of programs, and for an hour in the address that leads from the form to the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain import guestbook
from ckanext.satudata.domain.guestbook import Entry
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.shared.guestbook import rules

TICKET_SECONDS = 3600
"""As long as the way from the form to the file may take, with what broke off and resumes."""
SKIPPED_SECONDS = 180 * 24 * 3600
"""As long as a device is not asked again on which somebody chose not to sign."""


@dataclass(frozen=True)
class Signed:
    """A valid mark: the person who signed, or None where it was optional and left out."""

    guest: Guest | None = None


def sign(session: Session, entry: Entry) -> Guest:
    """Keeps who signed, encrypted. No commit."""
    guest = Guest(
        id=new_id(),
        at=clock.now(),
        name=crypto.seal(entry.name),
        email=crypto.seal(entry.email),
        purpose=crypto.seal(entry.purpose),
        profession=entry.profession,
        spelling_id=spelling(session, entry.institution),
        email_mark=mark_of(entry.email),
    )
    session.add(guest)
    session.flush()
    return guest


def mark_of(email: str) -> str:
    """Under what the entries of an address are found."""
    return crypto.digest("guestbook-email", guestbook.plain_email(email))


def spelling(session: Session, institution: str) -> str:
    """The row of this way to write an institution; a new one is one that officers know where the name is the same."""
    mark = crypto.digest("institution", guestbook.normalised(institution))
    values = {
        "id": new_id(),
        "mark": mark,
        "written": crypto.seal(institution),
        "institution_id": _known(session, institution),
        "first_at": clock.now(),
    }
    kept = sa.func.coalesce(Spelling.written, values["written"])
    adding = insert(Spelling).values(values).on_conflict_do_update(index_elements=["mark"], set_={"written": kept})
    return str(session.scalar(adding.returning(Spelling.id)))


def _known(session: Session, institution: str) -> str | None:
    if institution == guestbook.NONE:
        adding = insert(Institution).values(id=new_id(), name=institution)
        session.execute(adding.on_conflict_do_nothing(index_elements=["name"]))
    wanted = guestbook.normalised(institution)
    rows = session.execute(sa.select(Institution.id, Institution.name))
    return next((row.id for row in rows if guestbook.normalised(row.name) == wanted), None)


# ---------------------------------------------------------------- marks


def lasting(guest: Guest | None) -> str:
    """The mark for a device that is to be remembered, and for programs."""
    return _signer("device").dumps([guest.id if guest else ""])


def lasting_seconds(guest: Guest | None) -> int:
    """How long a device may be remembered: as long as the person is kept."""
    return _kept_seconds() if guest else SKIPPED_SECONDS


def _kept_seconds() -> int:
    now = clock.now()
    return int((now - rules.kept_since(now)).total_seconds())


def ticket(guest: Guest | None, resource_id: str) -> str:
    """The mark for the way to one file."""
    return _signer("ticket").dumps([guest.id if guest else "", resource_id])


def of_ticket(session: Session, mark: str, resource_id: str) -> Signed | None:
    """Who shows the ticket for this file; None where it is none, is too old or was given for another one."""
    found = _read("ticket", mark, TICKET_SECONDS)
    return _signed(session, found[0]) if len(found) == 2 and found[1] == resource_id else None


def of_device(session: Session, mark: str, *, may_skip: bool) -> Signed | None:
    """Who shows a lasting mark; that somebody did not wish to sign counts only where that may be."""
    found = _read("device", mark, max(_kept_seconds(), SKIPPED_SECONDS))
    if len(found) != 1 or not (found[0] or may_skip):
        return None
    return _signed(session, found[0])


def _signed(session: Session, guest_id: str) -> Signed | None:
    if not guest_id:
        return Signed()
    guest = session.get(Guest, guest_id)
    return Signed(guest) if guest is not None else None


def _read(kind: str, mark: str, seconds: int) -> list[str]:
    try:
        found: Any = _signer(kind).loads(mark, max_age=seconds)
    except BadSignature:
        return []
    return [str(part) for part in found] if isinstance(found, list) else []


def _signer(kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(tk.config["SECRET_KEY"]), salt=f"satudata-guestbook-{kind}")
