"""The public words for what is excluded name neither the data nor their agency."""

import pytest

from ckanext.satudata.domain import dik
from ckanext.satudata.domain.errors import Invalid

TITLE = "Lokasi Kamera Pengawas Lalu Lintas"
AGENCY = ("Dinas Lingkungan Hidup", "dinas-lh", "DinasLH")


def check(text, **kw):
    dik.check_public_text(text, **{"titles": [TITLE, ""], "files": ["Titik kamera.csv", ""], "agency": AGENCY, **kw})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Lokasi Kamera Pengawas Lalu Lintas, Dinas Perhubungan", "title"),
        ("data  LOKASI-kamera\tpengawas_lalu, lintas!", "title"),
        ("LokasiKameraPengawasLaluLintas (ringkas)", "title"),
        ("Lokasi kamera pen\u00adgawas lalu lintas", "title"),
        ("Ｌokasi kámera pengawas lalu lintas", "title"),
        ("Berkas titik kamera kota", "file"),
        ("Keterangan milik dinas   lingkungan HIDUP", "agency"),
        ("Keterangan pada Dinas LH", "agency"),
        ("Keterangan pada DinasLH", "agency"),
        ("Keterangan pada DLH", "agency"),
        ("Kamera yang mengawas: lokasi, pengawas", "most"),
    ],
)
def test_words_that_tell_are_refused_at_the_text(text, says):
    with pytest.raises(Invalid) as caught:
        check(text)
    assert caught.value.field == "public_text" and says in caught.value.message and caught.value.mend


@pytest.mark.parametrize(
    "text",
    [
        "Letak perangkat keamanan kota",
        "Lokasi kamera keamanan",  # two words of five
        "Lingkungan hidup dan keamanan",
        "Data yang membahayakan keamanan",
    ],
)
def test_neutral_words_are_taken(text):
    check(text, files=["Data 2024.xlsx", "Tabel", "data"])


@pytest.mark.parametrize("text", ["Kondisi jembatan", "Jembatan dan kondisinya: kondisi"])
def test_words_that_fill_a_title_do_not_count_as_its_words(text):
    with pytest.raises(Invalid):
        check(text, titles=["Jumlah Jembatan Menurut Kondisi"])
    check("Keadaan bangunan umum", titles=["Jumlah Jembatan Menurut Kondisi"])
    check("Rincian jumlah menurut tahun", titles=["Jumlah Jembatan Menurut Kondisi"])


def test_a_title_without_words_forbids_nothing():
    check("Letak perangkat keamanan kota", titles=["", "—", "2024"], files=[], agency=["", "!"])
