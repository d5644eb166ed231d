"""Due times of open steps: how each came about, and moving them when the calendar changes."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.explain import explain
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.domain.workdays import CLOSED, PAUSED, RECEIPT, WEEKEND, Calendar, Due, Unit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, journal, notices, periodic, raw_writes, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk
from ckanext.satudata.shared.work.step_mail import NOBODY_TO_MAIL

log = logging.getLogger(__name__)

BATCH = 500
SECONDS = 20
"""A run stops after so long and goes on with the next one: other work that comes round waits behind it."""
TOLD = 10
"""Steps that a mail names one by one."""


def reason(of: str) -> str:
    """Why a day was not counted, in the reader's language; a holiday goes by its name."""
    own = {
        WEEKEND: tk._("not a day of service"),
        PAUSED: tk._("the clock stood still"),
        RECEIPT: tk._("day of receipt"),
        CLOSED: tk._("after the service hours"),
    }
    return own.get(of, of)


def explanation(due: Due) -> str:
    """How the due time came about, in the reader's language (`domain.explain`)."""
    return explain(due, wording.locale_of().language)


def of_step(row: CaseStep, sop: Sop, calendar: Calendar, received_at: datetime | None) -> Due | None:
    """The due time of a step by the calendar given; None for a step without a time limit.

    `received_at`: the case's, for the limit of the whole process.
    """
    due = rules.due_of(sop, row.no, row.opened_at, received_at, calendar)
    if row.ordered_until_on is None:
        return due
    days = (row.ordered_until_on - row.opened_at.astimezone(calendar.zone).date()).days
    ordered = calendar.due(row.opened_at, max(days, 0), Unit.CALENDAR_DAYS)
    return min(filter(None, (due, ordered)), key=lambda one: one.due_at)


def explanation_of(row: CaseStep, sop: Sop, calendar: Calendar, received_at: datetime | None) -> str:
    """How the due time of an open step came about; "" for a finished one and for one without a limit."""
    if row.done_at:
        return ""
    if row.ordered_until_on and row.ordered_until_on == row.due_on:
        return tk._("the day named by the disposition")
    due = of_step(row, sop, calendar, received_at)
    return explanation(due) if due else ""


@periodic.every(minutes=1, name="due_times")
def follow_calendar() -> None:
    """Moves the due times of open steps after a change of the calendar, a batch in each transaction, then tells whom.

    What is to be done stands in the rows: each names the calendar it was reckoned by. So it does not matter who changed
    what (a decree, an option, the program itself), nor when a run was killed.
    """
    session, until = model.Session, time.monotonic() + SECONDS
    calendar = clock.calendar(session)
    while move_some(session, calendar, BATCH):
        session.commit()
        if time.monotonic() > until:
            return
    tell_moved(session)
    session.commit()


def move_some(session: Any, calendar: Calendar, limit: int) -> int:
    """Reckons the due times of some open steps that know another calendar; says how many, 0 at the end. No commit."""
    version = calendar.version
    behind = sa.select(CaseStep.case_id).where(
        CaseStep.done_at.is_(None), sa.or_(CaseStep.due_calendar < version, CaseStep.due_calendar > version)
    )
    ids = set(session.scalars(behind.limit(limit)))
    # Cases first, in one order, as every command locks them: none of the two can block the other.
    locked = sa.select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()
    cases = {case.id: case for case in session.scalars(locked.execution_options(populate_existing=True))}
    moved = []
    with raw_writes.writing(session, CaseStep):
        for row in session.scalars(CaseStep.of(ids).where(CaseStep.done_at.is_(None))).all():
            said = _move(session, row, cases[row.case_id], calendar)
            moved += [(row.case_id, said)] if said else []
    journal.append_to_cases(session, "due_moved", actor=SYSTEM, payloads=moved)
    return len(ids)


def _move(session: Any, row: CaseStep, case: Case, calendar: Calendar) -> dict[str, str] | None:
    """Sets the row's due time anew; returns what the journal says of it where it moved."""
    row.due_calendar = calendar.version
    try:
        due = of_step(row, sops.of_version(session, case.sop_version_id), calendar, case.received_at)
    except (SatudataError, BadSop, KeyError):
        # A case whose SOP cannot be read must not hold up all others.
        log.exception("The due time of step %s of case %s stays as it is", row.no, case.id)
        return None
    if due is None:
        return None
    said = None
    if due.due_at != row.due_at:
        # Of what moved within a day the journal says the hours.
        ends = (row.due_on, due.due_on) if row.due_on != due.due_on else (row.due_at, due.due_at)
        before, after = (end.isoformat() if end else "" for end in ends)
        said = {"step": row.no, "from": before, "to": after}
        row.due_was_on = row.due_was_on or row.due_on
    row.due_at, row.due_on, row.due_provisional = due.due_at, due.due_on, due.provisional
    return said


def tell_moved(session: Any) -> None:
    """Queues one mail to each of those whose steps have moved to another day, once all have moved. No commit."""
    step = CaseStep
    columns = (step.id, step.role, step.organization_id, step.assignee_id, step.case_id, step.no)
    rows = session.execute(
        sa.select(*columns, step.due_on, step.due_was_on, step.done_at, Case.sop_version_id)
        .join(Case, Case.id == step.case_id)
        .where(step.due_was_on.is_not(None))
        .order_by(step.due_at)
        .with_for_update(of=step, skip_locked=True)
    ).all()
    moved = defaultdict(list)
    for row in rows:
        # What has moved back meanwhile has not moved for who waits.
        if row.done_at is not None or row.due_on == row.due_was_on:
            continue
        if Role(row.role) not in NOBODY_TO_MAIL:
            moved[row.role, row.organization_id, row.assignee_id].append(row)
        case = session.get(Case, row.case_id)
        desk.presenter(case.process).step_moved(session, case, row.role, row.due_was_on, row.due_on)
    for (role, organization_id, person), steps in moved.items():
        told = {"count": len(steps), "moved": [_told(session, row) for row in steps[:TOLD]]}
        whom = {"to_user": person} if person else {"to_role": role, "organization_id": organization_id}
        notices.queue(session, "due_moved", **whom, params=told)
    if rows:
        with raw_writes.writing(session, CaseStep):
            told_of = sa.cast([row.id for row in rows], ARRAY(sa.Text))
            forgets = sa.update(step).where(step.id == sa.any_(told_of)).values(due_was_on=None)
            session.execute(forgets.execution_options(synchronize_session=False))


def _told(session: Any, row: Any) -> dict[str, str]:
    title = sops.of_version(session, row.sop_version_id).step(row.no).uraian
    return {"case_id": row.case_id, "step": title, "from": str(row.due_was_on), "to": str(row.due_on)}
