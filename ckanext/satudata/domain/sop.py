"""A government's SOP file as checked values.

The file has the columns of the official form (docs/sop.md). Everything a case needs to know about which
step follows which, who does it and in what time is here; what a command *means* is code elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from ckanext.satudata.domain.guestbook import Mode
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.workdays import Unit

if TYPE_CHECKING:
    from ckanext.satudata.domain.sop_outputs import Output

END = "end"
STAY = "stay"
"""Where an exit leads that finishes nothing: the command is carried out and the case stays where it is."""


class Process(str, Enum):
    """The processes a file may describe; the file's name is the process."""

    PREPARATION = "preparation"
    REQUEST = "request"
    GOVERNMENT_REQUEST = "government_request"
    """Offices of the government ask Walidata (Perpres 39/2019 art. 37(6), 39)."""
    REPORT = "report"
    SERVICE_REPORT = "service_report"
    """The yearly Laporan Layanan Informasi Publik (UU 14/2008 art. 12, PerKI 1/2021 art. 56)."""
    PUBLICATION = "publication"
    CHANNEL_POST = "channel_post"
    COLLECTION = "collection"
    OBJECTION = "objection"
    CLASSIFICATION = "classification"
    DECREE = "decree"
    """000-3 and 000-4: the decree that says which data are disseminated."""
    LIST_CANDIDATE = "list_candidate"
    """001-11 and 001-12: requested data become a candidate for next year's list."""
    RELEASE_CHECK = "release_check"
    """003-1 and 003-2: what is filled by the release schedule, grouped by access level."""
    ANALYSIS_REPORT = "analysis_report"
    """004-3 to 004-6: from the compilation to the published analysis."""
    COMPLAINT = "complaint"
    ERASURE = "erasure"
    """An applicant asks that the personal data of a request is erased."""
    GOVERNMENT_ERASURE = "government_erasure"
    """The same of an office of the government, which Walidata decides."""
    REFUSAL_TEST = "refusal_test"
    """The consequence test behind a refusal of data that is not in the catalogue (UU 14/2008 art. 19)."""


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
    EXPIRE = "expire"
    """Nobody confirmed the address of a request in time."""
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    REPAIR = "repair"
    EXTEND = "extend"
    """One extension of the statutory time (UU 14/2008 art. 22(8))."""
    NOTIFY = "notify"
    """The Pemberitahuan Tertulis (art. 22(7)), which stops the statutory clock."""
    SPLIT = "split"
    MERGE = "merge"
    PASS_ON = "pass_on"
    """The body that holds the data is named to the applicant, who is sent there (art. 22(7)b)."""
    ALREADY_PUBLIC = "already_public"
    TAKE_OVER = "take_over"
    """PPID does the step of a PPID Pembantu who is silent."""
    SETTLE = "settle"
    """Ends an objection by agreement, with minutes (UU 14/2008 art. 35(2))."""


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
        Command.EXPIRE: "expired",
        Command.COMPLETE: "found_complete",
        Command.INCOMPLETE: "found_incomplete",
        Command.REPAIR: "repaired",
        Command.EXTEND: "extended",
        Command.NOTIFY: "notified",
        Command.SPLIT: "split",
        Command.MERGE: "merged",
        Command.PASS_ON: "passed_on",
        Command.ALREADY_PUBLIC: "answered_public",
        Command.TAKE_OVER: "taken_over",
        Command.SETTLE: "settled",
    }
)
"""What the journal calls a command once it is carried out."""

