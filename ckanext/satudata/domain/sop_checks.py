"""The faults of an SOP that show only when its steps are seen together."""

from __future__ import annotations

from collections.abc import Mapping

from ckanext.satudata.domain import disposition
from ckanext.satudata.domain.appointment import AGENCY_ROLES
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.process import CHECKS
from ckanext.satudata.domain.sop import Command, Process, Sop, Step
from ckanext.satudata.domain.sop_text import Faults

ONE_PERSON = frozenset({Role.APPLICANT, Role.SYSTEM})
"""Parties of which a case has one: no second pair of eyes."""
_BACK = frozenset({Command.RETURN, Command.WITHDRAW})


def check(sop: Sop, faults: Faults, line: int) -> None:
    """Adds every fault of the whole."""
    if sop.first not in sop.steps:
        faults.add(line, sop.first, "The first step is not in the file.", "Name one of the steps in `start:`.")
        return
    for step, exit_ in sop.exits():
        for no in exit_.to:
            if no not in sop.steps:
                fault = f"`{exit_.command.value}` leads to step {no}, which is not there."
                faults.add(step.line, step.no, fault, "Name a step of this file or `end`.")
        for no in set(exit_.closes) - set(sop.steps):
            fault = f"`{exit_.command.value}` closes step {no}, which is not there."
            faults.add(step.line, step.no, fault, "Name a step of this file.")
    for step in sop.steps.values():
        _check_eyes(sop, step, faults)
        _check_onward(step, faults)
    for row in sop.rows:
        _check_within(sop, row, faults)
    if sop.start and sop.start.each_agency and not sop.roles & AGENCY_ROLES:
        fault = "`each_agency` begins a case for every agency, and no step is one of an agency."
        faults.add(line, "mulai", fault, "Take it out.")
    if sop.start and sop.start.after is sop.process:
        fault = "`after` names the process itself: each case would begin the next one."
        faults.add_new(sop.start.line, "mulai", fault, "Name another process.")
    disposition.check(sop, faults)
    if not faults.problems:
        _check_paths(sop, faults)
        _check_release(sop, faults)


def _check_paths(sop: Sop, faults: Faults) -> None:
    reached = reach({sop.first}, {no: after(step) for no, step in sop.steps.items()})
    back: dict[str, set[str]] = {no: set() for no in sop.steps}
    for no, step in sop.steps.items():
        for following in after(step):
            back[following].add(no)
    # An `anytime` command would end any circle; a way out must be the performers' own.
    ending = {step.no for step, exit_ in sop.exits() if not (exit_.to or exit_.cancels or exit_.stays)}
    ends = reach(ending, back)
    for no, step in sop.steps.items():
        if no not in reached and not back[no]:
            fault = "No exit leads to this step: it is unreachable, a second first step."
            faults.add(step.line, no, fault, "Let an exit lead here, name it in `start:` or take the step out.")
        elif no not in reached:
            fault = "From the first step no path leads to this one: it is unreachable."
            faults.add(step.line, no, fault, "Let an exit lead here or take the step out.")
        if no not in ends:
            faults.add(step.line, no, "From here no path leads to an end.", "Let one exit lead on to `end`.")


def _check_eyes(sop: Sop, step: Step, faults: Faults) -> None:
    for other in step.not_same_as:
        if other not in sop.steps:
            faults.add(step.line, step.no, f"`not_same_as` names step {other}, which is not there.", "Mend it.")
            continue
        if other == step.no and len(step.pelaksana) == 1:
            fault = "Nobody can satisfy `not_same_as`: the step has one performer and names itself."
            faults.add(step.line, step.no, fault, "Take the step's own number out.")
        elif set(step.pelaksana) & set(sop.steps[other].pelaksana) & ONE_PERSON:
            fault = f"Nobody can satisfy `not_same_as`: steps {other} and {step.no} are done by one and the same."
            faults.add(step.line, step.no, fault, "Take the number out.")


