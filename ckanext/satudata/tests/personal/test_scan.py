"""What is read of files, where findings stand, and what is never called clean."""

from __future__ import annotations

import csv
import datetime
import json
import re
from random import Random

import openpyxl
import pytest
import xlsxwriter

from ckanext.satudata.domain.personal import gathered, numbers, scan
from ckanext.satudata.domain.personal.kinds import Kind, said_by
from ckanext.satudata.tests.personal import tables, values

CHANCE = Random(3)
NIK = "3573015708850003"


def _csv(tmp_path, rows, name="a.csv"):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(rows)
    return path


def _kinds(told):
    return {(one["column"], one["kind"], one["where"]) for one in told["findings"]}


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("No. KTP", Kind.NIK),
        ("N.I.K.", Kind.NIK),
        ("NoHP", Kind.PHONE),
        ("Nomor Kartu Keluarga", Kind.KK),
        ("jumlah KK", None),
        ("kode rekening", None),
        ("No. Rekening", Kind.BANK_ACCOUNT),
        ("berat lahir", None),
    ],
)
def test_headings(head, kind):
    assert said_by(head) is kind


def test_numbers_in_texts_and_those_of_offices():
    assert numbers.in_text(f"NIK {NIK}, hp 0812-3456-7890").keys() == {Kind.NIK, Kind.PHONE}
    assert numbers.in_text("Hotline layanan 081234567890, Telp. (0341) 551234; info@contoh.id") == {}
    assert numbers.in_text("rasio 0.3573015708850003") == {}
    assert numbers.in_text("3573019908850003") == {}


def test_one_nik_among_many_rows_is_found(tmp_path):
    rows = [["no", "catatan"]] + [[n, "sudah diperiksa"] for n in range(40_000)]
    rows[33_333][1] = f"anak dari pemegang KTP {NIK}"
    found = _kinds(scan.of_file(_csv(tmp_path, rows)))
    assert found == {(1, "free_text", "cells")}


def test_titles_and_footers_stand_outside_the_table(tmp_path):
    rows = [["Data warga, narahubung Budi 081234567890", "", ""], ["no", "desa", "nilai"]]
    rows += [[n, "Sukamaju", n * 3] for n in range(200)]
    rows += [["", "", ""], ["Mengetahui", "", ""], ["", "", "NIP 19800101 200501 1 001"]]
    assert _kinds(scan.of_file(_csv(tmp_path, rows))) == {(None, "phone", "title"), (None, "nip", "footer")}


def test_rows_wider_than_the_heading_are_read(tmp_path):
    rows = [["no", "desa"]] + [[n, "Sukamaju"] for n in range(300)] + [[1, "a", "", "", NIK]]
    rows += [[n, "Sukamaju"] for n in range(200)]
    assert (4, "nik", "cells") in _kinds(scan.of_file(_csv(tmp_path, rows)))


def test_quotes_line_ends_and_utf_16(tmp_path):
    path = tmp_path / "a.csv"
    text = 'no;catatan\r\n1;"baris\nkedua; ""tanda"""\r\n' + "".join(f"{n};{values.nik(CHANCE)}\r\n" for n in range(9))
    path.write_text(text, encoding="utf-16")
    assert (1, "nik", "cells") in _kinds(scan.of_file(path))


def test_an_open_quotation_mark_hides_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('no,nik\n1,"x\n' + "".join(f"{n},{values.nik(CHANCE)}\n" for n in range(50)))
    told = scan.of_file(path)
    assert told["findings"] or told.get("not_inspected")


