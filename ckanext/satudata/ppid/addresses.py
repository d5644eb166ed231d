"""The applicant's e-mail address: the codes that confirm it, and its correction before it is confirmed."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.applicant import check_still_office
from ckanext.satudata.domain.errors import Conflict, Invalid, TooMany
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import CODE_MINUTES, CODES_MOST, check_code_usable, checked_email
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, reaching, requests, wrong_address
from ckanext.satudata.shared import clock, crypto, journal
from ckanext.satudata.shared.actors import APPLICANT


def send_code(session: Any, request: PpidRequest) -> None:
    """Queues a mail with a new confirmation code; the old one counts no more, nor is it mailed if it still waits.

    Raises TooMany, Conflict where the address was found to be wrong.
    """
    wrong_address.check(session, request)
    if request.confirm_sent >= CODES_MOST:
        raise TooMany("No more codes can be sent for this request.", mend="Your request is registered all the same.")
    _drop_code(session, request)
    request.confirm_sent += 1
    request.confirm_tries = 0
    request.confirm_hash = crypto.digest("confirm-code", f"{request.id}:{requests.confirmation_code(request)}")
    session.flush()
    about = {"request_id": request.id, "sent": request.confirm_sent}
    reaching.mail(session, request, "ppid_request_received", about, key=_code_key(request))


def _drop_code(session: Any, request: PpidRequest) -> None:
    """The mail with a code that still waits."""
    waiting = sa.select(Outbox).where(Outbox.key.like(f"ppid-code:{request.id}:%"), Outbox.waits())
    for mail in session.scalars(waiting.with_for_update()):
        mail.dropped_at, mail.to_email = clock.now(), None


def _code_key(request: PpidRequest) -> str:
    return f"ppid-code:{request.id}:{request.confirm_sent}"


def code_sent_at(session: Any, request: PpidRequest) -> datetime | None:
    """When the mail with the newest code left; None while it waits. The code's time runs from then."""
    return session.scalar(sa.select(Outbox.sent_at).where(Outbox.key == _code_key(request)))


def change_email(session: Any, request_id: str, email: object) -> PpidRequest:
    """Another address while none is confirmed: a new code goes there, what still waits for the former one is dropped.

    It is that of the whole request and its parts, as far as they had the same: the code comes for the whole where it
    is open. Of a request that ended too, where a link had gone to a wrong address. No commit. Raises Invalid at
    `email`, Conflict where the address is confirmed, the request ended, or it is the wrong address again, TooMany.
    """
    request = session.get_one(PpidRequest, request_id)
    theirs = wrong_address.sharing(session, request, lock=True)
    is_wrong = wrong_address.is_known(session, request)
    if request.confirmed_at or (request.closed_at and not is_wrong) or request.email is None:
        mend = "Ask the information officer (PPID)." if requests.office_of(request) is Role.PPID else "Ask Walidata."
        raise Conflict("This address cannot be changed any more.", mend=mend)
    address = checked_email(email)
    check_still_office(request.applicant_kind, address, config.demands().official)
    if is_wrong and address.lower() == crypto.unseal(request.email).lower():
        raise Invalid("This is the address that was found to be wrong.", field="email", mend="Enter another one.")
    theirs = [one for one in theirs if is_wrong or not one.closed_at]
    for one in theirs:
        one.email, one.confirm_hash = crypto.seal(address), None
        _drop_code(session, one)
        subject = (requests.SUBJECT, one.id)
        journal.append(session, "email_corrected", actor=APPLICANT, case_id=one.case_id, subject=subject)
    send_code(session, _confirmed_at(session, request, theirs))
    return request


def _confirmed_at(session: Any, request: PpidRequest, theirs: Sequence[PpidRequest]) -> PpidRequest:
    """The request whose code confirms this one as well: the whole that it is a part of, while a code can go there."""
    for one in theirs:
        is_open = one.closed_at is None and one.confirm_sent < CODES_MOST
        if is_open and request.id in wrong_address.parts_of(session, one.id):
            return one
    return request


def confirm(session: Any, request_id: str, code: str) -> tuple[PpidRequest, Invalid | None]:
    """Checks a confirmation code; the caller commits in any case, so that a wrong try counts.

    Returns the request and the refusal, if any. Repeating a right code is no fault.
    """
    request = session.get_one(PpidRequest, request_id)
    theirs = wrong_address.sharing(session, request, lock=True)
    if request.confirmed_at:
        return request, None
    if wrong_address.is_known(session, request):
        return request, Invalid(
            "This address was found to be wrong.",
            field="email",
            mend="Correct the address first; a new code goes there.",
        )
    now, sent_at = clock.now(), code_sent_at(session, request)
    try:
        check_code_usable(
            confirmed=False,
            expired=sent_at is not None and sent_at + timedelta(minutes=CODE_MINUTES) < now,
            tries=request.confirm_tries,
        )
    except Invalid as refusal:
        return request, refusal
    digits = "".join((code or "").split())
    if not digits:
        return request, Invalid("The code is missing.", field="code", mend="Type the six digits of the newest mail.")
    typed = crypto.digest("confirm-code", f"{request.id}:{digits}")
    if request.confirm_hash and hmac.compare_digest(typed, request.confirm_hash):
        _confirmed(session, (request, *_parts_of(session, request, theirs)), now, APPLICANT)
        return request, None
    request.confirm_tries += 1
    return request, Invalid(
        "The code is not right.", field="code", mend="Look at the newest mail and type its six digits."
    )


def _confirmed(session: Any, theirs: Iterable[PpidRequest], now: datetime, actor: Actor) -> None:
    for one in theirs:
        one.confirmed_at, one.confirm_hash = now, None
        subject = (requests.SUBJECT, one.id)
        journal.append(session, "email_confirmed", actor=actor, case_id=one.case_id, subject=subject)
        _mail_confirmed(session, one)


def confirm_as(session: Any, request: PpidRequest, proven: PpidRequest, *, actor: Actor) -> None:
    """Confirms the address of a request by that of another which the applicant has proven, where it is the same.

    For the officer who merges that one into it: the answer reaches who asked twice. No commit.
    """
    theirs = wrong_address.sharing(session, request, lock=True)
    if not theirs or proven.confirmed_at is None or proven.email is None or wrong_address.is_known(session, request):
        return
    if crypto.unseal(proven.email).lower() == crypto.unseal(request.email).lower():
        _confirmed(session, (request, *_parts_of(session, request, theirs)), clock.now(), actor)


def _mail_confirmed(session: Any, request: PpidRequest) -> None:
    """The tracking code, which goes in no mail before the address is confirmed: with the answer, or alone."""
    if requests.answer_letters(session, request):
        requests.mail_answer(session, request)
        reaching.tell_of_correction(session, request, requests.office_of(request))
        return
    reaching.mail(session, request, "ppid_address_confirmed", key=f"ppid-confirmed:{request.id}")


def _parts_of(session: Any, request: PpidRequest, theirs: Sequence[PpidRequest]) -> list[PpidRequest]:
    """What was split off from the request and waits for the confirmation of the same address: one code is for all."""
    ids = wrong_address.parts_of(session, request.id)[1:]
    parts = [row for row in theirs if row.id in ids]
    return [row for row in parts if not row.closed_at or wrong_address.was_corrected(session, row)]
