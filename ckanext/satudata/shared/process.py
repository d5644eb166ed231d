"""The one write path of every process: lock the case, decide, store, journal, outbox, one commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import override as override_rules
from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain import reclassification, sop_meaning
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.domain.officer import Actor, HoldKind, Role
from ckanext.satudata.domain.process import Instance, Moved, Opened
from ckanext.satudata.domain.sop import EVENTS, GOVERNMENT_WIDE, Command, Sop
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.command_key import CommandKey
from ckanext.satudata.model.override import ASKED, Override
from ckanext.satudata.shared import actors, clock, crypto, effects, journal, params, raw_writes
from ckanext.satudata.shared.documents import letter_drafts
from ckanext.satudata.shared.orders import dispositions, stand_ins
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.sop import lent, sops
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import called as called
from ckanext.satudata.shared.work import outputs, step_mail, step_marks
from ckanext.satudata.shared.work.instances import instance_of as instance_of

ABOUT_DATASETS = frozenset({"dataset", "classification"})
"""Subject types whose cases are about the dataset that has the subject's id."""


def start(
    session: Any,
    process: str,
    *,
    subject_type: str,
    subject_id: str,
    organization_id: str | None,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
    received_at: datetime | None = None,
    works: bool = True,
    announce: bool = False,
) -> Case:
    """Opens a case at the first step of the running SOP, in the caller's transaction (no commit).

    `received_at` (default now) is when the clocks start. `data` must hold no personal data. `works`: who opens the
    case does the work of its first step, and so may not check it; False where he only asks others to do it.
    `announce`: those who have the first step are told by mail.
    """
    sop = sops.keep(session, process)
    now = clock.now()
    received_at = received_at or now
    case = Case(
        id=new_id(),
        process=process,
        sop_version_id=sop.version,
        subject_type=subject_type,
        subject_id=subject_id,
        organization_id=organization_id,
        started_by=actor.user_id if works else None,
        started_at=now,
        received_at=received_at,
        version=0,
        data=dict(data or {}),
    )
    with raw_writes.writing(session, Case, CaseStep):
        session.add(case)
        session.flush()
        opens = rules.opening(sop, organization_id, calendar=clock.calendar(session), now=received_at)
        opened = open_steps(session, case, sop, opens, actor, received_at, at=0)
        stand_ins.settle(session, case)
        mark(session, case)
        if announce:
            step_mail.announce(session, case, sop, opened, returned=False)
    journal.append(
        session,
        "started",
        actor=actor,
        case_id=case.id,
        subject=(subject_type, subject_id),
        payload={"process": process, "sop": sop.version, "step": sop.first, "received_at": received_at},
    )
    return case


def apply(
    context: dict[str, Any],
    case_id: str,
    command: str,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
    *,
    actor: Actor | None = None,
    step_id: str | None = None,
) -> dict[str, Any]:
    """Carries out a command and commits. The answer is `summary` of the case with what the effects add.

    `key`: the same key of the same person answers as the first time and changes nothing. `step_id`: the step
    the person saw; when somebody else has finished it meanwhile, `Conflict` says who and what. `actor`
    replaces the context's user (an applicant proven by code, the system).
    Raises the refusals of `domain.process.decide`, `NotThere` for a case the actor may not know of.
    """
    session = model.Session
    with transaction() as one:
        answer, one.afterwards = carry_out(
            session, context, case_id, command, payload, key, actor=actor, step_id=step_id
        )
    return answer


