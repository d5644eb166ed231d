"""Decides what a command does to a case. Pure: time, days, roles and the case's past are arguments.

The law holds here, so it holds for sysadmins, `ignore_auth`, the command line and jobs alike: only a role in
force, another person where the SOP asks for one, and everything the exit needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, Several
from ckanext.satudata.domain.officer import Actor, HoldKind, Role
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command, Exit, Sop, Step
from ckanext.satudata.domain.workdays import Calendar, Due, Unit

CHECKS = frozenset({Command.APPROVE, Command.PUBLISH})
REVIEWED = "reviewed"
"""In place of a step's number: who is barred worked on the case that this one reviews."""


@dataclass(frozen=True)
class OpenStep:
    """A step somebody has to do now. `organization_id` None: any holder of the role.

    `assignee`: the user it was given to, while he holds the role. `stands_for`: whose part of the step it is, where
    another office stands in for that role.
    """

    id: str
    no: str
    role: Role
    organization_id: str | None
    round: int = 1
    assignee: str | None = None
    stands_for: Role | None = None

    @property
    def part(self) -> Role:
        """The performer whose part of the step it is, as the file names him."""
        return self.stands_for or self.role


@dataclass(frozen=True)
class DoneStep:
    """A step that was closed. `command` None: closed because another step moved on.

    `hands`: everybody who worked on it, the one who gave the command included.
    """

    id: str
    no: str
    role: Role
    hands: frozenset[str]
    command: Command | None
    round: int = 1
    by_name: str = ""
    at: datetime | None = None
    stands_for: Role | None = None

    @property
    def part(self) -> Role:
        """As `OpenStep.part`."""
        return self.stands_for or self.role


@dataclass(frozen=True)
class Instance:
    """A case as `decide` sees it."""

    sop: Sop
    organization_id: str | None
    open: tuple[OpenStep, ...]
    done: tuple[DoneStep, ...] = ()
    started_by: str | None = None
    received_at: datetime | None = None
    reviewed: frozenset[str] = frozenset()
    """Everybody who worked on the case that this one reviews: barred wherever who did the first step is."""


@dataclass(frozen=True)
class Opened:
    """A step to open."""

    no: str
    role: Role
    organization_id: str | None
    round: int
    due: Due | None


@dataclass(frozen=True)
class Moved:
    """What a command does: which step it finishes, which open ones it closes, which it opens."""

    command: Command
    step: OpenStep
    exit: Exit
    closes: tuple[OpenStep, ...]
    opens: tuple[Opened, ...]
    ended: bool
    organization_id: str | None


def opening(sop: Sop, organization_id: str | None, *, calendar: Calendar, now: datetime) -> tuple[Opened, ...]:
    """The steps a new case begins with."""
    instance = Instance(sop, organization_id, (), received_at=now)
    return _opened(instance, (sop.first,), organization_id, calendar, now)


def opened_at(
    instance: Instance, no: str, *, calendar: Calendar, now: datetime, agencies: Sequence[str] = ()
) -> tuple[Opened, ...]:
    """The steps that open where a case is put at this number, in a new round; for each of these agencies, where it is
    a step of agencies and several are asked."""
    return _opened_for(instance, (no,), agencies or (instance.organization_id,), (), calendar, now)


def due_of(sop: Sop, no: str, opened_at: datetime, received_at: datetime | None, calendar: Calendar) -> Due | None:
    """When a step is due: by its own time, never later than the limits of the whole process; None without any."""
    own, whole = sop.time_of(no), sop.waktu
    dues = [calendar.due(opened_at, own.count, own.unit)] if own else []
    if whole and received_at:
        dues.append(calendar.due(received_at, whole.count, whole.unit))
    if sop.until and received_at:
        on = received_at.astimezone(calendar.zone).date()
        last = date(on.year + (sop.until < (on.month, on.day)), *sop.until)
        dues.append(calendar.due(received_at, (last - on).days, Unit.CALENDAR_DAYS))
    return min(dues, key=lambda due: due.due_at, default=None)


def decide(
    instance: Instance,
    command: Command | str,
    *,
    actor: Actor,
    payload: Mapping[str, Any],
    calendar: Calendar,
    now: datetime,
    step_id: str | None = None,
) -> Moved:
    """The move `command` makes.

    `step_id` names the step the person saw; without it the first open step the person may finish is taken.
    Raises `Conflict` (somebody was faster, or the case is elsewhere), `NotAllowed` (no role, or the same person
    again) or `Invalid` (the exit needs a field that is empty).
    """
    command = _known(command)
    fits = _fitting(instance, command, step_id)
    allowed = [step for step in fits if holds(instance, step, command, actor)]
    if not allowed:
        if beside := _done_beside(instance, fits, actor):
            raise _overtaken(beside)
        raise NotAllowed(
            "Only {roles} may do this.",
            mend="Ask an officer who holds that role.",
            roles=_roles_of(instance, fits, command),
        )
    # Without a step that was named, the one that leads on: data that is given goes before the refusal of the rest.
    allowed.sort(key=lambda one: not instance.sop.step(one.no).exits[command].to)
    step = next((step for step in allowed if _is_free(instance, step, command, actor)), None)
    if step is None:
        raise _kept_from(instance, allowed[0], command, actor)
    exit_ = instance.sop.step(step.no).exits[command]
    Several.refuse(_missing(exit_, payload))
    return _moved(instance, step, exit_, payload, calendar, now)


