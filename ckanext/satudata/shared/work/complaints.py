"""Takes complaints about the service and shows where one stands; what is done about it is the process `complaint`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain.complaint import MOST_BYTES
from ckanext.satudata.domain.complaint import Complaint as Typed
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, holds_role
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.complaint import PERSONAL, Complaint
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, crypto, journal, limits, notices, numbers, process, vault, wording, words
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import tracking

PROCESS = SUBJECT = "complaint"
PURPOSE = "complaint"
PER_HOUR = 10
"""Complaints that one network address may send."""


def take(
    session: Session, typed: Typed, upload: Any, *, key: str, language: str, address: str = ""
) -> tuple[Complaint, bool]:
    """Stores, numbers and dates a complaint and begins its case; no commit. Returns it and whether it is new.

    The same `key` (the form's own) with the same words gives the same complaint. Raises Invalid at `upload`, TooMany.
    """
    said = "\0".join([*vars(typed).values(), _mark_of(upload)])
    marks = tracking.marks(session, PROCESS, key, said)
    for mark in marks:
        known = session.scalars(Complaint.by_key(mark)).first()
        if known is not None:
            return known, False
    if address:
        limits.spend("complaint", address, limit=PER_HOUR, seconds=3600)
    now, kept = clock.now(), _keep(session, upload)
    row = Complaint(
        id=new_id(),
        ref=secrets.token_urlsafe(9),
        number=numbers.take(session, PROCESS, clock.today()).text,
        received_at=now,
        **{name: crypto.seal(getattr(typed, name)) for name in PERSONAL},
        attachment_id=kept.id if kept else None,
        language=language,
        key_hash=marks[0],
    )
    row.tracking_hash = tracking.hash_of(code_of(row))
    session.add(row)
    session.flush()
    about = {"subject_type": SUBJECT, "subject_id": row.id, "organization_id": None, "received_at": now}
    row.case_id = process.start(session, PROCESS, **about, actor=APPLICANT, works=False, announce=True).id
    session.flush()
    mail(session, row, "complaint_received")
    return row, True


def _mark_of(upload: Any) -> str:
    """The attachment is part of what was said: the same words with another one are another complaint."""
    if not scans.is_given(upload) or not hasattr(upload, "stream"):
        return ""
    mark = crypto.sha256_of(iter(lambda: upload.stream.read(1 << 16), b""))
    upload.stream.seek(0)
    return mark


def _keep(session: Session, upload: Any) -> VaultObject | None:
    if not scans.is_given(upload):
        return None
    return scans.take_in(session, upload, "upload", purpose=PURPOSE, by=None, max_bytes=MOST_BYTES)


def mail(session: Session, row: Complaint, kind: str) -> None:
    """Queues a mail to who complained; nothing where no address was given."""
    to_email = crypto.unseal(row.email)
    if to_email:
        notices.queue(session, kind, to_email=to_email, params={"complaint_id": row.id}, key=f"{kind}:{row.id}")


def code_of(row: Complaint) -> str:
    """The tracking code of who complained."""
    return tracking.code_of(row.id)


def address_of(row: Complaint) -> str:
    """Where it is followed, with the number filled in."""
    return notices.site_url(f"/standar-pelayanan/pengaduan/lacak?no={row.number}")


def of_case(session: Session, case: Case) -> Complaint:
    """The complaint a case is about. Raises NotThere."""
    row = session.scalars(Complaint.by_case(case.id)).first()
    if row is None:
        raise NotThere("There is no such complaint.")
    return row


def office(session: Session, row: Complaint) -> str:
    """The office that answers: Walidata's by its name, others by their role."""
    case = session.get_one(Case, row.case_id)
    sop = sops.of_version(session, case.sop_version_id)
    roles = sop.step(sop.first).pelaksana
    return config.walidata_name() if roles == (Role.WALIDATA,) else words.role_names(roles)


def standing(session: Session, row: Complaint) -> dict[str, Any]:
    """What the tracking page and action show: nothing about the person, no officer's name."""
    case = session.get_one(Case, row.case_id)
    steps = list(session.scalars(CaseStep.of([case.id])))
    waits = [step for step in steps if step.done_at is None] or steps
    due = max((step for step in waits if step.due_at), key=lambda step: step.due_at or row.received_at, default=None)
    calendar, sop = clock.calendar(session), sops.of_version(session, case.sop_version_id)
    return {
        "ref": row.ref,
        "number": row.number,
        "received_at": row.received_at.isoformat(),
        "office": office(session, row),
        "state": "answered" if row.answered_at else "closed" if case.ended_at else "open",
        "due_on": due.due_on.isoformat() if due is not None and due.due_on else None,
        "due_why": due_dates.explanation_of(due, sop, calendar, case.received_at) if due is not None else "",
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "answer": crypto.unseal(row.answer),
        "sentence": _sentence(row, case, due),
    }


def _sentence(row: Complaint, case: Case, due: CaseStep | None) -> str:
    if row.answered_at:
        return tk._("The office has answered your complaint; the answer stands below.")
    if case.ended_at:
        return tk._("This complaint is closed.")
    if due is None or due.due_on is None:
        return tk._("The office is looking into your complaint.")
    said = tk._("The office is looking into your complaint and answers by {date}.")
    return said.format(date=wording.day(due.due_on, weekday=True))


def answer(session: Session, row: Complaint, text: str) -> None:
    """Keeps the office's answer and mails it. No commit."""
    row.answer, row.answered_at = crypto.seal(text), clock.now()
    session.flush()
    mail(session, row, "complaint_answered")


# ---------------------------------------------------------------- officers


def works_on(session: Session, case: Case, actor: Actor) -> bool:
    """Whether the person holds a role in the process: who only reads or runs the portal does not."""
    sop = sops.of_version(session, case.sop_version_id)
    return any(
        holds_role(actor, role, case.organization_id, Instance(sop, case.organization_id, ())) for role in sop.roles
    )


def may_read(session: Session, case: Case, actor: Actor) -> bool:
    """Who reads the words and the attachment: who works on it, and auditors."""
    return works_on(session, case, actor) or actor.has_anywhere(Role.AUDITOR, process=case.process)


def person(session: Session, case: Case, actor: Actor) -> Mapping[str, str]:
    """Who complained, for who answers; the look is journalled. Empty once it was erased."""
    row = of_case(session, case)
    if row.erased_at is None:
        tracking.note_look(session, case.id, (SUBJECT, row.id), actor)
    return {name: crypto.unseal(getattr(row, name)) for name in ("name", "email", "phone")}


def attachment(session: Session, case_id: str, actor: Actor) -> tuple[Any, dict[str, str]]:
    """The bytes and headers of the attachment; journalled, committed. Raises NotThere."""
    case = session.get(Case, case_id)
    row = session.scalars(Complaint.by_case(case_id)).first()
    if case is None or row is None or not row.attachment_id:
        raise NotThere("There is no such document.")
    if not access.of_case(serves=may_read(session, case, actor)):
        raise NotThere("There is no such document.")
    return scans.give(session, row.attachment_id, (SUBJECT, row.id), actor)


def erase(session: Session, row: Complaint, actor: Actor) -> None:
    """Empties what tells who complained, with the words and the attachment. No commit."""
    for name in PERSONAL:
        setattr(row, name, None)
    if row.attachment_id:
        vault.delete(session, row.attachment_id)
        row.attachment_id = None
    row.erased_at = clock.now()
    journal.append(session, "applicant_erased", actor=actor, case_id=row.case_id, subject=(SUBJECT, row.id))
