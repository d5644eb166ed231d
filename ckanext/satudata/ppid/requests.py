"""What a request is to its applicant and its officers: code, confirmation, facts, who may know what (see `asking`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import ckan.lib.helpers as h
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config as portal
from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.applicant import ApplicantKind
from ckanext.satudata.domain.errors import NotAllowed, NotThere
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.message import OFFICER
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import (
    ANSWERED_BY,
    STATUTORY_DAYS,
)
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.workdays import Due, Unit
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.model.request_message import RequestMessage
from ckanext.satudata.ppid import clocks, config, network, reaching
from ckanext.satudata.shared import clock, crypto, limits, params
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.work import tracking

SUBJECT = "ppid_request"
PROCESS = "request"
GOVERNMENT = "government_request"
"""Offices of the government ask Walidata (Perpres 39/2019 art. 37(6), 39)."""
PROCESSES = tuple(ANSWERED_BY)
TRACK, WRONG_PER_HOUR = "ppid-track", 60


def process_of(kind: str | ApplicantKind) -> str:
    """The process in which such an applicant is answered; also the series of its register number."""
    return GOVERNMENT if kind == ApplicantKind.GOVERNMENT else PROCESS


def office_of(request: PpidRequest) -> Role:
    """Which office answers this request."""
    return ANSWERED_BY[process_of(request.applicant_kind)]


def served_by(actor: Actor) -> frozenset[str]:
    """The processes of the requests that the actor's office answers."""
    return frozenset(process for process, role in ANSWERED_BY.items() if actor.has_anywhere(role, process=process))


def office_position(request: PpidRequest) -> str:
    """Which office answers, as letters write it."""
    if process_of(request.applicant_kind) == GOVERNMENT:
        return f"Walidata {portal.government_name()}"
    return str(tk.config["ckanext.satudata.letter.ppid_position"])


def statutory_due(received_at: datetime) -> Due:
    """The due date of the written notice, by the holidays as they stand now."""
    return clock.calendar().due(received_at, STATUTORY_DAYS, Unit.WORKING_DAYS)


def local_date(at: datetime) -> date:
    """The day of an instant where the government sits."""
    return at.astimezone(h.get_display_timezone()).date()


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
    return crypto.digits("confirmation", f"{request.id}:{request.confirm_sent}")


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
        producer=", ".join(map(letters.organization_title, producers(request))),
        form=request.form,
        obtain=request.obtain or "",
        sending=request.sending or "",
        kind=request.applicant_kind,
        nik=personal["nik"],
        legal_number=personal["legal_number"],
        power_number=personal["power_number"],
        name=name,
        address=personal["address"],
        occupation=personal["occupation"],
        contact=" · ".join(filter(None, (personal["phone"], personal["email"]))),
    )


def producers(request: PpidRequest) -> list[str]:
    """The agencies that the answer comes from: those that decided and those at work, else the one that is asked."""
    session = model.Session
    decided = sa.select(PpidPart.organization_id).where(
        PpidPart.request_id == request.id, PpidPart.replaced_at.is_(None), PpidPart.organization_id.is_not(None)
    )
    at_work = CaseStep.open_of(request.case_id).with_only_columns(CaseStep.organization_id)
    found = [
        *session.scalars(decided.order_by(PpidPart.decided_at, PpidPart.organization_id)),
        *filter(None, session.scalars(at_work)),
    ]
    return list(dict.fromkeys(found or filter(None, [request.organization_id])))


def person_of(request: PpidRequest) -> dict[str, str]:
    """The applicant's data in clear. Ask first whether the reader needs it."""
    return {name: crypto.unseal(getattr(request, name)) for name in PERSONAL}


def show_person(session: Any, request: PpidRequest, actor: Actor) -> dict[str, str]:
    """The applicant's data for PPID, who writes the answer. The look is journalled and committed, once a day."""
    tracking.note_look(session, request.case_id, (SUBJECT, request.id), actor)
    return person_of(request)


def mail_answer(session: Any, request: PpidRequest) -> None:
    """Queues the mail that the answer is there. Letter and link go to a confirmed address only; to another one goes
    the word that there is an answer, and the rest once it is confirmed. Nothing before there is an answer.
    """
    given = answer_letters(session, request)
    if given:
        kind = "ppid_request_answered" if request.confirmed_at else "ppid_answer_waits"
        reaching.mail(session, request, kind, key=f"{kind}:{given[-1].id}")


def answer_letters(session: Any, request: PpidRequest) -> list[Letter]:
    """The letters with which the request was answered, the newest last."""
    answers = {LetterKind.DELIVERY_APPLICANT.value, LetterKind.REFUSAL_APPLICANT.value}
    return [row for row in session.scalars(Letter.of_subject(SUBJECT, request.id)) if row.kind in answers]


def by_tracking(session: Any, number: str, code: str) -> PpidRequest:
    """The request for its number and code; a wrong one of the two looks the same. Raises Invalid."""
    found: PpidRequest = tracking.find(session, PpidRequest, number, code)
    return found


