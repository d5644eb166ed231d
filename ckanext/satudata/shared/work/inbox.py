"""Whose turn it is: the open steps of the roles a person holds, over all processes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain import reclassification
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command, Exit
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, periodic, process, raw_writes
from ckanext.satudata.shared.sop import sops

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
    open_ones = sa.select(sa.func.count()).where(_is_mine(actor), *_of(process))
    # Each by its own index, the first without looking at a row: few are kept from one of the many that one may hold.
    barred, others = open_ones.where(_is_barred(actor)), open_ones.where(_is_anothers(actor), _is_free(actor))
    return session.scalar(sa.select(open_ones.scalar_subquery() - barred.scalar_subquery() - others.scalar_subquery()))


def rows(session: Any, actor: Actor, *, limit: int = 200) -> list[Row]:
    """The beginning of the desk, see `page`."""
    return page(session, actor, limit=limit)[0]


def page(
    session: Any, actor: Actor, *, limit: int, offset: int = 0, process: str | None = None
) -> tuple[list[Row], bool]:
    """Part of the desk in the order of work, and whether more follows: what the person has to do, by due time, then
    what others have of her cases.

    Only open steps are read, and of them no more than are shown, whatever lies behind.
    """
    if not is_officer(actor):
        return [], False
    now = clock.now()
    steps = session.scalars(_to_do(actor, offset + limit + 1, process).offset(offset).limit(limit + 1)).all()
    if len(steps) <= limit:
        passed = 0 if steps or not offset else max(0, offset - count(session, actor, process))
        others = _in_order(_with_others(actor, now, process)).offset(passed).limit(limit + 1 - len(steps))
        steps = [*steps, *session.scalars(others)]
    found: dict[str, Row] = {}
    # One line for a case: the one with something to do, where there is one.
    for row in sorted(_rows(session, actor, steps[:limit], now), key=lambda row: not row.exits):
        found.setdefault(row.case.id, row)
    return sorted(found.values(), key=lambda row: GROUPS.index(row.group)), len(steps) > limit


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


def _in_order(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.order_by(CaseStep.due_at.asc().nulls_last(), CaseStep.opened_at, CaseStep.id)


def _to_do(actor: Actor, most: int, process: str | None) -> sa.Select[tuple[CaseStep]]:
    """The first `most` steps that the person may do, in order. Of each role as many, so that each goes by its index."""
    free = sa.and_(_is_free(actor), sa.not_(_is_anothers(actor)))
    parts = [
        sa.select(_in_order(sa.select(CaseStep.id).where(held, free, *_of(process))).limit(most).subquery().c.id)
        for held in _held(actor)
    ]
    return _in_order(sa.select(CaseStep).where(CaseStep.id.in_(sa.union(*parts))))


def _with_others(actor: Actor, now: datetime, process: str | None) -> sa.Select[tuple[CaseStep]]:
    """Open steps of cases that the person worked on or sees to, and has nothing to do in; an auditor's are all.

    Of steps side by side the one that is due first.
    """
    query = sa.select(CaseStep).where(CaseStep.done_at.is_(None), *_of(process))
    if not actor.has_anywhere(Role.AUDITOR):
        worked = sa.select(CaseStep.id).where(CaseStep.done_at.is_(None), CaseStep.worked.contains([actor.user_id]))
        query = query.where(CaseStep.id.in_(sa.union(worked, _watched(actor, now))))
    own = sa.orm.aliased(CaseStep)
    free = sa.and_(_is_free(actor, own), sa.not_(_is_anothers(actor, own)))
    to_do = sa.exists().where(own.case_id == CaseStep.case_id, _is_mine(actor, own), free)
    beside = sa.orm.aliased(CaseStep)
    sooner = sa.exists().where(
        beside.case_id == CaseStep.case_id, beside.done_at.is_(None), _due_and_id(beside) < _due_and_id(CaseStep)
    )
    return query.where(sa.not_(to_do.correlate(CaseStep)), sa.not_(sooner.correlate(CaseStep)))


def _due_and_id(step: Any) -> sa.ColumnElement[Any]:
    """The order in which one step stands for all that are open side by side."""
    return sa.tuple_(sa.func.coalesce(step.due_at, sa.text("'infinity'")), step.id)


def _of(process: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Of one process only."""
    running = sa.select(Case.id).where(Case.process == process, Case.ended_at.is_(None))
    return (CaseStep.case_id.in_(running),) if process else ()


