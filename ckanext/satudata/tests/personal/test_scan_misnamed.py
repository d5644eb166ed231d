"""Numbers of persons under headings that name another number, and what stands under the same headings rightly."""

from __future__ import annotations

import csv
from random import Random

import pytest

from ckanext.satudata.domain.personal import scan
from ckanext.satudata.tests.personal import values

CHANCE = Random(14)
AREAS = ("Nusasari", "Bumiayu", "Karangjati", "Sukamaju")


def _told(tmp_path, rows):
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(rows)
    return scan.of_file(path)


def _kinds(told, at):
    return {one["kind"] for one in told["findings"] or [] if one["column"] == at}


def _bare_nip():
    return values.nip(CHANCE).replace(" ", "")


@pytest.mark.parametrize("head", ["NIP", "NIP/NIK", "NIP / NRP", "NIP/NIPPPK", "BPJS", "No. BPJS", "No Peserta JKN"])
def test_a_nik_is_found_whatever_number_the_heading_names(tmp_path, head):
    rows = [[CHANCE.choice(AREAS), values.nik(CHANCE)] for _ in range(60)]
    assert _kinds(_told(tmp_path, [["Kecamatan", head], *rows]), 1) == {"nik"}


@pytest.mark.parametrize("head", ["NIP", "NIP/NIK", "Nomor Induk", "nomor"])
@pytest.mark.parametrize("step", [2, 10, 33])
def test_niks_among_the_numbers_of_staff(tmp_path, head, step):
    rows = [[CHANCE.choice(AREAS), _bare_nip() if n % step else values.nik(CHANCE)] for n in range(60)]
    assert _kinds(_told(tmp_path, [["Unit", head], *rows]), 1) == {"nip", "nik"}


def test_niks_among_dashes_and_the_numbers_of_insured(tmp_path):
    rows = [["Nusasari", values.nik(CHANCE) if n == 7 else "-"] for n in range(60)]
    assert _kinds(_told(tmp_path, [["Unit", "NIP"], *rows]), 1) == {"nik"}
    rows = [["Nusasari", values.nik(CHANCE) if n % 2 else f"000{CHANCE.randrange(10**9, 10**10)}"] for n in range(60)]
    assert _kinds(_told(tmp_path, [["Unit", "No BPJS"], *rows]), 1) == {"nik", "bpjs"}


def test_a_nik_beside_the_words_for_another_number(tmp_path):
    rows = [["Data", ""], ["Unit", "Nusasari"], ["NIP", values.nik(CHANCE)]]
    # Numbers as long as a NIK that are none.
    rows += [["Surat", "9912319912310001"], ["Berkas", "8812319912310002"]]
    assert "nik" in _kinds(_told(tmp_path, rows), 1)


@pytest.mark.parametrize("cut", [slice(0, 16), slice(2, 18)])
def test_numbers_of_staff_that_lost_digits_are_no_niks(tmp_path, cut):
    rows = [["Nusasari", _bare_nip()[cut] if n % 4 == 0 else _bare_nip()] for n in range(400)]
    assert _kinds(_told(tmp_path, [["Unit", "NIP"], *rows]), 1) == {"nip"}


@pytest.mark.parametrize(
    "head",
    [
        "No. WA Bidan Desa",
        "HP Perangkat Desa",
        "No HP Desa",
        "Desa/HP",
        "Kontak Pedagang Pasar",
        "HP Penjaga Kantor",
        "WA Pengelola Wisata",
        "Kontak Person Puskesmas",
        "No. HP Admin OPD",
        "Kode Aset",
        "Kode Desa",
        "Aset",
        "No KK",
        "NPWP",
    ],
)
def test_mobile_numbers_under_words_of_persons_and_things(tmp_path, head):
    rows = [[f"Sukamaju {n}", values.mobile(CHANCE)] for n in range(40)]
    assert _kinds(_told(tmp_path, [["Wilayah", head], *rows]), 1) == {"phone"}


@pytest.mark.parametrize(
    "head", ["Telp Kantor", "WA Layanan", "No HP Kantor", "HP Puskesmas", "Hotline", "WA Admin Pengaduan", "Telp Desa"]
)
def test_mobile_numbers_of_offices_are_none_of_a_person(tmp_path, head):
    rows = [[f"Sukamaju {n}", values.mobile(CHANCE)] for n in range(40)]
    assert _told(tmp_path, [["Wilayah", head], *rows]) == {"findings": []}


@pytest.mark.parametrize("head", ["Kontak Person Puskesmas", "Telp Pengelola Pasar", "Kontak Admin OPD", "Telp Desa"])
def test_landlines_of_offices_are_none_of_a_person(tmp_path, head):
    rows = [[f"Sukamaju {n}", f"(0341) 55{n:04}"] for n in range(40)]
    assert _told(tmp_path, [["Wilayah", head], *rows]) == {"findings": []}


@pytest.mark.parametrize(
    ("line", "is_person"),
    [
        ("Sumber: Dinas Kesehatan, CP Siti Rahayu {}", True),
        ("Admin SKPD: Siti Rahayu - {}", True),
        ("Bendahara Dinas PU Siti Rahayu {}", True),
        ("Puskesmas tutup, tolong hubungi saya {}", True),
        ("Sumber: Dinas Kesehatan {}", False),
        ("Layanan informasi Dinas Kesehatan, admin {}", False),
    ],
)
def test_lines_that_name_who_answers_for_an_office(tmp_path, line, is_person):
    rows = [["Kecamatan", "Jumlah"], *([one, 9] for one in AREAS), [], [line.format(values.mobile(CHANCE)), ""]]
    assert bool(_told(tmp_path, rows)["findings"]) is is_person
