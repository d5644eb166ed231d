"""A refusal carries a ground of the law, clear words and what the ground asks for."""

import pytest

from ckanext.satudata.domain import refusal
from ckanext.satudata.domain.errors import Invalid

WORDS = "Data memuat riwayat kesehatan tiap pasien."


@pytest.mark.parametrize("code", ["", "terbatas", "Terbatas", "17", "17k", "6(3)"])
def test_terbatas_or_an_unknown_word_is_no_ground(code):
    with pytest.raises(Invalid) as caught:
        refusal.checked(code, WORDS)
    assert caught.value.field == "reason_code"


@pytest.mark.parametrize("explanation", ["", "   ", "rahasia"])
def test_a_refusal_needs_clear_words(explanation):
    with pytest.raises(Invalid) as caught:
        refusal.checked("17h", explanation)
    assert caught.value.field == "note"


@pytest.mark.parametrize("act", ["", "peraturan lain", "UU tentang data pribadi"])
def test_17j_names_the_act(act):
    with pytest.raises(Invalid) as caught:
        refusal.checked("17j", WORDS, act)
    assert caught.value.field == "detail"


@pytest.mark.parametrize("act", ["UU 27/2022", "Undang-Undang Nomor 16 Tahun 1997 tentang Statistik"])
def test_17j_with_its_act_stands(act):
    assert refusal.checked("17j", WORDS, act).detail == act


@pytest.mark.parametrize("code", ["6(3)e", "duplicate", "already_public"])
def test_grounds_that_point_elsewhere_say_where(code):
    with pytest.raises(Invalid):
        refusal.checked(code, WORDS)
    assert refusal.checked(code, WORDS, "Kantor Pertanahan").reason.code == code


def test_all_grounds_of_article_17_are_there():
    assert {f"17{letter}" for letter in "abcdefghij"} <= set(refusal.REASONS)
