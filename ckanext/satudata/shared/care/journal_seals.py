"""The daily seal over all chains of the journal, and the nightly check of both.

One chain for everything would make every writer wait for every other, so each case and subject has its own, and once
a day a seal ties together where they ended. Nobody waits for it: it reads, and what was committed while it read is in
the next one. A seal that has left the house (mail, filed report) shows whoever rewrites a chain with all its hashes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal, JournalCheck, JournalHead, JournalSeal, JournalSealPart
from ckanext.satudata.shared import clock, journal, notices, periodic, raw_writes, wording
from ckanext.satudata.shared.care import doctor, journal_beside
from ckanext.satudata.shared.journal import START, Fault

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=10)
"""After midnight: what began before it has been committed by then."""
OVERDUE = timedelta(hours=2)
"""After midnight: the worker comes by each hour, so the day is sealed by then."""
MEND = (
    "Keep a copy of the database as it is now. Compare the seals that were mailed and printed on filed reports with "
    "ckan satudata journal seals: up to the last that agrees the entries are as they were written."
)
"""What to do about faults, for who runs the server."""
SHOWN = 20
"""Faults that a check keeps in words; the command line names all."""


def last(session: Any) -> JournalSeal | None:
    """The newest seal."""
    return session.scalars(JournalSeal.newest().limit(1)).first()


@periodic.every(minutes=60, name="seal_journal")
def seal() -> int:
    """Seals every day that is over, the oldest first, each in its own commit; returns how many.

    Without any seal the first is yesterday's, over everything until then.
    """
    made = 0
    while _seal_next(model.Session):
        model.Session.commit()
        made += 1
    model.Session.rollback()
    return made


def _seal_next(session: Any) -> bool:
    # One at a time, whoever seals; who reads seals is not kept waiting.
    session.execute(sa.text("lock table satudata_journal_seal in share row exclusive mode"))
    before = last(session)
    if before is None and not session.scalar(sa.select(sa.exists().select_from(Journal))):
        return False
    day = before.day + timedelta(days=1) if before else clock.today() - timedelta(days=1)
    until_at = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.zone())
    if until_at + SETTLED > clock.now():
        return False
    previous = before.hash if before else START
    with raw_writes.writing(session, JournalSeal, JournalSealPart):
        grown = _grown(until_at).cte("grown")
        parts = sa.select(sa.literal(day), grown.c.chain, grown.c.position, grown.c.hash)
        written = sa.insert(JournalSealPart).from_select(["day", "chain", "position", "hash"], parts).cte("written")
        # One statement, so that it counts what it writes and not what others commit meanwhile.
        counted = sa.select(sa.func.sum(grown.c.position - grown.c.sealed), sa.func.count()).select_from(grown)
        entries, chains = session.execute(counted.add_cte(written)).one()
        digest = _opening(day, until_at, previous)
        for part in session.execute(_parts().where(JournalSealPart.day == day)):
            _add(digest, part)
        row = JournalSeal(
            day=day,
            until_at=until_at,
            made_at=clock.now(),
            entries=int(entries or 0),
            chains=chains,
            previous=previous,
            hash=digest.hexdigest(),
        )
        session.add(row)
    _send_out(session, row)
    return True


def _grown(until_at: datetime) -> sa.Select[Any]:
    """Chains with entries before that instant which no seal covers: `chain, position, hash, sealed` (until where)."""
    heads, part = JournalHead, JournalSealPart
    sealed = (
        sa.select(sa.func.coalesce(sa.func.max(part.position), 0).label("position"))
        .where(part.chain == heads.chain)
        .lateral("sealed")
    )
    end = (
        sa.select(Journal.position, Journal.hash)
        .where(Journal.chain == heads.chain, Journal.position > sealed.c.position, Journal.at < until_at)
        .order_by(Journal.position.desc())
        .limit(1)
        .lateral("end")
    )
    return (
        sa.select(heads.chain, end.c.position, end.c.hash, sealed.c.position.label("sealed"))
        .select_from(heads)
        .join(sealed, heads.position > sealed.c.position)
        .join(end, sa.true())
    )


def _parts() -> sa.Select[Any]:
    """Every part in the order in which it is hashed, the same in every database."""
    part = JournalSealPart
    return (
        sa.select(part.day, part.chain, part.position, part.hash)
        .order_by(part.day, part.chain.collate("C"))
        .execution_options(yield_per=1000)
    )


def _opening(day: date, until_at: datetime, previous: str) -> Any:
    at = until_at.astimezone(timezone.utc).isoformat()
    return hashlib.sha256(json.dumps([day.isoformat(), at, previous]).encode())


def _add(digest: Any, part: Any) -> None:
    digest.update(json.dumps([part.chain, part.position, part.hash], ensure_ascii=False).encode())


def _send_out(session: Any, row: JournalSeal) -> None:
    params = {"day": row.day.isoformat(), "hash": row.hash, "entries": row.entries, "previous": row.previous}
    for address in addresses():
        key = f"seal:{row.day}:{address}"
        notices.queue(session, journal_beside.SEAL_MAIL, to_email=address, params=params, key=key)


def addresses() -> list[str]:
    """Where the seals are mailed (`ckanext.satudata.journal.seal_mail`)."""
    return tk.aslist(tk.config["ckanext.satudata.journal.seal_mail"])


@notices.mail("journal_seal")
def _seal_mail(params: Any) -> tuple[str, str]:
    day, title = wording.day(params["day"]), tk.config["ckan.site_title"]
    body = tk._(
        "Keep this mail: it shows later whether the journal of {title} was changed.\n\n"
        "Day: {day}\nEntries of that day: {entries}\nSeal (SHA-256): {hash}\nSeal before it: {previous}\n\n"
        "To compare: ckan satudata journal seals. Nothing has to be done."
    )
    subject = tk._("Seal of the journal for {day}: {title}")
    return subject.format(day=day, title=title), body.format(**{**params, "day": day, "title": title})


# ---------------------------------------------------------------- the check


def verify(session: Any) -> Iterator[Fault]:
    """Every fault of chains and seals: `journal.verify`, what is not as it was sealed, and what is not there any more.

    What was cut off whole is found by what else is stored: `journal_beside`.
    """
    yield from journal.verify(session)
    yield from _verify_seals(session)
    yield from _unsealed(session)
    yield from journal_beside.verify(session)


def _verify_seals(session: Any) -> Iterator[Fault]:
    seals = {row.day: row for row in session.scalars(JournalSeal.newest().execution_options(populate_existing=True))}
    days = sorted(seals)
    digests = {day: _opening(day, seals[day].until_at, seals[day].previous) for day in days}
    entry = sa.and_(Journal.chain == JournalSealPart.chain, Journal.position == JournalSealPart.position)
    rows = session.execute(_parts().add_columns(Journal.hash.label("now")).outerjoin(Journal, entry))
    for day, parts in itertools.groupby(rows, key=lambda part: part.day):
        if day not in digests:
            yield Fault(f"seal {day}", 0, "the seal of this day is missing")
            continue
        for part in parts:
            _add(digests[day], part)
            if part.now is None:
                yield Fault(part.chain, part.position, f"the entry that was sealed on {day} is missing")
            elif part.now != part.hash:
                yield Fault(part.chain, part.position, f"the entry is not the one that was sealed on {day}")
    before: JournalSeal | None = None
    for day in days:
        row = seals[day]
        if digests[day].hexdigest() != row.hash:
            yield Fault(f"seal {day}", 0, "the seal was changed, or what it covers")
        if before is not None and day - before.day > timedelta(days=1):
            yield Fault(f"seal {before.day + timedelta(days=1)}", 0, "the seal of this day is missing")
        elif row.previous != (before.hash if before else START):
            yield Fault(f"seal {day}", 0, "the seal does not follow the one before it")
        before = row


def _unsealed(session: Any) -> Iterator[Fault]:
    """Entries of days that are over, and in no seal."""
    newest, day = last(session), (clock.now() - OVERDUE).astimezone(clock.zone()).date() - timedelta(days=1)
    if newest is not None and newest.day >= day:
        return
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.zone())
    grown = _grown(midnight).subquery()
    entries = session.scalar(sa.select(sa.func.sum(grown.c.position - grown.c.sealed)))
    if entries:
        since = f"after {newest.day} until {day}" if newest else f"until {day}"
        yield Fault(
            "seals",
            0,
            f"no day {since} is sealed, though entries wait for it ({entries}): seals were removed, or no worker ran. "
            "Compare the mailed seals, then make them: ckan satudata journal seal",
        )


@periodic.every(minutes=24 * 60, name="verify_journal")
def check() -> int:
    """Verifies the whole journal and keeps what was found for the doctor; tells auditor and Walidata of a fault.

    Days that no worker sealed are sealed first: to be late is no fault of the journal.
    """
    seal()
    found = list(verify(model.Session))
    day = clock.today().isoformat()
    model.Session.add(JournalCheck(at=clock.now(), faults=len(found), first=[str(fault) for fault in found[:SHOWN]]))
    for role in (Role.AUDITOR, Role.WALIDATA) if found else ():
        params = {"count": len(found)}
        notices.queue(model.Session, "journal_fault", to_role=role, params=params, key=f"fault:{day}:{role.value}")
    model.Session.commit()
    if found:
        log.error("The journal has %d faults; see ckan satudata journal verify", len(found))
    return len(found)


@notices.mail("journal_fault")
def _fault_mail(params: Any) -> tuple[str, str]:
    title = tk.config["ckan.site_title"]
    return (
        tk._("The journal was changed: {title}").format(title=title),
        tk._(
            "The nightly check found {count} places where the journal is not as it was written.\n\n"
            "Ask who runs the server for the output of ckan satudata journal verify, and compare the seals that were "
            "mailed. Somebody may have written to the database past the portal."
        ).format(**params),
    )


@doctor.check("journal", "The journal is as it was written, sealed each day, and its seals leave the house.")
def _examine() -> Iterator[doctor.Problem]:
    """What the last check found, and whether days are sealed."""
    session = model.Session
    checked = session.scalars(JournalCheck.newest().limit(1)).first()
    if checked is not None and checked.faults:
        yield doctor.Problem(
            "The check of {at} found {count} faults in the journal.",
            "Run ckan satudata journal verify; it names each. Compare the seals that were mailed.",
            params={"at": wording.instant(checked.at), "count": checked.faults},
        )
    newest, today = last(session), clock.today()
    if newest is not None and newest.day >= today:
        yield doctor.Problem(
            "The journal is sealed for a day that is not over: the clock was wrong.", "Look at the server's clock."
        )
    elif newest is not None and newest.day < today - timedelta(days=2):
        yield doctor.Problem(
            "The journal was not sealed since {day}.",
            "Start the worker; it makes up for the days that were missed.",
            False,
            {"day": wording.day(newest.day)},
        )
    if not addresses():
        yield doctor.Problem(
            "The seals of the journal stay in this house.",
            "Set ckanext.satudata.journal.seal_mail to an address outside, such as the inspectorate's.",
            False,
        )
