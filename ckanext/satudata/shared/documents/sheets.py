"""A report as XLSX or CSV: real numbers and dates, and never a formula out of somebody's text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format

from ckanext.satudata.domain import signs, text_table
from ckanext.satudata.domain.report import Block, Cell, Column, Finding, Kind, Report, Table, month_start
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents.quick_sheet import LONGEST_CELL, LONGEST_TEXT, QuickSheet

_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.DECIMAL: "#,##0.00",
    Kind.DATE: "dd/mm/yyyy",
    Kind.INSTANT: "dd/mm/yyyy hh:mm",
    Kind.MONTH: "mmmm yyyy",
}
_WIDTHS = {
    Kind.TEXT: 36,
    Kind.CODE: 24,
    Kind.COUNT: 14,
    Kind.DECIMAL: 16,
    Kind.DATE: 14,
    Kind.INSTANT: 20,
    Kind.MONTH: 18,
}
_TIMED = (Kind.DATE, Kind.INSTANT, Kind.MONTH)
TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""For every workbook: nobody's text is read as anything else."""


@dataclass(frozen=True)
class Forms:
    """How the cells of a workbook look."""

    head: Format
    text: Format
    kinds: Mapping[Kind, Format]

    @classmethod
    def of(cls, book: xlsxwriter.Workbook) -> Forms:
        """Adds them to the workbook."""
        return cls(
            book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
            book.add_format({"text_wrap": True, "valign": "top"}),
            {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()},
        )

    def of_kind(self, kind: Kind) -> Format:
        """That of a column."""
        return self.kinds.get(kind, self.text)


def table_as_xlsx(table: Table, notes: list[str], *, translate: Callable[[str], str], zone: tzinfo) -> bytes:
    """A workbook of one table with frozen head and filter, and a second sheet with the notes; made row by row."""
    target = io.BytesIO()
    rows_as_xlsx(target, table, table.rows, notes, translate=translate, zone=zone)
    return target.getvalue()


def rows_as_xlsx(
    target: IO[bytes],
    table: Table,
    rows: Iterable[Sequence[Cell]],
    notes: list[str],
    *,
    translate: Callable[[str], str],
    zone: tzinfo,
) -> int:
    """The same from rows that come one by one, for any number of them; `table` gives title, columns and the words for
    none. Returns how many there were."""
    with xlsxwriter.Workbook(target, {**TEXT_STAYS_TEXT, "constant_memory": True}) as book:
        forms = Forms.of(book)
        names: set[str] = set()
        sheet = book.add_worksheet(sheet_name(translate(table.title), names), QuickSheet)
        count = write_table(sheet, table, translate, zone, forms, rows)
        about = book.add_worksheet(sheet_name(translate("Notes"), names))
        about.set_column(0, 0, 100)
        for number, note in enumerate([translate(table.title), *notes]):
            about.write_string(number, 0, note, forms.text)
    return count


def sheet_name(title: str, taken: set[str]) -> str:
    """A sheet's name as spreadsheets allow it: at most 31 characters, none of `[]:*?/\\`, no other sheet's."""
    clean = " ".join(re.sub(r"[\[\]:*?/\\]", " ", signs.held(title)).split()).strip("'") or "-"
    name, number = _cut(clean, 31), 1
    while name.lower() in taken or name.lower() == "history":  # Excel keeps that name for itself
        number += 1
        tail = f" {number}"
        name = _cut(clean, 31 - len(tail)) + tail
    taken.add(name.lower())
    return name


