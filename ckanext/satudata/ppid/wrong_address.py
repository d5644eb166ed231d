"""An unconfirmed address to which PPID ended a link as sent to the wrong one: it is corrected before it is used again.

Whoever reads that mailbox is not the applicant; a code would make him so (docs/decisions/unconfirmed-addresses.md).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared.files import grants

CAUSE = "address"


def is_known(session: Any, request: PpidRequest) -> bool:
    """Whether a link was ended for the address, nobody confirmed it, and it was not corrected since."""
    if request.email is None or request.confirmed_at:
        return False
    return _state(session, request) == "wrong"


def is_mended(session: Any, request: PpidRequest) -> bool:
    """Whether the applicant corrected the address after that and confirmed the right one: a link may go there."""
    return request.confirmed_at is not None and _state(session, request) == "corrected"


def _state(session: Any, request: PpidRequest) -> str:
    """`wrong` once a link was ended for the address, `corrected` where it was corrected since; else empty."""
    if request.case_id is None:
        return ""
    ended = session.scalars(sa.select(Grant).where(Grant.case_id == request.case_id, Grant.revoked_at.is_not(None)))
    wrong = [grant.revoked_at for grant in ended if grants.cause_of(session, grant) == CAUSE]
    if not wrong:
        return ""
    last = sa.select(sa.func.max(Journal.at)).where(
        Journal.chain == request.case_id, Journal.event == "email_corrected", Journal.subject_id == request.id
    )
    corrected_at = session.scalar(last)
    return "wrong" if corrected_at is None or corrected_at < max(wrong) else "corrected"


def check(session: Any, request: PpidRequest) -> None:
    """Refuses to send a code to such an address, or to take one. Raises Conflict."""
    if is_known(session, request):
        raise Conflict("This address was found to be wrong.", mend="Correct the address first; a new code goes there.")
