"""When a request was answered: one statement for the registers and for the reports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest

_IS_DELIVERY = CaseStep.command == Command.DELIVER.value


def delivered() -> sa.Select[tuple[str, Any]]:
    """`case_id` and `at` of every answer that was delivered: to be joined, where many requests are looked at."""
    at = sa.func.min(CaseStep.done_at).label("at")
    return sa.select(CaseStep.case_id, at).where(_IS_DELIVERY).group_by(CaseStep.case_id)


def noticed_at() -> sa.ColumnElement[Any]:
    """When the written notice of a request went out, or its answer where that was all there was."""
    notified = sa.select(PpidHandling.notified_at).where(PpidHandling.request_id == PpidRequest.id)
    told = sa.select(sa.func.min(CaseStep.done_at)).where(CaseStep.case_id == PpidRequest.case_id, _IS_DELIVERY)
    return sa.func.coalesce(*(one.correlate(PpidRequest).scalar_subquery() for one in (notified, told)))
