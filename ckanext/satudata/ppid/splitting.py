"""A part of a request that goes on as a request of its own."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.model as model

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, asking, clocks, requests
from ckanext.satudata.shared import clock, crypto, numbers, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import tracking


def _waits_for_check(session: Any, case: Case) -> bool:
    sop = sops.of_version(session, case.sop_version_id)
    steps = session.scalars(CaseStep.open_of(case.id))
    return any(Command.COMPLETE in sop.step(step.no).exits for step in steps)


def _owner(request: PpidRequest) -> str | None:
    """The agency of the dataset that both parts are about, as for whoever asks from its page."""
    package = model.Package.get(request.dataset_id) if request.dataset_id else None
    return package.owner_org if package is not None else None


OWN_OF_EACH = frozenset(
    {"id", "ref", "number", "number_count", "number_year", "entered_at", "case_id", "organization_id", "question"}
    | {"outside_number"}
    | {"key_hash", "tracking_hash", "confirm_hash", "confirm_tries", "confirm_sent", "link", "link_until_at"}
    | {"decision", "decided_at", "decided_by", "refusal_code", "refusal_explanation", "refusal_detail"}
    | {"dip_result", "closed_at"}
)
"""What a request that is split off does not have from the one it was part of."""


def split_off(session: Any, request: PpidRequest, handled: PpidHandling, question: str, *, actor: Actor) -> PpidRequest:
    """A part of a request as one of its own: another number, the same applicant and day of receipt. No commit.

    Its steps run from the split, its legal time as that of the whole: from the same day, with the same pauses and
    extension. What was found complete is not looked at again; the applicant's documents are copied.
    """
    process_name = requests.process_of(request.applicant_kind)
    number = numbers.take(session, process_name, requests.local_date(clock.now()))
    shared = {column.key: getattr(request, column.key) for column in PpidRequest.__table__.columns}
    child = PpidRequest(
        **{name: value for name, value in shared.items() if name not in OWN_OF_EACH},
        id=new_id(),
        organization_id=_owner(request),
        ref=secrets.token_urlsafe(9),
        number=number.text,
        number_count=number.count,
        number_year=number.year,
        entered_at=clock.now(),
        question=question,
        tracking_hash="",
        confirm_tries=0,
        confirm_sent=0,
    )
    child.key_hash = crypto.digest("split", child.id)
    child.tracking_hash = tracking.hash_of(requests.tracking_code(child))
    session.add(child)
    session.flush()
    case = process.start(
        session,
        process_name,
        subject_type=requests.SUBJECT,
        subject_id=child.id,
        organization_id=child.organization_id,
        actor=actor,
        received_at=request.received_at,
        works=False,
    )
    child.case_id = case.id
    session.flush()
    process.carry_out(session, {}, case.id, "submit", actor=APPLICANT)
    if handled.completed_at is not None and _waits_for_check(session, case):
        process.carry_out(session, {}, case.id, Command.COMPLETE.value, actor=actor)
    clocks.begin(session, child, like=handled)
    applicant_files.copy(session, request.id, child.id)
    asking.issue_receipt(session, child, number, requests.title_of(child))
    return child
