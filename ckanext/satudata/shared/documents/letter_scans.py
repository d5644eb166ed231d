"""The signed letter comes back as a scan: the scan is what readers get then, the letter as it was made stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.letters.returning import check_bring_back
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_scan import LetterScan
from ckanext.satudata.shared import clock, journal, vault
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.files import scans

PURPOSE = "letter_scan"


def add(session: Session, letter: Letter, upload: Any, actor: Actor) -> LetterScan:
    """Keeps the scan in the vault, journalled; no commit. Raises NotAllowed, Invalid at `scan`."""
    check_bring_back(actor, LetterKind(letter.kind), letter.organization_id)
    stored = scans.keep(session, upload, PURPOSE, actor)
    row = LetterScan(
        letter_id=letter.id,
        vault_id=stored.id,
        sha256=stored.sha256,
        size=stored.size_bytes,
        added_at=clock.now(),
        added_by=actor.user_id,
    )
    session.add(row)
    letter.status = letters.SIGNED
    session.flush()
    journal.append(
        session,
        "letter_signed",
        actor=actor,
        case_id=letter.case_id,
        subject=(letter.subject_type, letter.subject_id),
        payload={"kind": letter.kind, "number": letter.number, "sha256": row.sha256, "letter_sha256": letter.sha256},
    )
    return row


def of(session: Session, letter: Letter) -> Sequence[LetterScan]:
    """The scans of a letter, newest first."""
    return session.scalars(LetterScan.of(letter.id)).all()


def latest(session: Session, found: Sequence[Letter]) -> dict[str, LetterScan]:
    """The newest scan of each letter that has one, by the letter's id."""
    rows = session.scalars(LetterScan.of(*(letter.id for letter in found))) if found else ()
    newest: dict[str, LetterScan] = {}
    for row in rows:
        newest.setdefault(row.letter_id, row)
    return newest


def hashes(session: Session, found: Sequence[Letter]) -> dict[str, dict[str, str]]:
    """By the letter's id: `sha256` of what readers get, `letter_sha256` of the letter as it was made."""
    signed = latest(session, found)
    return {
        letter.id: {
            "sha256": signed[letter.id].sha256 if letter.id in signed else letter.sha256,
            "letter_sha256": letter.sha256,
        }
        for letter in found
    }


def in_force(session: Session, letter: Letter) -> bytes:
    """What readers get: the newest signed scan, else the letter as it was made. Raises NotThere."""
    newest = latest(session, [letter]).get(letter.id)
    return vault.read_bytes(session, newest.vault_id) if newest else letters.content_of(session, letter)
