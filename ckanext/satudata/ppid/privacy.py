"""What the portal holds of an applicant: how long, why, and its end.

Modules that keep more of the person than the request does say so here (`keeps`), so that export and erasure are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import erasing, legal_hold
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.legal_hold import Hold, Objected, Standing
from ckanext.satudata.domain.letters import FOR_APPLICANT, LetterKind
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.model.letter_scan import LetterScan
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_link import PpidLink
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.ppid import config, requests
from ckanext.satudata.shared import clock, journal, vault

ERASURE = "erasure"
"""The process, and the subject type of its cases; the subject is the request."""
OFFICE_ERASURE = "government_erasure"
"""The same of an office of the government, which Walidata decides."""
ERASED_BY = {Role.PPID: ERASURE, Role.WALIDATA: OFFICE_ERASURE}
"""In which process the office decides that answers the request."""
ERASURES = tuple(ERASED_BY.values())


@dataclass(frozen=True)
class Kept:
    """What one module keeps of an applicant beside the request.

    `name` in the export; `told` gives what it holds as JSON values; `files` their names and bytes; `erase` empties it.
    """

    name: str
    told: Callable[[Any, PpidRequest], Any]
    files: Callable[[Any, PpidRequest], Iterable[tuple[str, bytes]]]
    erase: Callable[[Any, PpidRequest], None]


_kept: dict[str, Kept] = {}
_objected: list[Callable[[Any, PpidRequest], Iterable[Objected]]] = []


def keeps(kept: Kept) -> None:
    """Names what a module keeps; again under the same name replaces it."""
    _kept[kept.name] = kept


def kept() -> list[Kept]:
    """What modules keep beside the request."""
    return list(_kept.values())


def objections(function: Callable[[Any, PpidRequest], Iterable[Objected]]) -> Callable[..., Iterable[Objected]]:
    """Binds who knows the objections to a request and the disputes after them."""
    if function not in _objected:
        _objected.append(function)
    return function


def standing_of(session: Any, request: PpidRequest) -> Standing:
    """What the rule of the legal hold wants to know of a request."""
    cases = list(session.scalars(sa.select(Case).where(Case.subject_id == request.id, Case.process.not_in(ERASURES))))
    own = next((case for case in cases if case.id == request.case_id), None)
    ended_at = (own.ended_at if own is not None else None) or (request.closed_at if own is None else None)
    answers = [kind.value for kind in FOR_APPLICANT - {LetterKind.RECEIPT}]
    answered = sa.select(sa.func.max(Letter.dated_on)).where(Letter.subject_id == request.id, Letter.kind.in_(answers))
    return Standing(
        ended_on=requests.local_date(ended_at) if ended_at else None,
        answered_on=session.scalar(answered),
        objections=tuple(one for function in _objected for one in function(session, request)),
        other_cases=any(case.ended_at is None for case in cases if case is not own),
        may_object=requests.office_of(request) is Role.PPID,
    )


def holds(session: Any, request: PpidRequest, *, archive_months: int = 0) -> list[Hold]:
    """What keeps the applicant's data today; with `archive_months` what keeps the letters."""
    known = standing_of(session, request)
    return legal_hold.holds(known, today=clock.today(), calendar=clock.calendar(session), archive_months=archive_months)


def check_erasable(session: Any, request: PpidRequest) -> None:
    """Raises Conflict where something holds the data. For everybody, always."""
    if holds(session, request):
        raise Conflict("The applicant's data must still be kept as evidence.", field="note")


def erase(session: Any, request: PpidRequest, *, actor: Actor, cause: str, reason: str | None = None) -> None:
    """Empties what tells who asked, with keys of links, receipts and papers; the letters where nothing holds them.

    What the register and statistics need stays. `cause`: `retention` or `asked`. No commit. Safe to repeat. Raises
    Conflict where something holds the data.
    """
    check_erasable(session, request)
    if request.erased_at is None:
        _empty(session, request)
        request.erased_at = clock.now()
        _note(session, "applicant_erased", request, actor, {"cause": cause}, reason)
    erase_letters(session, request, actor=actor)


def _empty(session: Any, request: PpidRequest) -> None:
    person = requests.person_of(request)
    request.question = erasing.without_person(request.question, person)
    request.purpose = erasing.without_person(request.purpose, person)
    for name in PERSONAL:
        setattr(request, name, None)
    session.execute(sa.update(PpidLink).where(PpidLink.request_id == request.id).values(token=None))
    session.execute(sa.update(Grant).where(Grant.case_id == request.case_id).values(to_email=None))
    objected = sa.select(Objection.case_id).where(Objection.request_id == request.id)
    drafts = sa.or_(LetterDraft.case_id == request.case_id, LetterDraft.case_id.in_(objected))
    session.execute(sa.delete(LetterDraft).where(drafts))
    waiting = sa.update(Outbox).where(Outbox.params["request_id"].astext == request.id, Outbox.to_email.is_not(None))
    session.execute(waiting.values(to_email=None, dropped_at=sa.case((Outbox.sent_at.is_(None), clock.now()))))
    giving = session.get(PpidGiving, request.id)
    if giving is not None and giving.receipt_id:
        delete(session, giving.receipt_id)
    for one in kept():
        one.erase(session, request)


def erase_letters(session: Any, request: PpidRequest, *, actor: Actor) -> int:
    """Empties all letters of the request, which repeat its words, with their files and scans, where nothing holds them.

    Returns how many. Number, day and hash stay: the page behind a letter's QR still confirms it.
    """
    if request.erased_at is None or holds(session, request, archive_months=config.letters_months()):
        return 0
    named = sa.select(Letter).where(Letter.subject_id == request.id, Letter.content.is_not(None))
    rows = session.scalars(named.with_for_update()).all()
    for row in rows:
        row.content = None
        delete(session, row.vault_id)
        for scan in session.scalars(LetterScan.of(row.id)):
            delete(session, scan.vault_id)
    if rows:
        _note(session, "letters_erased", request, actor, {"count": len(rows)})
    return len(rows)


def delete(session: Any, vault_id: str) -> None:
    """Takes a file out of the vault; one that is gone already is no fault."""
    try:
        vault.delete(session, vault_id)
    except NotThere:
        return


def _note(
    session: Any, event: str, request: PpidRequest, actor: Actor, payload: dict[str, Any], text: str | None = None
) -> Journal:
    return journal.append(
        session,
        event,
        actor=actor,
        case_id=request.case_id,
        subject=(requests.SUBJECT, request.id),
        payload=payload,
        text=text,
    )