def test_hidden_rows_columns_sheets_and_comments(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["no", "keterangan", "kode"])
    for n in range(30):
        sheet.append([n, "baik", values.nik(CHANCE)])
    sheet.append([31, values.mail(CHANCE), values.nik(CHANCE)])
    sheet.row_dimensions[32].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet["B3"].comment = openpyxl.comments.Comment(f"ktp {NIK}", "x")
    other = book.create_sheet("Rahasia")
    other.sheet_state = "veryHidden"
    other.append(["nama", "hp"])
    other.append(["Siti Rahayu", "081234567890"])
    book.save(path)
    told = scan.of_file(path)
    assert {(1, "email", "hidden"), (2, "nik", "hidden"), (1, "nik", "comment")} <= _kinds(told)
    assert ("Rahasia", "phone", "hidden") in {(one["sheet"], one["kind"], one["where"]) for one in told["findings"]}


def test_what_is_printed_on_each_page_and_formulas_without_a_result(tmp_path):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    sheet = book.active
    sheet.oddFooter.center.text = f"Kepala Dinas &B NIP {values.nip(CHANCE)}"
    for row in (["nama", "nilai"], ["a", "=CONCAT(3573,0157)"], ["b", 2]):
        sheet.append(row)
    book.save(path)
    told = scan.of_file(path)
    assert _kinds(told) == {(None, "nip", "title")}
    assert told["not_inspected"] == [scan.passed_over("{count} formulas without a stored result", count=1)]


def test_a_sheet_written_in_an_unusual_way_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, ["no", "ktp"])
        for n in range(1, 20):
            sheet.write_row(n, 0, [n, values.nik(CHANCE)])
        sheet.write_rich_string(20, 1, "3573", bold, NIK[4:])
    assert _kinds(scan.of_file(path)) == {(1, "nik", "cells")}


def test_json_in_an_object_and_line_by_line(tmp_path):
    rows = [
        {"no": n, "orang": {"ktp": values.nik(CHANCE)}, "anak": [{"hp": values.mobile(CHANCE)}] * 2} for n in range(9)
    ]
    path = tmp_path / "a.json"
    for text in (json.dumps({"judul": "x", "data": rows}), json.dumps(rows), "\n".join(map(json.dumps, rows))):
        path.write_text(text)
        assert _kinds(scan.of_file(path)) == {(1, "nik", "cells"), (2, "phone", "cells")}


def test_what_cannot_be_read_is_never_called_clean(tmp_path):
    for name, content in (("a.pdf", b"%PDF-1.7"), ("a.png", b"\x89PNG"), ("a.xlsx", b"PK\x03\x04"), ("a.json", b"[{")):
        path = tmp_path / name
        path.write_bytes(content)
        told = scan.of_file(path)
        assert told["findings"] is None and told["not_inspected"][0]["why"], name


def test_masked_and_look_alike_columns_are_left_alone(tmp_path):
    rows = [["nik", "hp", "kode_rekening", "npsn", "rasio", "telepon_kantor", "kode_rekening_16", "Jalan", "Nomor VA"]]
    rows += [
        [
            f"3573****{n:04}",
            "0812****77",
            f"5.1.02.01.01.{n:04}",
            20530000 + n,
            f"0.{n + 1000}357301570885",
            "(0341) 551234",
            # The digits of an account may be those of a day, but never of a woman's.
            f"51020101{n % 28 + 1:02}{n % 12 + 1:02}{n:04}",
            f"Jl. Contoh Gg. {n}",
            f"88080{n:011}",
        ]
        for n in range(100)
    ]
    assert scan.of_file(_csv(tmp_path, rows))["findings"] == []


def test_numbers_of_another_length_under_the_name_of_a_nik_are_none_of_a_person(tmp_path):
    """Numbers of employees and taxes: no area and day of birth in them."""
    rows = [["NIK", "nik lama"]] + [[f"{n:05}{n * 7919 % 10**9:09}", f"9{n:013}"] for n in range(1, 200)]
    assert scan.of_file(_csv(tmp_path, rows))["findings"] == []


