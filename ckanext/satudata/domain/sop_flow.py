"""What a procedure table draws: the mark of each performer and which row leads to which.

Two readings of the same files: `of_form` is the signed form, whose rows may belong to several processes and which
knows none of the portal's own steps; `of_process` is one process as it runs, with all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command, Exit, Sop, Step


class Shape(str, Enum):
    """The signs of the form (Permenpan 35/2012): begin and end, work, decision, connector to another page."""

    BOUND = "bound"
    WORK = "work"
    CHOICE = "choice"
    LINK = "link"


WORDS: Mapping[Command, str] = {
    Command.APPROVE: "sesuai",
    Command.RETURN: "tidak sesuai",
    Command.GRANT: "diberikan",
    Command.GRANT_IN_PART: "diberikan sebagian",
    Command.REFUSE: "ditolak",
    Command.NOT_HELD: "tidak dikuasai",
}
"""What stands at the lines that leave a decision, in the form's own language."""

NEVER_DRAWN = (Command.WITHDRAW, Command.LAPSE, Command.EXPIRE)
"""They may come at nearly every step; no signed form has them."""
SHORT_ENDS = (Command.MERGE, Command.PASS_ON, Command.ALREADY_PUBLIC)
"""Ends that the law knows and no signed form draws; the process as it runs does."""


@dataclass(frozen=True)
class Row:
    """A row of the drawing. `step` None: the row above all others (begin) or below them (end)."""

    process: str
    step: Step | None
    shape: Shape
    roles: tuple[Role, ...]


@dataclass(frozen=True, order=True)
class Arrow:
    """From the mark of one row's performer to that of another; rows by their position in the drawing."""

    source: int
    source_role: Role
    target: int
    target_role: Role
    label: str = ""


@dataclass(frozen=True)
class Flow:
    """`undrawn`: returns that have no line, as (from, to) row numbers; they are told in words."""

    rows: tuple[Row, ...]
    columns: tuple[Role, ...]
    arrows: tuple[Arrow, ...]
    undrawn: tuple[tuple[str, str], ...] = ()

    def ways(self, position: int) -> list[tuple[str, str]]:
        """Where a row leads, in the order of the form: the word at the line, and the row's number (empty: the end)."""
        found = {
            (arrow.label, self.number(arrow.target)): None
            for arrow in self.arrows
            if arrow.source == position and arrow.target != position
        }
        return list(found)

    def number(self, position: int) -> str:
        """The number of a row; empty for begin and end."""
        step = self.rows[position].step
        return step.no if step else ""


def of_form(rows: Sequence[tuple[str, Step]], sops: Mapping[str, Sop], columns: Sequence[Role] = ()) -> Flow:
    """The flow of a signed form: its rows with the process that runs each, in their order."""
    return _Reading(rows, sops, columns).flow()


def under_headings(
    rows: Sequence[tuple[str, Step]], headings: Mapping[Role, str]
) -> tuple[list[tuple[str, Step]], tuple[Role, ...]]:
    """The rows with each performer in the column of his heading, and the columns: roles with one heading share one."""
    first = {heading: role for role, heading in reversed(list(headings.items()))}
    column = {role: first[heading] for role, heading in headings.items()}
    placed = [
        (name, replace(step, pelaksana=tuple(dict.fromkeys(column.get(role, role) for role in step.pelaksana))))
        for name, step in rows
    ]
    return placed, tuple(dict.fromkeys(column.values()))


def of_process(sop: Sop) -> Flow:
    """The flow of one process as it runs: the portal's own steps and every return drawn."""
    steps = [(sop.process.value, step) for step in sop.steps.values()]
    first = [pair for pair in steps if pair[1].no == sop.first]
    others = [pair for pair in steps if pair[1].no != sop.first]
    return _Reading([*first, *others], {sop.process.value: sop}, tuple(sop.form.columns), whole=True).flow()


class _Link(NamedTuple):
    """A line between two rows with its word; `back`: it sends back."""

    source: int
    target: int
    label: str = ""
    back: bool = False


