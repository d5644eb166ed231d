"""What does not stand in one table with its headings on top: words within the sheet say what their values are."""

from __future__ import annotations

import csv
import json
from random import Random

import openpyxl
import pytest

from ckanext.satudata.domain.personal import labelled, scan
from ckanext.satudata.domain.personal.kinds import Kind
from ckanext.satudata.tests.personal import values

CHANCE = Random(13)
COUNTED = [["Kecamatan", "Jumlah"], *(["Sukamaju", n * 7 % 400] for n in range(150))]
FORM = [
    ["Nama", "Siti Rahayu"],
    ["NIK", "3573015708850003"],
    ["No HP", "081234567890"],
    ["Tgl Lahir", "17/08/1985"],
    ["No Rekening", "002101000123501"],
]
OF_FORM = {"nik", "phone", "birth_date", "bank_account"}


def _csv(tmp_path, rows):
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(rows)
    return path


def _xlsx(tmp_path, rows, hidden=""):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if hidden:
        book.active.column_dimensions[hidden].hidden = True
    book.save(path)
    return path


def _found(path):
    told = scan.of_file(path)
    hints = {"name", "address", "free_text"}
    return {(one["column"], one["kind"], one["where"]) for one in told["findings"] if one["kind"] not in hints}


@pytest.mark.parametrize("write", [_csv, _xlsx])
@pytest.mark.parametrize(
    ("head", "make", "kind"),
    [
        ("HP", values.mobile, "phone"),
        ("HP", lambda c: values.mobile(c)[1:], "phone"),
        ("No Rekening", values.account, "bank_account"),
        ("Tgl Lahir", lambda c: f"{values.birth(c):%d/%m/%Y}", "birth_date"),
        ("NIK", values.nik, "nik"),
        ("No KK", values.kk, "kk"),
    ],
)
def test_a_second_table_below_the_first(tmp_path, write, head, make, kind):
    below = [[], ["Daftar kader"], ["Nama", head], *([values.name(CHANCE), make(CHANCE)] for _ in range(5))]
    assert _found(write(tmp_path, COUNTED + below)) == {(1, kind, "cells")}


def test_the_heading_of_the_second_table_is_told_and_the_share_of_the_column(tmp_path):
    below = [[], ["Nama", "HP"], *([values.name(CHANCE), values.mobile(CHANCE)] for _ in range(50))]
    (one,) = scan.of_file(_csv(tmp_path, COUNTED + below))["findings"]
    assert (one["header"], one["share"]) == ("HP", round(50 / 201, 4))


def test_the_rows_of_a_second_table_end_at_an_empty_row(tmp_path):
    persons = [[], ["Nama", "No Rekening"], *([values.name(CHANCE), values.account(CHANCE)] for _ in range(3))]
    paid = [[], ["Kegiatan", "Rupiah"], *(["Bimtek", CHANCE.randrange(10**9, 10**10)] for _ in range(400))]
    cells = [
        one["share"] for one in scan.of_file(_csv(tmp_path, COUNTED + persons + paid))["findings"] if one["column"] == 1
    ]
    assert cells == [round(3 / (150 + 1 + 3 + 1 + 400), 4)]


def test_a_second_table_in_another_block(monkeypatch, tmp_path):
    monkeypatch.setattr("ckanext.satudata.domain.personal.readers._BLOCK", 1000)
    below = [[], ["Nama", "Tgl Lahir"], *([values.name(CHANCE), f"{values.birth(CHANCE)}"] for _ in range(200))]
    assert _found(_csv(tmp_path, COUNTED + below)) == {(1, "birth_date", "cells")}


@pytest.mark.parametrize("begin", [[], [["FORMULIR BANTUAN"], []]])
def test_a_form(tmp_path, begin):
    assert _found(_csv(tmp_path, begin + FORM)) == {(1, kind, "cells") for kind in OF_FORM}
    spaced = [[label, ":", value] for label, value in FORM]
    assert _found(_xlsx(tmp_path, begin + spaced)) == {(2, kind, "cells") for kind in OF_FORM}
    assert _found(_xlsx(tmp_path, begin + spaced, hidden="C")) == {(2, kind, "hidden") for kind in OF_FORM}


