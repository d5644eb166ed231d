"""Takes requests and confirms addresses; what happens to them afterwards is the process `request`."""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any

import ckan.lib.helpers as h
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, TooMany
from ckanext.satudata.domain.explain import explain
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import (
    CODE_MINUTES,
    CODES_MOST,
    STATUTORY_DAYS,
    Asked,
    check_code_usable,
    checked_email,
)
from ckanext.satudata.domain.workdays import Due, Unit
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.ppid import clocks, config
from ckanext.satudata.shared import clock, crypto, journal, limits, notices, numbers, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.work import tracking

SUBJECT = "ppid_request"
PROCESS = "request"


def statutory_due(received_at: datetime) -> Due:
    """The due date of the written notice, by the holidays as they stand now."""
    return clock.calendar().due(received_at, STATUTORY_DAYS, Unit.WORKING_DAYS)


def local_date(at: datetime) -> date:
    """The day of an instant where the government sits."""
    return at.astimezone(h.get_display_timezone()).date()


def target_of(dataset: str, resource: str) -> dict[str, str]:
    """Which data is meant, as the visitor may see it: ids, title, agency. Empty where nothing was named.

    Raises Invalid where the name leads to nothing the visitor may know of.
    """
    found = {"dataset_id": "", "resource_id": "", "organization_id": "", "title": "", "dataset_name": ""}
    if not dataset:
        if resource:
            raise _no_resource()
        return found
    try:
        shown = tk.get_action("package_show")({"user": tk.current_user.name if _has_user() else ""}, {"id": dataset})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        raise Invalid(
            "There is no such dataset.", field="dataset", mend="Describe the data in your own words instead."
        ) from None
    found |= {
        "dataset_id": shown["id"],
        "dataset_name": shown["name"],
        "title": shown.get("title") or shown["name"],
        "organization_id": shown.get("owner_org") or "",
    }
    if not resource:
        return found
    for row in shown.get("resources", []):
        if row["id"] == resource:
            found["resource_id"] = row["id"]
            found["title"] += f" – {row['name']}" if row.get("name") else ""
            return found
    raise _no_resource()


def _no_resource() -> Invalid:
    return Invalid("There is no such file in this dataset.", field="resource", mend="Ask for the whole dataset.")


def _has_user() -> bool:
    from flask import has_request_context

    return has_request_context() and bool(getattr(tk.current_user, "name", ""))


def find(session: Any, request_id: str) -> PpidRequest:
    """The request by id, ref or number. Raises NotThere."""
    found = session.scalars(
        sa.select(PpidRequest).where(
            sa.or_(PpidRequest.id == request_id, PpidRequest.ref == request_id, PpidRequest.number == request_id)
        )
    ).first()
    if found is None:
        raise NotThere("There is no such request.")
    return found


def tracking_code(request: PpidRequest) -> str:
    """The applicant's code, which is stored nowhere."""
    return tracking.code_of(request.id)


def confirmation_code(request: PpidRequest) -> str:
    """The six digits of the code sent last."""
    return str(int(crypto.digest("confirmation", f"{request.id}:{request.confirm_sent}"), 16) % 1_000_000).zfill(6)


def take(
    session: Any, asked: Asked, target: dict[str, str], *, key: str, language: str, address: str = ""
) -> tuple[PpidRequest, bool]:
    """Stores, numbers and dates a request; no commit. Returns it and whether it is new.

    The same `key` (the form's own) with the same words gives the same request, also when both come at once; other
    words under the same key (somebody went back and asked for something else) are another request. Without a key
    the same words within a minute are the same request. Case, letter and the mail with the code are made in the
    same transaction.
    """
    said = "\0".join(str(value) for value in (asked, *sorted(target.items())))
    hashes = tracking.marks(session, "request", key, said)
    for key_hash in hashes:
        known = session.scalars(PpidRequest.by_key(key_hash)).first()
        if known:
            return known, False
    if address:
        limits.spend("ppid-request", address, limit=config.requests_per_hour(), seconds=3600)
    now = clock.now()
    number = numbers.take(session, "request", local_date(now))
    request = PpidRequest(
        id=new_id(),
        ref=secrets.token_urlsafe(9),
        number=number.text,
        number_count=number.count,
        number_year=number.year,
        received_at=now,
        entered_at=now,
        applicant_kind=asked.applicant_kind.value,
        **{name: crypto.seal(getattr(asked, name)) for name in PERSONAL},
        dataset_id=target["dataset_id"] or None,
        resource_id=target["resource_id"] or None,
        organization_id=target["organization_id"] or None,
        question=asked.question,
        purpose=asked.purpose,
        form=asked.form.value,
        language=language,
        key_hash=hashes[0],
        tracking_hash="",
        confirm_tries=0,
        confirm_sent=0,
    )
    request.tracking_hash = tracking.hash_of(tracking_code(request))
    session.add(request)
    session.flush()
    case = process.start(
        session,
        PROCESS,
        subject_type=SUBJECT,
        subject_id=request.id,
        organization_id=request.organization_id,
        actor=APPLICANT,
        received_at=now,
    )
    request.case_id = case.id
    session.flush()
    process.carry_out(session, {}, case.id, "submit", actor=APPLICANT)
    issue_receipt(session, request, number, target["title"])
    if asked.email:
        send_code(session, request)
    return request, True


