"""Appends to the journal and checks it.

Each chain (a case, or a subject outside any case) is linked by sha256: an entry's hash covers its own fields
and the hash before it. Free text enters the chain as a salted hash only, so that it can be erased later. What a day
left at the end of every chain is sealed in `shared.care.journal_seals`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain import appointment
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalHead, JournalText
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import clock, params, raw_writes

START = "0" * 64
"""What stands before the first entry of a chain, and before the first seal."""
ERASED = "note_erased"
"""The event that tells of an emptied text: `position` names the entry in the same chain."""


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
    plain = _plain({**(payload or {}), **({"via": actor.via} if actor.via else {})})
    chain = case_id or (":".join(subject) if subject else "portal")
    with raw_writes.writing(session, Journal, JournalHead, JournalText):
        head = session.execute(
            insert(JournalHead)
            .values(chain=chain, position=0, hash=START)
            .on_conflict_do_update(index_elements=["chain"], set_={"position": JournalHead.position})
            .returning(JournalHead.position, JournalHead.hash)
        ).one()
        salt = secrets.token_hex(16) if text else None
        entry = _entry(
            chain,
            (head.position, head.hash),
            event=event,
            case_id=case_id,
            actor_id=actor.user_id,
            actor_name=actor.name,
            subject_type=subject[0] if subject else None,
            subject_id=subject[1] if subject else None,
            payload=plain,
            text_hash=_text_hash(salt, text) if salt and text else None,
        )
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


def append_to_cases(
    session: Any, event: str, *, actor: Actor, payloads: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Adds one event to each of many cases, as (case id, payload), in the caller's transaction.

    As `append` without text, but with four statements for all of them.
    """
    if not payloads:
        return
    with raw_writes.writing(session, Journal, JournalHead):
        begun = insert(JournalHead).values(
            [{"chain": id_, "position": 0, "hash": START} for id_ in sorted({id_ for id_, _payload in payloads})]
        )
        heads = session.execute(
            begun.on_conflict_do_update(index_elements=["chain"], set_={"position": JournalHead.position}).returning(
                JournalHead.chain, JournalHead.position, JournalHead.hash
            )
        )
        ends = {chain: (position, hash_) for chain, position, hash_ in heads}
        for case_id, payload in payloads:
            by = {"actor_id": actor.user_id, "actor_name": actor.name}
            entry = _entry(case_id, ends[case_id], event=event, case_id=case_id, payload=_plain(payload), **by)
            ends[case_id] = (entry.position, entry.hash)
            session.add(entry)
        session.flush()
        ended = insert(JournalHead).values(
            [{"chain": chain, "position": position, "hash": hash_} for chain, (position, hash_) in ends.items()]
        )
        new = {"position": ended.excluded.position, "hash": ended.excluded.hash}
        session.execute(ended.on_conflict_do_update(index_elements=["chain"], set_=new))


def _entry(chain: str, end: tuple[int, str], **columns: Any) -> Journal:
    """The entry that follows on the `end` (position, hash) of a chain."""
    entry = Journal(chain=chain, position=end[0] + 1, previous=end[1], at=clock.now(), **columns)
    entry.hash = hash_of(entry)
    return entry


