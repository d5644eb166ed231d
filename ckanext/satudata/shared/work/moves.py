"""Puts a case at another step by what is no command of its SOP: an override, an objection that was upheld."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, Opened
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, process
from ckanext.satudata.shared.orders import stand_ins

EVENTS = ("overridden", "sent_back_on_objection")
"""What the journal calls what moves a case so: each `put` has one of these entries, by its caller."""


def put(
    session: Any,
    case: Case,
    instance: Instance,
    opens: Sequence[Opened],
    actor: Actor,
    *,
    outcome: str | None = None,
    keeps: Collection[str] = (),
) -> list[CaseStep]:
    """Closes what is open, without a command, and opens these steps; with an `outcome` the case ends.

    `keeps`: ids of open steps that go on as they are.

    For a caller that holds the case locked and stands inside `raw_writes.writing(session, Case, CaseStep)`; he then
    lets rows of the room follow, marks the case (`process.mark`) and announces the steps, which are returned.
    """
    now = clock.now()
    rows = list(session.scalars(CaseStep.of([case.id])))
    for row in rows:
        if row.done_at is None and row.id not in keeps:
            row.done_at, row.done_by_name = now, actor.name
    case.version += 1
    case.ended_at, case.outcome = (now, outcome) if outcome else (None, None)
    opened = process.open_steps(session, case, instance.sop, opens, actor, now, at=len(rows))
    session.flush()
    stand_ins.settle(session, case)
    return opened


def renew(session: Any, case: Case, instance: Instance, actor: Actor) -> list[CaseStep]:
    """Opens each open step of an officer whose day has passed once more, in a new round: its time runs from now.

    For the same caller, where the case stays where it is. What has time left goes on; returned is what opened.
    """
    now, calendar = clock.now(), clock.calendar(session)
    rows = list(session.scalars(CaseStep.of([case.id])))
    made: list[CaseStep] = []
    for row in rows:
        role = Role(row.role)
        is_over = row.done_at is None and row.due_at is not None and row.due_at < now
        if not is_over or role in (Role.APPLICANT, Role.SYSTEM):
            continue
        row.done_at, row.done_by_name = now, actor.name
        due = rules.due_of(instance.sop, row.no, now, None, calendar)
        again = Opened(row.no, role, row.organization_id, row.round + 1, due)
        opened = process.open_steps(session, case, instance.sop, [again], actor, now, at=len(rows) + len(made))
        opened[0].stands_for, opened[0].assignee_id = row.stands_for, row.assignee_id
        made += opened
    case.version += bool(made)
    session.flush()
    stand_ins.settle(session, case)
    return made
