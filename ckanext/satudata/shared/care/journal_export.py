"""The journal as a file: JSON Lines, with which others can check the chains, and CSV to be read.

Each export is an entry itself. Notes of a case may name people: who is auditor gets them, a system administrator
without that role does not.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, BinaryIO

import sqlalchemy as sa

from ckanext.satudata.domain import appointment, text_table
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.journal import Journal, JournalSealPart, JournalText
from ckanext.satudata.shared import clock, journal
from ckanext.satudata.shared.actors import SYSTEM

FORMATS = {"jsonl": "application/x-ndjson", "csv": "text/csv"}


@dataclass(frozen=True)
class Written:
    """What an export holds: how many entries, and the sha256 of the file."""

    entries: int
    sha256: str


def export(
    session: Any, out: BinaryIO, form: str, *, actor: Actor, since: date | None = None, until: date | None = None
) -> Written:
    """Writes the entries of those days (both count), oldest first, and the entry that says so; no commit.

    Give the file away only after the commit. Raises NotAllowed for who is neither auditor nor system administrator
    nor the portal itself (the command line), Invalid for a format that is not made or days the wrong way round.
    """
    if actor is not SYSTEM and not appointment.may_export_journal(actor):
        raise NotAllowed("Only the auditor takes the journal away as a file.")
    if form not in FORMATS:
        raise Invalid("This format is not made.", field="format", mend="Choose from the list.")
    if since and until and until < since:
        raise Invalid("The last day is before the first day.", field="until", mend="Enter a later last day.")
    sink = _Sink(out)
    write = _csv_writer(sink) if form == "csv" else _line_writer(sink)
    reads = actor is SYSTEM or actor.has_anywhere(Role.AUDITOR)
    for entry in _entries(session, since, until, reads):
        write(entry)
        sink.entries += 1
    done = Written(sink.entries, sink.digest.hexdigest())
    days = {name: day.isoformat() for name, day in (("from", since), ("to", until)) if day}
    journal.append(
        session,
        "journal_exported",
        actor=actor,
        subject=("journal", "export"),
        payload={**days, "format": form, "entries": done.entries, "sha256": done.sha256},
    )
    return done


class _Sink:
    """Counts and hashes what goes into the file."""

    def __init__(self, out: BinaryIO):
        self.out, self.digest, self.entries = out, hashlib.sha256(), 0

    def write(self, text: str) -> None:
        data = text.encode()
        self.digest.update(data)
        self.out.write(data)


FIELDS = (
    "id",
    "chain",
    "position",
    "at",
    "event",
    "case",
    "actor",
    "actor_name",
    "subject_type",
    "subject",
    "payload",
    "text_hash",
    "previous",
    "hash",
    "text",
    "salt",
    "erased",
    "sealed_on",
)
"""Keys of a line and heads of the table, in every language."""


def _entries(session: Any, since: date | None, until: date | None, reads: bool) -> Iterator[dict[str, Any]]:
    """Each entry as a line; `reads`: with the notes of cases."""
    for entry, text, sealed_on in session.execute(_query(since, until)):
        shown = text if reads or entry.case_id is None else None
        values = (
            entry.id,
            entry.chain,
            entry.position,
            entry.at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
            entry.event,
            entry.case_id,
            entry.actor_id,
            entry.actor_name,
            entry.subject_type,
            entry.subject_id,
            entry.payload,
            entry.text_hash,
            entry.previous,
            entry.hash,
            shown.text if shown else None,
            shown.salt if shown else None,
            bool(text is not None and text.erased_at),
            sealed_on.isoformat() if sealed_on else None,
        )
        yield dict(zip(FIELDS, values, strict=True))


def _query(since: date | None, until: date | None) -> sa.Select[Any]:
    part = JournalSealPart
    sealed_on = (
        sa.select(part.day)
        .where(part.chain == Journal.chain, part.position >= Journal.position)
        .order_by(part.position)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(Journal, JournalText, sealed_on)
        .outerjoin(JournalText, JournalText.journal_id == Journal.id)
        .order_by(Journal.id)
        .execution_options(yield_per=1000)
    )
    if since:
        query = query.where(Journal.at >= _midnight(since))
    if until:
        query = query.where(Journal.at < _midnight(until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), clock.zone())


def _line_writer(sink: _Sink) -> Callable[[dict[str, Any]], None]:
    return lambda entry: sink.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _csv_writer(sink: _Sink) -> Callable[[dict[str, Any]], None]:
    """One line for an entry, the heads first; for a spreadsheet, which must run nothing of it."""
    table = csv.writer(sink, delimiter=text_table.SEPARATOR)
    sink.write("\ufeff")
    table.writerow(FIELDS)

    def write(entry: dict[str, Any]) -> None:
        cells = {**entry, "payload": json.dumps(entry["payload"], ensure_ascii=False)}
        table.writerow(text_table.harmless("" if cell is None else str(cell)) for cell in cells.values())

    return write