def test_a_form_tells_no_name_as_its_heading(tmp_path):
    outlines = []
    told = scan.of_file(_csv(tmp_path, FORM), outlines=outlines)
    assert "Siti" not in json.dumps(told) and not any("Siti" in head for head in outlines[0].heads)


def test_a_form_above_a_table_stands_outside_it(tmp_path):
    wide = [["No", *"abcdefgh"], *([n] * 9 for n in range(50))]
    assert _found(_csv(tmp_path, [*FORM, [], *wide])) == {(None, kind, "title") for kind in OF_FORM}


def test_a_table_that_lies_on_its_side(tmp_path):
    rows = [["Nama", *(values.name(CHANCE) for _ in range(20))], ["NIK", *(values.nik(CHANCE) for _ in range(20))]]
    rows += [["HP", *(values.mobile(CHANCE)[1:] for _ in range(20))]]
    rows += [["Tgl lahir", *(f"{values.birth(CHANCE):%d-%m-%Y}" for _ in range(20))]]
    kinds = ("nik", "phone", "birth_date")
    assert _found(_xlsx(tmp_path, rows)) == {(at, kind, "cells") for at in range(1, 21) for kind in kinds}


def test_names_and_values_in_two_columns(tmp_path):
    rows = [["id", "atribut", "nilai"]]
    rows += [[n, label, value] for n in range(40) for label, value in FORM]
    assert _found(_csv(tmp_path, rows)) == {(2, kind, "cells") for kind in OF_FORM}


def test_of_many_rows_with_labels_some_of_each_tell_for_all(monkeypatch, tmp_path):
    monkeypatch.setattr(labelled, "_MOST_ROWS", 40)
    rows = [["id", "atribut", "nilai"], *([n, label, value] for n in range(60) for label, value in FORM)]
    told = [one for one in scan.of_file(_csv(tmp_path, rows))["findings"] if one["kind"] in OF_FORM]
    assert {one["kind"] for one in told} == OF_FORM and all(abs(one["share"] - 0.2) < 0.05 for one in told)


@pytest.mark.parametrize("head", [[], [["Kecamatan", "Jumlah"]], [["Kecamatan", ""]]])
def test_a_single_nik_among_numbers(tmp_path, head):
    rows = [["Sukamaju", n] for n in range(1, 400)]
    rows[200] = ["Sukamaju", values.nik(CHANCE)]
    assert _found(_xlsx(tmp_path, head + rows)) == {(1, "nik", "cells")}
    rows[201] = ["Sukamaju", "880012345678901"]
    assert _found(_xlsx(tmp_path, head + rows)) == {(1, "nik", "cells")}
    # Among numbers of its length it is one of them.
    rows = [["Sukamaju", f"88{n:014}"] for n in range(1, 60)] + [["Sukamaju", values.nik(CHANCE)]]
    assert _found(_xlsx(tmp_path, head + rows)) == set()


def test_a_single_nik_among_amounts_and_codes(tmp_path):
    paid = [["Bimtek", 15_000_000 + n * 7919] for n in range(90)]
    one = [["Bimtek", "3573015708850010"]]
    assert _found(_csv(tmp_path, [["Uraian", "Nilai (Rp)"], *paid, *one])) == {(1, "nik", "cells")}
    assert _found(_csv(tmp_path, [["Uraian", "Nilai (Rp)"], *paid, ["APBN", "3573015708850000"]])) == set()
    assert _found(_csv(tmp_path, [["Uraian", "Kode barang"], *paid, *one])) == set()


def test_a_single_phone_among_short_numbers(tmp_path):
    rows = [["desa", "ket"], *(["Sukamaju", n] for n in range(80)), ["Sukamaju", "081234567890"]]
    assert _found(_csv(tmp_path, rows)) == {(1, "phone", "cells")}
    rows += [["Sukamaju", f"{n}0200300400"] for n in range(10, 20)]
    assert _found(_csv(tmp_path, rows)) == set()


