"""The rules of one command for many."""

from __future__ import annotations

import pytest

from ckanext.satudata.domain import bulk


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("Jumlah siswa 2024", 2025, "Jumlah siswa 2025"),
        ("Tahun 2020-2024", 2025, "Tahun 2021-2025"),
        ("2024-01-01/2024-06-30", 2026, "2026-01-01/2026-06-30"),
        ("Jumlah siswa", 2025, "Jumlah siswa 2025"),
        ("Kode 120245", 2025, "Kode 120245 2025"),
    ],
)
def test_a_title_moves_to_its_year(text, year, expected):
    assert bulk.of_year(text, year) == expected


@pytest.mark.parametrize(
    ("level", "files", "gaps", "begins"),
    [
        ("terbuka", [None, ""], [], ""),
        ("terbuka", ["terbuka"], [], ""),
        ("terbatas", [], [], "It is not Terbuka"),
        (None, [], [], "It is not Terbuka"),
        ("terbuka", ["terbatas"], [], "One of its files"),
        ("terbuka", [], ["Satuan"], "It is not complete"),
    ],
)
def test_only_what_is_complete_and_open_goes_with_many(level, files, gaps, begins):
    why = bulk.why_left_out(level, files, gaps)
    assert why.startswith(begins) and bool(why) is bool(begins)