def issue_receipt(session: Any, request: PpidRequest, number: numbers.Number, title: str) -> None:
    """The Dokumen Permohonan with the receipt, under the request's own number."""
    due = clocks.due(request)
    letters.issue(
        session,
        texts.receipt(facts_of(request, title), f"Cara menghitung: {explain(due)}."),
        subject_type=SUBJECT,
        subject_id=request.id,
        case_id=request.case_id,
        signatory=letters.Signatory(tk.config["ckanext.satudata.letter.ppid_position"], ""),
        actor=APPLICANT,
        at=request.received_at,
        number=number,
        qr_url=notices.site_url(f"/permohonan/lacak?no={request.number}"),
        qr_note="Lacak permohonan di",
    )


def title_of(request: PpidRequest) -> str:
    """The dataset's title as it is now; empty where the request is in free words or the dataset is gone."""
    package = model.Package.get(request.dataset_id) if request.dataset_id else None
    if package is None or package.state != "active":
        return ""
    resource = model.Resource.get(request.resource_id) if request.resource_id else None
    return (package.title or package.name) + (f" – {resource.name}" if resource and resource.name else "")


def facts_of(request: PpidRequest, title: str | None = None) -> texts.RequestFacts:
    """What letters say about a request, with the applicant's data in clear: for letters only."""
    personal = person_of(request)
    name = personal["name"]
    if personal["institution"]:
        name = f"{personal['institution']} (u.p. {personal['name']})"
    return texts.RequestFacts(
        number=request.number,
        received_on=local_date(request.received_at),
        due_on=clocks.due(request).due_on,
        question=request.question,
        purpose=request.purpose,
        dataset=title_of(request) if title is None else title,
        producer=letters.organization_title(request.organization_id),
        form=request.form,
        name=name,
        address=personal["address"],
        occupation=personal["occupation"],
        contact=" · ".join(filter(None, (personal["phone"], personal["email"]))),
    )


def person_of(request: PpidRequest) -> dict[str, str]:
    """The applicant's data in clear. Ask first whether the reader needs it."""
    return {name: crypto.unseal(getattr(request, name)) for name in PERSONAL}


def show_person(session: Any, request: PpidRequest, actor: Actor) -> dict[str, str]:
    """The applicant's data for PPID, who writes the answer. The look is journalled and committed, once a day."""
    tracking.note_look(session, request.case_id, (SUBJECT, request.id), actor)
    return person_of(request)


def send_code(session: Any, request: PpidRequest) -> None:
    """Queues a mail with a new confirmation code; the old one counts no more, nor is it mailed if it still waits.

    Raises TooMany.
    """
    if request.confirm_sent >= CODES_MOST:
        raise TooMany("No more codes can be sent for this request.", mend="Your request is registered all the same.")
    waiting = sa.select(Outbox).where(Outbox.key.like(f"ppid-code:{request.id}:%"), Outbox.waits())
    for mail in session.scalars(waiting.with_for_update()):
        mail.dropped_at, mail.to_email = clock.now(), None
    request.confirm_sent += 1
    request.confirm_tries = 0
    request.confirm_hash = crypto.digest("confirm-code", f"{request.id}:{confirmation_code(request)}")
    session.flush()
    notices.queue(
        session,
        "ppid_request_received",
        to_email=crypto.unseal(request.email),
        params={"request_id": request.id, "sent": request.confirm_sent},
        key=_code_key(request),
    )


def _code_key(request: PpidRequest) -> str:
    return f"ppid-code:{request.id}:{request.confirm_sent}"