def _kept_from(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> NotAllowed:
    """Why somebody who holds the role may not do it."""
    other = same_person(instance, step, command, actor)
    if other == REVIEWED:
        return NotAllowed(
            "You worked on what is looked at here; this step needs another person.",
            mend="Ask another officer with that role.",
        )
    if other:
        return NotAllowed(
            "You worked on step {step} yourself; this step needs another person.",
            mend="Ask another officer with that role.",
            step=other,
        )
    return NotAllowed(
        "This step was given to {name}.",
        mend="A superior or Walidata can give it to somebody else.",
        name=step.assignee or "",
    )


def _missing(exit_: Exit, payload: Mapping[str, Any]) -> Iterator[Invalid]:
    for name in exit_.needs:
        value = payload.get(name)
        if not (value.strip() if isinstance(value, str) else value):
            said = _WHY.get(exit_.command) if name == "note" else None
            yield Invalid(said or _NEEDED.get(name, "This must be filled in."), field=name)


_NEEDED = {
    "note": "Write a note: what must be changed, or why.",
    "reason_code": "Choose the ground of the refusal from the list.",
    "organization_id": "Choose an agency.",
    "missing": "Tick what is missing.",
    "link": "Write where the data lies open.",
    "body": "Write which body holds the data.",
    "number": "Write the number of the older request.",
    "extension_code": "Choose the ground of the extension from the list.",
}
_WHY = {
    Command.REFUSE: "Write in the note why it is refused.",
    Command.GRANT_IN_PART: "Write in the note why a part is not given.",
    Command.NOT_HELD: "Write in the note why the data is not there.",
    Command.EXTEND: "Write in the note why more time is needed; it stands in the letter.",
    Command.WITHDRAW: "Write in the note why it is withdrawn.",
}
"""What the note of these commands is for, told where it is empty."""


def commands_for(instance: Instance, actor: Actor) -> list[tuple[OpenStep, Exit]]:
    """The commands this person may give now, each with the step it finishes."""
    return [
        (step, exit_)
        for step in instance.open
        for exit_ in instance.sop.step(step.no).exits.values()
        if holds(instance, step, exit_.command, actor) and _is_free(instance, step, exit_.command, actor)
    ]


def _is_free(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> bool:
    """Whether neither four eyes nor somebody to whom it was given keep this holder of the role from the command."""
    return not same_person(instance, step, command, actor) and not is_anothers(instance, step, command, actor)


def is_anothers(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> bool:
    """Whether the step was given to another person, who may do it; a command of who does not perform it stays free."""
    row = instance.sop.step(step.no)
    if step.assignee in (None, actor.user_id) or row.exits[command].by != row.pelaksana:
        return False
    return not barred_by(instance, step, step.assignee)


def holds(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> bool:
    """Whether the actor holds a role that may give this command at this step, for its agency."""
    exit_ = instance.sop.step(step.no).exits[command]
    own = instance.sop.step(step.no).pelaksana
    # Where several perform a step side by side, each row is one performer's.
    roles = (step.role,) if exit_.by == own else exit_.by
    return any(holds_role(actor, role, step.organization_id or instance.organization_id, instance) for role in roles)


def acts_as(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> HoldKind | None:
    """On what footing the actor gives this command: an acting officer's decision is marked as such for ever."""
    exit_ = instance.sop.step(step.no).exits[command]
    roles = (step.role, *(role for role in exit_.by if role != step.role))
    agency = step.organization_id or instance.organization_id
    for role in roles:
        kind = actor.footing(role, None if role in GOVERNMENT_WIDE else agency, instance.sop.process.value)
        if kind is not None:
            return kind
    return None


def holds_role(actor: Actor, role: Role, organization_id: str | None, instance: Instance) -> bool:
    """Whether the role is held for that agency; offices a government has once act for every agency."""
    process = instance.sop.process.value
    if role in GOVERNMENT_WIDE:
        return actor.has_anywhere(role, process=process)
    return actor.has(role, organization_id, process)


def same_person(instance: Instance, step: OpenStep, command: Command, actor: Actor) -> str:
    """The number of the step that bars this person (four eyes), `REVIEWED`, or empty.

    Whoever worked on a named step in any round of this case is barred; in a step done side by side, whoever
    decided it in the other role. A command of somebody who does not perform the step (an operator takes his
    draft back) is no check and is not barred; approving and publishing always are checks.
    """
    row = instance.sop.step(step.no)
    is_check = command in CHECKS or row.exits[command].by == row.pelaksana
    return barred_by(instance, step, actor.user_id) if is_check else ""


def barred_by(instance: Instance, step: OpenStep, user_id: str | None) -> str:
    """As `same_person`, for any user who would do the step."""
    if user_id is None:
        return ""
    return next((no for no, hands in _barring(instance, step) if user_id in hands), "")


def barred_from(instance: Instance, step: OpenStep) -> frozenset[str]:
    """Everybody whom `same_person` keeps from performing this step (ids)."""
    return frozenset().union(*(hands for _no, hands in _barring(instance, step)))


def worked_on(instance: Instance) -> frozenset[str]:
    """Everybody who had a hand in the finished steps of the case, or began it (ids)."""
    began = {instance.started_by} if instance.started_by else set()
    return frozenset().union(began, *(done.hands for done in instance.done))


def _barring(instance: Instance, step: OpenStep) -> Iterator[tuple[str, frozenset[str]]]:
    """The steps that this one may not share a person with, and who worked on them."""
    for no in instance.sop.step(step.no).not_same_as:
        if no == instance.sop.first and no != step.no:
            yield no, frozenset({instance.started_by} if instance.started_by else ())
            yield REVIEWED, instance.reviewed
        for done in instance.done:
            if done.no == no and (no != step.no or done.part != step.part):
                yield no, done.hands


def _known(command: Command | str) -> Command:
    try:
        return Command(command)
    except ValueError:
        raise Invalid("There is no such command.", field="command") from None


def _fitting(instance: Instance, command: Command, step_id: str | None) -> list[OpenStep]:
    """The open steps that know the command; tells what happened where there is none."""
    fits = [
        step
        for step in instance.open
        if command in instance.sop.step(step.no).exits and (step_id is None or step.id == step_id)
    ]
    if fits:
        return fits
    given = [done for done in instance.done if done.command]
    if taken_away := next((done for done in instance.done if done.id == step_id and _is_taken_away(done)), None):
        raise Conflict(
            "Meanwhile {name} has moved this case outside the SOP ({at}). This cannot be done any more.",
            mend="Look at the case as it is now.",
            name=taken_away.by_name,
            at=taken_away.at,
        )
    if given and _was_there(instance, command, step_id):
        raise _overtaken([done for done in given if done.id == step_id] or given)
    raise _elsewhere(instance)


def _is_taken_away(done: DoneStep) -> bool:
    """Whether an override closed it: by name, without a command."""
    return done.command is None and bool(done.by_name)


def _was_there(instance: Instance, command: Command, step_id: str | None) -> bool:
    """Whether the step that is meant was open until the last command came: the named one, or one that knew this."""
    if step_id is not None:
        return any(done.id == step_id for done in instance.done)
    last = max((done.at for done in instance.done if done.at), default=None)
    return any(done.at == last and command in instance.sop.step(done.no).exits for done in instance.done)


def _elsewhere(instance: Instance) -> Conflict:
    """The refusal of a command that no open step knows: who has to act before, or that nobody has any more."""
    if not instance.open:
        return Conflict("This case is finished; nothing more is done in it.", mend="Look at the case as it is now.")
    no = instance.open[0].no
    return Conflict(
        "This cannot be done now: step {step} “{uraian}” waits for {roles}.",
        mend="Look at the case as it is now.",
        step=no,
        uraian=instance.sop.step(no).uraian,
        roles=tuple(step.role for step in instance.open if step.no == no),
    )


def _overtaken(given: Sequence[DoneStep]) -> Conflict:
    """The refusal that tells what the last of these commands was."""
    last = max(reversed(given), key=lambda done: (done.at is not None, done.at))
    return Conflict(
        "Meanwhile {name} has acted ({at}): “{command}” at step {step}. This cannot be done any more.",
        mend="Look at the case as it is now.",
        name=last.by_name,
        at=last.at,
        command=last.command,
        step=last.no,
    )


def _done_beside(instance: Instance, fits: Sequence[OpenStep], actor: Actor) -> list[DoneStep]:
    """Where several do a step side by side: the part of it this actor could have done, and somebody has."""
    return [
        done
        for done in instance.done
        for step in fits
        if done.command
        and (done.no, done.round) == (step.no, step.round)
        and holds_role(actor, done.role, step.organization_id or instance.organization_id, instance)
    ]


def _roles_of(instance: Instance, steps: Sequence[OpenStep], command: Command) -> tuple[Role, ...]:
    found: dict[Role, None] = {}
    for open_step in steps:
        step: Step = instance.sop.step(open_step.no)
        by = step.exits[command].by
        found |= dict.fromkeys((open_step.role,) if by == step.pelaksana else by)
    return tuple(found)


def _moved(
    instance: Instance, step: OpenStep, exit_: Exit, payload: Mapping[str, Any], calendar: Calendar, now: datetime
) -> Moved:
    if exit_.stays:
        return Moved(exit_.command, step, exit_, (), (), False, instance.organization_id)
    # Of several agencies that are asked each goes its own way; only other performers of the step are waited for.
    siblings = tuple(other for other in instance.open if other.no == step.no and other.part != step.part)
    others = tuple(other for other in instance.open if other.id != step.id)
    named = named_agencies(payload.get(exit_.agency_from)) if exit_.agency_from else ()
    agencies = named or (branch_of(step, instance.organization_id),)
    if exit_.cancels:
        closes = others
    elif siblings and not _onward(instance.sop.step(step.no), exit_):
        closes = siblings
    else:
        closes = ()
    closes += tuple(other for other in others if other.no in exit_.closes and other not in closes)
    if exit_.agency_from:
        # Who is asked anew begins there: what else it has open is not asked of it any more.
        theirs = (other for other in others if other.organization_id and other.organization_id in agencies)
        closes += tuple(other for other in theirs if other.no not in exit_.to and other not in closes)
    staying = [other for other in others if other not in closes]
    following = _in_turn(instance, step, exit_, calendar, now)
    # Side by side: the case goes on when the last of them has agreed.
    waits = following or any(other in staying for other in siblings)
    to = () if waits else exit_.to
    opens = following or _opened_for(instance, to, agencies, staying, calendar, now)
    agency = named[0] if named else instance.organization_id
    return Moved(exit_.command, step, exit_, closes, opens, not staying and not opens, agency)


def named_agencies(value: object) -> tuple[str, ...]:
    """The agencies that a payload names: an id, several with commas between them, or a list of ids."""
    parts = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part or "").strip()))


def branch_of(step: OpenStep, organization_id: str | None) -> str | None:
    """The agency whose part of the case the step is; the case's own (`organization_id`) where it is nobody's alone."""
    stands_elsewhere = step.stands_for is not None and step.role not in GOVERNMENT_WIDE
    return organization_id if stands_elsewhere else step.organization_id or organization_id


def _opened_for(
    instance: Instance,
    numbers: Sequence[str],
    agencies: Sequence[str | None],
    staying: Sequence[OpenStep],
    calendar: Calendar,
    now: datetime,
) -> tuple[Opened, ...]:
    """The steps for each of the agencies; what is open already is not opened twice: there ways meet."""
    found: list[Opened] = []
    for agency in agencies:
        here = {
            other.no
            for other in staying
            if other.organization_id is None or branch_of(other, instance.organization_id) in (None, agency)
        } | {opened.no for opened in found if opened.organization_id is None}
        found += _opened(instance, [no for no in numbers if no not in here], agency, calendar, now)
    return tuple(found)


def _in_turn(instance: Instance, step: OpenStep, exit_: Exit, calendar: Calendar, now: datetime) -> tuple[Opened, ...]:
    """Where performers follow one another in one row: the next of them, with the row's whole time."""
    row = instance.sop.step(step.no)
    if not row.in_turn or not _onward(row, exit_) or step.part not in row.pelaksana[:-1]:
        return ()
    role = row.pelaksana[row.pelaksana.index(step.part) + 1]
    due = due_of(instance.sop, step.no, now, instance.received_at, calendar)
    return (Opened(step.no, role, _agency(role, instance.organization_id), step.round, due),)


def _onward(step: Step, exit_: Exit) -> bool:
    """Whether the command agrees (so that the others' word is awaited) rather than sends back or stops.

    The first exit a step names is the one that goes on; any other ends the step for all its performers.
    """
    return exit_.command is next(iter(step.exits))


def _opened(
    instance: Instance, numbers: Sequence[str], organization_id: str | None, calendar: Calendar, now: datetime
) -> tuple[Opened, ...]:
    opened = []
    for no in numbers:
        step = instance.sop.step(no)
        round_ = 1 + max((done.round for done in instance.done if done.no == no), default=0)
        if any(other.no == no for other in instance.open):
            round_ = 1 + max(other.round for other in instance.open if other.no == no)
        due = due_of(instance.sop, no, now, instance.received_at, calendar)
        for role in step.pelaksana[:1] if step.in_turn else step.pelaksana:
            opened.append(Opened(no, role, _agency(role, organization_id), round_, due))
    return tuple(opened)


def _agency(role: Role, organization_id: str | None) -> str | None:
    return None if role in GOVERNMENT_WIDE else organization_id