def _check_onward(step: Step, faults: Faults) -> None:
    """The exit that is named first goes on, and awaits the others' word where several work side by side."""
    first = next(iter(step.exits), None)
    onward = Command.APPROVE if Command.APPROVE in step.exits else None
    if first in _BACK or (onward is not None and first is not onward):
        wanted = onward.value if onward is not None else "the exit that goes on"
        fault = f"`{first.value if first else ''}` is named first: the first exit is the one that goes on."
        faults.add_new(step.line, step.no, fault, f"Name `{wanted}` first.")


def _check_release(sop: Sop, faults: Faults) -> None:
    """What one person wrote, another one looks at before it is public (docs/sop.md; Jember 003-3)."""
    if sop.process is not Process.PREPARATION:
        return
    first = sop.steps[sop.first]
    if Command.SUBMIT not in first.exits:
        fault = "The first step does not send the data: what is written could never be sent."
        faults.add_new(first.line, first.no, fault, "Give it the exit `submit`.")
    for no in sorted(reach({sop.first}, {no: _unlooked(sop, step) for no, step in sop.steps.items()})):
        if Command.PUBLISH in sop.steps[no].exits and sop.first not in sop.steps[no].not_same_as:
            fault = "One person could write the data, go all the way and publish them alone."
            mend = f"Write `not_same_as: [{sop.first}]` at this step or at one before it."
            faults.add_new(sop.steps[no].line, no, fault, mend)
    _check_approved(sop, faults)


def _check_approved(sop: Sop, faults: Faults) -> None:
    """Where a file approves at all, its publishing step is entered by approval alone: else it refuses to publish."""
    if not any(Command.APPROVE in step.exits for step in sop.steps.values()):
        return
    for step, exit_ in sop.exits():
        for no in exit_.to if exit_.command is not Command.APPROVE else ():
            if Command.PUBLISH in sop.steps[no].exits and Command.APPROVE not in sop.steps[no].exits:
                fault = (
                    f"`{exit_.command.value}` leads past the approval to step {no}, where nothing could be published."
                )
                mend = "Let it lead to a step with `approve`, and `approve` alone to the step with `publish`."
                faults.add_new(step.line, step.no, fault, mend)


def _unlooked(sop: Sop, step: Step) -> set[str]:
    """Where who wrote the data may lead the case from this step himself."""
    if sop.first not in step.not_same_as:
        return after(step)
    beside = (one for one in step.exits.values() if one.command not in CHECKS and one.by != step.pelaksana)
    return {no for exit_ in beside for no in exit_.to}


def _check_within(sop: Sop, row: Step, faults: Faults) -> None:
    if not row.within:
        return
    step = sop.steps.get(row.within)
    if step is None:
        fault = f"`within` names step {row.within}, which is not there."
        faults.add(row.line, row.no, fault, "Name the step in whose act this row is done.")
    elif row.waktu and (step.waktu is None or step.waktu.unit is not row.waktu.unit):
        fault = f"The time of this row cannot be added to that of step {row.within}: the units differ."
        faults.add(row.line, row.no, fault, "Give both in one unit.")


def check_outputs(sop: Sop, faults: Faults) -> None:
    """Adds a fault for every output that nothing makes, and for every binding that no row names."""
    named = {name for row in sop.rows for name in row.output}
    for row in sop.rows:
        for name in row.output:
            if name not in sop.outputs:
                fault = f"Nothing makes the output “{name}”."
                mend = "Bind it in `outputs`: a letter, list, report or record, or `upload` for a step done by hand."
                faults.add(row.line, row.no, fault, mend)
    for name in sorted(set(sop.outputs) - named):
        faults.add(1, "outputs", f"No row has the output “{name}”.", "Take it out or write it as the row does.")


def after(step: Step) -> set[str]:
    """The steps that an exit of this one leads to."""
    return {no for exit_ in step.exits.values() for no in exit_.to}


def reach(start: set[str], arrows: Mapping[str, set[str]]) -> set[str]:
    """Everything the arrows lead to from the start."""
    seen, todo = set(start), list(start)
    while todo:
        for no in arrows.get(todo.pop(), ()):
            if no not in seen:
                seen.add(no)
                todo.append(no)
    return seen
