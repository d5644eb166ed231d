"""A masked copy of a file: a new CSV or XLSX of its tables and nothing else of it.

Read and written block by block. Of the original's workbook nothing is taken over: no titles or notes beside the
tables, comments, hidden sheets, rows and columns, names, formulas, pivot caches, authors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from ckanext.satudata.domain import packed, sheet_stream
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.personal import books, json_tables, numbers, readers
from ckanext.satudata.domain.personal.masked_cells import masked
from ckanext.satudata.domain.personal.masking import GENERAL, Plan, SheetPlan
from ckanext.satudata.domain.personal.place import Place, Sheet
from ckanext.satudata.domain.personal.scan import BOOKS, JSONS
from ckanext.satudata.domain.personal.small_cells import Cell, suppressed
from ckanext.satudata.domain.personal.written import CsvCopy, Sample, XlsxCopy

MOST_GROUPS = 20_000
HIDDEN_COUNT = "*"
COUNT_HEAD = "jumlah baris"


class Target(Protocol):
    """What a copy is written to."""

    def begin(self, sheet: str, heads: list[str]) -> None:
        """Begins a table."""

    def add(self, frame: pl.DataFrame) -> bool:
        """Adds rows; False where no more are wanted."""


@dataclass
class Told:
    """What became of a table: its rows in the copy; what was left out; cells that could not be generalised, by
    heading; how many counts were suppressed."""

    sheet: str
    heads: list[str]
    rows: int = 0
    hidden_rows: int = 0
    lines: int = 0
    unclear: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


def make(path: Path, ending: str, plan: Plan, target: Path, *, today: date, least: int) -> dict[str, Any]:
    """Writes the copy to `target`; `{"tables": [Told…]}`. Counts below `least` are not told.

    Raises Invalid for a file that cannot be read, or a copy that its format cannot hold.
    """

    def written(is_patient: bool) -> list[Told]:
        with XlsxCopy(target) if plan.ending == "xlsx" else CsvCopy(target) as copy:
            return [_table(one, plan, copy, today, least) for one in _sheets(path, ending, plan, is_patient)]

    return {"tables": [one.as_json() for one in _twice(written)]}


def sample(path: Path, ending: str, plan: Plan, rows: int, *, today: date, least: int) -> dict[str, Any]:
    """What the copy would begin with: as `make`, with `rows` of each table as lists of texts; writes nothing."""

    def read(is_patient: bool) -> list[dict[str, Any]]:
        found = []
        for sheet in _sheets(path, ending, plan, is_patient):
            copy = Sample(rows)
            told = _table(sheet, plan, copy, today, least)
            found.append({**told.as_json(), "sample": copy.rows})
        return found

    return {"tables": _twice(read)}


def _twice(work: Callable[[bool], list[Any]]) -> list[Any]:
    """Quickly, and patiently where the file is written in an unusual way. Raises Invalid."""
    try:
        with packed.faults_named():
            try:
                found = work(False)
            except sheet_stream.Unusual:
                found = work(True)
    except (packed.Damaged, packed.TooMuch, readers.Unreadable, pl.exceptions.PolarsError) as fault:
        raise Invalid("The file cannot be read to its end.", mend="Ask for it as CSV or XLSX, saved anew.") from fault
    if not found:
        raise Invalid("The tables that were chosen are not in the file.")
    return found


def _sheets(path: Path, ending: str, plan: Plan, is_patient: bool) -> Iterator[Sheet]:
    """The tables that are taken, of which each is read to its end before the next."""
    with path.open("rb") as source:
        begin = source.read(8)
        if begin.startswith(b"PK") or ending in BOOKS:
            with packed.opened(source) as archive:
                if "xl/workbook.xml" in archive.namelist():
                    for makers in books.Xlsx(archive).sheets():
                        yield from _wanted(makers[is_patient](), plan)
                else:
                    for sheet in books.ods_sheets(archive):
                        yield from _wanted(sheet, plan)
            return
    is_json = ending in JSONS
    if not is_json:
        for sheet in readers.of_text(path):
            yield from _wanted(sheet, plan)
        return
    # Headings come up to the last row.
    known = list(map(_heads_of, json_tables.of_json(path)))
    for sheet, heads in zip(json_tables.of_json(path), known, strict=True):
        sheet.heads = heads
        yield from _wanted(sheet, plan)


def _heads_of(sheet: Sheet) -> list[str] | None:
    for _ in sheet.blocks:
        pass
    return sheet.heads


def _wanted(sheet: Sheet, plan: Plan) -> Iterator[Sheet]:
    if not sheet.is_hidden and plan.of(sheet.name) is not None:
        yield sheet


def _table(sheet: Sheet, plan: Plan, copy: Target, today: date, least: int) -> Told:
    wanted = plan.of(sheet.name)
    assert wanted is not None
    place, told = Place(sheet), Told(sheet.name, [])
    counted = _Counted(wanted) if wanted.is_counted else None
    is_begun = False
    for block in place.body():
        if not is_begun:
            told.heads = _heads(place, wanted)
            copy.begin(sheet.name, [*told.heads, COUNT_HEAD] if counted else told.heads)
            is_begun = True
        frame = block.frame
        if block.hidden is not None:
            told.hidden_rows += int(block.hidden.sum())
            frame = frame.filter(~block.hidden)
        rows = _masked(frame, wanted, told, today)
        if counted is not None:
            counted.take(rows)
        else:
            told.rows += len(rows)
            if not copy.add(rows):
                break
    told.lines = len(place.titles) + len(place.feet)
    if counted is not None:
        result = counted.result(least)
        told.rows, told.suppressed = len(result), counted.suppressed
        copy.add(result)
        told.heads = [*told.heads, COUNT_HEAD]
    return told


def _heads(place: Place, plan: SheetPlan) -> list[str]:
    """The headings of the copy; one that holds personal data becomes the column's number."""
    heads = [place.head(at) for at, _ in plan.staying()]
    return [
        f"kolom {at + 1}" if not head or numbers.in_text(head) else head
        for head, (at, _) in zip(heads, plan.staying(), strict=True)
    ]