@pytest.mark.parametrize(
    ("head", "cell", "kind"),
    [
        ("nik", lambda: f'="{values.nik(CHANCE)}"', "nik_damaged"),
        ("NIK", lambda: f"{float(values.nik(CHANCE)):.5E}", "nik_damaged"),
        ("NIK", lambda: values.nip(CHANCE), "nip"),
        ("No Rekening", lambda: values.mobile(CHANCE), "phone"),
        ("no_hp", lambda: f"{float(values.mobile(CHANCE)):.5E}", "phone"),
        ("tanggal_lahir", lambda: CHANCE.randrange(18_000, 42_000), "birth_date"),
        ("kode", lambda: values.nik(CHANCE), "nik"),
        ("kendaraan", lambda: values.plate(CHANCE).lower(), "plate"),
        ("kode", lambda: f"{values.plate(CHANCE)[:2].strip()} {CHANCE.randrange(1000, 9999)} NC", "plate"),
        ("No HP", lambda: f"{values.mobile(CHANCE)}/{values.mobile(CHANCE)}", "phone"),
        ("narahubung", lambda: f"+62(0){values.mobile(CHANCE)[1:]}", "phone"),
        ("NIK suami istri", lambda: f"{values.nik(CHANCE)}\n{values.nik(CHANCE)}", "nik"),
        ("ket", lambda: f"{values.nik(CHANCE)}; {values.nik(CHANCE)}", "nik"),
        ("ket", lambda: f"#{values.nik(CHANCE)}", "nik_damaged"),
        ("KTP", lambda: f"{int(values.nik(CHANCE)):,}", "nik_damaged"),
        (
            "Tgl Lhr",
            lambda: f"{CHANCE.randrange(10, 28)}/{CHANCE.randrange(10, 12)}/{CHANCE.randrange(60, 99)}",
            "birth_date",
        ),
        ("Nomor Tabungan Penerima", lambda: CHANCE.randrange(10**9, 10**10), "bank_account"),
        ("nik", lambda: values.nik(CHANCE)[:15], "nik_damaged"),
        ("nik", lambda: values.nik(CHANCE)[1:], "nik_damaged"),
        ("ktp", lambda: values.nik(CHANCE)[:14], "nik_damaged"),
        ("NIK", lambda: f"{values.nik(CHANCE)}0", "nik_damaged"),
        ("nik", lambda: values.nik(CHANCE).replace("0", "O").replace("1", "l"), "nik"),
        ("nik", lambda: values.nik(CHANCE).translate({48 + n: 0x660 + n for n in range(10)}), "nik"),
        ("tanggal_lahir", lambda: f"{values.birth(CHANCE):%d|%m|%Y}", "birth_date"),
        # Of boys no day tells a NIK from a KK; the heading does.
        ("NIK", lambda: f"357304{CHANCE.randrange(1, 29):02}{CHANCE.randrange(1, 13):02}120003", "nik"),
        ("catatan", lambda: values.nik(CHANCE).translate({48 + n: 0xFF10 + n for n in range(10)}), "nik"),
        ("KODE_A", lambda: values.kk(CHANCE), "kk"),
        ("kontak", lambda: f"siti{CHANCE.random()}@contoh.example; budi{CHANCE.random()}@contoh.example", "email"),
    ],
)
def test_damaged_values_and_headings_that_mislead(tmp_path, head, cell, kind):
    rows = [["no", head]] + [[number, cell()] for number in range(50)]
    assert _kinds(scan.of_file(_csv(tmp_path, rows))) == {(1, kind, "cells")}


def test_every_cell_is_counted_whatever_the_blocks(monkeypatch, tmp_path):
    case = tables.Case("x", "csv", [tables.Col("no", lambda c: 1), tables.Col("nik", values.nik)], 500)
    path = tables.write(case, tmp_path, 1)
    monkeypatch.setattr("ckanext.satudata.domain.personal.readers._BLOCK", 1000)
    found = scan.of_file(path)["findings"]
    assert [(one["kind"], one["share"]) for one in found] == [("nik", 1.0)]
    assert gathered.Gathered().share("nik") == 0


