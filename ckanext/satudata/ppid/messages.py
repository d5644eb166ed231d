"""Questions and answers on the tracking page: sealed, never changed, told by mail without their words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import message as rules
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.request_message import RequestMessage
from ckanext.satudata.ppid import reaching, requests
from ckanext.satudata.shared import clock, crypto, journal, notices


def send(session: Any, request_id: str, typed: object, *, actor: Actor, key: str = "") -> RequestMessage:
    """Stores a message of the applicant (`actors.APPLICANT`) or of an officer and tells the other side; no commit.

    The same `key` with the same words is one message. Raises Invalid, Conflict.
    """
    text = rules.checked(typed)
    sender = rules.APPLICANT if actor.user_id is None else rules.OFFICER
    request = session.scalars(sa.select(PpidRequest).where(PpidRequest.id == request_id).with_for_update()).one()
    said = f"{request_id}\0{sender}\0{actor.user_id or ''}\0{text}\0{key or new_id()}"
    key_hash = crypto.digest("request-message", said)
    known: RequestMessage | None = session.scalars(
        sa.select(RequestMessage).where(RequestMessage.key_hash == key_hash)
    ).first()
    if known is not None:
        return known
    sent = list(session.scalars(RequestMessage.of_request(request_id)))
    case = session.get(Case, request.case_id) if request.case_id else None
    rules.check_may_send(
        sender=sender,
        is_ended=case is None or case.ended_at is not None,
        since_other=_since_other(sent, sender),
    )
    body = crypto.seal(text)
    row = RequestMessage(
        id=new_id(),
        request_id=request_id,
        at=clock.now(),
        sender=sender,
        author_id=actor.user_id,
        body=body,
        key_hash=key_hash,
    )
    session.add(row)
    session.flush()
    # The words stay out of the journal, which cannot be emptied when the applicant's data is erased.
    journal.append(
        session,
        "message_sent",
        actor=actor,
        case_id=request.case_id,
        subject=(requests.SUBJECT, request.id),
        payload={"sender": sender},
    )
    _tell(session, request, row)
    return row


def _since_other(sent: list[RequestMessage], sender: str) -> int:
    count = 0
    for one in reversed(sent):
        if one.sender != sender:
            break
        count += 1
    return count


def _tell(session: Any, request: PpidRequest, row: RequestMessage) -> None:
    params = {"request_id": request.id}
    if row.sender == rules.APPLICANT:
        role = requests.office_of(request)
        notices.queue(session, "ppid_message_came", to_role=role, params=params, key=f"ppid-message:{row.id}")
    else:  # an unconfirmed address too: the mail says only that there is a message
        reaching.mail(session, request, "ppid_message_waits", params, key=f"ppid-message:{row.id}")


def of(session: Any, request: PpidRequest) -> list[dict[str, Any]]:
    """Every message of a request in clear, oldest first: `sender`, `at`, `text` (empty once erased)."""
    return [
        {"sender": row.sender, "at": row.at.isoformat(), "text": crypto.unseal(row.body)}
        for row in session.scalars(RequestMessage.of_request(request.id))
    ]


def erase(session: Any, request_id: str) -> None:
    """Empties the words of a request's messages; that there were some stays."""
    statement = sa.update(RequestMessage).where(RequestMessage.request_id == request_id)
    session.execute(statement.values(body=None))


def waiting(session: Any, request_id: str) -> bool:
    """Whether the applicant's last word has no answer yet."""
    last: RequestMessage | None = session.scalars(
        sa.select(RequestMessage)
        .where(RequestMessage.request_id == request_id)
        .order_by(RequestMessage.at.desc(), RequestMessage.id.desc())
        .limit(1)
    ).first()
    return last is not None and last.sender == rules.APPLICANT
