"""When a request was answered: one statement for the registers and for the reports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest


def noticed_at() -> sa.ColumnElement[Any]:
    """When the written notice of a request went out, or its answer where that was all there was."""
    notified = sa.select(PpidHandling.notified_at).where(PpidHandling.request_id == PpidRequest.id)
    told = sa.select(sa.func.min(CaseStep.done_at)).where(
        CaseStep.case_id == PpidRequest.case_id, CaseStep.command == Command.DELIVER.value
    )
    return sa.func.coalesce(*(one.correlate(PpidRequest).scalar_subquery() for one in (notified, told)))
