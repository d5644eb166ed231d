"""A report as tables, before any file format: what it says is decided here, once for every format.

Cells hold real values: text, int, float, date, datetime (aware) or None for an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.officer_list import parse_date

PROCESS, SERVICE = "report", "service_report"
READERS = (Role.WALIDATA, Role.AUDITOR)
"""Who makes and reads the reports of the whole government."""
WRITERS: Mapping[str, tuple[Role, ...]] = {PROCESS: (Role.WALIDATA,), SERVICE: (Role.PPID, Role.WALIDATA)}
"""Who writes the texts of a report, by its process; whose office signs it comes first. Who files it says the SOP."""

Cell = str | int | float | date | datetime | None


class Kind(str, Enum):
    """What a column holds, so that every format can write it as such."""

    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    DATE = "date"
    INSTANT = "instant"
    MONTH = "month"
    """`2026-10`."""
    FLAG = "flag"
    """Yes or no; counted, not shown."""
    CODE = "code"
    """A code of the portal (a role, an outcome), shown in the reader's words."""


@dataclass(frozen=True)
class Column:
    """One column: its head (msgid) and what it holds; `words` names the vocabulary of a column of codes."""

    head: str
    kind: Kind = Kind.TEXT
    words: str = ""


@dataclass(frozen=True)
class Table:
    """A titled table; `empty` (msgid) is what it says when it has no rows."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = "Nothing was recorded in this period."
    names: tuple[str, ...] = ()
    """What its definition calls the columns."""
    codes: tuple[tuple[Cell, ...], ...] = ()
    """Of a report that was filed, whose rows are in words: the rows as they were counted."""

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"table {self.key}: a row of {len(wrong[0])} cells under {len(self.columns)} columns")


@dataclass(frozen=True)
class Finding:
    """One sentence of the summary: a msgid with named fields, and their values."""

    message: str
    params: dict[str, object] = field(default_factory=dict)
    key: str = ""
    """Which sentence of the definition it is, so that its numbers lead to what they count; "" for any other."""
    written: Mapping[str, str] = field(default_factory=dict)
    """Of a report that was filed: its numbers as they were written then."""


class Drawing(str, Enum):
    """How a chart is drawn."""

    BARS = "bars"
    LINE = "line"
    """Over months."""


@dataclass(frozen=True)
class Chart:
    """Label and number of each bar, the largest first, or of each month (`2026-10`) of a line, one after the other;
    a month may have none.

    `said` is the finding, `about` what the numbers are, `table` and `measure` the table and the column in which they
    stand; `left` more bars stand only there. `groups`: of each bar, what stands in the columns of its group.
    """

    said: Finding
    about: str
    kind: Kind
    bars: tuple[tuple[str, float | None], ...]
    left: int = 0
    drawing: Drawing = Drawing.BARS
    table: str = ""
    measure: str = ""
    groups: tuple[tuple[Cell, ...], ...] = ()


class Span(str, Enum):
    """Kinds of periods, the shortest first."""

    MONTH = "month"
    QUARTER = "quarter"
    SEMESTER = "semester"
    YEAR = "year"
    FREE = "free"
    """From any day to any day."""

    @property
    def months(self) -> int:
        """How many months it has; 0 where it is free."""
        return {Span.MONTH: 1, Span.QUARTER: 3, Span.SEMESTER: 6, Span.YEAR: 12}.get(self, 0)


_NAMED = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|S([12])))?", re.A)


@dataclass(frozen=True)
class Period:
    """Days from–until, both included."""

    from_on: date
    until_on: date

    @classmethod
    def checked(cls, from_on: date, until_on: date, today: date) -> Period:
        """The period, or `Invalid` naming the field when it is reversed or has not begun."""
        if from_on > until_on:
            raise Invalid(
                "The period ends before it begins.", field="until_on", mend="Choose an end on or after the start."
            )
        if from_on > today:
            raise Invalid("The period has not begun yet.", field="from_on", mend="Choose a start up to today.")
        return cls(from_on, until_on)

    @classmethod
    def spanning(cls, span: Span, day: date) -> Period:
        """The month, quarter, semester or year in which a day lies; the day alone where the span is free."""
        if not span.months:
            return cls(day, day)
        first = day.replace(month=day.month - (day.month - 1) % span.months, day=1)
        return cls(first, months_later(first, span.months) - timedelta(days=1))

    def is_one_of(self, spans: Iterable[Span]) -> bool:
        """Whether it is a whole month, quarter, semester or year, as `spans` say; any is a free one."""
        return any(span is Span.FREE or Period.spanning(span, self.from_on) == self for span in spans)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """The calendar month."""
        return cls.spanning(Span.MONTH, date(year, month, 1))

    @classmethod
    def named(cls, text: str) -> Period:
        """`2026-10`, `2026-Q3`, `2026-S2` or `2026`. Raises `Invalid`."""
        found = _NAMED.fullmatch(text.strip().upper())
        if not found or not EARLIEST <= int(found[1]) <= LATEST:
            mend = "Write for example 2026-10, 2026-Q3, 2026-S2 or 2026."
            raise Invalid("{value} is no period.", field="period", mend=mend, value=text[:40])
        spans = (Span.MONTH, Span.QUARTER, Span.SEMESTER)
        span, number = next(
            ((span, int(part)) for span, part in zip(spans, found.groups()[1:], strict=True) if part), (Span.YEAR, 1)
        )
        return cls.spanning(span, date(int(found[1]), (number - 1) * span.months + 1, 1))

    @property
    def span(self) -> Span:
        """Which kind of calendar period it is, `FREE` where it is none."""
        return next((span for span in Span if span.months and self == Period.spanning(span, self.from_on)), Span.FREE)

    @property
    def is_month(self) -> bool:
        """Whether it is a whole calendar month."""
        return self.span is Span.MONTH

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until_on - self.from_on).days + 1

    def before(self) -> Period:
        """The period just before it: the month before a month, the year before a year, else as many days."""
        last = self.from_on - timedelta(days=1)
        if self.span is not Span.FREE:
            return Period.spanning(self.span, last)
        return Period(self.from_on - timedelta(days=self.days), last)

    def after(self) -> Period:
        """The period just after it, of the same kind."""
        first = self.until_on + timedelta(days=1)
        if self.span is not Span.FREE:
            return Period.spanning(self.span, first)
        return Period(first, self.until_on + timedelta(days=self.days))

    def months(self, until_on: date) -> list[str]:
        """The months that it touches, `2026-10`, up to that day."""
        last, month = min(self.until_on, until_on), self.from_on.replace(day=1)
        found = []
        while month <= last:
            found.append(f"{month:%Y-%m}")
            month = months_later(month, 1)
        return found


def months_later(first: date, count: int) -> date:
    """The first day of the month `count` months after the month of a day."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


