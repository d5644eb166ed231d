"""Two questions after an answer, answered once, and their figures; what was said is kept without the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict, Several
from ckanext.satudata.domain.giving import FITS, check_survey
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.ppid_survey import PpidSurvey
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import clock


def is_open(session: Any, request: PpidRequest) -> bool:
    """Whether the applicant may be asked: there is an answer, and none to the questions yet.

    They are about the PPID's service: an office, which Walidata answers, is not asked.
    """
    if requests.office_of(request) is not Role.PPID:
        return False
    if request.surveyed or request.decision not in ("granted", "granted_in_part", "refused"):
        return False
    return request.closed_at is not None or session.get(PpidGiving, request.id) is not None


def take(session: Any, request_id: str, service: str, fit: str) -> None:
    """Stores the two answers. No commit. Raises Several for what is missing, Conflict where nobody is asked."""
    Several.refuse(check_survey(service, fit))
    query = sa.select(PpidRequest).where(PpidRequest.id == request_id).with_for_update()
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    if not is_open(session, request):
        raise Conflict("The two questions were answered already, or there is no answer to the request yet.")
    request.surveyed = True
    month = f"{clock.today():%Y-%m}"
    session.add(PpidSurvey(month=month, decision=request.decision, service=int(service), fit=fit))


@dataclass(frozen=True)
class Figures:
    """`service`: mean mark of 1 to 4, None without answers; `fits`: how many said `yes`, `partly`, `no`."""

    answers: int
    service: float | None
    fits: dict[str, int]


def figures(session: Any, first: str, last: str) -> Figures:
    """The answers that came from one month to another, both included (`2026-03`)."""
    between = PpidSurvey.month.between(first, last)
    rows = session.execute(
        sa.select(PpidSurvey.fit, sa.func.count(), sa.func.sum(PpidSurvey.service))
        .where(between)
        .group_by(PpidSurvey.fit)
    ).all()
    count = sum(row[1] for row in rows)
    found = {row[0]: row[1] for row in rows}
    mean = round(sum(row[2] for row in rows) / count, 2) if count else None
    return Figures(count, mean, {fit: found.get(fit, 0) for fit in FITS})
