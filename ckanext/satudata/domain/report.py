"""A report as tables, before any file format: what it says is decided here, once for every format.

Cells hold real values: text, int, float, date, datetime (aware) or None for an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.officer_list import parse_date

PROCESS = "report"
READERS = (Role.WALIDATA, Role.AUDITOR)
"""Who makes and reads the reports of the whole government."""

Cell = str | int | float | date | datetime | None


class Kind(str, Enum):
    """What a column holds, so that every format can write it as such."""

    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    DATE = "date"
    INSTANT = "instant"
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

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"table {self.key}: a row of {len(wrong[0])} cells under {len(self.columns)} columns")


@dataclass(frozen=True)
class Finding:
    """One sentence of the summary: a msgid with named fields, and their values."""

    message: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """Bars: label and number, the largest first; `left` more stand in the table only."""

    said: Finding
    about: str
    kind: Kind
    bars: tuple[tuple[str, float], ...]
    left: int = 0


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
    def month(cls, year: int, month: int) -> Period:
        """The calendar month."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), date.fromordinal(following.toordinal() - 1))

    @property
    def is_month(self) -> bool:
        """Whether it is a whole calendar month."""
        return self == Period.month(self.from_on.year, self.from_on.month)


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


def may_read(actor: Actor) -> bool:
    """Whether the person reads the government's reports: Walidata, the auditor, the portal's own hands."""
    return actor.is_sysadmin or actor.has_anywhere(*READERS, process=PROCESS)


def require_reader(actor: Actor) -> None:
    """Raises `NotAllowed` for everybody else."""
    if not may_read(actor):
        raise NotAllowed("Only Walidata and the auditor read these reports.", mend="Ask Walidata for the report.")


def parse_on(text: object, field: str) -> date:
    """The date of `2026-10-31` or `31/10/2026`. Raises `Invalid` with its field."""
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    found = parse_date(str(text or ""), field)
    if found is None:
        raise Invalid("The date is missing.", field=field, mend="Choose a day.")
    return found
