"""Facts of requests, objections and disputes, counted as the registers count them.

`requests` and `refusals` are those of the PPID's register, and of the public one; `all_requests` has those of
government offices too, which Walidata answers: they have a register of their own, and no term of UU 14/2008.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.satudata.domain.applicant import ApplicantKind
from ckanext.satudata.domain.register import ENDS_WITHOUT_ANSWER
from ckanext.satudata.domain.statutory import DAYS, EXTENSION_DAYS
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.objection import DisputeEvent, Objection
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.reports import worked_time
from ckanext.satudata.reports.facts import Asked, reads, title
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.work import answered


def _is_told(noticed_at: Any, decision: Any) -> sa.ColumnElement[bool]:
    """Whether the applicant knows what was decided."""
    return sa.or_(noticed_at.is_not(None), decision.in_(ENDS_WITHOUT_ANSWER))


def _producer(asked: Asked, at: Any) -> sa.ColumnElement[str]:
    return asked.agency(PpidRequest.organization_id, at, _unrouted())


def _unrouted() -> str:
    return tk._("Not routed to an agency yet")


_OF_REQUEST = (
    *("organization_id", "dataset_id", "number", "decision", "refusal_code"),
    *("applicant_kind", "channel", "case_id", "received_at"),
)


def _of_ppid() -> sa.ColumnElement[bool]:
    """The rows of the PPID's register."""
    return PpidRequest.applicant_kind != ApplicantKind.GOVERNMENT.value


@reads("requests")
def _requests(asked: Asked) -> sa.Select:
    """Those that PPID answers."""
    return _received(asked, _of_ppid())


@reads("all_requests")
def _all_requests(asked: Asked) -> sa.Select:
    """The same and those of government offices."""
    return _received(asked, sa.true())


def _received(asked: Asked, of: sa.ColumnElement[bool]) -> sa.Select:
    """Requests by the day they were received; answered once the letter has left."""
    wanted = sa.and_(asked.within(PpidRequest.received_at), of)
    # Each row's answer is looked up once, whatever is said of it; for so many of them by a join.
    told = answered.delivered().subquery("told")
    row = (
        sa.select(
            *(getattr(PpidRequest, name) for name in _OF_REQUEST),
            sa.func.coalesce(PpidHandling.notified_at, told.c.at).label("noticed_at"),
            sa.func.coalesce(PpidHandling.extended_at.is_not(None), False).label("extended"),
        )
        .outerjoin(PpidHandling, PpidHandling.request_id == PpidRequest.id)
        .outerjoin(told, told.c.case_id == PpidRequest.case_id)
        .where(wanted, asked.of_agency(PpidRequest.organization_id))
        .offset(0)
        .subquery("received")
        .c
    )
    days = law_days = sa.null()
    if asked.wants("days"):
        days = worked_time.between(
            asked.session, row.received_at, row.noticed_at, wanted, first=PpidRequest.received_at
        )
    if asked.wants("law_days", "in_time"):
        law_days = _law_days(asked, row.received_at, row.noticed_at)
    state = orm.aliased(DatasetState)
    allowed = sa.case((row.extended, DAYS + EXTENSION_DAYS), else_=DAYS)
    found = sa.select(
        row.organization_id.label("agency"),
        row.dataset_id.label("package"),
        row.number,
        title(row.dataset_id).label("dataset"),
        state.access_level.label("level"),
        sa.case((_is_told(row.noticed_at, row.decision), sa.func.coalesce(row.decision, "open")), else_="open").label(
            "outcome"
        ),
        sa.func.coalesce(row.refusal_code, "").label("reason"),
        days.label("days"),
        row.applicant_kind.label("kind"),
        row.channel.label("way"),
        law_days.label("law_days"),
        row.extended,
        # Of offices no Act sets a time.
        sa.case((row.applicant_kind != ApplicantKind.GOVERNMENT.value, law_days <= allowed)).label("in_time"),
        row.noticed_at.is_not(None).label("answered"),
        row.case_id.label("case"),
        row.received_at.label("at"),
    ).outerjoin(state, state.package_id == row.dataset_id)
    found = asked.with_agency(found, row.organization_id, row.received_at, _unrouted())
    return found.offset(0)  # each row's times are reckoned once, however many measures are taken of them


