"""Takes objections and tells where they stand; what is done about one is the process `objection`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.objection import PROCESS, SUBJECT, Channel, Ground, Lodged, Window
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.refusal import REASONS, ReasonGroup
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.workdays import Due, Unit
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, config, former_giving, reaching, requests
from ckanext.satudata.shared import clock, crypto, limits, numbers, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import instances, tracking

PURPOSE = "objection"


@dataclass(frozen=True)
class Typed:
    """An objection as it was entered, its texts checked. `scan`: the letter it came in, an upload or None."""

    ground: str
    words: str
    proxy: str = ""
    channel: Channel = Channel.ONLINE
    received_at: datetime | None = None
    scan: Any = None


# ---------------------------------------------------------------- when there is a ground


def answered_of(session: Any, request: PpidRequest) -> rules.Answered:
    """How the request was answered so far."""
    own, promised = clocks.of(session, request), clocks.seen(session, request.id).promised_on
    giving = session.get(PpidGiving, request.id)
    reason = REASONS.get(request.refusal_code or "")
    return rules.Answered(
        received_at=request.received_at,
        due_at=own.due(clock.calendar(session), clock.now()).due_at,
        noticed_at=max(filter(None, (own.notified_at, _answered_at(session, request))), default=None),
        decision=request.decision or "",
        is_excluded=reason is not None and reason.group is ReasonGroup.EXCLUDED,
        given_at=former_giving.came_at(giving) if giving else None,
        give_by=_end_of(promised) if promised else None,
        cost=giving.cost if giving else None,
    )


def _answered_at(session: Any, request: PpidRequest) -> datetime | None:
    """When the newest answer went out: after an objection that was upheld it is another than the first notice."""
    told = sa.select(sa.func.max(CaseStep.done_at)).where(
        CaseStep.case_id == request.case_id, CaseStep.command == Command.DELIVER.value
    )
    return session.scalar(told) if request.decision else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), clock.zone())


def windows_of(session: Any, request: PpidRequest) -> tuple[Window, ...]:
    """The grounds that this request gives, each with its time; none to an office of the government, which does not
    ask under UU 14/2008 (art. 1 no. 12; Perpres 39/2019 art. 37(6))."""
    if requests.process_of(request.applicant_kind) == requests.GOVERNMENT:
        return ()
    return rules.windows(answered_of(session, request), clock.calendar(session))


def lodged_of(rows: Sequence[Objection]) -> list[Lodged]:
    """The objections made so far, as the rules see them. One that was taken back was never answered: its ground can be
    used again while its time runs."""
    stand = [row for row in rows if row.outcome != rules.Outcome.WITHDRAWN.value]
    return [Lodged(Ground(row.ground), row.received_at, row.outcome is None) for row in stand]


def of_request(session: Any, request: PpidRequest) -> list[Objection]:
    """The objections to a request, the oldest first."""
    return list(session.scalars(Objection.of_request(request.id)))


def offered(session: Any, request: PpidRequest) -> list[Window]:
    """The grounds on which an objection can be made now."""
    return rules.offered(windows_of(session, request), lodged_of(of_request(session, request)), clock.now())


# ---------------------------------------------------------------- taking one


def lodge(
    session: Any, request_id: str, typed: Typed, *, key: str, language: str, actor: Actor = APPLICANT, address: str = ""
) -> tuple[Objection, bool]:
    """Stores, numbers and dates an objection and begins its case; no commit. Returns it and whether it is new.

    The same `key` with the same words gives the same objection. Raises Invalid at the field, Conflict while another
    waits, TooMany.
    """
    request = session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    entered = f"{requests.local_date(typed.received_at)} {typed.channel.value}" if typed.received_at else ""
    content = "\0".join((request.id, typed.ground, typed.words, typed.proxy, entered))
    marks = tracking.marks(session, SUBJECT, key, content)
    for mark in marks:
        known = session.scalars(Objection.by_key(mark)).first()
        if known is not None:
            return known, False
    if address:
        limits.spend("objection", address, limit=config.requests_per_hour(), seconds=3600)
    now = clock.now()
    received_at = typed.received_at or now
    rules.check_received(received_at, asked_at=request.received_at, now=now)
    before = lodged_of(of_request(session, request))
    rules.check_ground(typed.ground, windows_of(session, request), before, received_at)
    row = _store(session, request, typed, marks[0], received_at, language, actor)
    case = process.start(
        session,
        PROCESS,
        subject_type=SUBJECT,
        subject_id=row.id,
        organization_id=request.organization_id,
        actor=actor,
        data={instances.REVIEWS: request.case_id, "ground": row.ground},
        received_at=received_at,
    )
    row.case_id = case.id
    session.flush()
    process.carry_out(session, {}, case.id, Command.SUBMIT.value, actor=actor, at=received_at)
    _issue_receipt(session, request, row, actor)
    mail(session, row, request, "ppid_objection_received")
    return row, True


def _store(
    session: Any, request: PpidRequest, typed: Typed, key_hash: str, received_at: datetime, language: str, actor: Actor
) -> Objection:
    number = numbers.take(session, SUBJECT, requests.local_date(clock.now()))
    kept = scans.keep(session, typed.scan, PURPOSE, actor) if scans.is_given(typed.scan) else None
    row = Objection(
        id=new_id(),
        number=number.text,
        number_count=number.count,
        number_year=number.year,
        request_id=request.id,
        ground=typed.ground,
        channel=typed.channel.value,
        received_at=received_at,
        entered_at=clock.now(),
        entered_by=actor.user_id,
        words=crypto.seal(typed.words),
        proxy=crypto.seal(typed.proxy),
        scan_id=kept.id if kept else None,
        language=language,
        key_hash=key_hash,
        superior_name="",
        superior_position="",
    )
    session.add(row)
    session.flush()
    return row


def _issue_receipt(session: Any, request: PpidRequest, row: Objection, actor: Actor) -> None:
    letters.issue(
        session,
        texts.objection_receipt(requests.facts_of(request), facts_of(row)),
        subject_type=requests.SUBJECT,
        subject_id=request.id,
        case_id=row.case_id,
        signatory=letters.ppid_signatory(actor),
        actor=actor,
        at=row.entered_at,
        number=numbers.Number(row.number_count, row.number_year, row.number),
        qr_url=reaching.page(request.number),
        qr_note="Lacak keberatan di",
    )


def facts_of(row: Objection) -> texts.ObjectionFacts:
    """What letters say about an objection, its words in clear: for letters only."""
    ground = Ground(row.ground)
    return texts.ObjectionFacts(
        number=row.number,
        received_on=requests.local_date(row.received_at),
        due_on=answer_due(row).due_on,
        grounds=(f"huruf {ground.value}: {rules.GROUNDS[ground].text} ({rules.GROUNDS[ground].basis})",),
        case=crypto.unseal(row.words),
        proxy=crypto.unseal(row.proxy),
    )


def answer_due(row: Objection) -> Due:
    """Until when the superior answers, by the holidays as they stand now."""
    return clock.calendar().due(row.received_at, rules.ANSWER_DAYS, Unit.WORKING_DAYS)


def mail(session: Any, row: Objection, request: PpidRequest, kind: str) -> bool:
    """Queues a mail to the applicant's address: number and days, nothing that was written. Also to one that nobody
    confirmed: the time for a dispute runs whether or not it was. Whether there is an address for it."""
    return reaching.mail(session, request, kind, {"objection_id": row.id}, key=f"{kind}:{row.id}")


# ---------------------------------------------------------------- finding and reading


def find(session: Any, objection_id: str) -> Objection:
    """The objection by id or number. Raises NotThere."""
    row = session.scalars(
        sa.select(Objection).where(sa.or_(Objection.id == objection_id, Objection.number == objection_id))
    ).first()
    if row is None:
        raise NotThere("There is no such objection.")
    return row


def of_case(session: Any, case: Case) -> Objection:
    """The objection a case is about. Raises NotThere."""
    row = session.scalars(Objection.by_case(case.id)).first()
    if row is None:
        raise NotThere("There is no such objection.")
    return row


def request_of(session: Any, row: Objection) -> PpidRequest:
    """The request that was objected to."""
    return session.get_one(PpidRequest, row.request_id)


def works_on(actor: Actor) -> bool:
    """Whether the person serves objections: the superior who answers, PPID who registers; they see who objects."""
    return actor.has_anywhere(Role.PPID_SUPERIOR, Role.PPID, process=PROCESS)


def person(session: Any, row: Objection, actor: Actor) -> Mapping[str, str]:
    """Who objects, for who serves the objection; the look is journalled in its case."""
    tracking.note_look(session, row.case_id, (SUBJECT, row.id), actor)
    return requests.person_of(request_of(session, row))


def is_before(session: Any, actor: Actor, request: PpidRequest) -> bool:
    """Whether the actor answers an objection to this request, and so reads its letters."""
    if not actor.has_anywhere(Role.PPID_SUPERIOR, process=PROCESS):
        return False
    wanted = sa.select(Objection.id).where(Objection.request_id == request.id).limit(1)
    return session.scalar(wanted) is not None


def own(session: Any, request: PpidRequest, number: str) -> Objection:
    """The objection of that number among those to this request. Raises Invalid at `objection`."""
    row = next((one for one in of_request(session, request) if one.number == number), None)
    if row is None:
        raise Invalid("There is no such objection to this request.", field="objection")
    return row