def carry_out(
    session: Any,
    context: dict[str, Any],
    case_id: str,
    command: str,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
    *,
    actor: Actor | None = None,
    step_id: str | None = None,
    at: datetime | None = None,
) -> tuple[dict[str, Any], list[Callable[[], Any]]]:
    """`apply` without the commit, for a caller whose transaction holds more. Returns (answer, what to run after it).

    `at`: when it was done, where that is told later (what was received on paper); the next steps' time runs from then.
    """
    asking = actor or actors.actor_of(context)
    payload = payload or {}
    said = dict(payload)  # effects may put in its place what became of it
    case = locked(session, case_id, asking)
    actor = actor or actors.again(asking)
    before = repeated(session, case, actor, key, command, step_id=step_id, said=said)
    if before is not None:
        return before, []
    now = at or effects.done_at(session, case, command, actor, payload) or clock.now()
    payload = _by_id(payload)
    instance = instance_of(session, case)
    moved = _decided(session, case, instance, command, actor, payload, now, step_id)
    footing = rules.acts_as(instance, moved.step, moved.command, actor)
    acting = footing.value if footing not in (None, HoldKind.DEFINITIVE) else None
    with raw_writes.writing(session, Case, CaseStep):
        run = _store(session, context, case, instance.sop, moved, actor, payload, now, acting)
        outputs.take(run, instance.sop)
        dispositions.take(run, instance.sop)
        effects.carry_out(run)
        mark(session, case)
        step_mail.announce(session, case, instance.sop, run.opened, returned=run.command == Command.RETURN.value)
    answer = {**summary(session, case), "command": moved.command.value, **run.answer}
    return remember(session, case, actor, key, command, answer, said=said), run.afterwards


