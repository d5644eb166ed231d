"""Holds the journal against what else is stored: cases, steps, overrides, orders, filed reports, mailed seals.

What was cut off whole (a chain with its end, the newest entries, all seals, every table) leaves no hole in the chains
themselves. Each check is one grouped statement, so that writers may go on meanwhile. Who writes to the database
himself can change these tables too: what stands outside is the mailed seal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.sop import EVENTS
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.disposition import Disposition
from ckanext.satudata.model.journal import Journal, JournalSeal, JournalText
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.override import Override
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.shared.journal import Fault
from ckanext.satudata.shared.work import moves

SEAL_MAIL = "journal_seal"
"""The kind of mail in the outbox that takes a seal out of the house."""
_IS_COMMAND = Journal.payload.has_key("opens")
"""Every command's entry, and no other, says which steps it opens (`shared.process`)."""


def verify(session: Any) -> Iterator[Fault]:
    """Every entry and every seal of which something else tells, and which is not there."""
    if session.scalar(sa.select(sa.exists().select_from(Journal))):
        yield from _cases(session)
        yield from _named_entries(session)
    elif cases := session.scalar(sa.select(sa.func.count()).select_from(Case)):
        yield Fault("journal", 0, f"the journal is empty, though there are {cases} cases")
    yield from _mailed(session)
    yield from _filed(session)


def _cases(session: Any) -> Iterator[Fault]:
    """Each case has its chain, each of its steps that a command finished an entry, and each command one."""
    is_move = sa.or_(_IS_COMMAND, Journal.event.in_(moves.EVENTS))
    told = (
        sa.select(Journal.chain, sa.func.count().filter(is_move).label("moves"))
        .where(Journal.case_id.is_not(None))
        .group_by(Journal.chain)
        .subquery()
    )
    short = session.execute(
        sa.select(Case.id, Case.version, told.c.moves)
        .outerjoin(told, told.c.chain == Case.id)
        .where(sa.or_(told.c.moves.is_(None), told.c.moves < Case.version))
        .order_by(Case.id)
    ).all()
    named = {case_id for case_id, _version, moved in short if moved is None}
    for case_id in sorted(named):
        yield Fault(case_id, 1, "the whole chain of this case is missing")
    steps = [step for step in session.execute(_untold_steps()) if step.case_id not in named]
    for step in steps:
        what = f"the entry of step {step.no}, round {step.round}, is missing: {step.command}, done at {step.at}"
        yield Fault(step.case_id, 0, what)
    named.update(step.case_id for step in steps)
    for case_id, version, moved in short:
        if case_id not in named:
            yield Fault(case_id, 0, f"{version} commands were carried out, but there are entries of {moved} only")


def _untold_steps() -> sa.Select[Any]:
    """Finished steps for which their chain has too few entries: `case_id, no, round, command, at`."""
    step = CaseStep
    done = (
        sa.select(step.case_id, step.no, step.round, step.command)
        .add_columns(sa.func.count().label("times"), sa.func.max(step.done_at).label("at"))
        .where(step.command.is_not(None))
        .group_by(step.case_id, step.no, step.round, step.command)
        .subquery()
    )
    no, round_ = Journal.payload["step"].astext, Journal.payload["round"].astext
    told = (
        sa.select(Journal.chain, Journal.event, no.label("no"), round_.label("round"))
        .add_columns(sa.func.count().label("times"))
        .where(_IS_COMMAND)
        .group_by(Journal.chain, Journal.event, no, round_)
        .subquery()
    )
    event = sa.case({command.value: event for command, event in EVENTS.items()}, value=done.c.command)
    its_own = sa.and_(
        told.c.chain == done.c.case_id,
        told.c.event == event,
        told.c.no == done.c.no,
        told.c.round == sa.cast(done.c.round, sa.Text),
    )
    return (
        sa.select(done.c.case_id, done.c.no, done.c.round, done.c.command, done.c.at)
        .outerjoin(told, its_own)
        .where(sa.func.coalesce(told.c.times, 0) < done.c.times)
        .order_by(done.c.case_id, done.c.at)
    )


def _named_entries(session: Any) -> Iterator[Fault]:
    """Entries that overrides and orders name, and those that texts belong to."""
    names = (
        ("an override was asked", Override.case_id, Override.asked_entry),
        ("an override was answered", Override.case_id, Override.answered_entry),
        ("an order was given", Disposition.case_id, Disposition.given_entry),
        ("an order was reported on", Disposition.case_id, Disposition.reported_entry),
        ("a note was written", sa.literal("notes"), JournalText.journal_id),
    )
    for what, chain, entry in names:
        lost = sa.select(chain, entry).where(entry.is_not(None), ~sa.exists().where(Journal.id == entry))
        for name, id_ in session.execute(lost.order_by(entry)):
            yield Fault(name, 0, f"the entry with the id {id_} is missing, by which {what}")


def _mailed(session: Any) -> Iterator[Fault]:
    """The outbox keeps what was mailed."""
    day, hash_ = Outbox.params["day"].astext, Outbox.params["hash"].astext
    query = (
        sa.select(day, hash_, JournalSeal.hash)
        .outerjoin(JournalSeal, sa.cast(JournalSeal.day, sa.Text) == day)
        .where(Outbox.kind == SEAL_MAIL, JournalSeal.hash.is_distinct_from(hash_))
        .distinct()
        .order_by(day, hash_)
    )
    for day_, mailed, kept in session.execute(query):
        fault = "is not the one that was mailed" if kept else "is missing, which was mailed"
        yield Fault(f"seal {day_}", 0, f"the seal of this day {fault}: {mailed}")


def _filed(session: Any) -> Iterator[Fault]:
    """Each filed report bears the newest seal of then."""
    report = FiledReport
    lost = sa.select(report.name, report.from_on, report.until_on, report.seal).where(
        report.seal != "", ~sa.exists().where(JournalSeal.hash == report.seal)
    )
    for name, from_on, until_on, seal in session.execute(lost.order_by(report.as_of_at)):
        yield Fault(f"report {name} {from_on}/{until_on}", 0, f"the seal that was printed on it is missing: {seal}")
