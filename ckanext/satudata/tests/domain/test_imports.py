"""Lists as offices write them: known spellings are mapped and said, the rest is kept word for word."""

from datetime import date, datetime

import pytest

from ckanext.satudata.domain import imports, metadata, naming, written
from ckanext.satudata.domain.vocabulary import is_area_code, vocabularies

HEAD = ["Nama Data", "Produsen Data", "Klasifikasi Data", "Jadwal Pemutakhiran", "Lisensi", "Periode Data", "Catatan"]


def read(*rows, head=HEAD):
    agencies = {"Dinkes": ("org-1", ""), "Dinkez": ("org-1", "Dinkes")}
    return imports.read([["DAFTAR DATA 2026"], [], head, *rows], agencies.get)


def row(**changes):
    given = dict(zip(HEAD, ["Jumlah Bidan", "Dinkes", "Terbuka", "Tahunan", "CC-BY", "2024", ""], strict=True))
    return list({**given, **changes}.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Tahunan", "tahunan"),
        ("tahunana", "tahunan"),
        ("1 Tahun Sekali", "tahunan"),
        ("R/P1Y", "tahunan"),
        ("Bulanan", "bulanan"),
        ("Triwulan", "triwulanan"),
        ("3 Bulan Sekali", "triwulanan"),
        ("setiap enam bulan", "semesteran"),
        ("20 Tahun Sekali", "lebih_dari_dua_tahunan"),
        ("2 kali setahun", "semesteran"),
        ("4x per tahun", "triwulanan"),
    ],
)
def test_frequencies_are_mapped_and_said(text, value):
    reading = read(row(**{"Jadwal Pemutakhiran": text}))
    assert reading.rows[0].fields["jadwal_pemutakhiran"] == value
    said = [mark for mark in reading.remarks if mark.cell == "D4"]
    assert bool(said) == (text.lower() != value)


@pytest.mark.parametrize("text", ["2", "kadang-kadang", "-000001-11-29"])
def test_what_is_not_known_is_kept_as_a_note(text):
    reading = read(row(**{"Jadwal Pemutakhiran": text}))
    assert "jadwal_pemutakhiran" not in reading.rows[0].fields
    assert text in reading.rows[0].fields["catatan_impor"]
    assert [mark.cell for mark in reading.remarks if not mark.is_error and mark.cell == "D4"]
    assert not reading.errors


def test_no_cell_is_lost():
    reading = read(row(**{"Catatan": "lihat buku besar", "Periode Data": "akhir zaman", "Lisensi": "null"}))
    fields = reading.rows[0].fields
    assert "lihat buku besar" in fields["catatan_impor"] and "akhir zaman" in fields["catatan_impor"]
    assert "license_id" not in fields


def test_a_near_miss_is_said():
    reading = read(row(**{"Produsen Data": "Dinkez"}), head=[*HEAD[:3], "Jadwal Pemutakhirann", *HEAD[4:]])
    said = {mark.cell: mark.params for mark in reading.remarks if not mark.is_error}
    assert reading.rows[0].fields["owner_org"] == "org-1" and reading.rows[0].fields["jadwal_pemutakhiran"] == "tahunan"
    assert said["B4"] == {"value": "Dinkez", "stored": "Dinkes"}
    assert said["D3"] == {"name": "Jadwal Pemutakhirann", "field": "Update frequency"}


def test_spellings_of_areas_and_of_no_licence():
    head = ["Nama Data", "Produsen Data", "Klasifikasi Data", "Wilayah", "Lisensi"]
    reading = read(["A", "Dinkes", "Terbuka", "Kab. Jember", "notspecified"], head=head)
    assert reading.rows[0].fields["cakupan_wilayah"] == "35.09" and "license_id" not in reading.rows[0].fields
    assert "catatan_impor" not in reading.rows[0].fields


def test_heads_may_be_the_labels_of_the_form():
    table = [["Nama data *", "Produsen", "Tingkatan"], ["A", "Dinkes", "Terbuka"]]
    reading = imports.read(table, {"Dinkes": ("org-1", "")}.get, {"access_level": "Tingkatan"})
    assert reading.rows[0].fields == {"title": "A", "owner_org": "org-1", "access_level": "terbuka"}


def test_errors_name_the_cell():
    reading = read(
        row(), row(**{"Produsen Data": "Dinas Antah", "Klasifikasi Data": "bebas"}), row(**{"Nama Data": ""})
    )
    assert [mark.cell for mark in reading.errors] == ["B5", "C5", "A6"]


