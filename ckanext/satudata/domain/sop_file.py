"""Reads an SOP file: text -> `Sop`, or `BadSop` with every fault, its line, step and mend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from ckanext.satudata.domain import sop_checks, sop_form, sop_meaning, sop_one_answer, sop_outputs, sop_shapes
from ckanext.satudata.domain.guestbook import Mode
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import (
    ALWAYS_NEEDS,
    END,
    STAY,
    Command,
    Exit,
    Process,
    Sop,
    StandIn,
    Start,
    Step,
    Waktu,
    version_of,
)
from ckanext.satudata.domain.sop_text import Faults, Lined, load, texts
from ckanext.satudata.domain.workdays import Unit

TOP_KEYS = (
    "process",
    "title",
    "formulir",
    "head",
    "reading",
    "start",
    "mulai",
    "waktu",
    "until",
    "reminders",
    "stand_in",
    "override",
    "steps",
    "anytime",
    "outputs",
)
ROW_KEYS = ("no", "uraian", "pelaksana", "kelengkapan", "waktu", "output", "keterangan", "tautan", "guestbook")
"""The columns of the form, and whether the row's download asks who it is for: what a row has that is no step."""
STEP_KEYS = (
    *ROW_KEYS,
    "exits",
    "needs",
    "not_same_as",
    "in_turn",
    "extra",
    "reminders",
    "stand_in",
    "override",
    "disposition",
    "pauses",
    "within",
    "not_a_step",
)
EXIT_KEYS = ("to", "by", "needs", "cancels", "closes", "agency_from", "label")
ANYTIME_KEYS = (*EXIT_KEYS, "except")
START_KEYS = ("by", "dates", "after", "each_agency")
WORD_OF_TIME = rf"^(?!.*({'|'.join(unit.value for unit in Unit)}))[A-Za-z]"
"""A time in words, which nothing counts: `paling lambat 31 Maret`."""
JOINT = "\n---\n"
"""Stands between a process and its form where both are kept as one text."""


def read(text: str, file: str = "sop.yaml", form: tuple[str, str, str] | None = None, *, kept: bool = False) -> Sop:
    """The checked values of one file. `form`: text, file and name of the form it names. Raises `BadSop`.

    `kept`: a text under which cases began; what is asked of new files only is not asked of it.
    """
    return _Reader(text, file, form, kept).read()


def form_named(text: str, file: str = "sop.yaml") -> str:
    """The form that the file names in `formulir`; empty where its head stands in it or the file is no SOP.

    Raises BadSop for what is not YAML.
    """
    data = load(text, Faults(file))
    named = data.get("formulir") if isinstance(data, Lined) else ""
    return named if isinstance(named, str) else ""


def stored(text: str, form: str = "") -> str:
    """A process and its form as the one text a case keeps."""
    return f"{text.rstrip()}{JOINT}{form}" if form else text


def read_stored(source: str) -> Sop:
    """The SOP of a kept text."""
    text, _joint, form = source.partition(JOINT)
    sop = read(text, form=(form, "formulir.yaml", form_named(text)) if form else None, kept=True)
    return replace(sop, version=version_of(source))


