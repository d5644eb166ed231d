"""Appends to the journal and checks it.

Each chain (a case, or a subject outside any case) is linked by sha256: an entry's hash covers its own fields
and the hash before it. Free text enters the chain as a salted hash only, so that it can be erased later.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.journal import Journal, JournalHead, JournalText
from ckanext.satudata.shared import clock, params, raw_writes

START = "0" * 64


def append(
    session: Any,
    event: str,
    *,
    actor: Actor,
    case_id: str | None = None,
    subject: tuple[str, str] | None = None,
    payload: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> Journal:
    """Adds one event in the caller's transaction.

    `subject` is (type, id). `payload` must hold no floats and no personal data of applicants; `text` (a note) is
    stored apart. Raises `Invalid` for a payload that would not come back from the database as it went in, and for a
    text longer than `params.LONGEST`: every act with a note or reason is journalled, so the bound holds for all.
    """
    params.bounded(text or "", "reason")
    plain = _plain(payload or {})
    chain = case_id or (":".join(subject) if subject else "portal")
    with raw_writes.writing(session, Journal, JournalHead, JournalText):
        head = session.execute(
            insert(JournalHead)
            .values(chain=chain, position=0, hash=START)
            .on_conflict_do_update(index_elements=["chain"], set_={"position": JournalHead.position})
            .returning(JournalHead.position, JournalHead.hash)
        ).one()
        salt = secrets.token_hex(16) if text else None
        entry = Journal(
            chain=chain,
            position=head.position + 1,
            at=clock.now(),
            event=event,
            case_id=case_id,
            actor_id=actor.user_id,
            actor_name=actor.name,
            subject_type=subject[0] if subject else None,
            subject_id=subject[1] if subject else None,
            payload=plain,
            text_hash=_text_hash(salt, text) if salt and text else None,
            previous=head.hash,
        )
        entry.hash = hash_of(entry)
        session.add(entry)
        session.flush()
        if salt:
            session.add(JournalText(journal_id=entry.id, salt=salt, text=text))
        session.execute(
            sa.update(JournalHead)
            .where(JournalHead.chain == chain)
            .values(position=entry.position, hash=entry.hash)
            .execution_options(synchronize_session=False)
        )
    return entry


def erase_text(session: Any, journal_id: int) -> None:
    """Empties the free text of an event; the chain stays whole."""
    with raw_writes.writing(session, JournalText):
        session.execute(
            sa.update(JournalText)
            .where(JournalText.journal_id == journal_id)
            .values(text=None, salt=None, erased_at=clock.now())
        )


@dataclass(frozen=True)
class Fault:
    """What `verify` found wrong: which chain, at which position, and what."""

    chain: str
    position: int
    fault: str


def verify(session: Any) -> Iterator[Fault]:
    """Walks every chain and yields each changed, missing, swapped or added entry."""
    rows = session.execute(
        sa.select(Journal, JournalText)
        .outerjoin(JournalText, JournalText.journal_id == Journal.id)
        .order_by(Journal.chain, Journal.position)
        .execution_options(yield_per=1000)
    )
    heads = {head.chain: head for head in session.scalars(sa.select(JournalHead))}
    chain, position, previous = None, 0, START
    for entry, text in rows:
        if entry.chain != chain:
            yield from _end(heads, chain, position, previous)
            chain, position, previous = entry.chain, 0, START
        yield from _check(entry, text, position, previous)
        position, previous = entry.position, entry.hash
    yield from _end(heads, chain, position, previous)
    for chain, head in heads.items():
        if head.position:
            yield Fault(chain, head.position, "every entry of this chain is missing")


def _check(entry: Journal, text: JournalText | None, position: int, previous: str) -> Iterator[Fault]:
    if entry.position != position + 1:
        yield Fault(entry.chain, position + 1, "an entry is missing")
    elif entry.previous != previous:
        yield Fault(entry.chain, entry.position, "the entry does not follow the one before it")
    if entry.hash != hash_of(entry):
        yield Fault(entry.chain, entry.position, "the entry was changed")
    if entry.text_hash and text is None:
        yield Fault(entry.chain, entry.position, "the text is missing without having been erased")
    elif entry.text_hash and text and not text.erased_at and _text_hash(text.salt, text.text) != entry.text_hash:
        yield Fault(entry.chain, entry.position, "the text was changed")


def _end(heads: dict[str, JournalHead], chain: str | None, position: int, previous: str) -> Iterator[Fault]:
    head = heads.pop(chain, None) if chain else None
    if chain and (head is None or (head.position, head.hash) != (position, previous)):
        yield Fault(chain, position + 1, "the end of the chain is missing or was added to")


def hash_of(entry: Journal) -> str:
    """The sha256 over everything an entry says and the hash before it."""
    said = {
        "chain": entry.chain,
        "position": entry.position,
        "at": entry.at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
        "event": entry.event,
        "case": entry.case_id,
        "actor": [entry.actor_id, entry.actor_name],
        "subject": [entry.subject_type, entry.subject_id],
        "payload": entry.payload,
        "text": entry.text_hash,
        "previous": entry.previous,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text_hash(salt: str | None, text: str | None) -> str:
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The value as JSONB gives it back; instants become text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str) and "\0" not in value:
        return str(value)
    raise Invalid("The journal takes text and whole numbers only.", field="payload")