def _masked(frame: pl.DataFrame, plan: SheetPlan, told: Told, today: date) -> pl.DataFrame:
    columns = []
    for (at, method), head in zip(plan.staying(), told.heads, strict=True):
        name = f"c{at}"
        cells = frame[name] if name in frame.columns else pl.Series(name, [None] * len(frame), dtype=pl.String)
        found = masked(cells, method, today)
        if method in GENERAL and (lost := found.null_count() - cells.null_count()):
            told.unclear[head] = told.unclear.get(head, 0) + lost
        columns.append(found.alias(name))
    return pl.DataFrame(columns)


class _Counted:
    """How many rows have the same cells, added up block by block."""

    def __init__(self, plan: SheetPlan):
        self._names = [f"c{at}" for at, _ in plan.staying()]
        self._counts: pl.DataFrame | None = None
        self.suppressed = 0

    def take(self, rows: pl.DataFrame) -> None:
        """Counts the rows of a block. Raises Invalid where too many of them differ."""
        found = rows.group_by(self._names).agg(pl.len().cast(pl.Int64).alias("n"))
        if self._counts is not None:
            found = pl.concat([self._counts, found]).group_by(self._names).agg(pl.col("n").sum())
        if len(found) > MOST_GROUPS:
            raise Invalid(
                "Too many rows differ to be counted: over {most} groups.",
                mend="Remove columns, or generalise them.",
                most=MOST_GROUPS,
            )
        self._counts = found

    def result(self, least: int) -> pl.DataFrame:
        """The groups with their counts as texts, a mark for those that are not told."""
        if self._counts is None:
            return pl.DataFrame(schema=dict.fromkeys([*self._names, "n"], pl.String))
        rows = self._counts.fill_null("").sort(self._names)
        counts: dict[Cell, int] = {row[:-1]: row[-1] for row in rows.iter_rows()}
        hidden = suppressed(counts, least)
        self.suppressed = len(hidden)
        told = [HIDDEN_COUNT if cell in hidden else str(count) for cell, count in counts.items()]
        return rows.with_columns(pl.Series("n", told, dtype=pl.String))
