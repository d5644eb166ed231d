"""Rows in JSON that are lists are read as a table under their headings, or are not inspected."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import pytest

from ckanext.satudata.domain.personal import json_rows, json_text, masked_copy, masking, scan
from ckanext.satudata.tests.personal import values

CHANCE = Random(11)
HEADS = ["nama", "tgl_lahir", "no_rekening", "hp"]
KINDS = {(0, "name"), (1, "birth_date"), (2, "bank_account"), (3, "phone")}
ROWS = [
    [values.name(CHANCE), f"19{60 + n}-0{n % 9 + 1}-1{n % 9}", f"0123010{10**7 + n}", values.mobile(CHANCE)]
    for n in range(40)
]
OBJECTS = [dict(zip(HEADS, row, strict=True)) for row in ROWS]
LATE = "rows before their headings"
SAID = [{"id": head} for head in HEADS]
SHAPES = {
    "columns and rows": {"columns": HEADS, "rows": ROWS},
    "header and data": {"judul": "x", "Header": HEADS, "data": ROWS},
    "pandas split": {"columns": HEADS, "index": list(range(40)), "data": ROWS},
    "DataStore dump": {"fields": [{**one, "info": {"label": ""}} for one in SAID], "records": ROWS},
    "answer of the DataStore": {"success": True, "result": {"records": ROWS, "fields": SAID}},
    "described elsewhere": {"meta": {"view": {"columns": [{"id": 5, "name": head} for head in HEADS]}}, "data": ROWS},
    LATE: {"rows": ROWS, "kolom": HEADS},
    "first row": [HEADS, *ROWS],
    "title, empty row, headings": [["Daftar penerima"], [], HEADS, *ROWS],
    "first row within": {"penerima": [HEADS, *ROWS]},
    "columns as lists": {head: [row[at] for row in ROWS] for at, head in enumerate(HEADS)},
    "pandas columns": {head: {str(n): row[at] for n, row in enumerate(ROWS)} for at, head in enumerate(HEADS)},
}  # fmt: skip


def _written(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def _found(told):
    return {(one["column"], one["kind"]) for one in told["findings"] or [] if one["column"] is not None}


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_that_are_lists_are_a_table_under_their_headings(tmp_path, shape):
    outlines: list = []
    told = scan.of_file(_written(tmp_path, SHAPES[shape]), "json", outlines)
    heads = next(one.heads for one in outlines if set(HEADS) <= set(one.heads))
    assert {(heads[at], kind) for at, kind in _found(told)} >= {(HEADS[at], kind) for at, kind in KINDS}, told
    assert "not_inspected" not in told


def test_rows_by_line_and_objects_by_name(tmp_path):
    lines = "\n".join(map(json.dumps, [HEADS, *ROWS]))
    assert _found(scan.of_file(_written(tmp_path, lines))) == KINDS
    by_name = {f"orang{n}": one for n, one in enumerate(OBJECTS)}
    assert _found(scan.of_file(_written(tmp_path, by_name))) == {(at + 1, kind) for at, kind in KINDS}
    within = [{"desa": "Ngadirejo", "columns": HEADS, "rows": ROWS}]
    assert {kind for _, kind in _found(scan.of_file(_written(tmp_path, within)))} >= {kind for _, kind in KINDS}


@pytest.mark.parametrize(
    "shape", ["columns and rows", "DataStore dump", "rows before their headings", "first row within"]
)
def test_a_large_object_is_read_piece_by_piece(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(json_text, "_WHOLE", 600)
    monkeypatch.setattr(json_text, "_PIECE", 100)
    told = scan.of_file(_written(tmp_path, SHAPES[shape]))
    if shape == LATE:
        assert scan.passed_over(json_rows.NO_TABLE) in told["not_inspected"]
    else:
        assert _found(told) == KINDS and "not_inspected" not in told


def test_what_follows_a_large_list_in_its_object_is_read_too(tmp_path, monkeypatch):
    monkeypatch.setattr(json_text, "_WHOLE", 600)
    monkeypatch.setattr(json_text, "_PIECE", 100)
    for first in (
        {"desa": [{"kode": n} for n in range(200)]},
        {"desa": [["kode", "n"], *([n, n] for n in range(200))]},
    ):
        value = {"desa": first, "warga": OBJECTS, "lain": {"columns": HEADS, "rows": ROWS}}
        told = scan.of_file(_written(tmp_path, value))
        assert {kind for _, kind in _found(told)} == {kind for _, kind in KINDS}
    told = scan.of_file(_written(tmp_path, json.dumps({"a": OBJECTS}) + json.dumps({"b": [{"c": 1}]})))
    assert told["not_inspected"] == [scan.passed_over(json_rows.NO_TABLE)]


@pytest.mark.parametrize(
    "value",
    [
        {"rows": ROWS},
        {"columns": HEADS[:3], "rows": ROWS},
        [{"desa": "a", "warga": ROWS}],
        [{"desa": "a"}, *ROWS],
        [[HEADS, *ROWS], [HEADS, *ROWS]],
        {"desa": [{"kode": 1}], "lembar": [[HEADS, *ROWS], [HEADS, *ROWS]]},
        {"desa": [["kode"], ["a"]], "lembar": {"satu": [[HEADS, *ROWS]]}},
        [HEADS, *([*row, ["a", "b"]] for row in ROWS)],
        {"result": {"fields": SAID, "records": "\n".join(map(",".join, ROWS))}},
        {"result": {"fields": SAID, "records": "\n".join(map("\t".join, ROWS))}},
        {str(n): row for n, row in enumerate(ROWS)},
        {"columns": HEADS, "rows": [{"cells": row} for row in ROWS]},
        [{"id": n, "cell": row} for n, row in enumerate(ROWS)],
        {"cols": SAID, "rows": [{"c": [{"v": cell} for cell in row]} for row in ROWS]},
        {"data": json.dumps(ROWS)},
        [", ".join(row) for row in ROWS],
    ],
)
def test_what_is_no_table_is_never_called_clean(tmp_path, value):
    assert scan.of_file(_written(tmp_path, value))["not_inspected"]


def test_lists_of_numbers_and_places_need_no_headings(tmp_path):
    area = {"type": "Polygon", "coordinates": [[[112.5, -7.9], [112.6, -7.8]]]}
    features = {"type": "FeatureCollection", "features": [{"geometry": area, "properties": {"luas": 4}}] * 9}
    lists = [{"kata": ["sampah", "air bersih"], "nomor": ["0341 551 007", "0341 551 0088"], "tahun": [2020, 2021]}] * 3
    for value in (
        lists,
        features,
        area,
        {"deret": [[2020, 4], [2021, 5]]},
        [{"nilai": [[1, 2], [3, 4]]}],
        ["a", "b"],
        [],
        {},
    ):
        assert "not_inspected" not in scan.of_file(_written(tmp_path, value)), value
    for value in (features, area, {"deret": [[2020, 4], [2021, 5]]}, [{"nilai": [[1, 2], [3, 4]]}], ["a", "b"], [], {}):
        assert scan.of_file(_written(tmp_path, value)) == {"findings": []}


def test_headings_are_those_that_are_named_so_and_are_of_one_table(tmp_path):
    footed = scan.of_file(
        _written(tmp_path, {"header": {"columns": HEADS}, "rows": ROWS, "footer": ["w", "x", "y", "z"]})
    )
    assert {kind for _, kind in _found(footed)} >= {kind for _, kind in KINDS}
    twice = {"columns": ["a", "b", "c", "d"], "data": [["Klojen", "1", "2", "3"]] * 40, "lampiran": ROWS}
    assert scan.of_file(_written(tmp_path, twice))["not_inspected"]


def test_a_column_may_have_no_name(tmp_path):
    told = scan.of_file(_written(tmp_path, [{"no": n, "": "Sukamaju, Kecamatan Sukun"} for n in range(9)]))
    assert told == {"findings": []}


def test_a_copy_of_rows_that_are_lists(tmp_path):
    for shape in ("first row", "DataStore dump", "first row within"):
        path, outlines = _written(tmp_path, SHAPES[shape]), []
        scan.of_file(path, "json", outlines)
        told = [one.as_json() for one in outlines]
        said = {"ending": "csv", "sheets": [{"sheet": told[0]["sheet"], "columns": {"1": "year"}}]}
        read = masking.read(said, told)
        masked_copy.make(path, "json", read, tmp_path / "b.csv", today=date(2026, 1, 1), least=5)
        assert (tmp_path / "b.csv").read_text().split()[:3] == ["tgl_lahir", "1960", "1961"]
