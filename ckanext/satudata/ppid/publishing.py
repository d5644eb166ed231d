"""What is published of requests: the office that answers writes it, a second person reads it, then everybody may."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.errors import Conflict, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.public_answer import DECLINED, PROPOSED, PUBLISHED, WITHDRAWN, PublicAnswer
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import clock, journal
from ckanext.satudata.shared.publishing import answers


def may_write(actor: Actor, request: PpidRequest | None = None) -> bool:
    """Whether the actor writes what is published of requests: of this one, or of any."""
    return requests.is_office(actor) if request is None else requests.answers(actor, request)


def may_review(actor: Actor, request: PpidRequest | None = None) -> bool:
    """Whether the actor may be its second reader; the superior reads what PPID wrote."""
    if may_write(actor, request):
        return True
    is_of_ppid = request is None or requests.office_of(request) is Role.PPID
    return is_of_ppid and actor.has_anywhere(Role.PPID_SUPERIOR, process=requests.PROCESS)


def _check_may_review(actor: Actor, request: PpidRequest) -> None:
    if not may_review(actor, request):
        office = requests.office_of(request)
        raise NotAllowed(
            "Only {roles} may do this.", roles=(office, Role.PPID_SUPERIOR) if office is Role.PPID else (office,)
        )


def _check_publishable(request: PpidRequest, answer: str) -> None:
    rules.check_publishable(request.decision, answer, in_register=requests.office_of(request) is Role.PPID)


def of_request(session: Any, request: PpidRequest) -> PublicAnswer | None:
    """The text about a request."""
    return session.scalars(PublicAnswer.of_request(request.id)).first()


def propose(session: Any, request_id: str, title: str, question: str, answer: str, *, actor: Actor) -> PublicAnswer:
    """Writes the text, or writes it anew; until it is reviewed it is not public. No commit.

    Raises NotThere, NotAllowed, Conflict, Several.
    """
    request = requests.find(session, request_id)
    if not may_write(actor, request) or actor.user_id is None:
        raise NotAllowed("Only {roles} may do this.", roles=(requests.office_of(request),))
    session.refresh(request, with_for_update=True)
    rules.checked_text(title, question, answer)
    _check_publishable(request, answer)
    answers.require_unnamed(session, (title, question, answer))
    row = of_request(session, request) or PublicAnswer(request_id=request.id)
    row.title, row.question, row.answer, row.state = title, question, answer, PROPOSED
    row.proposed_by, row.proposed_at, row.reviewed_by, row.reviewed_at = actor.user_id, clock.now(), None, None
    session.add(row)
    session.flush()
    _note(session, request, "public_text_proposed", actor)
    return row


def review(session: Any, answer_id: str, seen: str, agrees: bool, *, actor: Actor) -> PublicAnswer:
    """The second person's word: it is published, or not. `seen`: when the text was written that was read. No commit.

    Raises NotThere, NotAllowed (who wrote it), Conflict where the text is another one by now.
    """
    known, request = _known(session, answer_id)
    _check_may_review(actor, request)
    if agrees:  # the dataset is locked before the text, as where it is narrowed
        answers.require_public(session, request.dataset_id, (known.title, known.question, known.answer))
    row, request = _locked(session, answer_id)
    rules.check_reviewer(row.proposed_by, actor.user_id)
    if row.state != PROPOSED or row.proposed_at.isoformat() != seen:
        raise Conflict("The text is another one by now.", mend="Read it again.")
    if agrees:
        _check_publishable(request, row.answer)
    row.state = PUBLISHED if agrees else DECLINED
    row.reviewed_by, row.reviewed_at = actor.user_id, clock.now()
    _note(session, request, "public_text_published" if agrees else "public_text_declined", actor)
    return row


def withdraw(session: Any, answer_id: str, *, actor: Actor) -> PublicAnswer:
    """Takes the text down at once. No commit."""
    row, request = _locked(session, answer_id)
    _check_may_review(actor, request)
    row.state = WITHDRAWN
    _note(session, request, "public_text_withdrawn", actor)
    return row


def _known(session: Any, answer_id: str) -> tuple[PublicAnswer, PpidRequest]:
    row = session.get(PublicAnswer, answer_id)
    if row is None:
        raise NotThere("There is no such text.")
    return row, session.get_one(PpidRequest, row.request_id)


def _locked(session: Any, answer_id: str) -> tuple[PublicAnswer, PpidRequest]:
    row = session.scalars(sa.select(PublicAnswer).where(PublicAnswer.id == answer_id).with_for_update()).first()
    if row is None:
        raise NotThere("There is no such text.")
    session.refresh(row)
    return row, session.get_one(PpidRequest, row.request_id)


def _note(session: Any, request: PpidRequest, event: str, actor: Actor) -> None:
    journal.append(session, event, actor=actor, case_id=request.case_id, subject=(requests.SUBJECT, request.id))
