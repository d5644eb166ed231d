"""What a masked copy is written to: CSV, XLSX, or the first rows of it for a look."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from types import TracebackType

import polars as pl
import xlsxwriter

from ckanext.satudata.domain.errors import Invalid

MOST_ROWS = 1_048_575
_LONGEST_CELL = 32_767
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?")
_NO_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_SAVED_AT = datetime(2000, 1, 1)
"""In place of the day on which a workbook was written: the same plan gives the same bytes."""


_RUN = r"^[=+\-@\t\r]"
_PLAIN = r"^[+-]?[0-9][0-9.,]*%?$"


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells, with an apostrophe before what a spreadsheet would run as a formula (`text_table.harmless`).

    A number with its sign is none, and stays the number it is.
    """
    texts = pl.col(pl.String)
    is_run = texts.str.contains(_RUN) & ~texts.str.contains(_PLAIN)
    return frame.with_columns(pl.when(is_run).then(pl.lit("'") + texts).otherwise(texts).name.keep())


class CsvCopy:
    """One table as UTF-8 with commas. No cell of it runs as a formula where it is opened."""

    def __init__(self, path: Path):
        self._file = path.open("wb")

    def __enter__(self) -> CsvCopy:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def begin(self, sheet: str, heads: list[str]) -> None:
        """Writes the headings."""
        row = pl.DataFrame([heads], schema=[f"h{at}" for at in range(len(heads))], orient="row")
        harmless(row).write_csv(self._file, include_header=False)

    def add(self, frame: pl.DataFrame) -> bool:
        """Writes rows."""
        harmless(frame).write_csv(self._file, include_header=False)
        return True


class XlsxCopy:
    """Each table on a sheet of its own, row by row in constant memory; a text that looks like a formula is a text."""

    def __init__(self, path: Path):
        texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, **texts})
        self._book.set_properties({"created": _SAVED_AT})
        self._bold = self._book.add_format({"bold": True})
        self._sheet: xlsxwriter.worksheet.Worksheet | None = None
        self._row = 0

    def __enter__(self) -> XlsxCopy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def begin(self, sheet: str, heads: list[str]) -> None:
        """Begins a sheet."""
        self._sheet = self._book.add_worksheet(self._name(sheet))
        self._row = 1
        for at, head in enumerate(heads):
            self._sheet.write_string(0, at, head[:_LONGEST_CELL], self._bold)

    def _name(self, sheet: str) -> str | None:
        """A name that XLSX takes, which allows less than ODS; None for a number in its place."""
        name = _NO_NAME.sub(" ", sheet).strip(" '")[:31]
        taken = {one.get_name().lower() for one in self._book.worksheets()}
        return name if name and name.lower() not in taken else None

    def add(self, frame: pl.DataFrame) -> bool:
        """Writes rows; what is a number in every program becomes one."""
        assert self._sheet is not None
        if self._row + len(frame) > MOST_ROWS:
            raise Invalid("An XLSX file holds at most {most} rows.", mend="Choose CSV.", most=MOST_ROWS)
        for row in frame.iter_rows():
            for at, cell in enumerate(row):
                if cell is None:
                    continue
                if _NUMBER.fullmatch(cell) and len(cell) <= 16:
                    self._sheet.write_number(self._row, at, float(cell))
                else:
                    self._sheet.write_string(self._row, at, cell[:_LONGEST_CELL])
            self._row += 1
        return True


class Sample:
    """The first rows, each a list of texts."""

    def __init__(self, most: int):
        self._most = most
        self.rows: list[list[str]] = []

    def begin(self, sheet: str, heads: list[str]) -> None:
        """Nothing: the headings are told beside."""

    def add(self, frame: pl.DataFrame) -> bool:
        """Keeps rows; False once there are enough."""
        rows = frame.head(self._most - len(self.rows)).fill_null("").rows()
        self.rows += [list(row) for row in rows]
        return len(self.rows) < self._most
