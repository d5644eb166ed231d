"""Whose turn it is: the open steps of the roles a person holds, over all processes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import OpenStep
from ckanext.satudata.domain.sop import Exit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, periodic, process, raw_writes
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import inbox_statements as statements
from ckanext.satudata.shared.work import instances

OVERDUE, TODAY, WEEK, LATER, WAITING = "overdue", "today", "week", "later", "waiting"
GROUPS = (OVERDUE, TODAY, WEEK, LATER, WAITING)
BATCH = 500
"""Cases whose open steps are marked in one transaction."""


@dataclass(frozen=True)
class Row:
    """One line of the desk. `exits`: what this person may do now, empty while others have it; `late`: past due;
    `returned`: it was sent back to this step."""

    case: Case
    step: CaseStep
    group: str
    late: bool
    exits: tuple[tuple[OpenStep, Exit], ...]
    returned: bool = False


@dataclass(frozen=True)
class Page:
    """`more`: lines follow these; `count`: how many steps wait for the person, where what she has to do ends here."""

    rows: list[Row]
    more: bool
    count: int | None


def is_officer(actor: Actor) -> bool:
    """Whether the person has a desk at all."""
    return actor.user_id is not None and bool(actor.held)


def without_steps(actor: Actor) -> list[Role]:
    """The actor's roles, when no process that runs here gives one of them a step; else nothing."""
    busy = set().union(*(sop.roles for sop in sops.current().values()))
    roles = list(dict.fromkeys(held.role for held in actor.held))
    return [] if busy & set(roles) else roles


def count(session: Any, actor: Actor, process: str | None = None) -> int:
    """How many steps wait for this person."""
    if not is_officer(actor):
        return 0
    asked = statements.asked(actor, process, clock.now(), clock.today())
    found: int = session.scalar(statements.count(statements.kind_of(actor, process)), asked)
    return found


def rows(session: Any, actor: Actor, *, limit: int = 200) -> list[Row]:
    """The beginning of the desk, see `page`."""
    return page(session, actor, limit=limit).rows


def page(session: Any, actor: Actor, *, limit: int, offset: int = 0, process: str | None = None) -> Page:
    """Part of the desk in the order of work: what the person has to do, by due time, then what others have of it.

    Only open steps are read, and of them no more than are shown, whatever lies behind.
    """
    if not is_officer(actor):
        return Page([], more=False, count=0)
    now, today, kind = clock.now(), clock.today(), statements.kind_of(actor, process)
    asked = {**statements.asked(actor, process, now, today), "rows": limit + 1, "most": offset + limit + 1}
    steps = session.execute(statements.to_do(kind), {**asked, "offset": offset}).all()
    ends_here = len(steps) <= limit and bool(steps or not offset)
    to_do = offset + len(steps) if ends_here else None
    if len(steps) <= limit:
        passed = 0 if ends_here else max(0, offset - count(session, actor, process))
        rest = {**asked, "offset": passed, "rows": limit + 1 - len(steps)}
        steps += session.execute(statements.with_others(kind), rest).all()
    found: dict[str, Row] = {}
    # One line for a case: the one with something to do, where there is one.
    for row in sorted(_rows(session, actor, steps[:limit], now, today), key=lambda row: not row.exits):
        found.setdefault(row.case.id, row)
    return Page(sorted(found.values(), key=lambda row: GROUPS.index(row.group)), len(steps) > limit, to_do)


def ended(session: Any, actor: Actor, *, limit: int = 50, offset: int = 0) -> list[Case]:
    """Finished cases the person has worked on, the newest end first; an auditor sees everybody's."""
    if not is_officer(actor):
        return []
    past = sa.select(Case).where(Case.ended_at.is_not(None)).order_by(Case.ended_at.desc(), Case.id)
    if not actor.has_anywhere(Role.AUDITOR):
        past = past.where(_has_worked_on(actor))
    with session.execute(past.execution_options(yield_per=200)) as cases:
        # What the person sees no more is passed over before the page is counted.
        seen = (case for case in cases.scalars() if process.may_see(session, case, actor))
        return list(itertools.islice(seen, offset, offset + limit))


def group_of(due_at: datetime | None, due_on: date | None, now: datetime, today: date) -> str:
    """In which group of the desk a due time falls; a step without one comes last."""
    if due_at is None or due_on is None:
        return LATER
    if due_at < now:
        return OVERDUE
    if due_on <= today:
        return TODAY
    return WEEK if due_on <= today + timedelta(days=6 - today.weekday()) else LATER


def _has_worked_on(actor: Actor) -> sa.ColumnElement[bool]:
    past = sa.orm.aliased(CaseStep)
    worked = sa.or_(past.done_by == actor.user_id, past.hands.contains([actor.user_id]))
    return sa.or_(Case.started_by == actor.user_id, sa.exists().where(past.case_id == Case.id, worked).correlate(Case))


def _rows(
    session: Any, actor: Actor, found: Iterable[tuple[CaseStep, Case, bool]], now: datetime, today: date
) -> Iterator[Row]:
    for step, case, returned in found:
        given = _given(session, case, step, actor)
        if not given and not process.may_see(session, case, actor):
            continue  # worked on it once, for an agency that is not hers any more
        late = step.due_at is not None and step.due_at < now
        watched = late and process.oversees(case, actor)
        group = group_of(step.due_at, step.due_on, now, today) if given or watched else WAITING
        yield Row(case, step, group, late, given, returned)


def _given(session: Any, case: Case, step: CaseStep, actor: Actor) -> tuple[tuple[OpenStep, Exit], ...]:
    """What the person may do at this step; its past stands in the row's own marks."""
    barred = step.barred or ()
    if actor.user_id in barred:
        return ()
    # Given to the person herself, or to whom four eyes bar, it is hers as if it were given to nobody.
    is_hers = step.assignee_id in (None, actor.user_id, *barred)
    instance = instances.at_step(session, case, step, is_assigned=not is_hers)
    performers = instance.sop.step(step.no).pelaksana
    # An operator who may take a sent draft back has nothing to do: others have the case.
    return tuple((open_, exit_) for open_, exit_ in rules.commands_for(instance, actor) if exit_.by == performers)


@periodic.every(minutes=1, name="step_marks")
def mark_rest() -> None:
    """Marks the open steps that were there before the portal kept this, a batch in each transaction."""
    while mark_some(model.Session, BATCH):
        model.Session.commit()
    model.Session.rollback()


def mark_some(session: Any, limit: int) -> int:
    """Marks the open steps of some cases that are not marked yet; how many cases, 0 at the end. No commit."""
    unmarked = sa.select(CaseStep.case_id).where(CaseStep.done_at.is_(None), CaseStep.worked.is_(None)).limit(limit)
    locked = sa.select(Case).where(Case.id.in_(unmarked)).order_by(Case.id).with_for_update()
    cases = session.scalars(locked.execution_options(populate_existing=True)).all()
    with raw_writes.writing(session, CaseStep):
        for case in cases:
            process.mark(session, case)
    return len(cases)
