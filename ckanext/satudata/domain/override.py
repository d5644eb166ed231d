"""A case put at another step, or ended, outside its SOP: asked by one officer with a reason, confirmed by another.

For a case that is stuck. It carries out no command and has none of their effects, and passes over mere work only: what
somebody must send, check, decide or give, he must have sent, checked, decided, given. Pure; the law for sysadmins and
jobs too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, Opened
from ckanext.satudata.domain.sop import END, Command, Sop, Step
from ckanext.satudata.domain.workdays import Calendar

ASKS = (Role.WALIDATA, Role.PPID)
"""Who asks: Walidata, and the PPID for the processes that Walidata does not see."""
CONFIRMS = (Role.PPID, Role.WALIDATA)
"""Who confirms where the file names nobody (`override`)."""
MERE_WORK = frozenset({Command.RECORD, Command.RETURN, Command.WITHDRAW, Command.LAPSE, Command.CLOSE})
"""A step with no other command, for whoever holds the role, can be passed over: nobody's word is lost."""
LEAST_REASON = 20
"""Characters of a reason: a sentence that still tells something in a year."""
EVENT = "overridden"
"""What the journal calls it, and the outcome of a case that ended so."""


@dataclass(frozen=True)
class Jump:
    """What a confirmed override does: every open step is closed, these are opened."""

    opens: tuple[Opened, ...]
    ended: bool


def require_asker(instance: Instance, actor: Actor) -> Role:
    """The role in which the actor may ask. Raises NotAllowed; a system administrator without such a role may not."""
    return _holding(instance, ASKS, actor)


def require_confirmer(instance: Instance, actor: Actor, asked_by: str) -> Role:
    """The role in which the actor may confirm or decline. Raises NotAllowed, also for who asked."""
    role = _holding(instance, confirmers(instance), actor)
    if actor.user_id is None or actor.user_id == asked_by:
        raise NotAllowed(
            "You asked for this yourself; another person must confirm it.",
            mend="Ask another officer with that role.",
        )
    return role


def confirmers(instance: Instance) -> tuple[Role, ...]:
    """The roles of the second person: those the file names for the open steps, else PPID and Walidata."""
    named = [role for step in instance.open for role in instance.sop.step(step.no).override]
    return tuple(dict.fromkeys(named)) or CONFIRMS


def _holding(instance: Instance, roles: tuple[Role, ...], actor: Actor) -> Role:
    for role in roles:
        if rules.holds_role(actor, role, instance.organization_id, instance):
            return role
    raise NotAllowed("Only {roles} may do this.", mend="Ask an officer who holds that role.", roles=roles)


def check(instance: Instance, to: str) -> None:
    """Whether the case may be put at step `to`, or ended (`end`).

    Raises Conflict for a finished case and for where it stands already, Invalid for an unknown step, NotAllowed where
    it would pass over more than work.
    """
    if not instance.open:
        raise Conflict("This case is finished; nothing more is done in it.", mend="Look at the case as it is now.")
    if to == END:
        return
    if to not in instance.sop.steps:
        raise Invalid("There is no such step.", field="to_step", mend="Choose from the list.")
    if any(step.no == to for step in instance.open):
        raise Conflict("The case is at this step already.", field="to_step", mend="Choose another step.")
    over = next(passed_over(instance, to), None)
    if over is not None:
        raise NotAllowed(
            "Step {step} “{uraian}” would be passed over; what is sent, checked or decided there cannot be left out.",
            mend="Choose an earlier step, or see to it that somebody holds the role, acting if need be.",
            step=over.no,
            uraian=over.uraian,
        )


def targets(instance: Instance) -> list[Step]:
    """The steps at which the case may be put, in the file's order."""
    found = []
    for no, step in instance.sop.steps.items():
        try:
            check(instance, no)
        except (Conflict, Invalid, NotAllowed):
            continue
        found.append(step)
    return found


def check_reason(reason: str) -> None:
    """Raises Invalid for one that says nothing."""
    if len(reason.strip()) < LEAST_REASON:
        raise Invalid(
            "Say in a sentence why the SOP cannot be followed.",
            field="reason",
            mend="At least {least} characters; the reason stands on the case for ever.",
            least=LEAST_REASON,
        )


def jump(instance: Instance, to: str, *, calendar: Calendar, now: datetime) -> Jump:
    """What is done once it is confirmed. Raises as `check`."""
    check(instance, to)
    opens = () if to == END else rules.opened_at(instance, to, calendar=calendar, now=now)
    return Jump(opens, ended=to == END)


def passed_over(instance: Instance, to: str) -> Iterator[Step]:
    """Steps that every way to `to` goes through, that are more than work, and whose word does not stand."""
    for no, step in instance.sop.steps.items():
        if no == to or is_mere_work(step):
            continue
        if lies_before(instance.sop, no, to) and not _is_agreed(instance, step, to):
            yield step


def is_mere_work(step: Step) -> bool:
    """Whether nobody's word is lost where the step is left out."""
    return not step.not_same_as and step.exits.keys() <= MERE_WORK


def lies_before(sop: Sop, no: str, to: str) -> bool:
    """Whether every way from the first step to `to` goes through `no`."""
    return no == sop.first or to not in _reached(sop, sop.first, without=no)


def _reached(sop: Sop, start: str, without: str) -> set[str]:
    """Steps that can be reached from `start`, itself included, by ways that do not go through `without`."""
    found, todo = set(), [start]
    while todo:
        no = todo.pop()
        if no in found or no == without:
            continue
        found.add(no)
        todo += [following for exit_ in sop.step(no).exits.values() for following in exit_.to]
    return found


def _is_agreed(instance: Instance, step: Step, to: str) -> bool:
    """Whether its last round sent the case on towards `to`, and nothing before it was done anew since."""
    if any(other.no == step.no for other in instance.open):
        return False
    rows = [done for done in instance.done if done.no == step.no]
    last = [done for done in rows if done.round == max(row.round for row in rows)]
    onward = [
        done
        for done in last
        if done.command is not None
        and done.command in step.exits
        and any(to in _reached(instance.sop, no, without=step.no) for no in step.exits[done.command].to)
    ]
    if len(onward) < len(step.pelaksana):
        return False
    agreed_at = max(done.at for done in onward if done.at is not None)
    before = {no for no in instance.sop.steps if no != step.no and lies_before(instance.sop, no, step.no)}
    is_open_again = any(other.no in before for other in instance.open)
    return not is_open_again and not any(
        done.no in before and done.at is not None and done.at > agreed_at for done in instance.done
    )
