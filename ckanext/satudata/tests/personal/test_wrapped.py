"""Whatever shape a table of persons is written in, it is never called clean; and open data are."""

from __future__ import annotations

import base64
import csv
import json
from random import Random

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.personal import attesting, held, scan
from ckanext.satudata.domain.personal.attesting import ANSWERED, Inspection, inspection_of
from ckanext.satudata.tests.personal import harmless, values, wrappers
from ckanext.satudata.tests.personal.test_json_tables import HEADS, ROWS

CHANCE = Random(23)
SILENT = ANSWERED | {Inspection.HINTS}


@pytest.mark.parametrize("tens", range(10))
def test_no_wrapper_of_a_table_of_persons_is_called_clean(tmp_path, tens):
    for seed in range(tens * 12, tens * 12 + 12):
        path = wrappers.wrapped(seed, tmp_path)
        assert inspection_of(scan.of_file(path)) not in SILENT, path


@pytest.mark.long
def test_none_of_many_wrappers_is_called_clean(tmp_path):
    wrong = [
        seed for seed in range(1000, 3000) if inspection_of(scan.of_file(wrappers.wrapped(seed, tmp_path))) in SILENT
    ]
    assert not wrong


@pytest.mark.parametrize("name", harmless.JSON)
def test_open_data_in_json_are_clean(tmp_path, name):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(harmless.JSON[name]))
    assert scan.of_file(path) == {"findings": []}


@pytest.mark.parametrize("name", harmless.ROWS)
def test_open_data_in_tables_are_clean(tmp_path, name):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as target:
        csv.writer(target).writerows(harmless.ROWS[name])
    assert scan.of_file(path) == {"findings": []}


def _found(told):
    return {(one["column"], one["kind"]) for one in told["findings"] or []}


def test_values_that_objects_hold_stand_under_the_outer_name(tmp_path):
    path = tmp_path / "a.json"
    for make in (
        lambda cell: {"type": "literal", "value": cell},
        lambda cell: [{"@value": cell}],
        lambda cell: {"v": cell, "f": cell},
    ):
        bindings = [{head: make(cell) for head, cell in zip(HEADS, row, strict=True)} for row in ROWS]
        path.write_text(json.dumps({"head": {"vars": HEADS}, "results": {"bindings": bindings}}))
        told = scan.of_file(path)
        assert _found(told) == {(0, "name"), (1, "birth_date"), (2, "bank_account"), (3, "phone")}
        assert "not_inspected" not in told


@pytest.mark.parametrize("sign", ["^", " : ", " | ", ";"])
def test_what_is_packed_is_found_in_its_column(tmp_path, sign):
    path, texts = tmp_path / "a.xlsx", [sign.join(row) for row in [HEADS, *ROWS]]
    book = openpyxl.Workbook()
    for n, text in enumerate(texts):
        book.active.append([n if n else "no", text])
    book.save(path)
    told = scan.of_file(path)
    assert {(1, "birth_date"), (1, "bank_account"), (1, "phone")} <= _found(told)
    assert told["not_inspected"][0]["params"] == {"places": "Sheet B"}


def test_what_is_packed_is_told_once_for_each_kind_under_its_columns_heading(tmp_path):
    path = tmp_path / "a.csv"
    said = [
        [n, f"{values.name(CHANCE)}, {values.mobile(CHANCE)}, {values.mobile(CHANCE)}, jalan rusak"] for n in range(60)
    ]
    with path.open("w", newline="") as target:
        csv.writer(target).writerows([["no", "aduan"], *said])
    told = [(one["column"], one["kind"], one["header"]) for one in scan.of_file(path)["findings"]]
    assert len(told) == len({one[:2] for one in told}) and {one[2] for one in told} == {"aduan"}


def test_a_number_of_thousands_of_digits_ends_no_scan(tmp_path):
    path = tmp_path / "a.json"
    for text in (f"[{'9' * 5000}]", f'[{{"a": 1}}, {{"a": {"9" * 5000}}}]', f'{{"a": {"9" * 5000}}}'):
        path.write_text(text)
        assert scan.of_file(path)["not_inspected"] == [scan.passed_over("Damaged file")]


