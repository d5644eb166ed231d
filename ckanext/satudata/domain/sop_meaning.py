"""What the portal can carry out of an SOP: the fields its screens ask for, the letters it writes, who acts in what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command, Exit, Process, Sop, Step
from ckanext.satudata.domain.sop_outputs import Maker
from ckanext.satudata.domain.sop_text import Faults

NOTE = "note"
AGENCY = "organization_id"
"""The field that names an agency; the only one that `agency_from` can mean."""
REQUESTS = (Process.REQUEST, Process.GOVERNMENT_REQUEST)
_REQUEST: Mapping[Command, frozenset[str]] = MappingProxyType(
    {
        Command.ROUTE: frozenset({AGENCY}),
        Command.RETURN: frozenset({AGENCY}),
        Command.GRANT_IN_PART: frozenset({"reason_code"}),
        Command.REFUSE: frozenset({"reason_code"}),
        Command.EXTEND: frozenset({"extension_code"}),
        Command.INCOMPLETE: frozenset({"missing"}),
        Command.ALREADY_PUBLIC: frozenset({"link"}),
        Command.PASS_ON: frozenset({"body"}),
        Command.MERGE: frozenset({"number"}),
    }
)
FIELDS: Mapping[Process, Mapping[Command, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys(REQUESTS, _REQUEST),
        Process.OBJECTION: {
            Command.GRANT: frozenset({"to_step"}),
            Command.SETTLE: frozenset({"settled_on", "to_step"}),
        },
        Process.SERVICE_REPORT: {Command.RECORD: frozenset({"sent_how"})},
    }
)
"""What the form of a command asks for beside the note, which each has."""
OF_OBJECTIONS = frozenset({LetterKind.OBJECTION_RECEIPT.value, LetterKind.OBJECTION_ANSWER.value})
LETTERS: Mapping[Process, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(REQUESTS, frozenset(kind.value for kind in LetterKind) - OF_OBJECTIONS),
        Process.OBJECTION: OF_OBJECTIONS,
    }
)
"""The letters that each process writes; the others write none."""
ASKED_BY_CITIZENS = frozenset(
    {*REQUESTS, Process.OBJECTION, Process.ERASURE, Process.GOVERNMENT_ERASURE, Process.COMPLAINT}
)
"""Where there is an applicant."""
NO_OFFICERS = frozenset({Role.APPLICANT, Role.SYSTEM, Role.AUDITOR})
"""Who never decides for an office: the one who asks, the clock, the one who only reads."""
NEVER_WORKS = frozenset({Role.SYSTEM, Role.AUDITOR})
"""Who performs no step; the clock may give a command (`by`)."""
MUST_HAVE: Mapping[Process, tuple[Command, ...]] = MappingProxyType(
    {Process.PREPARATION: (Command.SUBMIT, Command.PUBLISH)}
)
"""Without these the process does not do what it is there for."""


def fields_of(process: Process, command: Command) -> frozenset[str]:
    """What a command can need there."""
    return FIELDS.get(process, {}).get(command, frozenset()) | {NOTE}


def check(sop: Sop, faults: Faults, line: int) -> None:
    """Adds a fault for everything that nobody could carry out. New files only."""
    given = {exit_.command for _step, exit_ in sop.exits()}
    for command in MUST_HAVE.get(sop.process, ()):
        if command not in given:
            fault = f"No step has the exit `{command.value}`: the process cannot do its work."
            faults.add_new(line, "", fault, f"Add `{command.value}` to the exits of a step.")
    for step, exit_ in sop.exits():
        _check_exit(sop, step, exit_, faults)
    for step in sop.steps.values():
        for role, why in _misplaced(sop, step):
            faults.add_new(step.line, step.no, f"{role.value} {why}.", "Name a role of an officer.")
    for role in sop.start.by if sop.start else ():
        if role in NO_OFFICERS:
            fault = f"{role.value} begins no case on the desk."
            faults.add_new(sop.start.line if sop.start else line, "mulai", fault, "Name a role of an officer.")
    for output in sop.outputs.values():
        for kind in set(output.what) - LETTERS.get(sop.process, frozenset()) if output.maker is Maker.LETTER else ():
            known = ", ".join(sorted(LETTERS.get(sop.process, ()))) or "none: bind it to `upload`"
            fault = f"“{output.name}” is bound to the letter {kind}, which {sop.process.value} does not write."
            faults.add_new(line, "outputs", fault, f"It writes {known}.")


def _check_exit(sop: Sop, step: Step, exit_: Exit, faults: Faults) -> None:
    name, known = exit_.command.value, fields_of(sop.process, exit_.command)
    for field in exit_.needs:
        if field not in known:
            fault = f"`{name}` needs {field!r}, which no screen asks for."
            faults.add_new(step.line, step.no, fault, f"It can need {', '.join(sorted(known))}.")
    if exit_.agency_from and exit_.agency_from not in known - {NOTE}:
        fault = f"`agency_from` of `{name}` names {exit_.agency_from!r}, and its screen asks for no such agency."
        ways = [command.value for command, fields in FIELDS.get(sop.process, {}).items() if AGENCY in fields]
        mend = f"Write `{AGENCY}` at {' or '.join(ways)}." if ways else "Take it out."
        faults.add_new(step.line, step.no, fault, mend)


def _misplaced(sop: Sop, step: Step) -> Iterator[tuple[Role, str]]:
    """The roles that cannot do there what the file asks of them."""
    by = dict.fromkeys(role for exit_ in step.exits.values() for role in exit_.by)
    for role in dict.fromkeys((*step.pelaksana, *by)):
        if role is Role.AUDITOR or (role in NEVER_WORKS and role in step.pelaksana):
            yield role, "performs no step"
        elif role is Role.APPLICANT and sop.process not in ASKED_BY_CITIZENS:
            yield role, f"has no part in {sop.process.value}"
    for role in dict.fromkeys((*step.override, *step.disposition)):
        if role in NO_OFFICERS:
            yield role, "gives no order and confirms no override"
