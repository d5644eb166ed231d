"""A whole table (CSV, TSV, XLSX) as columns of texts on the disk: read once, then each column by itself.

Parquet files in a folder that belongs to one piece of work. Memory is that of some columns, however long the table is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from ckanext.satudata.domain import column_types, figures, packed, sheet_stream, spreadsheet, table_heads
from ckanext.satudata.domain.column_types import Column, Kind
from ckanext.satudata.domain.errors import Invalid

FORMATS = frozenset({"CSV", "TSV", "XLSX"})
MOST_COLUMNS, MOST_ROWS = 300, 5_000_000
_HEAD_BYTES = 1 << 18
_FIRST = 28
"""Filled rows in which titles and headings are looked for."""
_SAMPLE = 5000
"""Rows from which it is told what the columns hold: half of them the first, half from all over."""
_PART = 50_000
_ODD_BOOK = {"most_rows": 200_000, "most_columns": MOST_COLUMNS, "most_cells": 500_000}
"""What is read of an XLSX file that is written in an unusual way."""
NUMBERS = (Kind.WHOLE, Kind.DECIMAL)

Told = Callable[[float], None]


@dataclass(frozen=True)
class Table:
    """`heads` are unique; the cells of column n stand in column `c<n>` of `frame`, trimmed, empty ones null.

    `above` rows of a spreadsheet stand above the first row; `named` are the headings as they are written.
    """

    heads: list[str]
    named: list[str]
    frame: pl.LazyFrame
    rows: int
    above: int
    columns: list[Column]
    marks: list[str | None]
    """The decimal mark of each column of numbers."""

    def texts(self, at: int) -> pl.Series:
        """The cells of one column."""
        return self.frame.select(f"c{at}").collect().to_series()

    def numbers(self, at: int) -> pl.Series | None:
        """The numbers of a column that holds numbers, null where a cell is none; else None."""
        if self.columns[at].kind not in NUMBERS or self.marks[at] is None:
            return None
        return as_numbers(self.texts(at), self.marks[at] or ".")

    def row_numbers(self, places: list[int]) -> list[int]:
        """The numbers of these rows (from 0) as a spreadsheet counts them."""
        return (self.frame.select("row").collect().to_series().gather(places) + self.above).to_list()


def as_numbers(texts: pl.Series, mark: str) -> pl.Series:
    """Numbers written with this decimal mark; null for what is none."""
    other = "." if mark == "," else ","
    plain = texts.str.replace_all(other, "", literal=True)
    if mark == ",":
        plain = plain.str.replace_all(",", ".", literal=True)
    found = plain.cast(pl.Float64, strict=False)
    return found.set(found.is_nan() | found.is_infinite(), None)


def read(path: Path, format_: str, folder: Path) -> Table:
    """The table in a file, see `write`."""
    return load(folder, *write(path, format_, folder))


def write(path: Path, format_: str, folder: Path) -> tuple[list[str], int]:
    """Writes the table in a file into this new folder, for `load`; returns the headings and the rows above.

    Raises Invalid where it is none, is empty, damaged, or larger than can be looked into.
    """
    folder.mkdir()
    try:
        if format_.upper() == "XLSX":
            return _book(path, folder)
        return _text(path, "\t" if format_.upper() == "TSV" else None, folder)
    except packed.Damaged as error:
        raise Invalid("The XLSX file is damaged.") from error
    except packed.TooMuch as error:
        raise Invalid("The file is too large to look into.") from error
    except pl.exceptions.PolarsError as error:
        raise Invalid("This is not a table.") from error


def load(folder: Path, heads: list[str], above: int) -> Table:
    """The table that was written there. Raises Invalid for one without rows."""
    schema = {"row": pl.Int64, **{f"c{at}": pl.String for at in range(len(heads))}}
    frame = pl.scan_parquet(folder / "*.parquet", schema=schema, missing_columns="insert")
    rows = frame.select(pl.len()).collect().item()
    if not rows:
        raise Invalid("The file has no rows.")
    step = max(1, rows // (_SAMPLE // 2))
    place = pl.int_range(pl.len())
    wanted = (place < _SAMPLE // 2) | (place % step == 0)
    columns, marks = [], []
    for at in range(len(heads)):
        cells = [cell or "" for cell in frame.select(pl.col(f"c{at}").filter(wanted)).collect().to_series()]
        columns.append(column_types.of_columns([[cell] for cell in cells], 1)[0])
        marks.append(figures.decimal_mark(cells) if columns[at].kind in NUMBERS else None)
    return Table(_unique(heads), heads, frame, rows, above, columns, marks)


def _unique(heads: list[str]) -> list[str]:
    found: list[str] = []
    for number, head in enumerate(heads, start=1):
        name, again = head or f"({number})", 1
        while name in found:
            again += 1
            name = f"{head} ({again})"
        found.append(name)
    return found


def _clean(width: int) -> list[pl.Expr]:
    stripped = [pl.col(f"c{at}").str.strip_chars() for at in range(width)]
    return [pl.when(text != "").then(text).alias(f"c{at}") for at, text in enumerate(stripped)]


def _filled(width: int) -> pl.Expr:
    return pl.any_horizontal(pl.col(f"c{at}").is_not_null() for at in range(width))


# ---------------------------------------------------------------- text


def _text(path: Path, separator: str | None, folder: Path) -> tuple[list[str], int]:
    with path.open("rb") as source:
        content = source.read(_HEAD_BYTES)
    if b"\0" in content[:4096]:
        raise Invalid("This is not a table.")
    lines = content.decode("utf-8-sig", "replace")
    separator = separator or _separator(lines)
    found, ends = _first_rows(lines, separator)
    width = max(map(len, found), default=0)
    titles, heads, _below = table_heads.split(found, width)
    above = ends[len(titles) + len(heads) - 1]
    names = table_heads.merged(heads)
    if len(names) > MOST_COLUMNS:
        raise Invalid("The table is wider than {columns} columns.", columns=MOST_COLUMNS)
    pl.scan_csv(
        path,
        has_header=False,
        skip_lines=above,
        separator=separator,
        schema={f"c{at}": pl.String for at in range(len(names))},
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        low_memory=True,
        n_rows=MOST_ROWS,
    ).with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64), *_clean(len(names))).filter(
        _filled(len(names))
    ).sink_parquet(folder / "0.parquet", compression="lz4", row_group_size=_PART)
    return names, above


def _separator(text: str) -> str:
    """The mark between cells: of the first line that has one, since titles may stand above."""
    lines = (line for line in text.split("\n", _FIRST)[:_FIRST] if any(mark in line for mark in ",;\t|"))
    return max(",;\t|", key=next(lines, "").count)


def _first_rows(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first filled rows, and the line in which each ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found, ends = [], []
    try:
        for row in reader:
            cells = _trimmed(row)
            if cells:
                found.append(cells)
                ends.append(reader.line_num)
            if len(found) == _FIRST:
                break
    except csv.Error as error:
        raise Invalid("This is not a table.") from error
    return found, ends


def _trimmed(row: list[str] | list[str | None]) -> list[str]:
    cells = [(cell or "").replace("\0", "").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


# ---------------------------------------------------------------- spreadsheets


def _book(path: Path, folder: Path) -> tuple[list[str], int]:
    try:
        return _parts(path, folder, _streamed)
    except sheet_stream.Unusual:
        for part in folder.iterdir():
            part.unlink()
        return _parts(path, folder, _singly)


def _streamed(path: Path) -> Iterator[sheet_stream.Block]:
    with path.open("rb") as source:
        yield from sheet_stream.blocks(source)


def _singly(path: Path) -> Iterator[sheet_stream.Block]:
    with path.open("rb") as source:
        rows = spreadsheet.rows(source, **_ODD_BOOK)
    width = max(map(len, rows), default=0)
    texts = [[None if cell is None else _said(cell) for cell in [*row, *[None] * (width - len(row))]] for row in rows]
    yield [list(column) for column in zip(*texts, strict=True)]


def _said(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell).removesuffix(" 00:00:00")


def _parts(path: Path, folder: Path, blocks: Callable[[Path], Iterator[sheet_stream.Block]]) -> tuple[list[str], int]:
    names: list[str] = []
    above, at = 0, 0
    for number, block in enumerate(blocks(path)):
        if len(block) > MOST_COLUMNS:
            raise Invalid("The table is wider than {columns} columns.", columns=MOST_COLUMNS)
        if not names:
            names, above = _heads_of(block)
        # Cells to the right of the headings stand in columns without a name.
        names.extend([""] * (len(block) - len(names)))
        row = pl.int_range(at + 1 - above, at + 1 - above + len(block[0]), eager=True)
        cells = {f"c{place}": pl.Series(cells, dtype=pl.String) for place, cells in enumerate(block)}
        frame = pl.DataFrame({"row": row, **cells})
        at += len(frame)
        frame = frame.slice(above if not number else 0).with_columns(_clean(len(block)))
        frame.filter(_filled(len(block))).write_parquet(folder / f"{number:06}.parquet", compression="lz4")
    if not names:
        raise Invalid("The file has no rows.")
    return names, above


def _heads_of(block: sheet_stream.Block) -> tuple[list[str], int]:
    """The headings, and how many rows stand above the first row of the table."""
    rows = ((number, _trimmed(list(row))) for number, row in enumerate(zip(*block, strict=True), start=1))
    found = [*islice(((number, row) for number, row in rows if row), _FIRST)]
    width = max((len(row) for _, row in found), default=0)
    titles, heads, _below = table_heads.split([row for _, row in found], width)
    return table_heads.merged(heads), found[len(titles) + len(heads) - 1][0]
