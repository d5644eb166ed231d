"""How word reaches who asked: where the request is followed, and mails to the address that was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import wrong_address
from ckanext.satudata.shared import crypto, journal, notices
from ckanext.satudata.shared.actors import SYSTEM

OWNER = "applicant_of"
"""What a mail to who asked keeps the request's id under, whatever else it is about."""
WITHHELD = "WrongAddress"


def page(number: str) -> str:
    """Address of the tracking page with that number filled in; it opens nothing by itself."""
    return notices.site_url(f"/permohonan/lacak?no={quote(number, safe='/')}")


def tell_of_correction(session: Any, request: PpidRequest, office: Role) -> None:
    """Tells the office that the right address is confirmed after a link went to a wrong one: it may issue a new one."""
    if wrong_address.is_mended(session, request):
        key = f"ppid-corrected:{request.id}:{request.confirm_sent}"
        notices.queue(session, "ppid_address_corrected", to_role=office, params={"request_id": request.id}, key=key)


def address(session: Any, request: PpidRequest) -> str:
    """Where mails to who asked go; empty where none was given, or it is known to be another's."""
    if request.email is None or wrong_address.is_known(session, request):
        return ""
    return crypto.unseal(request.email)


def mail(
    session: Any, request: PpidRequest, kind: str, params: Mapping[str, Any] | None = None, *, key: str | None = None
) -> bool:
    """Queues a mail to who asked; whether there is an address for it. `params` are the request's id unless given."""
    to_email = address(session, request)
    if to_email:
        about = {**(params or {"request_id": request.id}), OWNER: request.id}
        notices.queue(session, kind, to_email=to_email, params=about, key=key)
    return bool(to_email)


@notices.withholds
def withheld(session: Any, row: Outbox) -> str:
    """A mail that was queued to an address which was found to be wrong, or corrected, since. The case's journal tells.

    None is withheld after the applicant's data was erased: the word of that goes out too.
    """
    whose = row.params.get(OWNER) or row.params.get("request_id")
    request = session.get(PpidRequest, whose) if whose else None
    if request is None or request.email is None or crypto.unseal(row.to_email) == address(session, request):
        return ""
    payload = {"kind": row.kind}
    journal.append(session, "mail_withheld", actor=SYSTEM, case_id=request.case_id, payload=payload)
    return WITHHELD
