"""A report as XLSX or CSV: real numbers and dates, and never a formula out of somebody's text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import chain
from typing import IO

import xlsxwriter

from ckanext.satudata.domain import text_table
from ckanext.satudata.domain.report import Block, Cell, Column, Finding, Kind, Report, Table
from ckanext.satudata.shared import wording

_FORMATS = {Kind.COUNT: "#,##0", Kind.DECIMAL: "#,##0.00", Kind.DATE: "dd/mm/yyyy", Kind.INSTANT: "dd/mm/yyyy hh:mm"}
_WIDTHS = {Kind.TEXT: 36, Kind.CODE: 24, Kind.COUNT: 14, Kind.DECIMAL: 16, Kind.DATE: 14, Kind.INSTANT: 20}
_LONGEST_CELL = 32_767


def as_xlsx(report: Report, *, translate: Callable[[str], str], zone: tzinfo, locale: str | None = None) -> bytes:
    """A workbook: a summary sheet, then one sheet for each table with frozen head and filter.

    `locale` writes the numbers inside sentences; cells hold real ones.
    """
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": translate(report.title), "created": report.as_of_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        names: set[str] = set()
        _summary(book.add_worksheet(_name(translate("Summary"), names)), report, translate, zone, locale, bold, wrapped)
        for table in report.tables:
            sheet = book.add_worksheet(_name(translate(table.title), names))
            _sheet(sheet, table, translate, zone, bold, {**formats, Kind.TEXT: wrapped, Kind.CODE: wrapped})
    return target.getvalue()


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
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, {**options, "constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        names: set[str] = set()
        sheet = book.add_worksheet(_name(translate(table.title), names))
        count = _sheet(sheet, table, translate, zone, bold, {**formats, Kind.TEXT: wrapped, Kind.CODE: wrapped}, rows)
        about = book.add_worksheet(_name(translate("Notes"), names))
        about.set_column(0, 0, 100)
        for number, note in enumerate([translate(table.title), *notes]):
            about.write_string(number, 0, note, wrapped)
    return count


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name as spreadsheets allow it: at most 31 characters, none of `[]:*?/\\`, no other sheet's."""
    clean = " ".join(re.sub(r"[\[\]:*?/\\]", " ", title).split()).strip("'") or "-"
    name, number = clean[:31].rstrip(), 1
    while name.lower() in taken or name.lower() == "history":  # Excel keeps that name for itself
        number += 1
        tail = f" {number}"
        name = clean[: 31 - len(tail)].rstrip() + tail
    taken.add(name.lower())
    return name


def sentence(finding: Finding, translate: Callable[[str], str], locale: str | None = None) -> str:
    """A finding in words, its numbers written as the language does."""
    params = {
        name: wording.number(value, locale=locale) if isinstance(value, (int, float)) else value
        for name, value in finding.params.items()
    }
    return translate(finding.message).format(**params)


def _summary(sheet, report: Report, translate, zone: tzinfo, locale: str | None, bold, wrapped) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    head = [
        ("Report", translate(report.title)),
        *(summary_lines(report, translate, zone)),
        ("Source", translate("Journal, cases and download counts of the portal")),
    ]
    if report.mark:
        head.insert(0, ("Note", translate(report.mark)))
    for number, (label, value) in enumerate(head):
        sheet.write_string(number, 0, translate(label), bold)
        sheet.write_string(number, 1, value, wrapped)
    for number, finding in enumerate(report.findings, start=len(head) + 1):
        sheet.write_string(number, 1, sentence(finding, translate, locale), wrapped)
    start = len(head) + len(report.findings) + 2
    for number, block in enumerate(report.blocks, start=start):
        sheet.write_string(number, 0, block.title, bold)
        sheet.write_string(number, 1, "\n".join(block.paragraphs)[:_LONGEST_CELL], wrapped)


def summary_lines(report: Report, translate, zone: tzinfo) -> list[tuple[str, str]]:
    """Period and instant of a report: (msgid of the label, text)."""
    local = report.as_of_at.astimezone(zone)
    return [
        ("Period of the report", f"{report.period.from_on:%d/%m/%Y} – {report.period.until_on:%d/%m/%Y}"),
        *report.narrowed,
        ("Figures as of", f"{local:%d/%m/%Y %H:%M} {local.tzname()}"),
    ]


def _sheet(sheet, table: Table, translate, zone: tzinfo, bold, formats, rows=None) -> int:
    """Writes the head and the rows (the table's own unless given) and returns how many there were."""
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, translate(column.head), bold)
    line = 0
    for line, row in enumerate(table.rows if rows is None else rows, start=1):
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, line, number, _local(cell, zone), formats.get(column.kind))
    if not line:
        sheet.write_string(1, 0, translate(table.empty))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(line, 1), len(table.columns) - 1)
    return line


def _local(cell: Cell, zone: tzinfo) -> Cell:
    return cell.astimezone(zone).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _write(sheet, line: int, number: int, cell: Cell, form) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(line, number, cell[:_LONGEST_CELL], form)
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
