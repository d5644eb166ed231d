"""Reports that are made by themselves each month: asked for on their day, once for each period."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import report_job as rules
from ckanext.satudata.domain.errors import Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Period, Span
from ckanext.satudata.domain.report_job import Due
from ckanext.satudata.model.report_job import ReportSchedule
from ckanext.satudata.reports import jobs, making
from ckanext.satudata.shared import actors, clock, params, periodic, wording
from ckanext.satudata.shared.transaction import transaction

log = logging.getLogger(__name__)


def create(session: Any, actor: Actor, data: Mapping[str, Any]) -> ReportSchedule:
    """Sets when a report is made; who presses twice gets the one that is set already. Does not commit.

    Raises `NotAllowed`, `Invalid` at `name`, `span`, `day` or a filter.
    """
    rules.require_scheduler(actor)
    wanted = making.definition(data.get("name"))
    try:
        span = Span(params.text(data, "span"))
    except ValueError:
        raise Invalid("There is no such period.", field="span", mend="Choose one of the list.") from None
    if span not in wanted.spans or span is Span.FREE:
        known = ", ".join(one.value for one in wanted.spans if one is not Span.FREE)
        raise Invalid(
            "This report is not made for such a period.", field="span", mend="Choose one of {known}.", known=known
        )
    day, today = params.whole(data, "day", None, 1, 31), clock.today()
    about = {
        "asked": _without_period(data, Period.spanning(span, today)),
        "span": span.value,
        "day": day,
        "language": str(wording.locale_of()),
    }
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("satudata-report-schedules"))))
    same = session.scalars(sa.select(ReportSchedule).filter_by(**about)).first()
    if same is not None:
        return same
    row = ReportSchedule(
        **about,
        made_until=rules.made_until(span, day, clock.calendar(session), today),
        set_by=actor.user_id,
        set_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _without_period(data: Mapping[str, Any], period: Period) -> dict[str, str]:
    """What is asked for each period, in its one spelling."""
    days = {"from_on": period.from_on.isoformat(), "until_on": period.until_on.isoformat()}
    asked = making.asked({**data, "period": "", **days})
    return {name: value for name, value in asked.items() if name not in days}


def remove(session: Any, actor: Actor, schedule_id: str) -> None:
    """The report is not made by itself any more; those that were made stay. Raises `NotAllowed`, `NotThere`."""
    rules.require_scheduler(actor)
    row = session.get(ReportSchedule, schedule_id)
    if row is None:
        raise NotThere("There is no such schedule.")
    session.delete(row)
    session.flush()


def coming(session: Any, row: ReportSchedule) -> Due:
    """The period whose report is made next, and its day."""
    return rules.next_due(Span(row.span), row.day, clock.calendar(session), clock.today(), row.made_until)


@periodic.every(minutes=60, name="report-schedules")
def ask_for_due() -> int:
    """Asks for each report whose day has come; returns how many. The period counts as made in the same commit."""
    session, count = model.Session, 0
    ids = [row.id for row in session.scalars(ReportSchedule.all())]
    session.rollback()
    for schedule_id in ids:
        try:
            count += _ask(session, schedule_id)
        except SatudataError as error:
            log.warning("The report of the schedule %s is not made: %s", schedule_id, error)
    return count


def _ask(session: Any, schedule_id: str) -> bool:
    with transaction() as one:
        row = session.scalars(ReportSchedule.locked(schedule_id)).one_or_none()
        if row is None or (due := coming(session, row)).on > clock.today():
            return False
        period = {"from_on": due.period.from_on.isoformat(), "until_on": due.period.until_on.isoformat()}
        with wording.speaking(row.language):
            job = jobs.ask(session, actors.SYSTEM, {**row.asked, **period}, schedule_id=row.id)
        row.made_until = due.period.until_on
        job_id = job.id
        one.afterwards.append(lambda: jobs.begin(job_id))
    return True