def tracked(session: Any, sent: Mapping[str, Any]) -> PpidRequest:
    """The request whose `number` and `tracking_code` were sent; wrong tries of one address are counted.

    Raises Invalid, TooMany.
    """
    caller = network.caller() or "-"
    limits.spend(TRACK, caller, limit=WRONG_PER_HOUR, seconds=3600)
    found = by_tracking(session, params.text(sent, "number"), params.text(sent, "tracking_code"))
    limits.give_back(TRACK, caller)
    return found


def address_state(request: PpidRequest) -> str:
    """`confirmed`, `unconfirmed` or `none`: how the answer can reach the applicant."""
    if request.email is None:
        return "none"
    return "confirmed" if request.confirmed_at else "unconfirmed"


def is_begun(session: Any, request: PpidRequest) -> bool:
    """Whether the office has done something with it: a step, an extension, a question, a part split off, or another
    request merged into it."""
    done = sa.select(CaseStep.id).where(
        CaseStep.case_id == request.case_id,
        CaseStep.command.is_not(None),
        CaseStep.command.not_in(("submit", "expire")),
    )
    handled = sa.or_(PpidHandling.extended_at.is_not(None), PpidHandling.split_from_id.is_not(None))
    own = sa.select(PpidHandling.request_id).where(PpidHandling.request_id == request.id, handled)
    written = (
        RequestMessage.of_request(request.id)
        .where(RequestMessage.sender == OFFICER)
        .with_only_columns(RequestMessage.id)
    )
    merged = sa.select(PpidHandling.request_id).where(PpidHandling.merged_into_id == request.id)
    found = (done, own, written, PpidHandling.split_off(request.id), merged)
    return any(session.scalar(query.limit(1)) is not None for query in found)


def lapses_at(request: PpidRequest) -> datetime | None:
    """From when the request is closed unless its address is confirmed; None where that is not the only way to answer.

    What an officer entered, what leaves a telephone number, what came with an account, what was split off, to which no
    code was mailed, and what the office has begun does not lapse.
    """
    days = config.unconfirmed_days()
    other_way = request.phone is not None or request.account_id is not None or request.entered_by is not None
    if days <= 0 or other_way or request.email is None or request.confirmed_at or request.closed_at:
        return None
    if not request.confirm_sent or is_begun(model.Session, request):
        return None
    return request.received_at + timedelta(days=days)


def confirm_by(request: PpidRequest) -> date | None:
    """The last whole day on which its address can be confirmed, see `lapses_at`."""
    at = lapses_at(request)
    return local_date(at) - timedelta(days=1) if at else None


def answers(actor: Actor, request: PpidRequest) -> bool:
    """Whether the actor belongs to the office that answers this request, and so may know who asks.

    PPID; Walidata where an office of the government asks.
    """
    return process_of(request.applicant_kind) in served_by(actor)


def is_office(actor: Actor) -> bool:
    """Whether the actor belongs to an office that answers requests of some kind; which one, `answers` tells."""
    return bool(served_by(actor))


def check_answers(actor: Actor, request: PpidRequest) -> None:
    """Raises NotAllowed for whoever does not belong to the office that answers this request."""
    if not answers(actor, request):
        raise NotAllowed("Only {roles} may do this.", roles=(office_of(request),))


def is_ppid(actor: Actor) -> bool:
    """Whether the actor is PPID for requests; a government has one such office."""
    return actor.has_anywhere(Role.PPID, process=PROCESS)


def is_pembantu_of(actor: Actor, request: PpidRequest) -> bool:
    """Whether the actor is PPID Pembantu of the agency that is asked, or of one of them."""
    asked, in_process = (
        {request.organization_id, *asked_agencies(model.Session, request.case_id)} - {None},
        process_of(request.applicant_kind),
    )
    return any(actor.has(Role.PPID_PEMBANTU, agency, in_process) for agency in asked)


ANSWERS = tuple(one.value for one in (Command.DELIVER, Command.ALREADY_PUBLIC, Command.PASS_ON, Command.MERGE))
"""The commands that send the applicant an answer."""


def is_answered(session: Any, case_id: str | None) -> bool:
    """Whether an answer has gone to the applicant, be it taken up again since or not."""
    sent = sa.select(CaseStep.id).where(CaseStep.case_id == case_id, CaseStep.command.in_(ANSWERS))
    return session.scalars(sent.limit(1)).first() is not None


def asked_agencies(session: Any, case_id: str | None) -> list[str]:
    """The agencies that were ever asked for their part, in the order they were; `producers`: whose part counts now."""
    rows = session.scalars(
        sa.select(CaseStep.organization_id)
        .where(CaseStep.case_id == case_id, CaseStep.organization_id.is_not(None))
        .order_by(CaseStep.position)
    )
    return list(dict.fromkeys(rows))


def may_look(actor: Actor, request: PpidRequest) -> bool:
    """Who opens the files handed over: the office that answers, and the PPID Pembantu of the agency that gave them."""
    return answers(actor, request) or is_pembantu_of(actor, request)
