"""The quick reader of whole spreadsheets: the same cells as the careful one, or none."""

from __future__ import annotations

import io
import random

import openpyxl
import pytest
import xlsxwriter

from ckanext.satudata.domain import packed, sheet_stream, spreadsheet
from ckanext.satudata.tests.domain.test_spreadsheet import BOOKS
from ckanext.satudata.tests.support import bombs


def streamed(content: bytes) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    for block in sheet_stream.blocks(io.BytesIO(content)):
        rows.extend([*row] for row in zip(*block, strict=True))
    return rows


def said(cell):
    if cell is None or cell == "":
        return None
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell).removesuffix(" 00:00:00")


def trimmed(rows):
    """Without the empty cells at the end of each row, and the empty rows at the end."""
    for row in [*rows, rows]:
        while row and row[-1] in (None, []):
            row.pop()
    return rows


def large(**options) -> bytes:
    """Rows of which most are alike and some are not: gaps, other kinds, left out."""
    out, chance = io.BytesIO(), random.Random(5)
    with xlsxwriter.Workbook(out, options) as made:
        sheet, day = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["kode", "nama", "nilai", "tanggal", "catatan"])
        for row in range(1, 9000):
            if row % 3000 == 0:
                continue
            sheet.write_row(row, 0, [f"35.73.{row % 90:02}", chance.choice(["Desa & A", "<B>", "C"]), row / 7])
            sheet.write_number(row, 3, 45_000 + row % 700, day)
            if row % 10 == 0:
                sheet.write(row, 4, chance.choice(["ada", 12, True]))
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [*BOOKS.values(), large(), large(in_memory=True)], ids=[*BOOKS, "large", "large in memory"]
)
def test_the_cells_are_those_of_the_careful_reader(content, monkeypatch):
    monkeypatch.setattr(sheet_stream, "_BLOCK", 60_000)
    expected = spreadsheet.rows(io.BytesIO(content), most_rows=20_000, most_columns=50)
    assert trimmed(streamed(content)) == trimmed([[said(cell) for cell in row] for row in expected])


def test_rows_that_are_alike_are_read_at_once():
    out = io.BytesIO()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in range(2000):
        sheet.append([f"a{row}", row])
    book.save(out)
    cells = sheet_stream._Cells._read_singly
    try:
        sheet_stream._Cells._read_singly = None
        found = streamed(out.getvalue())
    finally:
        sheet_stream._Cells._read_singly = cells
    assert found[1999] == ["a1999", "1999"] and len(found) == 2000


@pytest.mark.parametrize(
    "sheet",
    [
        "<row r='1'><c r='A1'><v>1</v></c></row>",
        '<row r="1"><!-- <c r="A1"><v>9</v></c> --><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>a</t></r></is></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><extra/></row>',
        '<row r="1"><c r="A1" cm="1"><v>1</v></c></row>',
        '<row r="1"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v><![CDATA[9]]></v></c></row>',
        "<row>" * 200_000 + "?",
        " " * 300_000 + "?",
    ],
)
def test_what_is_written_in_another_way_is_refused_whole(sheet):
    with pytest.raises(sheet_stream.Unusual):
        streamed(bombs.book(bombs.HEAD + sheet + bombs.END))


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="9999999"><c r="A9999999"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1"><v>1.2.3e</v></c><c r="B1"><v>12345678901234567e</v></c></row>',
    ],
)
def test_broken_ones_are_damaged(sheet):
    with pytest.raises(packed.Damaged):
        streamed(bombs.book(bombs.HEAD + sheet + bombs.END))