def _is_mine(actor: Actor, step: Any = CaseStep) -> sa.ColumnElement[bool]:
    """Open steps of the actor's roles."""
    return sa.or_(sa.false(), *_held(actor, step))


def _held(actor: Actor, step: Any = CaseStep) -> list[sa.ColumnElement[bool]]:
    """Open steps of each of the actor's roles."""
    wanted = []
    for held in actor.held:
        asked = sa.and_(step.done_at.is_(None), step.role == held.role.value)
        if held.role not in GOVERNMENT_WIDE and held.organization_id is not None:
            asked &= step.organization_id == held.organization_id
        if held.processes:
            running = sa.select(Case.id).where(Case.process.in_(sorted(held.processes)), Case.ended_at.is_(None))
            asked &= step.case_id.in_(running)
        wanted.append(asked)
    return wanted


def _is_barred(actor: Actor) -> sa.ColumnElement[bool]:
    """Steps that four eyes keep from the person."""
    return CaseStep.barred.contains([actor.user_id])


def _is_free(actor: Actor, step: Any = CaseStep) -> sa.ColumnElement[bool]:
    """Steps that they do not."""
    return sa.or_(step.barred.is_(None), sa.not_(step.barred.contains([actor.user_id])))


def _is_anothers(actor: Actor, step: Any = CaseStep) -> sa.ColumnElement[bool]:
    """Steps that were given to somebody else, who still holds the role and may do them."""
    held = OfficerRole.not_ended(clock.today()).where(
        OfficerRole.user_id == step.assignee_id,
        OfficerRole.role == step.role,
        sa.or_(OfficerRole.organization_id.is_(None), OfficerRole.organization_id == step.organization_id),
        AccountProof.holds_for(OfficerRole.user_id),
    )
    barred = sa.func.coalesce(step.barred, sa.text("'[]'::jsonb")).op("@>")(sa.func.jsonb_build_array(step.assignee_id))
    return sa.and_(
        step.assignee_id.is_not(None),
        step.assignee_id != actor.user_id,
        sa.not_(barred),
        held.correlate(step).exists(),
    )


def _watched(actor: Actor, now: datetime) -> sa.Select[tuple[str]]:
    """Ids of overdue steps that the person must see to, whoever has them."""
    sees = actor.has_anywhere(*reclassification.OVERSEERS, process=reclassification.PROCESS)
    of = sa.false() if not sees else sa.and_(*_of(reclassification.PROCESS))
    return sa.select(CaseStep.id).where(CaseStep.done_at.is_(None), CaseStep.due_at < now, of)


def _has_worked_on(actor: Actor) -> sa.ColumnElement[bool]:
    past = sa.orm.aliased(CaseStep)
    worked = sa.or_(past.done_by == actor.user_id, past.hands.contains([actor.user_id]))
    return sa.or_(Case.started_by == actor.user_id, sa.exists().where(past.case_id == Case.id, worked).correlate(Case))


def _rows(session: Any, actor: Actor, steps: Iterable[CaseStep], now: datetime) -> list[Row]:
    steps = list(steps)
    case_ids = {step.case_id for step in steps}
    cases = {case.id: case for case in session.scalars(sa.select(Case).where(Case.id.in_(case_ids)))}
    sent_back = sa.select(CaseStep.case_id, CaseStep.done_at).where(
        CaseStep.case_id.in_(case_ids), CaseStep.command == Command.RETURN.value
    )
    returned = {(case_id, at) for case_id, at in session.execute(sent_back)}
    today = clock.today()
    found = []
    for step in steps:
        case = cases[step.case_id]
        if not process.may_see(session, case, actor):
            continue  # worked on it once, for an agency that is not hers any more
        given = _given(session, case, step, actor)
        late = step.due_at is not None and step.due_at < now
        watched = late and process.oversees(case, actor)
        group = group_of(step.due_at, step.due_on, now, today) if given or watched else WAITING
        found.append(Row(case, step, group, late, given, (case.id, step.opened_at) in returned))
    return found


def _given(session: Any, case: Case, step: CaseStep, actor: Actor) -> tuple[tuple[OpenStep, Exit], ...]:
    """What the person may do at this step; its past stands in the row's own marks."""
    if actor.user_id in (step.barred or ()):
        return ()
    instance = process.instance_of(session, case, [step])
    if step.assignee_id in (step.barred or ()):
        instance = replace(instance, open=(replace(instance.open[0], assignee=None),))
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