def code_sent_at(session: Any, request: PpidRequest) -> datetime | None:
    """When the mail with the newest code left; None while it waits. The code's time runs from then."""
    return session.scalar(sa.select(Outbox.sent_at).where(Outbox.key == _code_key(request)))


def mail_answer(session: Any, request: PpidRequest) -> None:
    """Queues the mail that the answer is there. Letter and link go to a confirmed address only; to another one goes
    the word that there is an answer, and the rest once it is confirmed. Nothing before there is an answer.
    """
    answers = {LetterKind.DELIVERY_APPLICANT.value, LetterKind.REFUSAL_APPLICANT.value}
    given = [row for row in session.scalars(Letter.of_subject(SUBJECT, request.id)) if row.kind in answers]
    if request.email is None or not given:
        return
    kind = "ppid_request_answered" if request.confirmed_at else "ppid_answer_waits"
    notices.queue(
        session,
        kind,
        to_email=crypto.unseal(request.email),
        params={"request_id": request.id},
        key=f"{kind}:{given[-1].id}",
    )


def change_email(session: Any, request_id: str, email: object) -> PpidRequest:
    """Another address while none is confirmed: a new code goes there, what still waits for the former one is dropped.

    No commit. Raises Invalid at `email`, Conflict where the address is confirmed or the request ended, TooMany.
    """
    request = session.scalars(sa.select(PpidRequest).where(PpidRequest.id == request_id).with_for_update()).one()
    session.refresh(request)
    if request.confirmed_at or request.closed_at or request.email is None:
        raise Conflict("This address cannot be changed any more.", mend="Ask the information officer (PPID).")
    address = checked_email(email)
    request.email = crypto.seal(address)
    send_code(session, request)
    journal.append(session, "email_corrected", actor=APPLICANT, case_id=request.case_id, subject=(SUBJECT, request.id))
    return request


def confirm(session: Any, request_id: str, code: str) -> tuple[PpidRequest, Invalid | None]:
    """Checks a confirmation code; the caller commits in any case, so that a wrong try counts.

    Returns the request and the refusal, if any. Repeating a right code is no fault.
    """
    request = session.scalars(sa.select(PpidRequest).where(PpidRequest.id == request_id).with_for_update()).one()
    session.refresh(request)
    if request.confirmed_at:
        return request, None
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
        request.confirmed_at, request.confirm_hash = now, None
        journal.append(
            session,
            "email_confirmed",
            actor=APPLICANT,
            case_id=request.case_id,
            subject=(SUBJECT, request.id),
        )
        mail_answer(session, request)
        return request, None
    request.confirm_tries += 1
    return request, Invalid(
        "The code is not right.", field="code", mend="Look at the newest mail and type its six digits."
    )


def by_tracking(session: Any, number: str, code: str) -> PpidRequest:
    """The request for its number and code; a wrong one of the two looks the same. Raises Invalid."""
    found: PpidRequest = tracking.find(session, PpidRequest, number, code)
    return found


def address_state(request: PpidRequest) -> str:
    """`confirmed`, `unconfirmed` or `none`: how the answer can reach the applicant."""
    if request.email is None:
        return "none"
    return "confirmed" if request.confirmed_at else "unconfirmed"


def is_ppid(actor: Actor) -> bool:
    """Whether the actor is PPID for requests; a government has one such office."""
    return actor.has_anywhere(Role.PPID, process=PROCESS)


def is_pembantu_of(actor: Actor, request: PpidRequest) -> bool:
    """Whether the actor is PPID Pembantu of the agency that is asked, or of one of them."""
    asked = {request.organization_id, *asked_agencies(model.Session, request.case_id)} - {None}
    return any(actor.has(Role.PPID_PEMBANTU, agency, PROCESS) for agency in asked)


def asked_agencies(session: Any, case_id: str | None) -> list[str]:
    """The agencies that were asked for their part, in the order they were."""
    rows = session.scalars(
        sa.select(CaseStep.organization_id)
        .where(CaseStep.case_id == case_id, CaseStep.organization_id.is_not(None))
        .order_by(CaseStep.position)
    )
    return list(dict.fromkeys(rows))


def may_look(actor: Actor, request: PpidRequest) -> bool:
    """Who opens the files handed over: PPID, and the PPID Pembantu of the agency that gave them."""
    return is_ppid(actor) or is_pembantu_of(actor, request)
