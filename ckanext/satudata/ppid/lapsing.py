"""What it means that a request lapses because nobody confirmed its address."""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import reaching, requests
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.effects import Run


@effects.on(requests.PROCESS, "expire")
def expire(run: Run) -> None:
    """Closes it for good; the number stays. Told on the tracking page, and to the address without anything said.

    Raises Conflict where somebody confirmed, or began to work on it, meanwhile.
    """
    request = run.session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.id == run.case.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if request.confirmed_at or request.closed_at or requests.is_begun(run.session, request):
        raise Conflict("This request is being worked on.")
    request.decision, request.closed_at = "lapsed", run.now
    reaching.mail(run.session, request, "ppid_request_lapsed", key=f"ppid-lapsed:{request.id}")