def test_rows_in_one_list_beside_a_table(tmp_path):
    path = tmp_path / "a.json"
    cells = [cell for row in ROWS for cell in row[:3]]
    path.write_text(json.dumps({"desa": [{"n": 1}, {"n": 2}], "Klojen": cells}))
    assert inspection_of(scan.of_file(path)) not in SILENT
    path.write_text(json.dumps([json.dumps(cell) for cell in cells]))
    assert inspection_of(scan.of_file(path)) not in SILENT


@pytest.mark.parametrize("beside", [{}, {"desa": [{"n": 1}, {"n": 2}]}])
def test_names_that_are_values_are_read_as_values(tmp_path, beside):
    path, by_day = tmp_path / "a.json", {row[1]: {row[0]: row[2]} for row in ROWS}
    path.write_text(json.dumps({**beside, "result": {"judul": "x", "isi": by_day}}))
    assert inspection_of(scan.of_file(path)) not in SILENT


SHAPES = {
    "one below the other": "\n".join(f"A: {a}\nB: {b}\nC: {c}\n" for a, b, c, _ in ROWS),
    "vCard": "\n".join(f"BEGIN:VCARD\nFN:{a}\nBDAY:{b}\nNOTE:{c}\nEND:VCARD" for a, b, c, _ in ROWS),
    "SQL": "\n".join(f"INSERT INTO p VALUES ('{a}','{b}','{c}');" for a, b, c, _ in ROWS),
    "glued": "\n".join(f"{a}{b}{c}" for a, b, c, _ in ROWS),
    "without headings": "\n".join(f"{a};{b}" for a, b, _, _ in ROWS),
    "links": "t\n" + "\n".join(f"https://x.id/?n={a.split()[0]}&l={b}&r={c}" for a, b, c, _ in ROWS),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_texts_of_no_table_are_never_called_clean(tmp_path, shape):
    path = tmp_path / "a.csv"
    path.write_text(SHAPES[shape])
    assert inspection_of(scan.of_file(path)) not in SILENT


def test_comments_hold_tables_too(tmp_path):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.append(["kecamatan", "jumlah"])
    book.active.cell(1, 1).comment = Comment("\n".join(ROWS[0][:3]), "x")
    book.save(path)
    assert inspection_of(scan.of_file(path)) not in SILENT


def test_what_is_packed_is_attested_with_words_only(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join("^".join(row[:3]) for row in ROWS))
    in_force = {"a": inspection_of(scan.of_file(path))}
    with pytest.raises(Invalid):
        attesting.check(in_force, seen=["a"], checked=True, statement="")


def test_names_of_a_workbook_hold_values_too(tmp_path):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.append(["kecamatan", "jumlah"])
    for n, row in enumerate(ROWS):
        book.defined_names[f"n{n}"] = DefinedName(f"n{n}", attr_text=f'"{" ".join(row[:3])}"')
    book.save(path)
    assert scan.of_file(path)["not_inspected"]


@pytest.mark.parametrize(
    ("text", "is_record"),
    [
        ("Kasiyem 1960-01-02 012301012345", True),
        ("Kasiyem;2/1/60;1230912345", True),
        ("Kasiyem_02-01-1960_0123-0101-2345", True),
        ("<td>Kasiyem</td><td>2 Januari 1960</td><td>012301012345</td>", True),
        (base64.b64encode(b"Kasiyem;1960-01-02;012301012345").decode(), True),
        ("Kasiyem%3B1960-01-02%3B012301012345", True),
        ("2024-01-12T09:00:00.123456+07:00", False),
        ("Rapat 1 Januari 2024 s.d. 31 Januari 2024", False),
        ("SP2D No. 00123456789 tgl 12/03/2024", False),
        ("Rp 1.250.000.000 tanggal 12/03/2024", False),
        ("-7.9839081234, 112.62139112", False),
        ("https://contoh.id/2024/03/12/berkas-123456789.pdf", False),
        ("d6c1f0a2-11aa-4b5c-8d7e-123456789012 2024-01-12", False),
    ],
)
def test_what_a_text_holds(text, is_record):
    assert held.held(text).is_record is is_record
