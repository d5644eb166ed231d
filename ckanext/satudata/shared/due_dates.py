"""Due times of open steps: how each came about, and moving them when the calendar changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.explain import explain
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.domain.workdays import CLOSED, PAUSED, RECEIPT, WEEKEND, Calendar, Due
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, journal, raw_writes, sops, wording


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
    return rules.due_of(sop, row.no, row.opened_at, received_at, calendar)


def explanation_of(row: CaseStep, sop: Sop, calendar: Calendar, received_at: datetime | None) -> str:
    """How the due time of an open step came about; "" for a finished one and for one without a limit."""
    due = None if row.done_at else of_step(row, sop, calendar, received_at)
    return explanation(due) if due else ""


def move_open(session: Any, actor: Actor) -> int:
    """Reckons every open step's due time anew and says how many moved; journalled on each case. No commit."""
    session.flush()
    calendar, moved = clock.calendar(session), 0
    # Cases first, in one order, as every command locks them: two changes at once cannot block each other.
    cases = {
        case.id: case
        for case in session.scalars(sa.select(Case).where(Case.ended_at.is_(None)).order_by(Case.id).with_for_update())
    }
    with raw_writes.writing(session, CaseStep):
        for row in session.scalars(sa.select(CaseStep).where(CaseStep.done_at.is_(None)).order_by(CaseStep.case_id)):
            case = cases.get(row.case_id)
            if case is None:
                continue
            due = of_step(row, sops.of_version(session, case.sop_version_id), calendar, case.received_at)
            if due is None or due.due_at == row.due_at:
                continue
            journal.append(
                session,
                "due_moved",
                actor=actor,
                case_id=row.case_id,
                payload={
                    "step": row.no,
                    "from": row.due_on.isoformat() if row.due_on else "",
                    "to": due.due_on.isoformat(),
                },
            )
            row.due_at, row.due_on, row.due_provisional = due.due_at, due.due_on, due.provisional
            moved += 1
    return moved