class _Reading:
    def __init__(
        self, rows: Sequence[tuple[str, Step]], sops: Mapping[str, Sop], columns: Sequence[Role], *, whole: bool = False
    ):
        self.given, self.sops, self.whole = list(rows), sops, whole
        # Position 0 is the begin, so a row's position is its place in the list plus one.
        self.place = {(process, step.no): at for at, (process, step) in enumerate(self.given, start=1)}
        self.end = len(self.given) + 1
        acting = dict.fromkeys(role for _process, step in self.given for role in step.pelaksana)
        self.columns = tuple(dict.fromkeys((*columns, *acting)) if not whole else acting)
        self.undrawn: list[tuple[str, str]] = []

    def flow(self) -> Flow:
        acting = [at for at in range(1, self.end) if self._step(at).pelaksana]
        if not acting:
            return Flow((), self.columns, ())
        first, last = acting[0], acting[-1]
        rows = [Row("", None, Shape.BOUND, self._step(first).pelaksana[:1])]
        rows += [Row(process, step, self._shape(at), step.pelaksana) for at, (process, step) in self._numbered()]
        rows.append(Row("", None, Shape.BOUND, self._step(last).pelaksana[-1:]))
        arrows = [arrow for link in self._links(first) for arrow in _arrows(rows, link)]
        arrows += [arrow for at, row in enumerate(rows) for arrow in _in_turn(at, row)]
        return Flow(tuple(rows), self.columns, tuple(dict.fromkeys(arrows)), tuple(dict.fromkeys(self.undrawn)))

    def _numbered(self) -> Iterator[tuple[int, tuple[str, Step]]]:
        return enumerate(self.given, start=1)

    def _step(self, position: int) -> Step:
        return self.given[position - 1][1]

    def _links(self, first: int) -> Iterator[_Link]:
        yield _Link(0, self._entry_of(first))
        for at, (process, step) in self._numbered():
            host = self.place[process, step.within] if step.within else at
            out = self._members(host)[-1]
            following = self._next(at)
            if (at != out or not step.exits) and step.pelaksana and following:
                yield _Link(at, following)
            for exit_, targets in self._drawn(at):
                word, back = self._word(at, exit_), exit_.command is Command.RETURN
                yield from (_Link(out, target, word, back) for target in targets)
        yield from self._by_command()

    def _drawn(self, at: int) -> list[tuple[Exit, tuple[int, ...]]]:
        """The exits that have lines; returns only where a decision is taken, as on the signed forms."""
        process, step = self.given[at - 1]
        found: list[tuple[Exit, tuple[int, ...]]] = []
        for exit_ in self._forward(at):
            targets = tuple(dict.fromkeys(self._targets(at, exit_, frozenset())))
            if targets and targets not in [known for _exit, known in found]:
                found.append((exit_, targets))
        back = step.exits.get(Command.RETURN)
        if back is None:
            return found
        targets = tuple(self._entry(process, no) for no in back.to if (process, no) in self.place)
        if targets and (self.whole or self._shape(at) is Shape.CHOICE):
            found.append((back, targets))
        else:
            self.undrawn += [(step.no, no) for no in back.to if (process, no) in self.place]
        return found

    def _forward(self, at: int) -> list[Exit]:
        """The exits that go on. What leads to a step of the portal alone stays off the form if another way does not."""
        process, step = self.given[at - 1]
        onward = [one for one in step.exits.values() if self._goes_on(one)]
        onform = [one for one in onward if not one.to or any((process, no) in self.place for no in one.to)]
        return onform or onward

    def _targets(self, at: int, exit_: Exit, seen: frozenset[str]) -> Iterator[int]:
        """The rows an exit leads to; steps that are not on the form are passed through."""
        process = self.given[at - 1][0]
        if not exit_.to:
            yield self._after_end(at)
        drawn = [no for no in exit_.to if (process, no) in self.place]
        for no in drawn or exit_.to:
            if drawn:
                yield self._entry(process, no)
            elif no not in seen and no in self.sops[process].steps:
                for onward in self.sops[process].steps[no].exits.values():
                    if self._goes_on(onward):
                        yield from self._targets(at, onward, seen | {no})

    def _after_end(self, at: int) -> int:
        """The next part of the form where the row's process ends right before it; else the end."""
        following = self._next(at)
        if not following or self.given[following - 1][0] == self.given[at - 1][0]:
            return self.end
        process = self.given[following - 1][0]
        start = self.sops[process].start
        begins = min(place for (name, _no), place in self.place.items() if name == process) == following
        return self._entry_of(following) if begins and not (start and start.after_command) else self.end

    def _goes_on(self, exit_: Exit) -> bool:
        """Whether an exit leads on or ends; returns are drawn apart."""
        off = NEVER_DRAWN if self.whole else (*NEVER_DRAWN, *SHORT_ENDS)
        return not exit_.stays and exit_.command not in (*off, Command.RETURN)

    def _by_command(self) -> Iterator[_Link]:
        """Processes that begin beside another one as soon as a command is given there (001-11)."""
        for name, sop in self.sops.items():
            places = [place for (process, _no), place in self.place.items() if process == name]
            if not places or not sop.start or not sop.start.after or not sop.start.after_command:
                continue
            for at, (process, step) in self._numbered():
                if process == sop.start.after.value and sop.start.after_command in step.exits:
                    yield _Link(self._members(at)[-1], min(places))

    def _next(self, at: int) -> int:
        """The next row that somebody performs; 0 after the last."""
        return next((one for one in range(at + 1, self.end) if self._step(one).pelaksana), 0)

    def _members(self, at: int) -> list[int]:
        """The row with those that are done in its act."""
        process, step = self.given[at - 1]
        inside = [one for one, (name, row) in self._numbered() if name == process and row.within == step.no]
        return sorted([at, *inside])

    def _entry(self, process: str, no: str) -> int:
        return self._entry_of(self.place[process, no])

    def _entry_of(self, at: int) -> int:
        return self._members(at)[0]

    def _shape(self, at: int) -> Shape:
        """A decision is where a check may send back, or where several ways lead on."""
        step = self._step(at)
        if not step.exits:
            return Shape.WORK
        if Command.APPROVE in step.exits and Command.RETURN in step.exits:
            return Shape.CHOICE
        ways = {tuple(self._targets(at, exit_, frozenset())) for exit_ in self._forward(at)}
        return Shape.CHOICE if len(ways) > 1 else Shape.WORK

    def _word(self, at: int, exit_: Exit) -> str:
        if exit_.label:
            return exit_.label
        return WORDS.get(exit_.command, "") if self._shape(at) is Shape.CHOICE else ""


def _arrows(rows: Sequence[Row], link: _Link) -> Iterator[Arrow]:
    """A line from every performer of one row to every performer of the other.

    Of performers in turn the last one passes on, each may send back, and the first one gets what comes.
    """
    here, there = rows[link.source], rows[link.target]
    in_turn = bool(here.step and here.step.in_turn)
    leaves = here.roles[-1:] if in_turn and not link.back else here.roles
    enters = there.roles[:1] if there.step and there.step.in_turn else there.roles
    for one in leaves:
        for other in enters:
            yield Arrow(link.source, one, link.target, other, link.label)


def _in_turn(at: int, row: Row) -> Iterator[Arrow]:
    if row.step and row.step.in_turn:
        for one, other in pairwise(row.roles):
            yield Arrow(at, one, at, other)
