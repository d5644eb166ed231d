"""A part of a request that goes on as a request of its own."""

from __future__ import annotations

import secrets
from typing import Any

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asking, requests
from ckanext.satudata.shared import clock, crypto, numbers, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.work import tracking

OWN_OF_EACH = frozenset(
    {"id", "ref", "number", "number_count", "number_year", "entered_at", "case_id", "organization_id", "question"}
    | {"outside_number"}
    | {"key_hash", "tracking_hash", "confirm_hash", "confirm_tries", "confirm_sent", "link", "link_until_at"}
    | {"decision", "decided_at", "decided_by", "refusal_code", "refusal_explanation", "refusal_detail"}
    | {"dip_result", "closed_at"}
)
"""What a request that is split off does not have from the one it was part of."""


def split_off(session: Any, request: PpidRequest, question: str, *, actor: Actor) -> PpidRequest:
    """A part of a request as one of its own: another number, the same applicant and day of receipt. No commit."""
    number = numbers.take(session, "request", requests.local_date(clock.now()))
    shared = {column.key: getattr(request, column.key) for column in PpidRequest.__table__.columns}
    child = PpidRequest(
        **{name: value for name, value in shared.items() if name not in OWN_OF_EACH},
        id=new_id(),
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
        requests.PROCESS,
        subject_type=requests.SUBJECT,
        subject_id=child.id,
        organization_id=None,
        actor=actor,
        received_at=request.received_at,
        works=False,
    )
    child.case_id = case.id
    session.flush()
    process.carry_out(session, {}, case.id, "submit", actor=APPLICANT)
    asking.issue_receipt(session, child, number, requests.title_of(child))
    return child