def erase_note(session: Any, journal_id: int, *, actor: Actor, reason: str) -> Journal:
    """Empties the free text of an event, and its copy at the case's step or in a reclassification; no commit.

    Returns the entry that says so. The chain stays whole: it holds the text's salted hash only, and without the salt
    nobody can guess the text from it. Raises NotAllowed for who is neither Walidata nor PPID, Invalid without a
    reason, NotThere where there is no such text, Conflict where it is erased already.
    """
    if not appointment.may_erase_notes(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.WALIDATA, Role.PPID))
    if not reason.strip():
        raise Invalid("The reason is missing.", field="reason", mend="Say why this note must be erased.")
    row = session.get(JournalText, journal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere("There is no such note.")
    if row.erased_at is not None:
        raise Conflict("This note is erased already.")
    entry = session.get_one(Journal, journal_id)
    with raw_writes.writing(session, JournalText, CaseStep):
        if entry.case_id:
            copies = sa.update(CaseStep).where(CaseStep.case_id == entry.case_id, CaseStep.note == row.text)
            session.execute(copies.values(note=None).execution_options(synchronize_session="fetch"))
        else:
            done = (Reclassification.package_id == entry.subject_id, Reclassification.reason == row.text)
            session.execute(sa.update(Reclassification).where(*done).values(reason=""))
        row.text, row.salt, row.erased_at = None, None, clock.now()
    return append(
        session,
        ERASED,
        actor=actor,
        case_id=entry.case_id,
        subject=(entry.subject_type, entry.subject_id) if entry.subject_type and entry.subject_id else None,
        payload={"position": entry.position},
        text=reason,
    )


@dataclass(frozen=True)
class Fault:
    """What `verify` found wrong: which chain, at which position (0: no one place), and what."""

    chain: str
    position: int
    fault: str

    def __str__(self) -> str:
        place = f" #{self.position}" if self.position else ""
        return f"{self.chain}{place}: {self.fault}"


@dataclass
class _Chain:
    """A chain as far as it was walked; `erased`: positions of empty texts of which no later entry has told yet."""

    name: str
    end: tuple[int, str] | None
    position: int = 0
    hash: str = START
    erased: set[int] = field(default_factory=set)


def verify(session: Any) -> Iterator[Fault]:
    """Walks every chain and yields each changed, missing, swapped or added entry. Reads row by row."""
    told, heads = JournalText, JournalHead
    rows = session.execute(
        sa.select(*_COLUMNS, told.journal_id, told.salt, told.text, told.erased_at, heads.position, heads.hash)
        .outerjoin(told, told.journal_id == Journal.id)
        .outerjoin(heads, heads.chain == Journal.chain)
        .order_by(Journal.chain, Journal.position)
        .execution_options(yield_per=1000)
    )
    walked: _Chain | None = None
    for row in rows:
        entry, text, end = row[: len(_COLUMNS)], row[len(_COLUMNS) : -2], row[-2:]
        if walked is None or walked.name != row.chain:
            yield from _end(walked)
            walked = _Chain(row.chain, None if end[0] is None else (end[0], end[1]))
        yield from _step(walked, dict(zip(_NAMES, entry, strict=True)), text)
    yield from _end(walked)
    lost = sa.select(heads.chain, heads.position).where(
        heads.position > 0, ~sa.exists().where(Journal.chain == heads.chain)
    )
    for chain, position in session.execute(lost):
        yield Fault(chain, position, "every entry of this chain is missing")


def _step(walked: _Chain, entry: dict[str, Any], text: Any) -> Iterator[Fault]:
    chain, position = walked.name, entry["position"]
    if position != walked.position + 1:
        yield Fault(chain, walked.position + 1, "an entry is missing")
    elif entry["previous"] != walked.hash:
        yield Fault(chain, position, "the entry does not follow the one before it")
    if entry["hash"] != _hash(entry):
        yield Fault(chain, position, "the entry was changed")
    walked.position, walked.hash = position, entry["hash"]
    if entry["event"] == ERASED:
        walked.erased.discard(entry["payload"].get("position"))
    if entry["text_hash"] is None:
        return
    journal_id, salt, words, erased_at = text
    if journal_id is None:
        yield Fault(chain, position, "the text is missing without having been erased")
    elif erased_at is not None:
        walked.erased.add(position)
    elif _text_hash(salt, words) != entry["text_hash"]:
        yield Fault(chain, position, "the text was changed")


def _end(walked: _Chain | None) -> Iterator[Fault]:
    if walked is None:
        return
    for position in sorted(walked.erased):
        yield Fault(walked.name, position, "the text was emptied, and no entry says by whom and why")
    if walked.end != (walked.position, walked.hash):
        yield Fault(walked.name, walked.position + 1, "the end of the chain is missing or was added to")


_NAMES = (
    "chain",
    "position",
    "at",
    "event",
    "case_id",
    "actor_id",
    "actor_name",
    "subject_type",
    "subject_id",
    "payload",
    "text_hash",
    "previous",
    "hash",
)
_COLUMNS = tuple(getattr(Journal, name) for name in _NAMES)


def hash_of(entry: Journal) -> str:
    """The sha256 over everything an entry says and the hash before it."""
    return _hash({name: getattr(entry, name) for name in _NAMES})


def _hash(entry: Mapping[str, Any]) -> str:
    said = {
        "chain": entry["chain"],
        "position": entry["position"],
        "at": entry["at"].astimezone(timezone.utc).isoformat(timespec="microseconds"),
        "event": entry["event"],
        "case": entry["case_id"],
        "actor": [entry["actor_id"], entry["actor_name"]],
        "subject": [entry["subject_type"], entry["subject_id"]],
        "payload": entry["payload"],
        "text": entry["text_hash"],
        "previous": entry["previous"],
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
