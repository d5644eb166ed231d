"""Due times of open steps: how each came about, and moving them when the calendar changes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.domain.workdays import PAUSED, RECEIPT, WEEKEND, Calendar, Due, Unit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, journal, raw_writes, sops, words


def reason(of: str) -> str:
    """Why a day was not counted, in the reader's language; a holiday goes by its name."""
    own = {
        WEEKEND: tk._("not a day of service"),
        PAUSED: tk._("the clock stood still"),
        RECEIPT: tk._("day of receipt"),
    }
    return own.get(of, of)


def explanation(due: Due) -> str:
    """How the due time came about, with the holidays on the way by name."""
    texts = {
        Unit.WORKING_DAYS: tk._("{count} working days after {start}"),
        Unit.CALENDAR_DAYS: tk._("{count} calendar days after {start}"),
        Unit.WORKING_MINUTES: tk._("{count} minutes of service time from {start}"),
    }
    text = texts[due.unit].format(count=due.count, start=words.long_date(due.start_on))
    off = [day for day in due.days if day.reason not in ("", WEEKEND, RECEIPT)]
    if off:
        named = ", ".join(f"{words.short_date(day.date)} ({reason(day.reason)})" for day in off)
        text += "; " + tk._("not counted: {days}").format(days=named)
    if due.provisional:
        text += ". " + tk._("Provisional: next year's holidays are not decreed yet.")
    return text


def of_step(row: CaseStep, sop: Sop, calendar: Calendar) -> Due | None:
    """The due time of a step by the calendar given; None for a step without a time limit."""
    waktu = sop.step(row.no).waktu
    return calendar.due(row.opened_at, waktu.count, waktu.unit) if waktu else None


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
            due = of_step(row, sops.of_version(session, case.sop_version_id), calendar) if case else None
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
