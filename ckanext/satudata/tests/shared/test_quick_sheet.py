"""Whole rows become in the file what XlsxWriter makes of them cell by cell."""

from __future__ import annotations

import io
from datetime import date, datetime, timezone

import openpyxl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from ckanext.satudata.domain.report import Column, Kind, Table
from ckanext.satudata.shared.documents import sheets
from ckanext.satudata.shared.documents.quick_sheet import LONGEST_TEXT, QuickSheet
from ckanext.satudata.shared.documents.sheets import Forms

ODD = ["", " a ", "=1+1", "<b>&\"'", "a\nb", "_x0041_", "\x01", "<r>x</r>", "😀" * 5, "x" * (LONGEST_TEXT + 1)]
instants = st.datetimes(datetime(1945, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc))
KINDS = {
    Kind.TEXT: st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(ODD),
    Kind.COUNT: st.integers(-(10**9), 10**9),
    Kind.DECIMAL: st.floats(-1e6, 1e6),
    Kind.DATE: st.dates(date(1945, 1, 1), date(2200, 1, 1)),
    Kind.INSTANT: instants.map(lambda at: at.replace(microsecond=0)),
    Kind.MONTH: st.sampled_from(["2026-01", "2026-12"]),
}
tables = st.lists(st.tuples(*(cells | st.none() for cells in KINDS.values())), max_size=6)


def book(rows, worksheet_class):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {**sheets.TEXT_STAYS_TEXT, "in_memory": True}) as made:
        forms = Forms.of(made)
        for title in ("Satu", "Dua"):
            table = Table("t", title, tuple(Column(kind.value, kind) for kind in KINDS), tuple(rows))
            sheets.write_table(made.add_worksheet(title, worksheet_class), table, str, timezone.utc, forms)
    return target.getvalue()


def cells(content):
    return [
        [sheet.dimensions, sheet.auto_filter.ref, sheet.freeze_panes, sheet.max_row]
        + [(cell.coordinate, cell.value, cell.data_type, cell.number_format) for row in sheet for cell in row]
        for sheet in openpyxl.load_workbook(io.BytesIO(content))
    ]


@settings(deadline=None)
@given(tables)
def test_rows_at_once_are_rows_cell_by_cell(rows):
    assert cells(book(rows, QuickSheet)) == cells(book(rows, Worksheet))


def test_rows_stand_below_what_was_written_before():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as made:
        form = made.add_format({"num_format": "0.0"})
        sheet = made.add_worksheet("Satu", QuickSheet)
        assert (sheet.fill([(1, "a"), (None, None)], [form, form]), sheet.fill([("a", 2)], [form, form])) == (2, 1)
        made.add_worksheet("Dua", QuickSheet).write_string(3, 2, "x")
    found = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
    assert [[cell.value for cell in row] for row in found["Satu"]] == [[1, "a"], [None, None], ["a", 2]]
    assert found["Satu"]["B3"].number_format == "0.0" and found["Dua"]["C4"].value == "x"


TABLE = Table("t", "Satu", tuple(Column(kind.value, kind) for kind in KINDS), ())


def streamed(rows):
    target = io.BytesIO()
    count = sheets.rows_as_xlsx(target, TABLE, iter(rows), ["n"], translate=str, zone=timezone.utc)
    return count, target.getvalue()


def cell_by_cell(rows):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {**sheets.TEXT_STAYS_TEXT, "constant_memory": True}) as made:
        sheets.write_table(made.add_worksheet("Satu"), TABLE, str, timezone.utc, Forms.of(made), iter(rows))
    return target.getvalue()


@settings(deadline=None)
@given(tables)
def test_rows_that_come_one_by_one_are_the_same(rows):
    # This one XlsxWriter would write as its own; see below.
    rows = [["" if cell == "<r>x</r>" else cell for cell in row] for row in rows]
    count, content = streamed(rows)
    assert count == len(rows)
    assert cells(content)[0] == cells(cell_by_cell(rows))[0]


def test_the_longest_text_and_one_that_looks_like_a_sheets_own_stay_texts():
    odd = ["x" * 40_000, "😀" * 20_000, "<r><t>a</t></r>", "<r>&</r>"]
    _count, content = streamed([(text, *[None] * (len(KINDS) - 1)) for text in odd])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    told = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert told == ["x" * 32_767, "😀" * 16_383, *odd[2:]]
