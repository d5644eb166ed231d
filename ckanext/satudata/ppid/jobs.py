"""Work that comes round: delivered requests close by themselves; applicants' data goes when its time is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from ckanext.satudata.domain import giving
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, privacy, requests
from ckanext.satudata.shared import clock, periodic, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.transaction import transaction

log = logging.getLogger(__name__)


@periodic.every(minutes=60, name="ppid-close-delivered")
def close_delivered() -> int:
    """Closes requests whose applicant said nothing in the time of the SOP (001-16); returns how many."""
    given = {row.request_id: row for row in model.Session.scalars(_given_in_open_cases())}
    return _end_overdue(
        "close", lambda row: row.subject_id in given and _closes_at(row.due_at, given[row.subject_id]) <= clock.now()
    )


def _given_in_open_cases() -> sa.Select[tuple[PpidGiving]]:
    return sa.select(PpidGiving).join(Case, Case.subject_id == PpidGiving.request_id).where(Case.ended_at.is_(None))


@periodic.every(minutes=30, name="ppid-lapse-unrepaired")
def lapse_unrepaired() -> int:
    """Ends requests that were incomplete and not repaired in time as not processed; returns how many."""
    return _end_overdue("lapse", lambda row: True)


def _end_overdue(command: str, is_time: Callable[[Any], bool]) -> int:
    """Gives the command at every overdue step that knows it, where it is time; says how many were ended."""
    rows = model.Session.execute(
        sa.select(
            Case.id, Case.subject_id, Case.sop_version_id, CaseStep.no, CaseStep.id.label("step_id"), CaseStep.due_at
        )
        .join(CaseStep, CaseStep.case_id == Case.id)
        .where(Case.process.in_(requests.PROCESSES), CaseStep.done_at.is_(None), CaseStep.due_at < clock.now())
    ).all()
    ended = 0
    for row in rows:
        exits = sops.of_version(model.Session, row.sop_version_id).step(row.no).exits
        if Command(command) not in exits or not is_time(row):
            continue
        try:
            process.apply({}, row.id, command, actor=SYSTEM, step_id=row.step_id)
            ended += 1
        except SatudataError as refusal:
            log.info("request of case %s: no %s: %s", row.id, command, refusal.message)
    return ended


def _closes_at(due_at: datetime, given: PpidGiving) -> datetime:
    return giving.closes_at(
        due_at=due_at,
        way=giving.Way(given.way),
        given_at=given.given_at,
        answered_at=given.answered_at,
        days=config.link_days(),
    )


@periodic.every(minutes=24 * 60, name="ppid-erase-applicants")
def erase_applicants() -> int:
    """Empties the applicant's data where the time of the privacy notice is over, or PPID granted the erasure, and
    nothing holds it any more; returns how many requests. Letters follow when the archive's time is over.
    """
    session, now = model.Session, clock.now()
    before = now - relativedelta(months=config.retention_months())
    due = sa.or_(PpidRequest.closed_at < before, PpidRequest.erasure_granted_at.is_not(None))
    ids = session.scalars(sa.select(PpidRequest.id).where(PpidRequest.erased_at.is_(None), due)).all()
    ids += session.scalars(_with_letters()).all()
    return sum(_erased(request_id) for request_id in ids)


def _with_letters() -> sa.Select[tuple[str]]:
    """Requests whose applicant is erased and whose letters still have their words."""
    named = sa.select(Letter.id).where(Letter.subject_id == PpidRequest.id, Letter.content.is_not(None))
    return sa.select(PpidRequest.id).where(PpidRequest.erased_at.is_not(None), named.exists())


def _erased(request_id: str) -> bool:
    """Each in a transaction of its own: one that is held back keeps no other."""
    session = model.Session
    with transaction() as one:
        row = session.scalars(
            sa.select(PpidRequest).where(PpidRequest.id == request_id).with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return False
        if row.erased_at is not None:
            return privacy.erase_letters(session, row, actor=SYSTEM) > 0
        one.drop = bool(privacy.holds(session, row))
        if not one.drop:
            cause = "asked" if row.erasure_granted_at else "retention"
            privacy.erase(session, row, actor=SYSTEM, cause=cause)
        return not one.drop
