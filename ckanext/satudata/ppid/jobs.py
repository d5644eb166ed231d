"""Work that comes round: a request whose data was delivered closes by itself when the last step's time is over."""

from __future__ import annotations

import logging

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, periodic, process, sops
from ckanext.satudata.shared.actors import SYSTEM

log = logging.getLogger(__name__)


@periodic.every(minutes=60, name="ppid-close-delivered")
def close_delivered() -> int:
    """Closes requests whose applicant said nothing in the time of the SOP (001-16); returns how many."""
    rows = model.Session.execute(
        sa.select(Case.id, Case.sop_version_id, CaseStep.no, CaseStep.id)
        .join(CaseStep, CaseStep.case_id == Case.id)
        .where(Case.process == "request", CaseStep.done_at.is_(None), CaseStep.due_at < clock.now())
    ).all()
    closed = 0
    for case_id, version, no, step_id in rows:
        if "close" not in {exit_.value for exit_ in sops.of_version(model.Session, version).step(no).exits}:
            continue
        try:
            process.apply({}, case_id, "close", actor=SYSTEM, step_id=step_id)
            closed += 1
        except SatudataError as refusal:
            log.info("request of case %s was not closed: %s", case_id, refusal.message)
    return closed
