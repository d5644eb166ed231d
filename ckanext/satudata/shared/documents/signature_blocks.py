"""What stands below an officer's signature: the officer's own words, journalled when they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.signature_block import SignatureBlock
from ckanext.satudata.shared import clock, journal

FIELDS = ("name", "position", "rank", "nip")
LONGEST = 200
NIP_DIGITS = 18


def of(session: Session, user_id: Any) -> dict[str, str]:
    """The officer's block; empty words where nothing was written."""
    row = session.get(SignatureBlock, user_id) if user_id else None
    return {name: getattr(row, name) if row else "" for name in FIELDS}


def save(session: Session, actor: Actor, typed: Mapping[str, str]) -> None:
    """Stores the actor's own block; no commit. Raises Several with what is wrong."""
    given = {name: " ".join(typed.get(name, "").split()) for name in FIELDS}
    Several.refuse(_faults(given))
    row = session.get(SignatureBlock, actor.user_id) or SignatureBlock(user_id=actor.user_id)
    changed = [name for name in FIELDS if (getattr(row, name) or "") != given[name]]
    if not changed:
        return
    for name, value in given.items():
        setattr(row, name, value)
    row.updated_at = clock.now()
    session.add(row)
    session.flush()
    # Staff numbers are personal data: the journal says which fields changed, not what they hold.
    journal.append(
        session,
        "signature_block_changed",
        actor=actor,
        subject=("user", str(actor.user_id)),
        payload={"fields": changed},
    )


def _faults(given: Mapping[str, str]) -> list[Invalid]:
    found = [
        Invalid("This is too long.", field=name, mend="Use at most 200 characters.")
        for name, value in given.items()
        if len(value) > LONGEST
    ]
    digits = given["nip"].replace(" ", "")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) == NIP_DIGITS):
        found.append(Invalid("A NIP has 18 digits.", field="nip", mend="Leave it empty where there is none."))
    return found
