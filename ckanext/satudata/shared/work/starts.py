"""How cases begin that no room begins: by hand, on a date, after another process. Read from `mulai` of the SOP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import disposition
from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.appointment import AGENCY_ROLES
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.domain.sop_outputs import Maker
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, effects, process, words
from ckanext.satudata.shared.actors import SYSTEM, users_holding
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.orders import dispositions
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk, instances, step_mail

SUBJECT = "work"
"""The subject of a case that is about nothing else: what it is about stands in its title."""
LONGEST_TITLE = 200
MADE_UP_DAYS = 30
"""A day on which a case should have begun is made up this long; after a longer standstill the next one counts."""
_MARK = uuid.UUID("7f0c0f0e-53a7-4a53-9a57-6a3f1f0f6c11")


def choices(actor: Actor) -> list[Sop]:
    """The processes that this person may begin by hand, for some agency."""
    return [sop for sop in sops.current().values() if _may_anywhere(actor, sop)]


def _may_anywhere(actor: Actor, sop: Sop) -> bool:
    return sop.start is not None and actor.has_anywhere(*sop.start.by, process=sop.process.value)


def agencies(session: Session, actor: Actor) -> list[model.Group]:
    """The agencies for which this person may begin something, by title."""
    query = session.query(model.Group).filter_by(type="organization", is_organization=True, state="active")
    return [
        agency
        for agency in query.order_by(model.Group.title)
        if any(may_start(actor, sop, agency.id) for sop in choices(actor))
    ]


def for_the_whole(actor: Actor) -> bool:
    """Whether this person may begin something that belongs to no agency."""
    return any(may_start(actor, sop, None) and not _is_an_agencys(sop) for sop in choices(actor))


def may_start(actor: Actor, sop: Sop, organization_id: str | None) -> bool:
    """Whether this person may begin a case for that agency; None is the whole government."""
    return sop.start is not None and _holds(actor, sop, sop.start.by, organization_id)


def _holds(actor: Actor, sop: Sop, roles: tuple[Role, ...], organization_id: str | None) -> bool:
    instance = Instance(sop, organization_id, ())
    return any(rules.holds_role(actor, role, organization_id, instance) for role in roles)


def by_hand(
    session: Session,
    actor: Actor,
    *,
    process_name: str,
    organization_id: str,
    title: str,
    key: str = "",
    order: Mapping[str, Any] | None = None,
) -> Case:
    """Begins a case, in the caller's transaction; the same `key` of the same person again gives the first one.

    `order`: the fields of a disposition (`note`, `to_user`, `order_due_on`, `attachment_1` …), which begins the case
    where the SOP says so and the person does not do the first step.

    Raises NotThere, NotAllowed, Several, Conflict for a key of something else.
    """
    sop = sops.running(process_name)
    if sop.start is None or not sop.start.by:
        raise NotThere("This process is not begun by hand.")
    if not _may_anywhere(actor, sop):
        raise NotAllowed(
            "Only {roles} may do this.", mend="Ask an officer who holds that role.", roles=tuple(sop.start.by)
        )
    Several.refuse(_faults(session, sop, organization_id, title))
    agency = organization_id or None
    if not may_start(actor, sop, agency):
        raise NotAllowed("You hold no role for this agency that may begin this.", mend="Choose your own agency.")
    mark = f"{actor.user_id}:{key}" if key else str(uuid.uuid4())
    before = _found(session, sop, mark) if key else None
    if before is not None and (before.organization_id, before.data.get("title")) != (agency, title):
        raise Conflict("This key was used for something else.", field="key", mend="Send a new key.")
    works = _holds(actor, sop, sop.step(sop.first).pelaksana, agency)
    given = None if works else order or {}
    return _begin(session, sop, agency, actor, {"title": title}, mark, works=works, order=given)


def order_asked(actor: Actor) -> dict[str, Any] | None:
    """What the form asks of a disposition that begins a process: its title, whose role gets it and who holds that role
    at the agencies for which this person may give one. None where no process of the person begins so."""
    for sop in choices(actor):
        chain = disposition.begins(sop)
        if chain is None or not actor.has_anywhere(chain[0], process=sop.process.value):
            continue
        own = {held.organization_id for held in actor.held if held.role is chain[0]}
        people = {
            user.id: user.display_name
            for agency in sorted(own, key=str)
            for user in users_holding(chain[1], agency, sop.process.value)
        }
        return {
            "title": sop.title,
            "to_role_name": words.role_name(chain[1]),
            "people": [{"id": id_, "name": name} for id_, name in people.items()],
        }
    return None


def _faults(session: Session, sop: Sop, organization_id: str, title: str) -> Iterator[Invalid]:
    if not title:
        yield Invalid("Say in one line what it is about.", field="title")
    elif len(title) > LONGEST_TITLE:
        yield Invalid("This is too long: at most {most} characters.", field="title", most=LONGEST_TITLE)
    if organization_id or _is_an_agencys(sop):
        agency = session.get(model.Group, organization_id)
        if agency is None or not agency.is_organization or agency.state != "active":
            yield Invalid("Choose an agency.", field="organization_id")


def _ends_in_a_dataset(sop: Sop) -> bool:
    """Whether the process makes a dataset: that has a producer from its first day, whoever works on it."""
    return any(one.maker is Maker.RECORD and "dataset" in one.what for one in sop.outputs.values())


def by_dates(session: Session) -> int:
    """Begins the cases whose day has come and says how many; safe to run again, a missed day is made up. No commit."""
    today, begun = clock.today(), 0
    for sop in sops.current().values():
        for on in _days(sop, today):
            for agency in _each_agency(session, sop, None):
                mark = f"{on}:{agency}"
                begun += _found(session, sop, mark) is None
                _begin(session, sop, agency, SYSTEM, {"round": on.isoformat()}, mark)
    return begun


def _days(sop: Sop, today: date) -> Iterator[date]:
    if sop.start is None:
        return
    for month, day in sop.start.dates:
        for year in (today.year - 1, today.year):
            on = date(year, month, day)
            if timedelta(0) <= today - on <= timedelta(days=MADE_UP_DAYS):
                yield on


@effects.always
def follow(run: Run) -> None:
    """Begins the processes that follow this command, or the end of its case."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    agreed = next(iter(sop.step(run.step.no).exits)).value == run.command
    for following in sops.current().values():
        start = following.start
        if start is None or start.after is None or start.after.value != run.case.process:
            continue
        if run.command != start.after_command.value if start.after_command else not (run.moved.ended and agreed):
            continue
        title = desk.presenter(run.case.process).reference(run.case) or str(run.case.data.get("title") or "")
        data = {"after": run.case.id, "title": title or sop.title}
        for agency in _each_agency(run.session, following, run.case.organization_id):
            _begin(run.session, following, agency, run.actor, data, f"{run.case.id}:{agency}")


