"""What masking does to cells, and that nothing but the masked tables is in a copy."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from datetime import date

import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.personal import masked_cells, masked_copy, masking, scan
from ckanext.satudata.domain.personal.masking import Method
from ckanext.satudata.domain.personal.sheets import Outline
from ckanext.satudata.tests.personal import tables, values

TODAY = date(2026, 3, 2)
HEADS = ["NIK", "Nama", "Tgl Lahir", "Alamat", "Kecamatan", "Jumlah"]
CHANCE = random.Random(7)
ROWS = [
    [values.nik(CHANCE), f"Canari Contoh {n}", f"{1 + n % 28:02}/03/{1960 + n % 40}",
     f"Jl. Mawar No. {n}, Kel. Sukamaju, Kec. Lowokwaru, Kota Nusasari", ["Klojen", "Sukun"][n % 2], str(n)]
    for n in range(60)
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "cell", "expected"),
    [
        (Method.BLANK, "x", None),
        (Method.PARTLY, "3573014508990001", "3573******"),
        (Method.PARTLY, "0812-3456-7890", "0812******"),
        (Method.PARTLY, "1234", "******"),
        (Method.PARTLY, "siti.contoh@surel.example", "s***@surel.example"),
        (Method.PARTLY, "Siti Aminah, S.Pd.", "S*** A***, S***P***"),
        (Method.PARTLY, "Jl. Mawar No. 12", "J*** M*** N*** ***"),
        (Method.PARTLY, None, None),
        (Method.YEAR, "12/03/1990", "1990"),
        (Method.YEAR, "1990-03-12", "1990"),
        (Method.YEAR, "19900312", "1990"),
        (Method.YEAR, "Nusasari, 12 Maret 1990", "1990"),
        (Method.YEAR, "12-03-90", None),
        (Method.YEAR, "3573014508199001", None),
        (Method.AGE_BAND, "7", "0–9"),
        (Method.AGE_BAND, "34 tahun", "30–39"),
        (Method.AGE_BAND, "80", "80+"),
        (Method.AGE_BAND, "12/03/1990", "30–39"),
        (Method.AGE_BAND, "230", None),
        (Method.AGE_BAND, "tua", None),
        (Method.DISTRICT, "Jl. Mawar 3, Kec. Lowokwaru, Kota Nusasari", "Lowokwaru"),
        (Method.DISTRICT, "RT 3 KECAMATAN TANJUNG PRIOK KOTA JAKARTA UTARA", "Tanjung Priok"),
        (Method.DISTRICT, "Jl. Mawar 3", None),
        (Method.KEEP, " apa pun ", " apa pun "),
    ],
)
def test_cells(method, cell, expected):
    cells = pl.Series("c", [cell, None], dtype=pl.String)
    assert masked_cells.masked(cells, method, TODAY).to_list() == [expected, None]


def outline(*heads, sheet="", is_hidden=False):
    return Outline(sheet, list(heads), 1, 0, is_hidden, []).as_json()


def plan(columns, sheet="", is_counted=False, ending="csv"):
    return {"sheets": [{"sheet": sheet, "columns": columns, "is_counted": is_counted}], "ending": ending}


@pytest.mark.parametrize(
    "said",
    [
        None,
        "x",
        {"sheets": []},
        plan({"0": "remove"}),
        plan({"0": "keep", "9": "keep"}),
        plan({"0": "shred"}),
        plan({"x": "keep"}),
        plan({"0": "keep"}, sheet="Lain"),
        plan({"0": "keep"}, sheet="Rahasia"),
        plan({"0": "keep"}, ending="pdf"),
        plan({str(at): "keep" for at in range(6)}, is_counted=True),
        {"sheets": plan({"0": "keep"})["sheets"] * 2, "ending": "xlsx"},
        {"sheets": [*plan({"0": "keep"})["sheets"], *plan({"0": "keep"}, sheet="B")["sheets"]], "ending": "csv"},
    ],
)
def test_a_plan_that_cannot_be_is_refused(said):
    tables = [outline(*HEADS), outline("b", sheet="B"), outline("c", sheet="Rahasia", is_hidden=True)]
    with pytest.raises(Invalid):
        masking.read(said, tables)


def test_a_plan_comes_back_as_it_went():
    said = plan({"0": "keep", "2": "year"}, is_counted=True)
    assert masking.read(said, [outline(*HEADS)]).as_json() == said


def written_csv(path, rows=ROWS):
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([["Data Penerima Bantuan"], HEADS, *rows, ["Dicetak oleh Canari, HP 081234567890"]])


def book(path):
    """A workbook with everything in it that a copy must not have."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Data"
    sheet.append(["Data Penerima Canari"])
    sheet.append(HEADS)
    for row in ROWS:
        sheet.append(row)
    sheet["A3"].comment = Comment("Canari di komentar", "Canari")
    sheet.row_dimensions[5].hidden = True
    hidden = made.create_sheet("Rahasia")
    hidden.append(["Nama"])
    hidden.append(["Canari tersembunyi"])
    hidden.sheet_state = "hidden"
    made.defined_names["canari_nama"] = DefinedName("canari_nama", attr_text="Data!$A$1")
    made.properties.creator = made.properties.lastModifiedBy = "Canari"
    made.save(path)


