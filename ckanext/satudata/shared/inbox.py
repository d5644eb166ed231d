"""Whose turn it is: the open steps of the roles a person holds, over all processes."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain import reclassification
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Exit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import case_view, clock, process, sops

OVERDUE, TODAY, WEEK, LATER, WAITING = "overdue", "today", "week", "later", "waiting"
GROUPS = (OVERDUE, TODAY, WEEK, LATER, WAITING)


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


def is_officer(actor: Actor) -> bool:
    """Whether the person has a desk at all."""
    return actor.user_id is not None and bool(actor.held)


def without_steps(actor: Actor) -> list[Role]:
    """The actor's roles, when no process that runs here gives one of them a step; else nothing."""
    busy = set().union(*(sop.roles for sop in sops.current().values()))
    roles = list(dict.fromkeys(held.role for held in actor.held))
    return [] if busy & set(roles) else roles


def count(session: Any, actor: Actor) -> int:
    """How many steps wait for this person."""
    if not is_officer(actor):
        return 0
    total = session.scalar(sa.select(sa.func.count()).select_from(_mine(actor).subquery())) or 0
    suspects = session.scalars(_mine(actor).where(_has_worked_on(actor))).all()
    barred = [row for row in _rows(session, actor, suspects, clock.now()) if not row.exits]
    return total - len(barred)


def rows(session: Any, actor: Actor, *, limit: int = 200, process: str | None = None) -> list[Row]:
    """The desk in the order of work: overdue first, then by due time; what others have comes last."""
    if not is_officer(actor):
        return []
    now = clock.now()
    mine = _mine(actor)
    others = (
        sa.select(CaseStep)
        .join(Case, Case.id == CaseStep.case_id)
        .where(CaseStep.done_at.is_(None), Case.ended_at.is_(None))
    )
    if not actor.has_anywhere(Role.AUDITOR):
        others = others.where(sa.or_(_has_worked_on(actor), _is_watched(actor, now)))
    if process:
        mine, others = mine.where(Case.process == process), others.where(Case.process == process)
    by_due = (CaseStep.due_at.asc().nulls_last(), CaseStep.opened_at)
    steps = [
        *session.scalars(mine.order_by(*by_due).limit(limit)),
        *session.scalars(others.order_by(*by_due).limit(limit)),
    ]
    everything = _rows(session, actor, {step.id: step for step in steps}.values(), now)
    found: dict[str, Row] = {}
    # One line for a case: the one with something to do, where there is one.
    for row in sorted(everything, key=lambda row: not row.exits):
        found.setdefault(row.case.id, row)
    return sorted(found.values(), key=lambda row: GROUPS.index(row.group))


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


def _mine(actor: Actor) -> sa.Select[tuple[CaseStep]]:
    """The open steps of the actor's roles."""
    wanted = []
    for held in actor.held:
        asked = CaseStep.role == held.role.value
        if held.role not in GOVERNMENT_WIDE and held.organization_id is not None:
            asked &= CaseStep.organization_id == held.organization_id
        if held.processes:
            asked &= Case.process.in_(sorted(held.processes))
        wanted.append(asked)
    return (
        sa.select(CaseStep)
        .join(Case, Case.id == CaseStep.case_id)
        .where(CaseStep.done_at.is_(None), sa.or_(sa.false(), *wanted))
    )


def _is_watched(actor: Actor, now: datetime) -> sa.ColumnElement[bool]:
    """Overdue steps that the person must see to, whoever has them."""
    if not actor.has_anywhere(*reclassification.OVERSEERS, process=reclassification.PROCESS):
        return sa.false()
    return sa.and_(Case.process == reclassification.PROCESS, CaseStep.due_at < now)


def _has_worked_on(actor: Actor) -> sa.ColumnElement[bool]:
    past = sa.orm.aliased(CaseStep)
    worked = sa.or_(past.done_by == actor.user_id, past.hands.contains([actor.user_id]))
    return sa.or_(Case.started_by == actor.user_id, sa.exists().where(past.case_id == Case.id, worked).correlate(Case))


def _rows(session: Any, actor: Actor, steps: Iterable[CaseStep], now: datetime) -> list[Row]:
    steps = list(steps)
    case_ids = {step.case_id for step in steps}
    cases = {case.id: case for case in session.scalars(sa.select(Case).where(Case.id.in_(case_ids)))}
    history: dict[str, list[CaseStep]] = defaultdict(list)
    for step in session.scalars(CaseStep.of(case_ids)):
        history[step.case_id].append(step)
    today = clock.today()
    found = []
    instances = {id_: process.instance_of(session, cases[id_], history[id_]) for id_ in case_ids}
    for step in steps:
        if not process.may_see(session, cases[step.case_id], actor):
            continue  # worked on it once, for an agency that is not hers any more
        given = tuple(
            (open_step, exit_)
            for open_step, exit_ in rules.commands_for(instances[step.case_id], actor)
            # An operator who may take a sent draft back has nothing to do: others have the case.
            if open_step.id == step.id and exit_.by == instances[step.case_id].sop.step(step.no).pelaksana
        )
        late = step.due_at is not None and step.due_at < now
        watched = late and process.oversees(cases[step.case_id], actor)
        group = group_of(step.due_at, step.due_on, now, today) if given or watched else WAITING
        back = case_view.sent_back(history[step.case_id])
        returned = back is not None and back.done_at == step.opened_at
        found.append(Row(cases[step.case_id], step, group, late, given, returned))
    return found
