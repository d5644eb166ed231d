"""What is wrong in a table before it is sent: each finding in a small file, and none in a right one."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from ckanext.satudata.domain import area_codes, quality, table_parts

RIGHT = [
    ["kode_wilayah", "nama_wilayah", "tahun", "jumlah", "satuan"],
    *([f"35.73.{n:02}", f"Kecamatan {n}", year, n * year / 2, "jiwa"] for year in (2023, 2024) for n in range(1, 6)),
]


def checked(tmp_path, rows, format_="CSV", key=()):
    path = tmp_path / "file"
    if format_ == "CSV":
        path.write_text("".join(";".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows))
    else:
        book, out = openpyxl.Workbook(), io.BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(out)
        path.write_bytes(out.getvalue())
    found = quality.check(table_parts.read(path, format_, tmp_path / "work"), key)
    assert json.loads(json.dumps(found)) == found
    return found


def told(tmp_path, rows, format_="CSV"):
    return {one["code"]: one["params"] for one in checked(tmp_path, rows, format_)["findings"]}


@pytest.mark.parametrize("format_", ["CSV", "XLSX"])
def test_a_right_table_has_no_findings(tmp_path, format_):
    found = checked(tmp_path, RIGHT, format_)
    assert found == {"rows": 10, "columns": 5, "looked_at": 10, "units": ["jiwa"], "findings": []}


def with_column(name, cells):
    return [[*RIGHT[0], name], *([*row, cell] for row, cell in zip(RIGHT[1:], cells, strict=True))]


@pytest.mark.parametrize(
    ("rows", "code", "params"),
    [
        ([["Jumlah penduduk"], *RIGHT], "titles", {"row": 3}),
        ([*RIGHT[:3], [None] * 5, [None] * 5, *RIGHT[3:]], "blank_rows", {"count": 2, "row": 4}),
        (with_column(None, range(10)), "blank_label", {"number": 6}),
        (with_column("tahun", range(10)), "duplicate_label", {"column": "tahun"}),
        (
            with_column("luas", [*range(9), "12 ha"]),
            "kinds",
            {"column": "luas", "kind": "whole number", "count": 1, "row": 11},
        ),
        ([*RIGHT, RIGHT[4]], "doubled_rows", {"count": 1, "row": 12}),
        (with_column("kosong", [None] * 10), "empty_column", {"column": "kosong"}),
        (
            with_column("luas", [1, None, 3, None, None, 6, 7, 8, 9, 10]),
            "gaps",
            {"column": "luas", "count": 3, "rows": 10},
        ),
        (
            [*RIGHT, ["35.73.01", "Kecamatan 1", 2023, 7, "jiwa"]],
            "doubled_keys",
            {"count": 1, "columns": "kode_wilayah, nama_wilayah, tahun, satuan"},
        ),
        (
            [RIGHT[0], *(["35.99.01" if row[0] == "35.73.02" else row[0], *row[1:]] for row in RIGHT[1:])],
            "area_codes",
            {"column": "kode_wilayah", "count": 2, "examples": "35.99.01"},
        ),
        ([*RIGHT, [None, "Jumlah", None, 99, None]], "totals", {"row": 12}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_finding_names_its_place(tmp_path, rows, code, params):
    found = told(tmp_path, rows, "XLSX" if code == "blank_rows" else "CSV")
    assert found[code] == params
    assert code in quality.FINDINGS


def test_a_declared_key(tmp_path):
    def found(name, key):
        (tmp_path / name).mkdir()
        return {one["code"]: one["params"] for one in checked(tmp_path / name, RIGHT, key=key)["findings"]}

    assert found("right", ["Kode_Wilayah", "tahun"]) == {}
    assert found("doubled", ["kode_wilayah"]) == {"doubled_declared": {"count": 5, "columns": "kode_wilayah"}}
    assert found("missing", ["kode_wilayah", "bulan"]) == {"no_such_key": {"columns": "bulan"}}


def test_blank_rows_of_a_csv(tmp_path):
    assert told(tmp_path, [*RIGHT[:3], [], *RIGHT[3:]]).keys() <= {"blank_rows"}


def test_many_faults_end_the_search(tmp_path):
    rows = [["nama", "jumlah"], *([f"n{n}", n if n % 11 else "?"] for n in range(15_000))]
    found = told(tmp_path, rows)
    assert found["kinds_many"]["count"] == quality.MOST_ERRORS


@pytest.mark.parametrize("code", ["35", "35.73", "3573", "35.73.01", "357301", "35.73.01.1001", "3573012001"])
def test_area_codes(code):
    assert area_codes.is_code(code)


@pytest.mark.parametrize(
    "code", ["", "3", "99", "35.7", "35.70", "35.73.00", "35.73.01.9001", "35.73.01.101", "Malang"]
)
def test_no_area_codes(code):
    assert not area_codes.is_code(code)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [("Kode Wilayah", True), ("kemendagri_kode_kabupaten_kota", True), ("kode_kecamatan", True), ("kode", False),
     ("kode_bps", False), ("bps_kode_provinsi", False), ("nama wilayah", False)],
)  # fmt: skip
def test_headings_of_area_codes(head, is_one):
    assert area_codes.is_heading(head) is is_one
