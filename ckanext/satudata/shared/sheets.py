"""A report as XLSX or CSV: real numbers and dates, and never a formula out of somebody's text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, tzinfo

import xlsxwriter

from ckanext.satudata.domain.report import Cell, Kind, Report, Table

_FORMATS = {Kind.COUNT: "#,##0", Kind.DECIMAL: "#,##0.00", Kind.DATE: "dd/mm/yyyy", Kind.INSTANT: "dd/mm/yyyy hh:mm"}
_WIDTHS = {Kind.TEXT: 32, Kind.COUNT: 14, Kind.DECIMAL: 16, Kind.DATE: 14, Kind.INSTANT: 20}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_xlsx(report: Report, *, translate: Callable[[str], str], zone: tzinfo) -> bytes:
    """A workbook: a summary sheet, then one sheet for each table with frozen head and filter."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": translate(report.title), "created": report.as_of_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        _summary(book.add_worksheet(translate("Summary")[:31]), report, translate, zone, bold)
        for table in report.tables:
            _sheet(book.add_worksheet(translate(table.title)[:31]), table, translate, zone, bold, formats)
    return target.getvalue()


def _summary(sheet, report: Report, translate, zone: tzinfo, bold) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    local = report.as_of_at.astimezone(zone)
    head = (
        (translate("Report"), translate(report.title)),
        (translate("Period"), f"{report.period.from_on:%d/%m/%Y} – {report.period.until_on:%d/%m/%Y}"),
        (translate("Figures as of"), f"{local:%d/%m/%Y %H:%M} {local.tzname()}"),
        (translate("Source"), translate("Journal, cases and download counts of the portal")),
    )
    for number, (label, value) in enumerate(head):
        sheet.write_string(number, 0, label, bold)
        sheet.write_string(number, 1, value)
    for number, finding in enumerate(report.findings, start=len(head) + 1):
        sheet.write_string(number, 1, translate(finding.message).format(**finding.params))


def _sheet(sheet, table: Table, translate, zone: tzinfo, bold, formats) -> None:
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, translate(column.head), bold)
    for line, row in enumerate(table.rows, start=1):
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, line, number, _local(cell, zone), formats.get(column.kind))
    if not table.rows:
        sheet.write_string(1, 0, translate(table.empty))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _local(cell: Cell, zone: tzinfo) -> Cell:
    return cell.astimezone(zone).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _write(sheet, line: int, number: int, cell: Cell, form) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(line, number, cell)
    elif isinstance(cell, (int, float)):
        sheet.write_number(line, number, cell, form)
    else:
        sheet.write_datetime(line, number, cell, form)


def as_csv(table: Table, *, translate: Callable[[str], str], zone: tzinfo) -> bytes:
    """One table as UTF-8 CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(translate(column.head) for column in table.columns)
    for row in table.rows:
        writer.writerow(_plain(_local(cell, zone)) for cell in row)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
    return cell if isinstance(cell, (int, float)) else cell.isoformat()