def _each_agency(session: Session, sop: Sop, own: str | None) -> list[str | None]:
    """The agencies that a case is begun for: `own`, or every one with an officer for the first step of an agency."""
    role = _agency_role(sop)
    if sop.start is None or not sop.start.each_agency or role is None:
        return [own]
    held = OfficerRole.not_ended(clock.today()).where(OfficerRole.role == role.value).subquery()
    query = (
        sa.select(model.Group.id)
        .where(model.Group.id.in_(sa.select(held.c.organization_id)), model.Group.state == "active")
        .order_by(model.Group.id)
    )
    return list(session.scalars(query))


def _is_an_agencys(sop: Sop) -> bool:
    return _agency_role(sop) is not None or _ends_in_a_dataset(sop)


def _agency_role(sop: Sop) -> Role | None:
    """The first role in the process that only an agency's own officers hold."""
    return next((role for step in sop.steps.values() for role in step.pelaksana if role in AGENCY_ROLES), None)


def _begin(
    session: Session,
    sop: Sop,
    organization_id: str | None,
    actor: Actor,
    data: dict[str, Any],
    mark: str,
    *,
    works: bool = False,
    order: Mapping[str, Any] | None = None,
) -> Case:
    """The case of that mark, begun where there is none yet; two at once make one."""
    subject_id = _subject(sop, mark)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(subject_id, 0))))
    if (there := _found(session, sop, mark)) is not None:
        return there
    chain = disposition.begins(sop) if order is not None else None
    by_order = chain is not None and _holds(actor, sop, (chain[0],), organization_id)
    case = process.start(
        session,
        sop.process.value,
        subject_type=SUBJECT,
        subject_id=subject_id,
        organization_id=organization_id,
        actor=actor,
        data=data,
        works=works,
        announce=not works and not by_order,
    )
    if chain is not None and by_order:
        opened = session.scalars(CaseStep.open_of(case.id)).all()
        first = next(row for row in opened if instances.part_of(row) is chain[1])
        dispositions.begin(session, case, first, chain[0], actor, order or {})
        step_mail.announce(session, case, sop, opened, returned=False)
    return case


def _subject(sop: Sop, mark: str) -> str:
    return str(uuid.uuid5(_MARK, f"{sop.process.value}:{mark}"))


def _found(session: Session, sop: Sop, mark: str) -> Case | None:
    return session.scalars(Case.about(SUBJECT, _subject(sop, mark))).first()
