"""What stands in a spreadsheet, as openpyxl reads it; and what a hostile one costs."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from ckanext.satudata.domain import packed, spreadsheet
from ckanext.satudata.tests.support import bombs


def written(**options) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as made:
        made.add_worksheet("Tersembunyi").hide()
        sheet = made.add_worksheet("Data")
        sheet.activate()
        day, length = made.add_format({"num_format": "dd/mm/yyyy"}), made.add_format({"num_format": "[h]:mm"})
        bold = made.add_format({"bold": True})
        sheet.write_row(0, 0, ["Kecamatan", "Désa & lain", "", "<x>", 1, 2.5, 1e300, True, False])
        sheet.write_datetime(2, 1, datetime.datetime(2024, 5, 6, 7, 8, 9), day)
        sheet.write_number(2, 2, 0.25, made.add_format({"num_format": "hh:mm"}))
        sheet.write_number(2, 3, 1.5, length)
        sheet.write_number(2, 4, 1e9, day)
        sheet.write_number(2, 5, 12, bold)
        sheet.write_rich_string(4, 0, "tebal ", bold, "kata", " biasa")
        sheet.write_formula(4, 3, "=1+1", None, 2)
        sheet.write_formula(4, 4, '="a"', None, "a")
        sheet.write_formula(4, 5, "=1/0", None, "#DIV/0!")
        sheet.write_blank(4, 20, None, bold)
    return out.getvalue()


def made_by_openpyxl() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in ([1, None, "dua", datetime.date(2024, 2, 29)], [], [True, datetime.time(3, 4), 1.25, "#N/A"]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


BOOKS = {
    "shared texts": written(),
    "dates from 1904": written(date_1904=True),
    "in memory": written(in_memory=True),
    "openpyxl": made_by_openpyxl(),
}


@pytest.mark.parametrize("content", BOOKS.values(), ids=BOOKS)
def test_the_cells_are_those_that_openpyxl_reads(content):
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
    expected = [list(row) for row in sheet.iter_rows(values_only=True)]
    found = spreadsheet.rows(io.BytesIO(content), most_rows=100, most_columns=50)
    width = max(map(len, expected))
    assert [[*row, *[None] * (width - len(row))] for row in found] == expected


def test_prefixes_inline_texts_and_places():
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="2">'
        '<x:c r="C2" t="inlineStr"><x:is><x:r><x:t>sa</x:t></x:r><x:r><x:t>tu</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh>'
        '</x:is></x:c><x:c t="d"><x:v>2024-05-06</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    found = spreadsheet.rows(io.BytesIO(bombs.book(sheet)), most_rows=9, most_columns=9)
    assert found == [[], [None, None, "satu", datetime.date(2024, 5, 6)]]


def test_no_more_rows_are_read_than_asked_for():
    rows = "".join(f"<row r='{number}'><c><v>{number}</v></c></row>" for number in range(1, 2000))
    content = bombs.book(bombs.HEAD + rows + "<broken")
    assert spreadsheet.rows(io.BytesIO(content), most_rows=500, most_columns=9)[-1] == [500]
    far = bombs.book(bombs.HEAD + "<row r='1048576'><c><v>1</v></c></row>" + bombs.END)
    assert spreadsheet.rows(io.BytesIO(far), most_rows=500, most_columns=9) == []


@pytest.mark.parametrize(
    "sheet",
    [
        "<row><c t='s'><v>99</v></c></row>",
        "<row><c t='s'><v>-1</v></c></row>",
        "<row><c t='s'><v>x</v></c></row>",
        "<row><c><v>x</v></c></row>",
        "<row r='0'/>",
        "<row r='2'/><row r='1'/>",
        "<c><v>1</v></c>",
        "<row><c s='x'/></row>",
        "<row>",
        "&a;",
    ],
)
def test_a_broken_sheet_is_damaged(sheet):
    with pytest.raises(packed.Damaged):
        spreadsheet.rows(io.BytesIO(bombs.book(bombs.HEAD + sheet + bombs.END)), most_rows=9, most_columns=9)


@pytest.mark.parametrize("change", ["method", "encrypted"])
def test_parts_packed_in_other_ways_are_damaged(change):
    content = bytearray(written())
    for mark, flags, method in ((b"PK\x03\x04", 6, 8), (b"PK\x01\x02", 8, 10)):
        at = content.find(mark)
        while at >= 0:
            if change == "method":
                content[at + method] = 9
            else:
                content[at + flags] |= 1
            at = content.find(mark, at + 1)
    with pytest.raises(packed.Damaged):
        spreadsheet.rows(io.BytesIO(bytes(content)), most_rows=9, most_columns=9)


def test_a_table_wider_than_asked_for_is_said_to_be_so():
    sheet = bombs.HEAD + "<row><c/><c/><c/><c><v>1</v></c></row>" + bombs.END
    with pytest.raises(spreadsheet.TooWide):
        spreadsheet.rows(io.BytesIO(bombs.book(sheet)), most_rows=9, most_columns=3)
    assert spreadsheet.rows(io.BytesIO(bombs.book(sheet)), most_rows=9, most_columns=4)


READS = """
import resource, sys
from ckanext.satudata.domain import packed, spreadsheet
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + (48 << 20)
resource.setrlimit(resource.RLIMIT_AS, (size, size))
for name in sys.argv[1:]:
    try:
        spreadsheet.rows(open(name, "rb"), most_rows=500, most_columns=200)
        sys.exit(f"{name} was read")
    except (packed.Damaged, packed.TooMuch):
        pass
print("done")
"""


def test_bombs_are_refused_within_48_mb(tmp_path):
    files = []
    for name, content in bombs.bombs().items():
        (tmp_path / name).write_bytes(content)
        files.append(tmp_path / name)
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run([sys.executable, "-c", READS, *files], capture_output=True, text=True, cwd=root)
    assert done.stdout == "done\n", done.stderr[-2000:]