def made(path, said, tmp_path, least=5):
    outlines: list[Outline] = []
    scan.of_file(path, "", outlines)
    read = masking.read(said, [one.as_json() for one in outlines])
    target = tmp_path / f"salinan.{read.ending}"
    ending = path.suffix.removeprefix(".")
    told = masked_copy.make(path, ending, read, target, today=TODAY, least=least)
    shown = masked_copy.sample(path, ending, read, 20, today=TODAY, least=least)
    return target, told["tables"], shown["tables"]


CHOSEN = {"0": "partly", "2": "year", "3": "district", "4": "keep"}


def test_a_csv_copy_has_the_chosen_columns_and_nothing_else(tmp_path):
    written_csv(tmp_path / "a.csv")
    target, (told,), (shown,) = made(tmp_path / "a.csv", plan(CHOSEN), tmp_path)
    rows = list(csv.reader(io.StringIO(target.read_text())))
    assert rows[0] == ["NIK", "Tgl Lahir", "Alamat", "Kecamatan"] and len(rows) == 61
    assert rows[1] == [f"{ROWS[0][0][:4]}******", "1960", "Lowokwaru", "Klojen"]
    assert "Canari" not in target.read_text() and told["lines"] == 2
    assert shown["sample"] == rows[1:21] and scan.of_file(target)["findings"] == []


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    book(tmp_path / "a.xlsx")
    said = plan(CHOSEN, sheet="Data", ending="xlsx")
    first = made(tmp_path / "a.xlsx", said, tmp_path)[0].read_bytes()
    assert made(tmp_path / "a.xlsx", said, tmp_path)[0].read_bytes() == first


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_of_a_workbook_only_the_tables_are_taken(tmp_path, ending):
    book(tmp_path / "a.xlsx")
    target, (told,), _ = made(tmp_path / "a.xlsx", plan({**CHOSEN, "5": "keep"}, sheet="Data", ending=ending), tmp_path)
    assert (told["rows"], told["hidden_rows"], told["lines"]) == (59, 1, 1)
    content = target.read_bytes()
    if ending == "xlsx":
        with zipfile.ZipFile(target) as archive:
            names = archive.namelist()
            content = b"".join(map(archive.read, names))
        again = openpyxl.load_workbook(target)
        assert again.sheetnames == ["Data"] and not again.defined_names and again.properties.creator in (None, "")
        assert not [name for name in names if "comment" in name or "pivot" in name]
        assert again["Data"]["E3"].value == 1  # a number stays one
    assert b"anari" not in content


