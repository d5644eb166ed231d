"""A government's SOP file as checked values.

The file has the columns of the official form (docs/sop.md). Everything a case needs to know about which
step follows which, who does it and in what time is here; what a command *means* is code elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.workdays import Unit

END = "end"


class Process(str, Enum):
    """The processes a file may describe; the file's name is the process."""

    PREPARATION = "preparation"
    REQUEST = "request"
    REPORT = "report"
    PUBLICATION = "publication"
    CHANNEL_POST = "channel_post"
    COLLECTION = "collection"
    OBJECTION = "objection"
    CLASSIFICATION = "classification"


class Command(str, Enum):
    """Every command a file may use; a command outside this list is a fault of the file."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return_"
    PUBLISH = "publish"
    ROUTE = "route"
    GRANT = "grant"
    GRANT_IN_PART = "grant_in_part"
    REFUSE = "refuse"
    NOT_HELD = "not_held"
    HANDOVER = "handover"
    ATTEST = "attest"
    FORWARD = "forward"
    DELIVER = "deliver"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    RECORD = "record"
    """Finishes a step whose work is done outside the portal."""
    LAPSE = "lapse"


EVENTS: Mapping[Command, str] = MappingProxyType(
    {
        Command.SUBMIT: "submitted",
        Command.APPROVE: "approved",
        Command.RETURN: "returned",
        Command.PUBLISH: "published",
        Command.ROUTE: "routed",
        Command.GRANT: "granted",
        Command.GRANT_IN_PART: "granted_in_part",
        Command.REFUSE: "refused",
        Command.NOT_HELD: "answered_not_held",
        Command.HANDOVER: "handed_over",
        Command.ATTEST: "attested",
        Command.FORWARD: "forwarded",
        Command.DELIVER: "delivered",
        Command.CLOSE: "closed",
        Command.WITHDRAW: "withdrawn",
        Command.RECORD: "recorded",
        Command.LAPSE: "lapsed",
    }
)
"""What the journal calls a command once it is carried out."""

GOVERNMENT_WIDE = frozenset({Role.WALIDATA, Role.PPID, Role.PPID_SUPERIOR, Role.SYSTEM, Role.APPLICANT})
"""Roles of which a government has one office: whoever holds them acts for every agency."""

ALWAYS_NEEDS: Mapping[Command, tuple[str, ...]] = MappingProxyType({Command.RETURN: ("note",)})
"""What a command needs whatever the file says: a return always carries a note (000-8, 001-14)."""


@dataclass(frozen=True)
class Waktu:
    """A time of the `Mutu Baku` column: a count and its unit, from the instant the step opens."""

    count: int
    unit: Unit


@dataclass(frozen=True)
class Exit:
    """One way out of a step.

    `to`: the next steps, side by side; empty means this branch ends. `by`: the roles that may give the command
    (the step's own unless said). `needs`: payload fields that must not be empty. `cancels`: closes every other
    open step of the case as well. `agency_from`: payload field naming the agency that carries on.
    """

    command: Command
    to: tuple[str, ...]
    by: tuple[Role, ...]
    needs: tuple[str, ...] = ()
    cancels: bool = False
    agency_from: str = ""
    label: str = ""


@dataclass(frozen=True)
class Step:
    """One row of the procedure table. Several `pelaksana` do the step side by side, each for itself."""

    no: str
    uraian: str
    pelaksana: tuple[Role, ...]
    exits: Mapping[Command, Exit]
    kelengkapan: tuple[str, ...] = ()
    waktu: Waktu | None = None
    waktu_text: str = ""
    output: tuple[str, ...] = ()
    not_same_as: tuple[str, ...] = ()
    keterangan: str = ""
    line: int = 0


@dataclass(frozen=True)
class Sop:
    """One process of one government; `version` is the sha256 of the file's bytes."""

    process: Process
    title: str
    first: str
    steps: Mapping[str, Step]
    head: Mapping[str, object] = field(default_factory=dict)
    reading: str = ""
    version: str = ""

    def step(self, no: str) -> Step:
        """The row with that number."""
        return self.steps[no]

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that acts somewhere in the process."""
        return frozenset(
            role
            for step in self.steps.values()
            for roles in (step.pelaksana, *(exit_.by for exit_ in step.exits.values()))
            for role in roles
        )

    def exits(self) -> Iterator[tuple[Step, Exit]]:
        """Every exit of every step."""
        for step in self.steps.values():
            for exit_ in step.exits.values():
                yield step, exit_


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, where, and how to mend it. English: it is read at start-up and in logs."""

    file: str
    line: int
    step: str
    fault: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f", step {self.step}" if self.step else "")
        return f"{where}: {self.fault} {self.mend}"


class BadSop(ValueError):
    """A file that cannot run; `problems` lists every fault found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def version_of(text: str) -> str:
    """The version a case keeps: the sha256 of the file's text."""
    return hashlib.sha256(text.encode()).hexdigest()
