"""What a command means, bound by its name. Runs inside the transaction of the one write path.

    @effects.on("request", "grant")
    def grant(run): ...

An effect must not commit. A domain error it raises undoes the whole command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.process import Moved
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import journal, notices


@dataclass
class Run:
    """One command being carried out. `step` is the row it finishes; `moved` what `decide` said.

    `answer` is added to what the action returns (and to a repeat of it): JSON values only.
    """

    session: Any
    context: dict[str, Any]
    case: Case
    step: CaseStep
    command: str
    payload: Mapping[str, Any]
    actor: Actor
    now: datetime
    moved: Moved
    opened: list[CaseStep] = field(default_factory=list)
    entry: Journal | None = None
    """The journal's entry of the command."""
    answer: dict[str, Any] = field(default_factory=dict)
    afterwards: list[Callable[[], Any]] = field(default_factory=list)

    def notify(self, kind: str, **kwargs: Any) -> None:
        """Queues a mail; see `notices.queue`."""
        notices.queue(self.session, kind, **kwargs)

    def journal(self, event: str, *, payload: Mapping[str, Any] | None = None, text: str | None = None) -> Journal:
        """Adds an event to the case's chain."""
        subject = (self.case.subject_type, self.case.subject_id)
        return journal.append(
            self.session, event, actor=self.actor, case_id=self.case.id, subject=subject, payload=payload, text=text
        )

    def follow_up(self, kind: str, **params: Any) -> None:
        """What must follow the commit, see `notices.work`: begun right after it; no kill and no error loses it."""
        row_id = notices.follow_up(self.session, kind, {"case_id": self.case.id, **params})
        self.after_commit(lambda: notices.begin(row_id))

    def after_commit(self, function: Callable[[], Any]) -> None:
        """Runs `function` once everything is stored; what it raises is logged and undoes nothing."""
        self.afterwards.append(function)


Effect = Callable[[Run], None]
Check = Callable[[Mapping[str, Any]], Iterable[Invalid]]
_effects: dict[tuple[str, str, str | None], list[Effect]] = {}
_always: list[Effect] = []
_checks: dict[tuple[str, str], Check] = {}
Told = Callable[[Any, Case, Actor, Mapping[str, Any]], datetime | None]
_told: dict[tuple[str, str], Told] = {}


def on(process: str, command: str, step: str | None = None) -> Callable[[Effect], Effect]:
    """Binds an effect to a command of a process; `step` narrows it to one step number."""

    def bind(function: Effect) -> Effect:
        bound = _effects.setdefault((process, command, step), [])
        if function not in bound:
            bound.append(function)
        return function

    return bind


def always(function: Effect) -> Effect:
    """Binds an effect to every command of every process; it runs after the command's own."""
    if function not in _always:
        _always.append(function)
    return function


def checks(process: str, *commands: str) -> Callable[[Check], Check]:
    """Binds what is asked of the payload of these commands, to be told together with what the SOP needs."""

    def bind(function: Check) -> Check:
        _checks.update({(process, command): function for command in commands})
        return function

    return bind


def dated(process: str, *commands: str) -> Callable[[Told], Told]:
    """Binds what tells when that was done which the command records: what an officer enters of what came on paper.

    `(session, case, actor, payload)` gives the instant, None for now; never one in the future or before what was done.
    """

    def bind(function: Told) -> Told:
        _told.update({(process, command): function for command in commands})
        return function

    return bind


def done_at(session: Any, case: Case, command: str, actor: Actor, payload: Mapping[str, Any]) -> datetime | None:
    """When that was done which the command records; None: now."""
    told = _told.get((case.process, command))
    return told(session, case, actor, payload) if told else None


def same(process: str, other: str) -> None:
    """Lets every command of `other` mean what it means in `process` by now; what is bound there already comes first."""
    for (bound_process, command, step), functions in list(_effects.items()):
        if bound_process == process:
            for function in functions:
                on(other, command, step)(function)
    for (bound_process, command), check in list(_checks.items()):
        if bound_process == process:
            _checks.setdefault((other, command), check)
    for (bound_process, command), told in list(_told.items()):
        if bound_process == process:
            _told.setdefault((other, command), told)


def faults(process: str, command: str, payload: Mapping[str, Any]) -> Iterable[Invalid]:
    """What the command's check finds wrong."""
    check = _checks.get((process, command))
    return check(payload) if check else ()


def carry_out(run: Run) -> None:
    """Runs the effects bound to this command, once its check finds nothing wrong. Raises Several."""
    Several.refuse(faults(run.case.process, run.command, run.payload))
    for step in (None, run.step.no):
        for effect in _effects.get((run.case.process, run.command, step), ()):
            effect(run)
    for effect in _always:
        effect(run)
