"""Which words of a search in vain may be kept."""

import pytest

from ckanext.satudata.domain.search_miss import normalised


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Harga   CABAI rawit ", "harga cabai rawit"),
        ("apbd 2024", "apbd 2024"),
        ("data (sekolah)", "data sekolah"),
        ("", ""),
        ("a", ""),
        ("2024", ""),
        ("budi@contoh.id", ""),
        ("nik 3573011203850004", ""),
        ("35 73 01 12 03 85 00 04", ""),
        ("hp 0812-3456-7890", ""),
        ("081234567890", ""),
        ("telepon +62 812 3456 7890", ""),
        ("nip 198503122010011004", ""),
        ("satu dua tiga empat lima enam tujuh", ""),
        ("x" * 61, ""),
    ],
)
def test_words_are_kept_and_persons_are_not(typed, kept):
    assert normalised(typed) == kept
