"""An unconfirmed address to which PPID ended a link as sent to the wrong one: it is corrected before it is used again.

What was split off a request has the address of the whole: known to be wrong for one of them, it is wrong for all.
Whoever reads that mailbox is not the applicant; a code would make him so (docs/decisions/unconfirmed-addresses.md).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.files import grants

CAUSE = "address"


def is_known(session: Any, request: PpidRequest) -> bool:
    """Whether a link was ended for the address, nobody confirmed it, and it was not corrected since."""
    return any(_state(session, one) == "wrong" for one in sharing(session, request))


def sharing(session: Any, request: PpidRequest, *, lock: bool = False) -> list[PpidRequest]:
    """The request that was asked first, and all that was split off from it, with the same unconfirmed address as this
    one, this one among them; empty where it is confirmed or there is none. With `lock` they are held, in one order."""
    ids = parts_of(session, _whole_of(session, request.id))
    query = sa.select(PpidRequest).where(PpidRequest.id.in_(ids)).order_by(PpidRequest.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    rows = sorted(session.scalars(query), key=lambda row: ids.index(row.id))
    if request.email is None or request.confirmed_at:
        return []
    address = crypto.unseal(request.email).lower()
    theirs = [row for row in rows if row.email is not None and not row.confirmed_at]
    return [row for row in theirs if crypto.unseal(row.email).lower() == address]


def _whole_of(session: Any, request_id: str) -> str:
    """The id of the request that was asked first."""
    split_from = sa.select(PpidHandling.split_from_id)
    while whole := session.scalar(split_from.where(PpidHandling.request_id == request_id)):
        request_id = whole
    return request_id


def parts_of(session: Any, request_id: str) -> list[str]:
    """This id, and those of all that was split off from the request or from a part of it, each behind its whole."""
    found = [request_id]
    for one in found:
        found += session.scalars(PpidHandling.split_off(one))
    return found


def is_mended(session: Any, request: PpidRequest) -> bool:
    """Whether the applicant corrected the address after that and confirmed the right one: a link may go there."""
    return request.confirmed_at is not None and was_corrected(session, request)


def was_corrected(session: Any, request: PpidRequest) -> bool:
    """Whether the applicant corrected the address after a link was ended for it."""
    return _state(session, request) == "corrected"


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