def _cut(text: str, units: int) -> str:
    """As much of the text as has so many units of UTF-16, as spreadsheets count; no blank or apostrophe ends it."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip(" '")


def sentence(finding: Finding, translate: Callable[[str], str], locale: str | None = None) -> str:
    """A finding in words, its numbers written as the language does."""
    told = {name: "–" if value is None else value for name, value in finding.params.items()}
    params = {
        name: wording.number(value, locale=locale) if isinstance(value, (int, float)) else value
        for name, value in told.items()
    } | dict(finding.written)
    return translate(finding.message).format(**params)


def summary_lines(report: Report, translate, zone: tzinfo) -> list[tuple[str, str]]:
    """Period and instant of a report: (msgid of the label, text)."""
    local = report.as_of_at.astimezone(zone)
    return [
        ("Period of the report", f"{report.period.from_on:%d/%m/%Y} – {report.period.until_on:%d/%m/%Y}"),
        *report.narrowed,
        ("Figures as of", f"{local:%d/%m/%Y %H:%M} {local.tzname()}"),
    ]


def write_table(sheet, table: Table, translate, zone: tzinfo, forms: Forms, rows=None) -> int:
    """Writes the head and the rows (the table's own unless given) and returns how many there were."""
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, translate(column.head), forms.head)
    line, styles = 0, [forms.of_kind(column.kind) for column in table.columns]
    if rows is not None and isinstance(sheet, QuickSheet):
        line = sheet.stream(_for_rows(table, rows, zone), styles)
    elif rows is None and isinstance(sheet, QuickSheet) and not any(map(_is_long, chain.from_iterable(table.rows))):
        line = sheet.fill(_for_rows(table, table.rows, zone), styles)
    else:
        for line, row in enumerate(table.rows if rows is None else rows, start=1):
            for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                _write(sheet, line, number, _for_sheet(cell, column, zone), forms.of_kind(column.kind))
    if not line:
        sheet.write_string(1, 0, translate(table.empty))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(line, 1), len(table.columns) - 1)
    return line


def _local(cell: Cell, zone: tzinfo) -> Cell:
    return cell.astimezone(zone).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _for_sheet(cell: Cell, column: Column, zone: tzinfo) -> Cell:
    """Instants on the government's clock, months as their first day."""
    return month_start(cell) if column.kind is Kind.MONTH and isinstance(cell, str) else _local(cell, zone)


def _is_long(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) > LONGEST_TEXT


def _for_rows(table: Table, rows: Iterable[Sequence[Cell]], zone: tzinfo) -> Iterable[Sequence[Cell]]:
    """The rows as `_for_sheet` makes them: only columns of times have anything to change."""
    timed = [number for number, column in enumerate(table.columns) if column.kind in _TIMED]
    if not timed:
        return rows
    return (
        [_for_sheet(cell, table.columns[number], zone) if number in timed else cell for number, cell in enumerate(row)]
        for row in rows
    )


def _write(sheet, line: int, number: int, cell: Cell, form) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(line, number, cell[:LONGEST_CELL], form)
    elif isinstance(cell, (int, float)):
        sheet.write_number(line, number, cell, form)
    else:
        sheet.write_datetime(line, number, cell, form)


def as_csv(table: Table, *, translate: Callable[[str], str], zone: tzinfo) -> bytes:
    """One table as UTF-8 CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = io.StringIO()
    _write_table(csv.writer(text), table, translate, zone)
    return text.getvalue().encode("utf-8-sig")


def rows_as_csv(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, translate: Callable[[str], str], zone: tzinfo
) -> Iterator[str]:
    """The same line by line, for any number of rows that come one by one."""
    text = io.StringIO()
    writer = csv.writer(text)
    for line in chain([[translate(column.head) for column in columns]], rows):
        writer.writerow(_plain(_local(cell, zone)) for cell in line)
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def all_as_csv(report: Report, *, translate: Callable[[str], str], zone: tzinfo, locale: str | None = None) -> bytes:
    """Every table of the report below each other, each with its title above and an empty line after it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if report.mark:
        writer.writerow([translate(report.mark)])
    writer.writerow([_plain(translate(report.title))])
    writer.writerows([translate(label), _plain(value)] for label, value in summary_lines(report, translate, zone))
    writer.writerows([_plain(sentence(finding, translate, locale))] for finding in report.findings)
    for part in report.in_order():
        writer.writerow([])
        writer.writerow([_plain(translate(part.title))])
        if isinstance(part, Block):
            writer.writerows([_plain(text)] for text in part.paragraphs)
        elif isinstance(part, Table):
            _write_table(writer, part, translate, zone)
            if not part.rows:
                writer.writerow([translate(part.empty)])
    return text.getvalue().encode("utf-8-sig")


def _write_table(writer, table: Table, translate, zone: tzinfo) -> None:
    writer.writerow(translate(column.head) for column in table.columns)
    for row in table.rows:
        writer.writerow(_plain(_local(cell, zone)) for cell in row)


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, str):
        return text_table.harmless(cell)
    return cell if isinstance(cell, (int, float)) else cell.isoformat()