def test_addresses_that_are_masked_or_of_offices_are_none_of_a_person(tmp_path):
    masked = [["Nama", "Email pemohon"], *([values.name(CHANCE), "xxx@gmail.com"] for _ in range(30))]
    assert (1, "email", "cells") not in _kinds(scan.of_file(_csv(tmp_path, masked)))
    words = ("dinkes", "dinsos", "disdik", "kominfo", "perkimtan")
    offices = [["OPD", "Alamat kantor", "Surel"]]
    offices += [["Dinas", "Jl. Tugu 1", f"{words[n % 5]}@nusasari.go.id"] for n in range(30)]
    assert scan.of_file(_csv(tmp_path, offices))["findings"] == []
    staff = [["Nama", "Surel"], *([values.name(CHANCE), f"rina.{n}@nusasari.go.id"] for n in range(30))]
    assert (1, "email", "cells") in _kinds(scan.of_file(_csv(tmp_path, staff)))


def _elsewhere(n):
    return "99" + values.nik(CHANCE)[2:]


@pytest.mark.parametrize(
    ("head", "cell", "kind"),
    [
        ("NIK", _elsewhere, "nik_damaged"),
        ("NIK", lambda n: _elsewhere(n) if n % 8 else values.nik(CHANCE), "nik_damaged"),
        ("No. KK", _elsewhere, "kk"),
        ("NPWP", lambda n: re.sub(r"\D", "", values.npwp(CHANCE)) + ".0", "npwp"),
        ("NPWP", lambda n: values.nik(CHANCE) + ".0", "npwp"),
        ("NIP", lambda n: values.nip(CHANCE).replace(" ", "") + ".0", "nip"),
        ("kontak", lambda n: f"siti.aminah{n}[at]gmail.com", "email"),
        ("kontak", lambda n: f"siti.aminah{n} (AT) gmail.com", "email"),
        ("x", lambda n: f"https://wa.me/62812345{n:05d}", "phone"),
        ("No. kend.", lambda n: f"n{1000 + n}ab", "plate"),
    ],
)
def test_numbers_of_unknown_provinces_with_decimals_and_written_around(tmp_path, head, cell, kind):
    rows = [["jumlah", head]] + [[n, cell(n)] for n in range(60)]
    assert _kinds(scan.of_file(_csv(tmp_path, rows))) == {(1, kind, "cells")}


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("id_sls", lambda n: f"3573{1 + n % 5:02d}10{10 + n % 11:02d}{n:04d}10"),
        ("ID Sub SLS", lambda n: f"3573{1 + n % 5:02d}10{10 + n % 11:02d}{n:04d}10"),
        ("id", lambda n: f"99{1 + n % 5:04d}10{1 + n % 12:02d}{n:06d}"),
        ("kontak", lambda n: f"info[at]dinas{n}.go.id"),
        ("tautan", lambda n: f"https://contoh.id/62812345{n:05d}"),
    ],
)
def test_codes_of_areas_and_links_that_look_alike_are_left_alone(tmp_path, head, cell):
    rows = [["jumlah", head]] + [[n, cell(n)] for n in range(60)]
    assert _kinds(scan.of_file(_csv(tmp_path, rows))) == set()


def test_an_illness_in_each_row_of_cases_is_told_where_nobody_is_named(tmp_path):
    ill = ["Hipertensi", "TBC", "Diabetes melitus", "Asma"]
    cases = [["id_kasus", "umur", "kelurahan", "diagnosis"]]
    cases += [[n, 20 + n % 50, "Sukamaju", ill[n % 4]] for n in range(60)]
    assert (3, "health", "cells") in _kinds(scan.of_file(_csv(tmp_path, cases)))
    for head in (["diagnosis", "kelompok umur", "kasus"], ["diagnosis", "umur", "jumlah"], ["penyakit", "tahun", "x"]):
        counted = [head] + [[ill[n % 4], n % 60, n] for n in range(60)]
        assert not _kinds(scan.of_file(_csv(tmp_path, counted, "b.csv")))