def _by_id(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload with the agencies that it names by their ids, as the open steps have them."""
    given = payload.get(sop_meaning.AGENCY)
    named = rules.named_agencies(given)
    ids = list(dict.fromkeys(getattr(model.Group.get(one), "id", one) for one in named))
    if ids == list(named):
        return payload
    return {**payload, sop_meaning.AGENCY: ids if isinstance(given, (list, tuple)) else ",".join(ids)}


def _decided(
    session: Any,
    case: Case,
    instance: Instance,
    command: str,
    actor: Actor,
    payload: Mapping[str, Any],
    now: datetime,
    step_id: str | None,
) -> Moved:
    """What the rules say, or the refusal with everything that is wrong with what was sent."""
    calendar = clock.calendar(session)
    try:
        moved = rules.decide(
            instance, command, actor=actor, payload=payload, calendar=calendar, now=now, step_id=step_id
        )
        faults = outputs.faults(session, case.id, instance.sop, moved.step.no, moved.command, payload)
        Several.refuse([*faults, *dispositions.faults(instance.sop, moved, payload)])
    except (Conflict, NotAllowed) as refusal:
        if "name" in refusal.params:
            refusal.params["name"] = called(str(refusal.params["name"]))
        raise
    except Invalid as missing:
        Several.refuse([missing, *effects.faults(case.process, command, payload)])
        raise
    return moved


def locked(session: Any, case_id: str, actor: Actor) -> Case:
    """The case, held until the transaction ends; before it the dataset it is about. Raises NotThere.

    Whoever writes a dataset holds its lock before he looks for its cases: with the opposite order here each
    would wait for the other, and a decision could rest on what was changed a moment before.
    """
    case = seen(session, case_id, actor)
    if case.subject_type in ABOUT_DATASETS:
        package = session.get(model.Package, case.subject_id)
        if package is not None:
            datasets.lock(session, package)
    return session.scalars(Case.locked(case_id)).one()


def touch(session: Any, case_id: str, actor: Actor) -> None:
    """Notes that the actor worked on the case's open steps: four eyes count everybody who did."""
    if actor.user_id is None:
        return
    process = session.get_one(Case, case_id).process
    steps = session.scalars(CaseStep.open_of(case_id).with_for_update().execution_options(populate_existing=True))
    with raw_writes.writing(session, CaseStep):
        for step in steps:
            role = Role(step.role)
            own = actor.has(role, step.organization_id, process) or role in GOVERNMENT_WIDE
            if own and actor.has_anywhere(role, process=process) and actor.user_id not in step.hands:
                step.hands = [*step.hands, actor.user_id]
            if actor.user_id not in (step.worked or ()):
                step.worked = [*(step.worked or ()), actor.user_id]


def mark(session: Any, case: Case) -> None:
    """Keeps at the case's open steps what the inbox asks of its past, and ends the letters that wait at those that are
    left; inside `raw_writes.writing`, no commit."""
    session.flush()
    letter_drafts.end_left(session, case.id)
    rows = list(session.scalars(CaseStep.of([case.id])))
    step_marks.mark(instance_of(session, case, rows), rows)


def seen(session: Any, case_id: str, actor: Actor) -> Case:
    """The case, where this person may know of it. Raises NotThere."""
    case = session.get(Case, case_id)
    if case is None or not may_see(session, case, actor):
        raise NotThere("There is no such case.")
    return case


def may_see(session: Any, case: Case, actor: Actor) -> bool:
    """Whether the actor may know of the case: a role in its process for its agency, auditor, sysadmin.

    Everybody else is told that there is no such case.
    """
    if actor.is_sysadmin or actor.has_anywhere(Role.AUDITOR, process=case.process) or oversees(case, actor):
        return True
    sop = sops.of_version(session, case.sop_version_id)
    instance = Instance(sop, case.organization_id, ())
    if any(rules.holds_role(actor, role, case.organization_id, instance) for role in sop.roles):
        return True
    # Who had the case at an earlier agency keeps sight of it.
    agencies = {step.organization_id for step in session.scalars(CaseStep.of([case.id])) if step.organization_id}
    if any(rules.holds_role(actor, role, agency, instance) for agency in agencies for role in sop.roles):
        return True
    return _is_asked(session, case, actor)


def _is_asked(session: Any, case: Case, actor: Actor) -> bool:
    """Whether an override of the case waits for this person's word, or had it: nobody confirms what he cannot read.

    It is shown to who holds a role for it now, whatever he held when he asked or answered.
    """
    rows = session.scalars(Override.of_case(case.id)).all()
    mine = any(actor.user_id in (row.asked_by, row.answered_by) for row in rows)
    if not mine and not any(row.state == ASKED for row in rows):
        return False
    instance = instance_of(session, case)
    roles = {*override_rules.confirmers(instance), *(override_rules.ASKS if mine else ())}
    return any(rules.holds_role(actor, role, case.organization_id, instance) for role in roles)


def oversees(case: Case, actor: Actor) -> bool:
    """Whether overdue steps of the case are shown to the person, whoever has them."""
    return case.process == reclassification.PROCESS and actor.has_anywhere(
        *reclassification.OVERSEERS, process=case.process
    )


def summary(session: Any, case: Case) -> dict[str, Any]:
    """The case in plain values: where it stands and who has it."""
    sop = sops.of_version(session, case.sop_version_id)
    return {
        "id": case.id,
        "process": case.process,
        "subject_type": case.subject_type,
        "subject_id": case.subject_id,
        "organization_id": case.organization_id,
        "started_at": case.started_at.isoformat(),
        "received_at": case.received_at.isoformat(),
        "ended_at": case.ended_at.isoformat() if case.ended_at else None,
        "outcome": case.outcome,
        "version": case.version,
        "open_steps": [
            {
                "id": step.id,
                "no": step.no,
                "uraian": lent.said(sop.step(step.no).uraian),
                "role": step.role,
                "organization_id": step.organization_id,
                "opened_at": step.opened_at.isoformat(),
                "due_at": step.due_at.isoformat() if step.due_at else None,
                "due_on": step.due_on.isoformat() if step.due_on else None,
                "due_provisional": step.due_provisional,
                "round": step.round,
            }
            for step in session.scalars(CaseStep.open_of(case.id))
        ],
    }


def repeated(
    session: Any,
    case: Case,
    actor: Actor,
    key: str | None,
    command: str,
    *,
    step_id: str | None = None,
    said: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The answer that the person got for this key before; None for a new one. `said`: what is sent with it.

    Raises Conflict for the key of another command, of this command at an earlier step, or with other content: what is
    sent now would be left out in silence.
    """
    if not key:
        return None
    row = session.get(CommandKey, (case.id, actor.user_id or actor.name, key))
    if row is None:
        return None
    if row.command != command:
        raise Conflict("This key was used for another command.", field="key")
    step = session.get(CaseStep, step_id) if step_id else None
    if step is not None and step.done_at is None and step.opened_at > row.at:
        raise Conflict("This key was used at an earlier step.", field="key", mend="Send a new key.")
    if said is not None and row.said not in (None, _mark(said)):
        raise Conflict("This key was used for something else.", field="key", mend="Send a new key.")
    return row.answer


def _mark(said: Mapping[str, Any]) -> str:
    """Keyed, since what was said may be erased; of a file its name, and nothing of what protects a form."""
    plain = {name: value for name, value in said.items() if not name.startswith("_")}
    text = json.dumps(plain, sort_keys=True, default=lambda value: getattr(value, "filename", None) or str(value))
    return crypto.digest("command", text)


def remember(
    session: Any,
    case: Case,
    actor: Actor,
    key: str | None,
    command: str,
    answer: dict[str, Any],
    *,
    said: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keeps the answer under the person's key, where there is one, and returns it."""
    if key:
        asked = {"case_id": case.id, "actor": actor.user_id or actor.name, "key": key, "command": command}
        mark = _mark(said) if said is not None else None
        session.add(CommandKey(**asked, said=mark, answer=answer, at=clock.now()))
    return answer


def _store(
    session: Any,
    context: dict[str, Any],
    case: Case,
    sop: Sop,
    moved: Moved,
    actor: Actor,
    payload: Mapping[str, Any],
    now: datetime,
    acting: str | None,
) -> effects.Run:
    rows = {row.id: row for row in session.scalars(CaseStep.of([case.id]))}
    step = rows[moved.step.id]
    note = params.text(payload, "note") or None
    if not moved.exit.stays:
        step.done_at, step.done_by, step.done_by_name = now, actor.user_id, actor.name
        step.command, step.note, step.done_as = moved.command.value, note, acting
    for other in moved.closes:
        rows[other.id].done_at = now
    case.version += 1
    case.organization_id = moved.organization_id
    if moved.ended:
        case.ended_at, case.outcome = now, moved.command.value
    run = effects.Run(session, context, case, step, moved.command.value, payload, actor, now, moved)
    run.opened = open_steps(session, case, sop, moved.opens, actor, now, at=len(rows))
    if moved.command is Command.RETURN:
        _back_to_whom_it_was(run.opened, rows.values())
    session.flush()
    stand_ins.settle(session, case)
    coded = {name: payload[name] for name in moved.exit.needs if name != "note"}
    run.entry = run.journal(
        EVENTS[moved.command],
        payload={
            "step": step.no,
            "role": step.role,
            "round": step.round,
            "opens": [opened.no for opened in moved.opens],
            "late": bool(step.due_at and now > step.due_at),
            **({"acting": acting} if acting else {}),
            **coded,
        },
        text=note,
    )
    return run


def _back_to_whom_it_was(opened: Iterable[CaseStep], rows: Iterable[CaseStep]) -> None:
    """A step that was one person's comes back to that person."""
    before = {(row.no, row.role): row.assignee_id for row in sorted(rows, key=lambda row: row.position)}
    for step in opened:
        step.assignee_id = before.get((step.no, step.role))


def open_steps(
    session: Any, case: Case, sop: Sop, opens: Iterable[Opened], actor: Actor, now: datetime, at: int
) -> list[CaseStep]:
    """Adds the rows of steps that open now, `at` being the place of the first; also for `shared.work.override`."""
    made = [
        CaseStep(
            id=new_id(),
            case_id=case.id,
            no=opened.no,
            role=opened.role.value,
            organization_id=opened.organization_id,
            round=opened.round,
            position=at + index,
            opened_at=now,
            opened_by_name=actor.name,
            due_at=opened.due.due_at if opened.due else None,
            due_on=opened.due.due_on if opened.due else None,
            due_provisional=bool(opened.due and opened.due.provisional),
            due_calendar=opened.due.calendar if opened.due else "",
            done_by_name="",
            hands=[],
        )
        for index, opened in enumerate(opens)
    ]
    session.add_all(made)
    return made


def cases_about(session: Any, subject_type: str, subject_id: str, *, only_open: bool = False) -> list[Case]:
    """The cases of one subject, newest first."""
    return list(session.scalars(Case.about(subject_type, subject_id, only_open=only_open)))


def stamp_data(session: Any, case_id: str, **values: Any) -> None:
    """Merges values into `case.data` in the caller's transaction; never a person's data."""
    with raw_writes.writing(session, Case):
        session.execute(
            sa.update(Case)
            .where(Case.id == case_id)
            .values(data=Case.data.op("||")(sa.cast(values, Case.data.type)))
            .execution_options(synchronize_session="fetch")
        )
