"""Workbooks and CSV are read back: the numbers are numbers, and no text becomes a formula."""

import csv
import io
from datetime import date, datetime, timedelta, timezone

import openpyxl

from ckanext.satudata.domain.report import Column, Finding, Kind, Period, Report, Table
from ckanext.satudata.shared.documents import report_book, sheets

WIB = timezone(timedelta(hours=7), "WIB")
AT = datetime(2026, 7, 31, 20, 30, tzinfo=timezone.utc)
EVIL = '=HYPERLINK("http://example.org","klik")'
TABLE = Table(
    "t",
    "Title",
    (
        Column("Name"),
        Column("Count", Kind.COUNT),
        Column("Days", Kind.DECIMAL),
        Column("On", Kind.DATE),
        Column("At", Kind.INSTANT),
    ),
    ((EVIL, 1234, 1.5, date(2026, 7, 1), AT), ("kosong", 0, 0.0, None, None)),
)
REPORT = Report("r", "Report", Period.month(2026, 7), AT, (Finding("{count} went public", {"count": 7}),), (TABLE,))


def same(text):
    return text


def test_workbook_holds_real_values_in_local_time():
    book = openpyxl.load_workbook(io.BytesIO(report_book.as_xlsx(REPORT, [], translate=same, zone=WIB)))
    sheet = book["Title"]
    assert [cell.value for cell in sheet[2]] == [EVIL, 1234, 1.5, datetime(2026, 7, 1), datetime(2026, 8, 1, 3, 30)]
    assert sheet["A2"].data_type == "s"
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:E3"
    assert "7 went public" in [cell.value for row in book.worksheets[0] for cell in row]


def test_an_empty_table_says_so():
    empty = Table("t", "Title", TABLE.columns, (), empty="nothing")
    report = Report("r", "Report", REPORT.period, AT, (), (empty,))
    book = openpyxl.load_workbook(io.BytesIO(report_book.as_xlsx(report, [], translate=same, zone=WIB)))
    assert book["Title"]["A2"].value == "nothing"


def test_csv_defuses_formulas_and_keeps_numbers_plain():
    text = sheets.as_csv(TABLE, translate=same, zone=WIB).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1] == ["'" + EVIL, "1234", "1.5", "2026-07-01", "2026-08-01 03:30"]
