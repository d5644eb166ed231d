"""Work that comes round: delivered requests close by themselves; applicants' data goes when its time is over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import giving
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_link import PpidLink
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.ppid import config
from ckanext.satudata.shared import clock, journal, periodic, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.sop import sops

log = logging.getLogger(__name__)


@periodic.every(minutes=60, name="ppid-close-delivered")
def close_delivered() -> int:
    """Closes requests whose applicant said nothing in the time of the SOP (001-16); returns how many."""
    rows = model.Session.execute(
        sa.select(Case.id, Case.sop_version_id, CaseStep.no, CaseStep.id, CaseStep.due_at, PpidGiving)
        .join(CaseStep, CaseStep.case_id == Case.id)
        .join(PpidGiving, PpidGiving.request_id == Case.subject_id)
        .where(Case.process == "request", CaseStep.done_at.is_(None), CaseStep.due_at < clock.now())
    ).all()
    closed = 0
    for case_id, version, no, step_id, due_at, given in rows:
        if "close" not in {exit_.value for exit_ in sops.of_version(model.Session, version).step(no).exits}:
            continue
        if _closes_at(due_at, given) > clock.now():
            continue
        try:
            process.apply({}, case_id, "close", actor=SYSTEM, step_id=step_id)
            closed += 1
        except SatudataError as refusal:
            log.info("request of case %s was not closed: %s", case_id, refusal.message)
    return closed


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
    """Empties the applicant's data of requests closed longer ago than the privacy notice says; returns how many.

    What the register and statistics need stays; so do the letters, which are the archive's.
    """
    session = model.Session
    before = clock.now() - timedelta(days=30 * config.retention_months())
    rows = session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.closed_at < before, PpidRequest.name.is_not(None))
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        for name in PERSONAL:
            setattr(row, name, None)
        session.execute(sa.update(PpidLink).where(PpidLink.request_id == row.id).values(token=None))
        session.execute(sa.delete(LetterDraft).where(LetterDraft.case_id == row.case_id))
        journal.append(session, "applicant_erased", actor=SYSTEM, case_id=row.case_id, subject=("ppid_request", row.id))
    session.commit()
    return len(rows)