def _law_days(asked: Asked, received_at: Any, answered_at: Any) -> sa.ColumnElement[int]:
    """Working days from the day of receipt, which is not counted, to that of the notice (UU 14/2008 art. 22(7))."""
    zone, calendar = clock.zone(), clock.calendar(asked.session)
    earliest = asked.session.scalar(
        sa.select(sa.func.min(PpidRequest.received_at)).where(asked.within(PpidRequest.received_at))
    )
    first = (earliest or asked.start).astimezone(zone).date()
    last = max(clock.today(), asked.end.astimezone(zone).date())
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    working: list[date] = [day for day in every if calendar.is_working_day(day)]
    days = sa.cast(sa.literal(working, ARRAY(sa.Date)), ARRAY(sa.Date))
    passed = [
        sa.func.width_bucket(sa.cast(sa.func.timezone(str(zone), at), sa.Date), days, type_=sa.Integer)
        for at in (answered_at, received_at)
    ]
    return sa.case((answered_at.is_(None), None), else_=sa.func.greatest(passed[0] - passed[1], 0))


@reads("refusals")
def _refusals(asked: Asked) -> sa.Select:
    """Why requests were refused, wholly or in part: each reason of a request once, told with its answer."""
    in_force = sa.and_(
        PpidPart.request_id == PpidRequest.id, PpidPart.replaced_at.is_(None), PpidPart.reason_code.is_not(None)
    )
    of_parts = sa.select(PpidPart.reason_code).where(in_force).correlate(PpidRequest)
    codes = (
        sa.union(
            of_parts,
            sa.select(PpidRequest.refusal_code)
            .where(PpidRequest.refusal_code.is_not(None), sa.not_(of_parts.exists()))
            .correlate(PpidRequest),
        )
        .subquery("codes")
        .lateral("reasons")
    )
    return (
        sa.select(
            PpidRequest.organization_id.label("agency"),
            PpidRequest.dataset_id.label("package"),
            _producer(asked, PpidRequest.received_at).label("producer"),
            codes.c[0].label("reason"),
            PpidRequest.case_id.label("case"),
            PpidRequest.received_at.label("at"),
        )
        .join(codes, sa.true())
        .where(
            asked.within(PpidRequest.received_at),
            _of_ppid(),
            _is_told(answered.noticed_at(), PpidRequest.decision),
        )
    )


@reads("objections")
def _objections(asked: Asked) -> sa.Select:
    """Objections by the day they were received."""
    wanted = asked.within(Objection.received_at)
    days = worked_time.between(asked.session, Objection.received_at, Objection.answered_at, wanted)
    return (
        sa.select(
            PpidRequest.organization_id.label("agency"),
            PpidRequest.dataset_id.label("package"),
            Objection.number.label("number"),
            _producer(asked, Objection.received_at).label("producer"),
            Objection.ground.label("ground"),
            sa.func.coalesce(Objection.outcome, "open").label("outcome"),
            days.label("days"),
            Objection.case_id.label("case"),
            Objection.received_at.label("at"),
        )
        .join(PpidRequest, PpidRequest.id == Objection.request_id)
        .where(wanted)
    )


@reads("disputes")
def _disputes(asked: Asked) -> sa.Select:
    """What happened before the Komisi Informasi and the courts, by its day."""
    at = sa.func.timezone(str(clock.zone()), sa.cast(DisputeEvent.happened_on, sa.DateTime))
    return (
        sa.select(
            PpidRequest.organization_id.label("agency"),
            PpidRequest.dataset_id.label("package"),
            _producer(asked, at).label("producer"),
            DisputeEvent.kind.label("event"),
            sa.func.coalesce(DisputeEvent.outcome, "").label("outcome"),
            Objection.case_id.label("case"),
            at.label("at"),
        )
        .join(Objection, Objection.id == DisputeEvent.objection_id)
        .join(PpidRequest, PpidRequest.id == Objection.request_id)
        .where(asked.within(at))
    )
