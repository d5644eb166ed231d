"""Who signs, and the mark by which a browser or a program shows that somebody did.

The mark is signed and holds an id, never what was written: in a cookie where somebody wishes to be remembered, in a
header of programs, and for an hour in the address that leads from the form to the file.
"""

from __future__ import annotations

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


def guest_of(mark: str, resource_id: str) -> str | None:
    """The entry that a mark names, lasting or for the way to this file, and "" where somebody chose not to sign.

    None where it is no mark, too old, or given for another file. Whether the entry is still kept is not looked up.
    """
    lasts = _read("device", mark, max(_kept_seconds(), SKIPPED_SECONDS))
    if len(lasts) == 1:
        return lasts[0]
    leads = _read("ticket", mark, TICKET_SECONDS)
    return leads[0] if len(leads) == 2 and leads[1] == resource_id else None


def _read(kind: str, mark: str, seconds: int) -> list[str]:
    try:
        found: Any = _signer(kind).loads(mark, max_age=seconds)
    except BadSignature:
        return []
    return [str(part) for part in found] if isinstance(found, list) else []


def _signer(kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(tk.config["SECRET_KEY"]), salt=f"satudata-guestbook-{kind}")
