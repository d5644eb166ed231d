"""A worksheet that takes whole rows of plain cells: a report has a hundred thousand cells, and XlsxWriter looks at each
of them half a dozen times before it is written.

What such a row becomes in the file is what XlsxWriter itself would make of it, cell by cell (tested).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

LONGEST_CELL = 32_767
_ODD = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x", re.IGNORECASE)
"""What a file of XML writes otherwise."""
LONGEST_TEXT = 16_000
"""Characters that surely fit into a cell, whose room is counted in units of UTF-16."""


class QuickSheet(Worksheet):
    """`fill` adds rows below those that were written cell by cell."""

    dim_rowmin: Any
    dim_rowmax: Any
    previous_row: int

    def __init__(self) -> None:
        super().__init__()
        self._below: list[str] = []

    def fill(self, rows: Iterable[Sequence[Any]], forms: Sequence[Format]) -> int:
        """Writes the rows, each cell in the format of its column: texts of at most `LONGEST_TEXT` characters, numbers,
        days, instants without a zone, None for an empty cell. Returns how many there were."""
        first = 0 if self.dim_rowmax is None else self.dim_rowmax + 1
        columns = [
            (f'<c r="{xl_col_to_name(place)}', f'" s="{form._get_xf_index()}') for place, form in enumerate(forms)
        ]
        index = self.str_table._get_shared_string_index
        count = 0
        for count, row in enumerate(rows, start=1):
            line = str(first + count)
            cells = [
                f'{begins}{line}{form}" t="s"><v>{index(cell)}</v></c>'
                if isinstance(cell, str)
                else f'{begins}{line}{form}"><v>{self._number(cell):.16G}</v></c>'
                for (begins, form), cell in zip(columns, row, strict=True)
                if cell is not None
            ]
            if cells:
                self._below.append(f'<row r="{line}">{"".join(cells)}</row>')
        if count:
            self._check_dimensions(first, 0)
            self._check_dimensions(first + count - 1, len(columns) - 1)
        return count

    def stream(self, rows: Iterable[Sequence[Any]], forms: Sequence[Format]) -> int:
        """The same in a workbook of constant memory, for any number of rows and texts of any length: each goes to the
        file as it comes. A text is always written as one: XlsxWriter takes `<r>…</r>` for its own there."""
        first = self.previous_row + 1
        self._write_single_row(first)
        columns = [
            (f'<c r="{xl_col_to_name(place)}', f'" s="{form._get_xf_index()}') for place, form in enumerate(forms)
        ]
        count = 0
        for count, row in enumerate(rows, start=1):
            line = str(first + count)
            cells = [
                f'{begins}{line}{form}" t="inlineStr"><is>{self._text(cell)}</is></c>'
                if isinstance(cell, str)
                else f'{begins}{line}{form}"><v>{self._number(cell):.16G}</v></c>'
                for (begins, form), cell in zip(columns, row, strict=True)
                if cell is not None
            ]
            if cells:
                self.fh.write(f'<row r="{line}">{"".join(cells)}</row>')
        if count:
            self._check_dimensions(first, 0)
            self._check_dimensions(first + count - 1, len(columns) - 1)
            self.previous_row = first + count
        return count

    def _text(self, cell: str) -> str:
        if len(cell) > LONGEST_TEXT:
            cell = cell.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", "ignore")
        held = self._escape_data(self._escape_control_characters(cell)) if _ODD.search(cell) else cell
        return f"<t>{held}</t>" if cell == cell.strip() else f'<t xml:space="preserve">{held}</t>'

    def _number(self, cell: Any) -> Any:
        return self._convert_date_time(cell) if isinstance(cell, (date, datetime)) else cell

    def _write_rows(self) -> None:
        """All rows of the file, in the order of their numbers."""
        last = self.dim_rowmax
        if self._below:
            self.dim_rowmax = max(self.table, default=self.dim_rowmin)
        super()._write_rows()
        self.dim_rowmax = last
        for row in self._below:
            self.fh.write(row)