EARLIEST, LATEST = 1945, 2200
"""Years that a date may have, as `officer_list.parse_date` reads them."""


@dataclass(frozen=True)
class Question:
    """What a report is asked: its name and period, for which agency, topic or channel, and whether beside the period
    before. `producer`: the name (address) of an agency; `topic`, `channel`: codes; "" where it is for all."""

    name: str
    period: Period
    producer: str = ""
    topic: str = ""
    channel: str = ""
    compare: bool = False

    @property
    def params(self) -> dict[str, str]:
        """As an address, a job or the API carries it: only what is asked, always in the same words and order."""
        days = {"from_on": self.period.from_on.isoformat(), "until_on": self.period.until_on.isoformat()}
        more = {name: getattr(self, name) for name in NARROWING} | {"compare": BEFORE if self.compare else ""}
        return {"name": self.name, **days, **{name: value for name, value in more.items() if value}}

    @property
    def is_plain(self) -> bool:
        """Whether it is of everything and of its period alone: only such a report is filed."""
        return not (self.producer or self.topic or self.channel or self.compare)


NARROWING = ("producer", "topic", "channel")
BEFORE = "before"
"""`compare`: beside the period before."""


@dataclass(frozen=True)
class Block:
    """A text that an officer writes, each line a paragraph; "" until he has. `hint` says what belongs there."""

    key: str
    title: str
    text: str = ""
    hint: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Its lines that say something."""
        return tuple(" ".join(line.split()) for line in self.text.splitlines() if line.strip())


@dataclass(frozen=True)
class Chapter:
    """A heading above what its keys name: tables and blocks."""

    title: str
    holds: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """The whole report. `as_of_at` is the instant its facts were read; `mark` (msgid) stands on every page."""

    name: str
    title: str
    period: Period
    as_of_at: datetime
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    mark: str = ""
    charts: tuple[Chart, ...] = ()
    facts: tuple[str, ...] = ()
    """The sets of facts that it counts."""
    version: str = ""
    """sha256 of its definition."""
    narrowed: tuple[tuple[str, str], ...] = ()
    """To what it is narrowed: (msgid of the label, text)."""
    blocks: tuple[Block, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def in_order(self) -> Iterator[Chapter | Block | Table]:
        """What follows the summary in every format: chapters with what they hold, else tables, then texts."""
        if not self.chapters:
            yield from self.tables
            yield from self.blocks
            return
        parts: dict[str, Block | Table] = {table.key: table for table in self.tables}
        parts.update({block.key: block for block in self.blocks})
        for chapter in self.chapters:
            yield chapter
            yield from (parts[key] for key in chapter.holds)


def may_read(actor: Actor, process: str = PROCESS) -> bool:
    """Whether the person reads the reports of a process: Walidata, the auditor, who writes them, the portal's hands."""
    return actor.is_sysadmin or actor.has_anywhere(*READERS, *WRITERS[process], Role.SYSTEM, process=process)


def may_read_some(actor: Actor) -> bool:
    """Whether there is a report that the person reads."""
    return any(may_read(actor, process) for process in WRITERS)


def require_reader(actor: Actor, process: str = PROCESS) -> None:
    """Raises `NotAllowed` for everybody else."""
    if not may_read(actor, process):
        raise _not_yours()


def require_some(actor: Actor) -> None:
    """Raises `NotAllowed` for who reads no report at all."""
    if not may_read_some(actor):
        raise _not_yours()


def _not_yours() -> NotAllowed:
    return NotAllowed("Only Walidata and the auditor read these reports.", mend="Ask Walidata for the report.")


def may_write(actor: Actor, process: str) -> bool:
    """Whether the person writes the texts of a report of that process."""
    return actor.has_anywhere(*WRITERS[process], process=process)


def require_writer(actor: Actor, process: str) -> None:
    """Raises `NotAllowed` for who does not; a system administrator holds no such office."""
    if not may_write(actor, process):
        raise NotAllowed("Only {roles} may do this.", mend="Ask one of them.", roles=WRITERS[process])


def month_start(month: str) -> date:
    """The first day of `2026-10`."""
    return date.fromisoformat(f"{month}-01")


def parse_on(text: object, field: str) -> date:
    """The date of `2026-10-31` or `31/10/2026`. Raises `Invalid` with its field."""
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    found = parse_date(str(text or ""), field)
    if found is None:
        raise Invalid("The date is missing.", field=field, mend="Choose a day.")
    return found