def test_day_month_and_year_in_columns_of_their_own(tmp_path):
    born = [values.birth(CHANCE) for _ in range(60)]
    rows = [[values.name(CHANCE), one.day, one.month, one.year] for one in born]
    three = {(at, "birth_date", "cells") for at in (1, 2, 3)}
    assert _found(_csv(tmp_path, [["nama", "tgl", "bln", "thn lahir"], *rows])) == three
    assert _found(_csv(tmp_path, [["nama", "tanggal", "bulan", "tahun"], *rows])) == three
    grouped = [["nama", "Tanggal Lahir", "", ""], ["", "Tgl", "Bln", "Thn"]]
    assert _found(_csv(tmp_path, grouped + rows)) == three
    held = [["Bimtek", one.day, one.month, 2015 + one.year % 10] for one in born]
    assert _found(_csv(tmp_path, [["kegiatan", "tanggal", "bulan", "tahun"], *held])) == set()


@pytest.mark.parametrize(
    "rows",
    [
        [["Uraian", 2023, 2024]]
        + [
            [word, 81_234_567_812, 15_234_567_892]
            for word in ("BPJS Kesehatan", "Rekening", "Tabungan", "Telepon dinas", "NPWP", "KIS", "Kontak tani")
        ],
        [["Peristiwa", 2023, 2024], ["Lahir", 17_234, 18_123], ["Kelahiran", 17_234, 30_202], ["Mati", 300, 400]],
        [["No", "Bukti", "Nomor"]] + [[n, ("KTP", "SIM")[n % 2], f"88{n:014}"] for n in range(90)],
        [["Kabupaten", "Kelahiran", "Tabungan"]] + [["Nusasari", 17_000 + n, 10**10 + n * 7919] for n in range(30)],
        [["Uraian", "BPJS Kesehatan"]] + [["Iuran", 12_345_678_900 + n] for n in range(30)],
        [["Kolom", "Jenis"], ["NIK", "text"], ["No HP", "text"], ["Tgl Lahir", "date"], ["No Rekening", "text"]],
        [["Nama Sekolah", "SDN 1"], ["NPSN", "20512345"], ["Telepon sekolah", "0341551234"], ["No SK", "421/3"]],
        COUNTED + [[], ["Dinas", "Telepon kantor"]] + [["Dinas Sosial", f"08123456{n:04}"] for n in range(20)],
        COUNTED + [[], ["Kegiatan", "Kode Rekening"]] + [["Bimtek", f"51020101{n:04}"] for n in range(20)],
    ],
)
def test_amounts_counts_and_offices_beside_the_same_words_are_left_alone(tmp_path, rows):
    assert _found(_csv(tmp_path, rows)) == set()


@pytest.mark.parametrize(
    ("label", "cell", "kind"),
    [
        ("NIK", "3573 0157 0885 0003", Kind.NIK_DAMAGED),
        ("NIK", "1234567890123456", None),
        ("N I K", "357301570885000", Kind.NIK_DAMAGED),
        ("NIK", "357301570885000", Kind.NIK_DAMAGED),
        ("ID", "357301570885000", None),
        ("No. KK", "3573011708150003", Kind.KK),
        ("No BPJS", "0001234567890", Kind.BPJS),
        ("Telepon kantor", "081234567890", None),
        ("Telp wali", "0341 551234", Kind.PHONE),
        ("Telp", "0341 551234", None),
        ("Rekening", "12345678901", None),
        ("Rekening", "0021010001235", Kind.BANK_ACCOUNT),
        ("Kelahiran", "25341", None),
        ("Tgl lahir", "25341", Kind.BIRTH_DATE),
        ("Jumlah", "3573015708850003", None),
    ],
)
def test_one_value_beside_a_label(label, cell, kind):
    assert labelled.named_value(label, cell) is kind