def test_the_same_id_twice_is_an_error():
    head = ["Nama Data", "Produsen Data", "Klasifikasi Data", "ID_DDD"]
    reading = read(["A1", "Dinkes", "Terbuka", "7"], ["A2", "Dinkes", "Terbuka", 7.0], head=head)
    assert [(mark.cell, mark.params["other"]) for mark in reading.errors] == [("D5", "D4")]


def test_a_list_without_heads_is_refused():
    assert [mark.cell for mark in imports.read([["a", "b"], [1, 2]], lambda name: None).errors] == ["A1"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2024", "2024"),
        ("2019-2024", "2019/2024"),
        ("2019 s.d. 2024", "2019/2024"),
        ("Mei 2024", "2024-05"),
        ("2024-05", "2024-05"),
        ("Januari 2024 - Maret 2024", "2024-01-01/2024-03-31"),
        ("Januari - Juni 2024", "2024-01-01/2024-06-30"),
        ("Tahun 2024", "2024"),
        ("TA 2023", "2023"),
        ("Tahun Anggaran 2023", "2023"),
        ("2024.0", "2024"),
        ("2019 s/d 2024", "2019/2024"),
        ("Semester I 2024", "2024-01-01/2024-06-30"),
        ("Semester 2 Tahun 2024", "2024-07-01/2024-12-31"),
        ("Triwulan II 2024", "2024-04-01/2024-06-30"),
        ("TW IV 2024", "2024-10-01/2024-12-31"),
        ("Semester III 2024", None),
        ("Januari 2024 sampai Maret 2024", "2024-01-01/2024-03-31"),
        ("2024-01-01/2024-06-30", "2024-01-01/2024-06-30"),
        ("2024-2019", None),
        ("-", None),
        ("", None),
    ],
)
def test_periods(text, stored):
    if stored is None:
        with pytest.raises(ValueError):
            written.iso_period(text)
    else:
        assert written.iso_period(text) == stored
        assert written.iso_period(stored) == stored


def test_days():
    for value in ("2024-05-03", "03/05/2024", "3-5-2024", "3 Mei 2024", date(2024, 5, 3), datetime(2024, 5, 3, 8)):
        assert written.as_day(value) == date(2024, 5, 3)
    for value in ("-", "", "-000001-11-29", "31/31/2024", "0000-00-00"):
        with pytest.raises(ValueError):
            written.as_day(value)


def test_addresses_fit_and_differ():
    long = "Jumlah Penduduk Menurut Kecamatan dan Jenis Kelamin " * 3
    taken = {naming.slug(long)}
    second = naming.free(naming.slug(long), taken.__contains__)
    assert len(naming.slug(long)) <= 100 and len(second) <= 100 and second not in taken
    assert naming.slug("Ä") == "data-a" and naming.slug("???") == "data"


def test_keywords_as_ckan_takes_them():
    assert naming.tags("sekolah; murid/siswa, a, <b>guru</b>") == ["sekolah", "murid siswa", "b guru b"]


def test_area_codes():
    assert all(map(is_area_code, ("35", "35.73", "82.71", "11.01", "96.71")))
    assert not any(map(is_area_code, ("99", "35.99", "35.1", "11.70", "11.00", "3573")))


def test_every_list_names_source_and_date_and_no_value_twice():
    for name, terms in vocabularies().items():
        assert terms.source and terms.date, name
        values = [term.value for term in terms.terms]
        assert len(values) == len(set(values)), name
        assert all(term.label.get("id") and term.label.get("en") for term in terms.terms), name
    assert len([term for term in vocabularies()["wilayah"].terms if "." not in term.value]) == 38


def test_every_demanded_field_says_why():
    for field in metadata.fields():
        assert not field.get("demand") or (field.get("why") and field["label"]), field["field_name"]
        assert field["group"] in metadata.GROUPS


def test_a_full_description_lacks_nothing_and_an_empty_one_everything():
    empty = metadata.completeness({})
    assert empty.score == 0
    full = {field["field_name"]: "x" for field in metadata.fields()} | {"access_level": "tertutup"}
    assert metadata.completeness(full) == (100, [])
    assert [gap.field for gap in metadata.missing({**full, "access_basis": " "})] == ["access_basis"]
    assert [gap.field for gap in metadata.missing({**full, "access_level": "terbuka"})] == ["resources"]
