"""Tables of which it is known what they hold, and their files: CSV, XLSX, ODS, JSON."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from openpyxl.comments import Comment

Make = Callable[[Random], Any]


@dataclass
class Col:
    """A column: its heading, what makes a cell, the kind that is to be found (None: nothing), how much is filled."""

    head: str
    make: Make
    kind: str | None = None
    fill: float = 1.0
    is_hidden: bool = False
    where: str = "cells"


@dataclass
class Case:
    """One sheet; `above`, `below` and `comments` are texts with the kind that is to be found in them, or None."""

    name: str
    form: str
    cols: list[Col]
    rows: int
    above: list[tuple[str, str | None]] = field(default_factory=list)
    below: list[tuple[str, str | None]] = field(default_factory=list)
    comments: list[tuple[int, str, str | None]] = field(default_factory=list)
    sheet: str = ""
    is_hidden: bool = False
    has_heads: bool = True
    mark: str = ","

    def truth(self) -> set[tuple[str, int | None, str]]:
        """Sheet, column and kind of what is to be found."""
        name = self.sheet if self.form in ("xlsx", "ods") else ""
        found: set[tuple[str, int | None, str]] = {(name, at, c.kind) for at, c in enumerate(self.cols) if c.kind}
        found |= {(name, None, kind) for _, kind in [*self.above, *self.below] if kind}
        return found | {(name, at, kind) for at, _, kind in self.comments if kind}

    def cells(self, chance: Random) -> list[list[Any]]:
        """The rows below the heading."""
        made = []
        for number in range(self.rows):
            row = [c.make(chance) if chance.random() < c.fill or not number else "" for c in self.cols]
            made.append(row)
        return made


@dataclass
class Laid(Case):
    """A sheet that is laid out otherwise than one table with its headings on top: all of its rows as they stand, and
    the columns and kinds that are to be found."""

    lines: list[list[Any]] = field(default_factory=list)
    found: set[tuple[int | None, str]] = field(default_factory=set)

    def truth(self) -> set[tuple[str, int | None, str]]:
        """Sheet, column and kind of what is to be found."""
        return {(self.sheet if self.form in ("xlsx", "ods") else "", at, kind) for at, kind in self.found}


def write(case: Case, folder: Path, seed: int) -> Path:
    """The case as a file."""
    path = folder / f"{case.name}.{case.form}"
    if isinstance(case, Laid):
        _WRITERS[case.form](case, path, case.lines)
        return path
    cells = case.cells(Random(seed))
    heads = [col.head for col in case.cols]
    if case.form == "json":
        rows = [dict(zip(heads, row, strict=True)) for row in cells]
        path.write_text(json.dumps(rows, default=str), encoding="utf-8")
        return path
    whole = [[text] for text, _ in case.above] + ([heads] if case.has_heads else []) + cells
    if case.below:
        whole += [[]] + [[text] for text, _ in case.below]
    _WRITERS[case.form](case, path, whole)
    return path


def _csv(case: Case, path: Path, rows: list[list[Any]]) -> None:
    width = len(case.cols)
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target, delimiter=case.mark).writerows([*row, *[""] * (width - len(row))] for row in rows)


def _xlsx(case: Case, path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    if case.is_hidden:
        sheet.title = "Lembar utama"
        sheet.append(["Lihat lembar lain", "Jumlah"])
        sheet.append(["a", 3])
        sheet = book.create_sheet()
        sheet.sheet_state = "hidden"
    sheet.title = case.sheet
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    for at, text, _kind in case.comments:
        sheet.cell(len(case.above) + 3, at + 1).comment = Comment(text, "x")
    for at, col in enumerate(case.cols):
        if col.is_hidden:
            sheet.column_dimensions[openpyxl.utils.get_column_letter(at + 1)].hidden = True
    book.save(path)


def _ods(case: Case, path: Path, rows: list[list[Any]]) -> None:
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    )
    columns = "".join(
        f"<table:table-column{' table:visibility=' + quoteattr('collapse') if col.is_hidden else ''}/>"
        for col in case.cols
    )
    notes = {at: text for at, text, _ in case.comments}
    lines = []
    for number, row in enumerate(rows):
        cells = []
        for at, cell in enumerate(row):
            said = notes.get(at) if number == len(case.above) + 2 else None
            note = f"<office:annotation><text:p>{escape(said)}</text:p></office:annotation>" if said else ""
            if isinstance(cell, (int, float)):
                kind = f'office:value-type="float" office:value="{cell!r}"'
            else:
                kind = 'office:value-type="string"'
            cells.append(f"<table:table-cell {kind}>{note}<text:p>{escape(str(cell))}</text:p></table:table-cell>")
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    shown = "false" if case.is_hidden else "true"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:automatic-styles>'
        f'<style:style style:name="ta1" style:family="table"><style:table-properties table:display="{shown}"/>'
        f"</style:style></office:automatic-styles><office:body><office:spreadsheet>"
        f"<table:table table:name={quoteattr(case.sheet)} table:style-name='ta1'>{columns}{''.join(lines)}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)


_WRITERS = {"csv": _csv, "xlsx": _xlsx, "ods": _ods}