@pytest.mark.parametrize(
    "written",
    ["{:%d%m%y}", "{:%y%m%d}", "{:%d.%m.%y}", "{:%B %d, %Y}", "{0.day} III {0.year}", "{:%d %m %Y}", "epoch"],
)
def test_dates_of_birth_however_they_are_written(tmp_path, written):
    born = [values.birth(CHANCE).replace(month=3) for _ in range(40)]
    since = datetime.date(1970, 1, 1)
    told = [str((one - since).days * 86_400_000) if written == "epoch" else written.format(one) for one in born]
    rows = [[values.name(CHANCE), one] for one in told]
    assert (1, "birth_date", "cells") in _kinds(scan.of_file(_csv(tmp_path, [["nama", "tanggal lahir"], *rows])))
    cattle = [["Sukamaju", one] for one in told]
    assert scan.of_file(_csv(tmp_path, [["desa", "tanggal lahir ternak"], *cattle])) == {"findings": []}


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("orang.identitas.tgl_lahir", Kind.BIRTH_DATE),
        ("orang.identitas.nik", Kind.NIK),
        ("kontak.email", Kind.EMAIL),
        ("Identitas / Tanggal lahir", Kind.BIRTH_DATE),
        ("Identitas / KTP", Kind.NIK),
        ("NIK / No. HP", Kind.NIK),
        ("data.jumlah.kk", None),
        ("No.HP", Kind.PHONE),
        ("Tanggal lahir ternak", None),
    ],
)
def test_of_a_heading_below_another_the_lower_counts(head, kind):
    assert said_by(head) is kind


def test_complaints_are_texts_and_no_offices_number(tmp_path):
    said = [
        [f"Jalan di Sukamaju rusak sejak Januari, mohon hubungi saya {values.mobile(CHANCE)}", n] for n in range(30)
    ]
    assert _kinds(scan.of_file(_csv(tmp_path, [["Pengaduan", "n"], *said]))) == {(0, "free_text", "cells")}
    channels = [[f"WA {values.mobile(CHANCE)}", n] for n in range(30)]
    assert scan.of_file(_csv(tmp_path, [["Layanan pengaduan", "n"], *channels])) == {"findings": []}


def test_a_phone_among_amounts_and_numbers_of_connections(tmp_path):
    rows = [["Sukamaju", n * 7] for n in range(200)]
    rows[77][1] = "081234567890"
    assert _kinds(scan.of_file(_csv(tmp_path, [["desa", "jumlah"], *rows]))) == {(1, "phone", "cells")}
    rows[77][1] = "62812345678"
    assert scan.of_file(_csv(tmp_path, [["desa", "jumlah"], *rows])) == {"findings": []}
    connected = [[f"08{CHANCE.randrange(10**8, 10**9)}", n] for n in range(60)]
    assert scan.of_file(_csv(tmp_path, [["No Sambungan", "m3"], *connected])) == {"findings": []}


@pytest.mark.parametrize(
    ("head", "is_found"), [("kendaraan_dinas", True), ("Merk/No.Pol", True), ("Jenis", False), ("Merk", False)]
)
def test_plates_behind_the_make_of_a_vehicle(tmp_path, head, is_found):
    rows = [["Sukamaju", f"Toyota Avanza N {1000 + n} AB"] for n in range(40)]
    found = {(1, "plate", "cells")} if is_found else set()
    assert _kinds(scan.of_file(_csv(tmp_path, [["desa", head], *rows]))) == found
    makes = [["Sukamaju", make] for make in ("Mitsubishi L300", "Honda Vario 125", "Isuzu Elf", "Suzuki Carry") * 9]
    assert scan.of_file(_csv(tmp_path, [["desa", head], *makes])) == {"findings": []}
