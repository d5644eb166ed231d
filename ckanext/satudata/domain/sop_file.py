"""Reads an SOP file: text -> `Sop`, or `BadSop` with every fault, its line, step and mend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import (
    ALWAYS_NEEDS,
    END,
    BadSop,
    Command,
    Exit,
    Problem,
    Process,
    Sop,
    Step,
    Waktu,
    version_of,
)
from ckanext.satudata.domain.workdays import Unit

TOP_KEYS = {"process", "title", "head", "steps", "anytime", "start", "reading"}
STEP_KEYS = {
    "no",
    "uraian",
    "pelaksana",
    "kelengkapan",
    "waktu",
    "output",
    "exits",
    "needs",
    "not_same_as",
    "keterangan",
}
EXIT_KEYS = {"to", "by", "needs", "cancels", "agency_from", "label", "except"}
E = TypeVar("E", bound=Enum)


class _Lined(dict):
    """A mapping that knows the line it stands on."""

    line = 0


class _Loader(yaml.SafeLoader):
    """Every scalar stays text (in YAML 1.1 the key `no` would be False and step 10 an integer)."""

    yaml_implicit_resolvers: dict = {}

    def construct_lined(self, node: yaml.MappingNode) -> _Lined:
        result = _Lined()
        result.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in result:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            result[key] = self.construct_object(value_node, deep=True)
        return result


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_lined)


def read(text: str, file: str = "sop.yaml") -> Sop:
    """The checked values of one file. Raises `BadSop`."""
    return _Reader(text, file).read()


class _Reader:
    def __init__(self, text: str, file: str):
        self.text, self.file = text, file
        self.problems: list[Problem] = []

    def read(self) -> Sop:
        try:
            data = yaml.load(self.text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            fault = f"This is not YAML: {getattr(error, 'problem', None) or error}."
            self._add(mark.line + 1 if mark else 1, "", fault, "Mend the line.")
            raise BadSop(tuple(self.problems)) from None
        if not isinstance(data, _Lined) or not isinstance(data.get("steps"), list):
            self._add(1, "", "The file has no list `steps`.", "Give process, title and steps (docs/sop.md).")
            raise BadSop(tuple(self.problems))
        self._unknown(data, TOP_KEYS, "")
        process = self._one(Process, data.get("process"), data.line, "", "process")
        steps: dict[str, Step] = {}
        for row in data["steps"]:
            step = self._step(row, data.line)
            if step and step.no in steps:
                self._add(step.line, step.no, "Two steps have the same number.", "Number every step once.")
            elif step:
                steps[step.no] = step
        steps = self._anytime(data, steps)
        first = data.get("start") or next(iter(steps), "")
        sop = Sop(
            process=process or Process.PREPARATION,
            title=str(data.get("title") or ""),
            first=first,
            steps=MappingProxyType(steps),
            head=MappingProxyType(dict(data.get("head") or {})),
            reading=str(data.get("reading") or ""),
            version=version_of(self.text),
        )
        if not sop.title:
            self._add(data.line, "", "The process has no title.", "Add `title:`.")
        self._check(sop, data.line)
        if self.problems:
            raise BadSop(tuple(sorted(self.problems, key=lambda problem: problem.line)))
        return sop

    def _add(self, line: int, step: str, fault: str, mend: str) -> None:
        self.problems.append(Problem(self.file, line, step, fault, mend))

    def _unknown(self, data: _Lined, known: set[str], no: str) -> None:
        for key in sorted(set(data) - known):
            self._add(data.line, no, f"Unknown key `{key}`.", f"Known are {', '.join(sorted(known))}.")

    def _one(self, kind: type[E], value: Any, line: int, no: str, what: str) -> E | None:
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(item.value for item in kind)
            self._add(line, no, f"Unknown {what} {value!r}.", f"Known are {known}.")
            return None

    def _step(self, row: Any, line: int) -> Step | None:
        if not isinstance(row, _Lined) or not row.get("no"):
            self._add(getattr(row, "line", line), "", "A step has no number.", "Add `no:`.")
            return None
        no, line = str(row["no"]), row.line
        self._unknown(row, STEP_KEYS, no)
        roles = self._roles(row.get("pelaksana"), line, no)
        if not roles:
            self._add(line, no, "The step has no performer.", "Add `pelaksana:`.")
        if not row.get("uraian"):
            self._add(line, no, "The step says nothing of what is done.", "Add `uraian:`.")
        waktu, waktu_text = self._waktu(row.get("waktu"), line, no)
        return Step(
            no=no,
            uraian=str(row.get("uraian") or ""),
            pelaksana=roles,
            exits=MappingProxyType(self._exits(row, roles)),
            kelengkapan=_texts(row.get("kelengkapan")),
            waktu=waktu,
            waktu_text=waktu_text,
            output=_texts(row.get("output")),
            not_same_as=_texts(row.get("not_same_as")),
            keterangan=str(row.get("keterangan") or ""),
            line=line,
        )

    def _roles(self, value: Any, line: int, no: str) -> tuple[Role, ...]:
        found = (self._one(Role, name, line, no, "role") for name in _texts(value))
        return tuple(role for role in found if role)

    def _waktu(self, value: Any, line: int, no: str) -> tuple[Waktu | None, str]:
        if not value:
            return None, ""
        match = re.fullmatch(r"(\d{1,4})\s+(\w+)", str(value))
        if match:
            unit = self._one(Unit, match[2], line, no, "unit of time")
            return (Waktu(int(match[1]), unit) if unit else None), ""
        if re.match(r"\d", str(value)):
            self._add(line, no, f"The time {value!r} has no unit.", "Write `3 working_days`.")
        return None, str(value)

    def _exits(self, row: _Lined, roles: tuple[Role, ...]) -> dict[Command, Exit]:
        no, line = str(row["no"]), row.line
        given = row.get("exits")
        if not isinstance(given, _Lined) or not given:
            self._add(line, no, "The step has no way out.", "Add `exits: {command: next step or end}`.")
            return {}
        listed = row.get("needs")
        needs = listed if isinstance(listed, Mapping) else {}
        for name in sorted(set(needs) - set(given)):
            self._add(line, no, f"`needs` names `{name}`, which is no exit here.", "Name one of the exits.")
        exits = {}
        for name, value in given.items():
            made = self._exit(name, value, needs.get(name), roles, given.line, no)
            if made:
                exits[made.command] = made
        return exits

    def _exit(self, name: str, value: Any, needs: Any, roles: tuple[Role, ...], line: int, no: str) -> Exit | None:
        command = self._one(Command, name, line, no, "command")
        if command is None:
            return None
        more = value if isinstance(value, _Lined) else _Lined(to=value)
        self._unknown(more, EXIT_KEYS, no)
        to = _texts(more.get("to"))
        if not to:
            self._add(line, no, f"The exit `{name}` leads nowhere.", "Name the next step or `end`.")
        wanted = dict.fromkeys((*ALWAYS_NEEDS.get(command, ()), *_texts(needs), *_texts(more.get("needs"))))
        return Exit(
            command=command,
            to=tuple(step for step in to if step != END),
            by=self._roles(more.get("by"), line, no) or roles,
            needs=tuple(wanted),
            cancels=more.get("cancels") == "true",
            agency_from=str(more.get("agency_from") or ""),
            label=str(more.get("label") or ""),
        )

    def _anytime(self, data: _Lined, steps: dict[str, Step]) -> dict[str, Step]:
        """Commands that may be given at every step: they become an exit of each, and close whatever is open."""
        given = data.get("anytime") or {}
        for name, value in given.items():
            more = value if isinstance(value, _Lined) else _Lined(to=value)
            made = self._exit(name, more, None, (), data.line, "anytime")
            if made is None:
                continue
            if not made.by:
                self._add(data.line, "anytime", f"Nobody may give `{name}`.", "Add `by:` with a role.")
            made = Exit(**{**vars(made), "cancels": True})
            for no in steps.keys() - set(_texts(more.get("except"))):
                if made.command not in steps[no].exits:
                    exits = MappingProxyType({**steps[no].exits, made.command: made})
                    steps[no] = Step(**{**vars(steps[no]), "exits": exits})
        return steps

    def _check(self, sop: Sop, line: int) -> None:
        """The faults that show only when the steps are seen together."""
        if sop.first not in sop.steps:
            self._add(line, sop.first, "The first step is not in the file.", "Name one of the steps in `start:`.")
            return
        for step, exit_ in sop.exits():
            for no in exit_.to:
                if no not in sop.steps:
                    fault = f"`{exit_.command.value}` leads to step {no}, which is not there."
                    self._add(step.line, step.no, fault, "Name a step of this file or `end`.")
        for step in sop.steps.values():
            self._check_eyes(sop, step)
        if self.problems:
            return
        reached = _reach({sop.first}, {no: _next(step) for no, step in sop.steps.items()})
        back: dict[str, set[str]] = {no: set() for no in sop.steps}
        for no, step in sop.steps.items():
            for after in _next(step):
                back[after].add(no)
        # An `anytime` command would end any circle; a way out must be the performers' own.
        ending = {step.no for step, exit_ in sop.exits() if not exit_.to and not exit_.cancels}
        ends = _reach(ending, back)
        for no, step in sop.steps.items():
            if no not in reached:
                fault = "No exit leads to this step: it is unreachable or a second first step."
                self._add(step.line, no, fault, "Let an exit lead here or take the step out.")
            if no not in ends:
                self._add(step.line, no, "From here no path leads to an end.", "Let one exit lead on to `end`.")

    def _check_eyes(self, sop: Sop, step: Step) -> None:
        for other in step.not_same_as:
            if other not in sop.steps:
                self._add(step.line, step.no, f"`not_same_as` names step {other}, which is not there.", "Mend it.")
            elif other == step.no and len(step.pelaksana) == 1:
                fault = "Nobody can satisfy `not_same_as`: the step has one performer and names itself."
                self._add(step.line, step.no, fault, "Take the step's own number out.")


def _texts(value: Any) -> tuple[str, ...]:
    """One text or a list of texts as a tuple."""
    if value in (None, ""):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _next(step: Step) -> set[str]:
    return {no for exit_ in step.exits.values() for no in exit_.to}


def _reach(start: set[str], arrows: Mapping[str, set[str]]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        for no in arrows.get(todo.pop(), ()):
            if no not in seen:
                seen.add(no)
                todo.append(no)
    return seen