OF_THE_CASE = frozenset({Command.EXTEND, Command.SPLIT})
"""Commands that mean the case and not a step: offered once, however many open steps know them."""

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
    open step of the case as well. `agency_from`: payload field naming the agency that carries on, or several of them,
    each for itself; what else such an agency has open closes. `stays`: it finishes nothing, not even its own step.
    `closes`: other steps that it closes, if open.
    """

    command: Command
    to: tuple[str, ...]
    by: tuple[Role, ...]
    needs: tuple[str, ...] = ()
    cancels: bool = False
    agency_from: str = ""
    label: str = ""
    stays: bool = False
    closes: tuple[str, ...] = ()


class StandIn(str, Enum):
    """Who does a step in an agency of one officer, whom `not_same_as` bars."""

    PARENT_AGENCY = "parent_agency"
    WALIDATA = "walidata"


@dataclass(frozen=True)
class Start:
    """How cases begin (`mulai`); without it only a room of the portal begins them.

    `by`: who may begin one by hand. `dates`: (month, day) on which one begins by itself. `after`: it follows another
    process, when that ends or, with `after_command`, once that command is carried out there. `each_agency`: one case
    for every agency that has an officer for the first step, where dates or another process begin it.
    """

    by: tuple[Role, ...] = ()
    dates: tuple[tuple[int, int], ...] = ()
    after: Process | None = None
    after_command: Command | None = None
    each_agency: bool = False
    line: int = 0


@dataclass(frozen=True)
class Step:
    """One row of the procedure table. Several `pelaksana` do the step side by side, each for itself.

    `in_turn`: one after the other instead, in the order they are named. `extra`: a step of the portal that is no row
    of the signed form. A row that is not carried out by itself stands in `Sop.rows` only: `within` names the step in
    whose act it is done, `not_a_step` says why it is none. `reminders`: working days from the due date, negative
    before it. `override`: who confirms that a case stuck here is moved outside the SOP (`domain.override`).
    `disposition`: the chain of roles that hand an order on here. `pauses`: while it is open, the statutory clock of
    the case stands (`domain.statutory`). `outputs` stay names; `domain.sop_outputs` binds them. `guestbook`: whether
    who downloads here is asked for the name.
    """

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
    tautan: tuple[str, ...] = ()
    line: int = 0
    in_turn: bool = False
    extra: bool = False
    within: str = ""
    not_a_step: str = ""
    reminders: tuple[int, ...] = ()
    stand_in: StandIn | None = None
    override: tuple[Role, ...] = ()
    disposition: tuple[Role, ...] = ()
    pauses: bool = False
    guestbook: Mode | None = None


@dataclass(frozen=True)
class Form:
    """The signed form that a process is part of: what stands above and beside its procedure table.

    `columns`: the performers' headings in the form's own words and order. `identification`: 004's worksheet.
    `service_standard`: the twelve components, each a text or a list of texts.
    """

    name: str = ""
    head: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[Role, str] = field(default_factory=dict)
    identification: Mapping[str, object] = field(default_factory=dict)
    service_standard: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Sop:
    """One process of one government; `version` is the sha256 of its text, the form's included.

    `steps` are those that run; `rows` are all rows, those that are no step included, as they stand. `waktu`: one
    limit for the whole case, from the day it was received.
    """

    process: Process
    title: str
    first: str
    steps: Mapping[str, Step]
    rows: tuple[Step, ...] = ()
    form: Form = field(default_factory=Form)
    reading: str = ""
    version: str = ""
    waktu: Waktu | None = None
    until: tuple[int, int] | None = None
    """(month, day): no step is due later than the first such day after the case was received."""
    start: Start | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)

    def step(self, no: str) -> Step:
        """The row with that number."""
        return self.steps[no]

    @property
    def head(self) -> Mapping[str, object]:
        """The head of its form."""
        return self.form.head

    def time_of(self, no: str) -> Waktu | None:
        """The time of a step with that of the rows that are done in its act."""
        step = self.steps[no]
        inside = [row.waktu for row in self.rows if row.within == no and row.waktu]
        if step.waktu is None:
            return None
        return Waktu(step.waktu.count + sum(waktu.count for waktu in inside), step.waktu.unit)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role that acts somewhere in the process."""
        return frozenset(
            role
            for step in self.steps.values()
            for roles in (step.pelaksana, *(exit_.by for exit_ in step.exits.values()))
            for role in roles
        )

    def having(self, command: Command) -> list[str]:
        """The numbers of the steps that know a command, in the file's order."""
        return [no for no, step in self.steps.items() if command in step.exits]

    def is_before(self, no: str, command: Command) -> bool:
        """Whether a step knows the command, or going on from it leads to one that does."""
        return any(no == one or self.leads(no, one) for one in self.having(command))

    def leads(self, start: str, to: str) -> bool:
        """Whether going on, without anything being sent back, leads from one step to another."""
        found: set[str] = set()
        todo = [start]
        while todo:
            onward = [exit_ for exit_ in self.steps[todo.pop()].exits.values() if exit_.command is not Command.RETURN]
            fresh = {no for exit_ in onward for no in exit_.to} - found
            found |= fresh
            todo += fresh
        return to in found

    def exits(self) -> Iterator[tuple[Step, Exit]]:
        """Every exit of every step."""
        for step in self.steps.values():
            for exit_ in step.exits.values():
                yield step, exit_


def version_of(text: str) -> str:
    """The version a case keeps: the sha256 of the file's text."""
    return hashlib.sha256(text.encode()).hexdigest()
