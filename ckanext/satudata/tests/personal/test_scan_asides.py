"""What lies in a spreadsheet beside its cells is read too, or said not to be."""

from __future__ import annotations

import zipfile
from random import Random

import openpyxl
import pytest
import xlsxwriter
from openpyxl.formatting.rule import CellIsRule
from openpyxl.worksheet.datavalidation import DataValidation

from ckanext.satudata.domain.personal import scan
from ckanext.satudata.tests.personal import values

CHANCE = Random(7)
NIK = "3573015708850003"
MAIN = "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
MANY = [values.nik(CHANCE) for _ in range(40)]
DEFINITION = (
    f"<pivotCacheDefinition {MAIN}><cacheFields><cacheField name='Desa'><sharedItems><s v='Sukamaju'/></sharedItems>"
    "</cacheField><cacheField name='NIK'>{items}</cacheField></cacheFields></pivotCacheDefinition>"
)
ITEMS = "<sharedItems>" + "".join(f"<s v='{one}'/>" for one in MANY) + "</sharedItems>"
RECORDS = "".join(f"<r><x v='0'/><n v='{one}'/></r>" for one in MANY)


def _book(tmp_path, parts):
    """A spreadsheet without anything of persons in its cells, and these parts beside."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Rekap")
        sheet.write_row(0, 0, ["desa", "jumlah"])
        for n in range(1, 30):
            sheet.write_row(n, 0, ["Sukamaju", n])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Rekap!$B$2:$B$30", "categories": "=Rekap!$A$2:$A$30"})
        sheet.insert_chart(1, 4, chart)
        sheet.write_comment("A1", "menurut desa")
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _found(path):
    return {(one["sheet"], one["column"], one["kind"], one["where"]) for one in scan.of_file(path)["findings"]}


def test_what_programs_write_beside_the_cells_is_nothing_found(tmp_path):
    assert scan.of_file(_book(tmp_path, {})) == {"findings": []}


@pytest.mark.parametrize(
    ("parts", "sheet"),
    [
        ({"Definition1": DEFINITION.format(items=ITEMS)}, "pivotCacheDefinition1"),
        (
            {
                "Definition1": DEFINITION.format(items="<sharedItems/>"),
                "Records1": f"<pivotCacheRecords {MAIN}>{RECORDS}</pivotCacheRecords>",
            },
            "pivotCacheRecords1",
        ),
    ],
)
def test_the_rows_behind_a_pivot_table(tmp_path, parts, sheet):
    path = _book(tmp_path, {f"xl/pivotCache/pivotCache{name}.xml": text for name, text in parts.items()})
    assert (sheet, 1, "nik", "hidden") in _found(path)
    (one,) = [one for one in scan.of_file(path)["findings"] if one["kind"] == "nik"]
    assert (one["header"], one["share"]) == ("NIK", 1.0)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("xl/externalLinks/externalLink1.xml", f"<x><row r='1'><cell r='A1'><v>{NIK}</v></cell></row></x>"),
        ("xl/charts/chart9.xml", f"<c:s xmlns:c='c'><c:pt idx='0'><c:v>{NIK}</c:v></c:pt></c:s>"),
        (
            "xl/drawings/drawing9.xml",
            f"<a:p xmlns:a='a'><a:r><a:t>KTP {NIK[:6]}</a:t></a:r><a:r><a:t>{NIK[6:]}</a:t></a:r></a:p>",
        ),
        ("xl/drawings/vmlDrawing9.vml", f"<xml><div>KTP<br>{NIK}</div></xml>"),
        ("customXml/item1.xml", f"<a nik='{NIK}'/>"),
        ("docProps/custom.xml", f"<p><v>{NIK}</v></p>"),
        ("xl/worksheets/left.xml", f"<worksheet><c><v>{NIK}</v></c></worksheet>"),
        ("xl/charts/long.xml", "<x>" + "<v>Sukamaju</v>" * 40_000 + f"<v>{NIK}</v></x>"),
    ],
)
def test_texts_beside_the_cells(tmp_path, part, text):
    name = part.rpartition("/")[2].rpartition(".")[0]
    assert _found(_book(tmp_path, {part: text})) == {(name, None, "nik", "hidden")}


@pytest.mark.parametrize("part", ["xl/model/item.data", "xl/vbaProject.bin", "xl/embeddings/a.xlsx", "xl/media/a.png"])
def test_what_is_not_looked_into_is_said(tmp_path, part):
    told = scan.of_file(_book(tmp_path, {part: b"x"}))
    assert told["findings"] is None
    assert told["not_inspected"] == [scan.passed_over("{count} pictures or embedded files", count=1)]


def test_choices_of_a_cell(tmp_path):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.append(["desa", "jumlah"])
    book.active.add_data_validation(DataValidation(type="list", formula1=f'"{NIK},lain"', sqref="A2"))
    book.save(path)
    assert {one["kind"] for one in scan.of_file(path)["findings"]} == {"nik"}


@pytest.mark.parametrize("part", ["styles.xml", "meta.xml"])
def test_the_margins_of_an_ods_file_and_what_it_says_of_itself(tmp_path, part):
    path = tmp_path / "a.ods"
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string"><text:p>Desa</text:p></table:table-cell>'
    rows = f'<table:table table:name="a"><table:table-row>{cell}{cell}</table:table-row></table:table>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", f"<office:document-content {namespaces}>{rows}</office:document-content>")
        archive.writestr(part, f"<office:styles {namespaces}><text:p>Petugas, KTP {NIK}</text:p></office:styles>")
    assert [(one["kind"], one["where"]) for one in scan.of_file(path)["findings"]] == [("nik", "title")]


def _filtered(sheet):
    sheet.auto_filter.ref = "A1:A9"
    sheet.auto_filter.add_filter_column(0, [NIK])


def _prompted(sheet):
    asked = DataValidation(type="whole", promptTitle="Kontak", prompt=f"NIK {NIK}", showInputMessage=True)
    sheet.add_data_validation(asked)
    asked.add("A2")


def _coloured(sheet):
    sheet.conditional_formatting.add("A1:A9", CellIsRule(operator="equal", formula=[f'"{NIK}"']))


def _formatted(sheet):
    sheet["A2"].number_format = f'0 "NIK {NIK}"'


@pytest.mark.parametrize("change", [_filtered, _prompted, _coloured, _formatted])
def test_what_a_sheet_says_beside_its_cells(tmp_path, change):
    book = openpyxl.Workbook()
    for n in range(9):
        book.active.append([n, "Klojen"])
    change(book.active)
    book.save(tmp_path / "a.xlsx")
    assert {one["kind"] for one in scan.of_file(tmp_path / "a.xlsx")["findings"]} == {"nik"}