class _Reader:
    def __init__(self, text: str, file: str, form: tuple[str, str, str] | None, kept: bool):
        self.text, self.file, self.form = text, file, form
        self.faults = Faults(file, kept=kept)

    def read(self) -> Sop:
        faults = self.faults
        data = load(self.text, faults)
        if isinstance(data, Lined) and not faults.kept:
            sop_shapes.check(data, sop_shapes.PROCESS, faults)
        if not isinstance(data, Lined) or not isinstance(data.get("steps"), list):
            faults.add(1, "", "The file has no list `steps`.", "Give process, title and steps (docs/sop.md).")
            faults.stop()
        faults.unknown(data, TOP_KEYS, "")
        process = faults.one(Process, data.get("process"), data.line, "", "process")
        rows = self._rows(data)
        steps = self._anytime(data, {row.no: row for row in rows if row.exits})
        waktu, word = self._waktu(data.get("waktu"), data.line_of("waktu"), "")
        if word:
            faults.add_new(data.line_of("waktu"), "", f"The limit {word!r} has no number.", "Write `7 working_days`.")
        sop = Sop(
            process=process or Process.PREPARATION,
            title=str(data.get("title") or ""),
            first=data.get("start") or next(iter(steps), ""),
            steps=MappingProxyType(steps),
            rows=tuple(steps.get(row.no, row) for row in rows),
            form=self._form(data),
            reading=str(data.get("reading") or ""),
            version=version_of(stored(self.text, self.form[0] if self.form else "")),
            waktu=waktu,
            until=self._date(str(data["until"]), data.line, "until") if data.get("until") else None,
            start=self._start(data),
            outputs=sop_outputs.read(data.get("outputs"), data.line, faults),
        )
        if not sop.title:
            faults.add(data.line, "", "The process has no title.", "Add `title:`.")
        sop_checks.check(sop, faults, data.line)
        if not faults.kept:
            sop_checks.check_outputs(sop, faults)
        if process:
            sop_meaning.check(sop, faults, data.line)
            sop_one_answer.check(sop, faults)
        faults.stop()
        return sop_one_answer.joined(sop)

    def _form(self, data: Lined) -> Any:
        if self.form is None:
            return sop_form.inline(data, self.faults)
        if "head" in data:
            self.faults.add(data.line, "", "The file has a `head` and names a form.", "Leave one of them out.")
        text, file, name = self.form
        return sop_form.read(text, file, name, kept=self.faults.kept)

    def _rows(self, data: Lined) -> list[Step]:
        found: dict[str, Step] = {}
        for given in data["steps"]:
            row = self._row(given, data)
            if row and row.no in found:
                self.faults.add(row.line, row.no, "Two steps have the same number.", "Number every step once.")
            elif row:
                found[row.no] = row
        return list(found.values())

    def _row(self, row: Any, data: Lined) -> Step | None:
        if not isinstance(row, Lined) or not row.get("no"):
            self.faults.add(getattr(row, "line", data.line), "", "A step has no number.", "Add `no:`.")
            return None
        no, line = str(row["no"]), row.line
        runs = not ("within" in row or "not_a_step" in row)
        if no in (END, STAY):
            self.faults.add_new(line, no, f"A step cannot be numbered `{no}`.", "Give it a number.")
        if not (runs or row.get("within") or row.get("not_a_step")):
            self.faults.add_new(line, no, "The row is no step and does not say why.", "Write why in `not_a_step:`.")
        self.faults.unknown(row, STEP_KEYS if runs else (*ROW_KEYS, "within", "not_a_step"), no)
        roles = self.faults.many(Role, row.get("pelaksana"), line, no, "role")
        if runs and not roles:
            self.faults.add(line, no, "The step has no performer.", "Add `pelaksana:`.")
        if not row.get("uraian"):
            self.faults.add(line, no, "The step says nothing of what is done.", "Add `uraian:`.")
        waktu, waktu_text = self._waktu(row.get("waktu"), line, no)
        return Step(
            no=no,
            uraian=str(row.get("uraian") or ""),
            pelaksana=roles,
            exits=MappingProxyType(self._exits(row, roles) if runs else {}),
            kelengkapan=texts(row.get("kelengkapan")),
            waktu=waktu,
            waktu_text=waktu_text,
            output=texts(row.get("output")),
            not_same_as=texts(row.get("not_same_as")),
            keterangan=str(row.get("keterangan") or ""),
            tautan=self._links(row),
            line=line,
            in_turn=self.faults.flag(row, "in_turn", no),
            extra=self.faults.flag(row, "extra", no),
            pauses=self.faults.flag(row, "pauses", no),
            within=str(row.get("within") or ""),
            not_a_step=str(row.get("not_a_step") or ""),
            guestbook=self.faults.one(Mode, row["guestbook"], line, no, "mode") if "guestbook" in row else None,
            **self._people(row, data, no),
        )

    def _people(self, row: Lined, data: Lined, no: str) -> dict[str, Any]:
        """What a step says of reminders and people, or else the whole process."""
        given = {key: row.get(key, data.get(key)) for key in ("reminders", "stand_in", "override")}
        stand_in = given["stand_in"]
        return {
            "reminders": self._reminders(given["reminders"], row.line, no),
            "stand_in": self.faults.one(StandIn, stand_in, row.line, no, "stand-in") if stand_in else None,
            "override": self.faults.many(Role, given["override"], row.line, no, "role"),
            "disposition": self.faults.many(Role, row.get("disposition"), row.line, no, "role"),
        }

    def _reminders(self, value: Any, line: int, no: str) -> tuple[int, ...]:
        days = texts(value)
        if any(not re.fullmatch(r"[+-]?\d{1,3}", day) for day in days):
            self.faults.add(
                line, no, f"`reminders` are {value!r}.", "Write working days from the due date: [-2, 0, 1]."
            )
            return ()
        return tuple(sorted({int(day) for day in days}))

    def _links(self, row: Lined) -> tuple[str, ...]:
        links = texts(row.get("tautan"))
        for link in links:
            if not re.match(r"https?://\S+$", link):
                self.faults.add(row.line, str(row["no"]), f"{link!r} is no web address.", "Begin it with https://.")
        return links

    def _waktu(self, value: Any, line: int, no: str) -> tuple[Waktu | None, str]:
        if not value:
            return None, ""
        match = re.fullmatch(r"(\d{1,4})\s+(\w+)", str(value))
        if match:
            if not int(match[1]):
                self.faults.add_new(line, no, f"The time {value!r} is none.", "Write `1 working_days` or leave it out.")
            unit = self.faults.one(Unit, match[2], line, no, "unit of time")
            return (Waktu(int(match[1]), unit) if unit else None), ""
        if re.match(r"\d", str(value)):
            self.faults.add(line, no, f"The time {value!r} has no unit.", "Write `3 working_days`.")
        elif not re.match(WORD_OF_TIME, str(value)):
            mend = "Write a whole number above 0 and its unit, `3 working_days`, or a word."
            self.faults.add_new(line, no, f"The time {value!r} is neither a time nor a word.", mend)
        return None, str(value)

    def _start(self, data: Lined) -> Start | None:
        given = data.get("mulai")
        if not isinstance(given, Lined):
            return None
        self.faults.unknown(given, START_KEYS, "mulai")
        if not (given.get("by") or given.get("dates") or given.get("after")):
            fault = "`mulai` says neither who begins a case nor when."
            self.faults.add_new(given.line, "mulai", fault, "Add `by:`, `dates:` or `after:`.")
        process, _dot, command = str(given.get("after") or "").partition(".")
        return Start(
            by=self.faults.many(Role, given.get("by"), given.line, "mulai", "role"),
            dates=tuple(filter(None, (self._date(day, given.line, "mulai") for day in texts(given.get("dates"))))),
            after=self.faults.one(Process, process, given.line, "mulai", "process") if process else None,
            after_command=self.faults.one(Command, command, given.line, "mulai", "command") if command else None,
            each_agency=self.faults.flag(given, "each_agency", "mulai"),
            line=data.line_of("mulai"),
        )

    def _date(self, value: str, line: int, where: str) -> tuple[int, int] | None:
        try:
            # A year without 29 February: such a day comes in one year out of four.
            day = date.fromisoformat(f"2001-{value}" if re.fullmatch(r"[0-9]{2}-[0-9]{2}", value) else "")
        except ValueError:
            self.faults.add(line, where, f"{value!r} is no day of every year.", "Write month-day: 01-31.")
            return None
        return day.month, day.day

    def _exits(self, row: Lined, roles: tuple[Role, ...]) -> dict[Command, Exit]:
        no, line = str(row["no"]), row.line
        given = row.get("exits")
        if not isinstance(given, Lined) or not given:
            self.faults.add(line, no, "The step has no way out.", "Add `exits: {command: next step or end}`.")
            return {}
        listed = row.get("needs")
        needs = listed if isinstance(listed, Mapping) else {}
        for name in sorted(set(needs) - set(given)):
            self.faults.add(line, no, f"`needs` names `{name}`, which is no exit here.", "Name one of the exits.")
        exits = {}
        for name, value in given.items():
            made = self._exit(name, value, needs.get(name), roles, given.line, no)
            if made:
                exits[made.command] = made
        return exits

    def _exit(self, name: str, value: Any, needs: Any, roles: tuple[Role, ...], line: int, no: str) -> Exit | None:
        command = self.faults.one(Command, name, line, no, "command")
        if command is None:
            return None
        more = value if isinstance(value, Lined) else Lined(to=value)
        known = ANYTIME_KEYS if no == "anytime" or self.faults.kept else EXIT_KEYS
        self.faults.unknown(more, known, no)
        to = texts(more.get("to"))
        if not to:
            self.faults.add(line, no, f"The exit `{name}` leads nowhere.", "Name the next step or `end`.")
        if len(set(to)) < len(to):
            self.faults.add_new(line, no, f"The exit `{name}` opens a step twice.", "Name each step once.")
        if END in to and len(to) > 1:
            fault = f"The exit `{name}` ends and leads on: `end` stands beside steps."
            self.faults.add_new(line, no, fault, "Name the steps that open side by side, or `end` alone.")
        if STAY in to and len(to) > 1:
            self.faults.add(line, no, f"The exit `{name}` stays and leads on.", "Write `stay` alone, or leave it out.")
        wanted = dict.fromkeys((*ALWAYS_NEEDS.get(command, ()), *texts(needs), *texts(more.get("needs"))))
        return Exit(
            command=command,
            to=tuple(step for step in to if step not in (END, STAY)),
            by=self.faults.many(Role, more.get("by"), line, no, "role") or roles,
            needs=tuple(wanted),
            cancels=self.faults.flag(more, "cancels", no),
            agency_from=str(more.get("agency_from") or ""),
            label=str(more.get("label") or ""),
            stays=STAY in to,
            closes=texts(more.get("closes")),
        )

    def _anytime(self, data: Lined, steps: dict[str, Step]) -> dict[str, Step]:
        """Commands that may be given at every step: they become an exit of each, and close whatever is open."""
        given = data.get("anytime") or Lined()
        for name, value in given.items():
            more = value if isinstance(value, Lined) else Lined(to=value)
            made = self._exit(name, more, None, (), data.line, "anytime")
            if made is None:
                continue
            if not made.by:
                self.faults.add(data.line, "anytime", f"Nobody may give `{name}`.", "Add `by:` with a role.")
            made = made if made.stays else replace(made, cancels=True)
            spared = set(texts(more.get("except")))
            for no in sorted(spared - set(steps)):
                fault = f"`except` of `{name}` names step {no}, which is not there."
                self.faults.add_new(given.line_of(name), "anytime", fault, "Name a step of this file that has exits.")
            for no in steps.keys() - spared:
                if made.command not in steps[no].exits:
                    exits = MappingProxyType({**steps[no].exits, made.command: made})
                    steps[no] = replace(steps[no], exits=exits)
        return steps