def test_what_cannot_be_generalised_is_emptied_and_told(tmp_path):
    written_csv(tmp_path / "a.csv", [[*row[:3], "Jl. Mawar 3", *row[4:]] for row in ROWS])
    _, (told,), _ = made(tmp_path / "a.csv", plan({"3": "district", "4": "keep"}), tmp_path)
    assert told["unclear"] == {"Alamat": 60}


def test_counts_of_few_rows_are_not_told(tmp_path):
    rows = [[*row[:4], "Kedungkandang" if n < 2 else row[4], row[5]] for n, row in enumerate(ROWS)]
    written_csv(tmp_path / "a.csv", rows)
    target, (told,), (shown,) = made(tmp_path / "a.csv", plan({"4": "keep"}, is_counted=True), tmp_path)
    counted = dict(csv.reader(io.StringIO(target.read_text())))
    # Of two the smaller one is suppressed with it: from the sum of all it would be known.
    assert counted == {"Kecamatan": "jumlah baris", "Kedungkandang": "*", "Klojen": "*", "Sukun": "29"}
    assert told["suppressed"] == 2 and shown["sample"] == [[k, v] for k, v in list(counted.items())[1:]]


def test_a_heading_that_is_somebodys_number_is_not_taken(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("kecamatan,siti@surel.example\nKlojen,1\nSukun,2\nBlimbing,3\n")
    target, _, _ = made(path, plan({"0": "keep", "1": "keep"}), tmp_path)
    assert target.read_text().splitlines()[0] == "kecamatan,kolom 2"


def test_ods_sheets_become_sheets_of_xlsx(tmp_path):
    long = "Rekap [RT/RW] yang namanya lebih panjang dari batas"
    cols = [tables.Col("NIK", values.nik, "nik"), tables.Col("RT", lambda chance: str(chance.randint(1, 9)))]
    case = tables.Case("dua", "ods", cols, 12, sheet=long, above=[("Data Canari", None)])
    path = tables.write(case, tmp_path, 3)
    target, (told,), (shown,) = made(path, plan({"0": "partly", "1": "keep"}, sheet=long, ending="xlsx"), tmp_path)
    again = openpyxl.load_workbook(target).active
    assert again.title == "Rekap  RT RW  yang namanya lebi" and again.max_row == 13 and told["rows"] == 12
    assert again["A2"].value == shown["sample"][0][0] and again["A2"].value.endswith("******")


def test_json_and_a_file_that_is_broken(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"nama": "Canari", "umur": 34}, {"nama": "Canari", "umur": 7, "rt": "3"}]')
    target, (told,), _ = made(path, plan({"1": "age_band", "2": "keep"}), tmp_path)
    assert target.read_text() == "umur,rt\n30–39,\n0–9,3\n" and told["rows"] == 2
    read = masking.read(plan({"0": "keep"}), [outline("a")])
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(Invalid):
        masked_copy.make(tmp_path / "b.xlsx", "xlsx", read, tmp_path / "c.csv", today=TODAY, least=5)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_nothing_of_a_copy_runs_as_a_formula_and_numbers_stay_numbers(tmp_path, ending):
    link = '=HYPERLINK("https://contoh.example","buka")'
    cells = [link, "+1+cmd|x", "-2+3", "@SUM(A1)", "-7.983", "+6281", "-12,5%", "a=b"]
    with (tmp_path / "a.csv").open("w", newline="") as out:
        csv.writer(out).writerows([["=heads()", "Jumlah"], *([cell, str(at)] for at, cell in enumerate(cells))])
    target = made(tmp_path / "a.csv", plan({"0": "keep", "1": "keep"}, ending=ending), tmp_path)[0]
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(target.read_text())))
        assert [row[0] for row in rows] == ["'=heads()", *(f"'{cell}" for cell in cells[:4]), *cells[4:]]
        return
    sheet = openpyxl.load_workbook(target).active
    assert [sheet.cell(row, 1).data_type for row in range(1, 6)] == ["s"] * 5
    assert sheet.cell(2, 1).value == link and sheet.cell(6, 1).value == -7.983
