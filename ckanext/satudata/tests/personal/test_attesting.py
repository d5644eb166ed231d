"""A person's word is bound to the bytes of every file in force, and stands alone where the scan does not answer."""

import pytest

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.personal.attesting import Inspection, Word, check, inspection_of, words_of

LOOKED = "Saya membuka kedua halaman PDF; tidak ada nama orang."


def attest(in_force, seen=("a",), checked=True, statement="", ground="", **own):
    check(in_force, seen=seen, checked=checked, statement=statement, ground=ground, own=own)


@pytest.mark.parametrize(
    ("in_force", "seen"),
    [
        ({}, ["a"]),
        ({"a": Inspection.CLEAN}, ["b"]),
        ({"a": Inspection.CLEAN}, []),
        ({"a": Inspection.CLEAN, "b": Inspection.CLEAN}, ["a"]),
        ({"a": Inspection.CLEAN}, ["a", "b"]),
    ],
)
def test_it_counts_for_exactly_the_files_in_force(in_force, seen):
    with pytest.raises(Conflict):
        attest(in_force, seen, statement=LOOKED)


def test_it_is_a_persons_word():
    with pytest.raises(Invalid) as refusal:
        attest({"a": Inspection.CLEAN}, checked=False, statement=LOOKED)
    assert refusal.value.field == "checked"
    attest({"a": Inspection.CLEAN})


@pytest.mark.parametrize("found", sorted(set(Inspection) - {Inspection.CLEAN}))
def test_where_the_scan_does_not_answer_or_finds_anything_the_person_says_what_was_looked_at(found):
    for words in ("", "ya", " " * 40):
        with pytest.raises(Invalid) as refusal:
            attest({"a": Inspection.CLEAN, "b": found}, ["b", "a"], statement=words, ground="consent")
        assert refusal.value.field == "statement"
    attest({"a": Inspection.CLEAN, "b": found}, ["b", "a"], statement=LOOKED, ground="consent")


def test_where_several_files_need_words_each_has_its_own():
    held = {"a": Inspection.FOUND, "b": Inspection.PARTLY, "c": Inspection.CLEAN}
    with pytest.raises(Invalid) as refusal:
        attest(held, ["a", "b", "c"], statement=LOOKED, ground="consent")
    assert [one.field for one in refusal.value.errors] == ["ground_a", "statement_a", "statement_b"]
    own = {"a": Word("consent", LOOKED), "b": Word("", LOOKED)}
    attest(held, ["a", "b", "c"], **own)
    assert words_of(held, own, Word("law", "lain")) == own
    alone = {"a": Inspection.FOUND, "c": Inspection.CLEAN}
    assert words_of(alone, {"a": Word("consent")}, Word("law", LOOKED)) == {"a": Word("consent", LOOKED)}


def test_found_personal_data_is_masked_or_given_on_a_ground():
    for ground in ("", "saya kira"):
        with pytest.raises(Invalid) as refusal:
            attest({"a": Inspection.FOUND}, statement=LOOKED, ground=ground)
        assert refusal.value.field == "ground"
    with pytest.raises(Invalid):
        attest({"a": Inspection.FOUND}, statement=LOOKED, ground="law")
    attest({"a": Inspection.FOUND}, statement=f"UU 25/2009 mewajibkannya. {LOOKED}", ground="law")


@pytest.mark.parametrize(
    ("kinds", "passed", "expected"),
    [
        ([], [], Inspection.CLEAN),
        (["name"], [], Inspection.HINTS),
        (["address"], [], Inspection.HINTS),
        (["address", "coordinates"], [], Inspection.HINTS),
        (["name", "address"], [], Inspection.FOUND),
        (["free_text"], [], Inspection.FOUND),
        (["health"], [], Inspection.FOUND),
        (["health"], [{"why": "x"}], Inspection.FOUND),
        (["name", "nik"], [], Inspection.FOUND),
        (["phone"], [{"why": "x"}], Inspection.FOUND),
        (["name"], [{"why": "x"}], Inspection.PARTLY),
        (None, [{"why": "x"}], Inspection.PARTLY),
    ],
)
def test_what_a_scan_amounts_to(kinds, passed, expected):
    found = None if kinds is None else [{"kind": kind} for kind in kinds]
    assert inspection_of({"findings": found, "not_inspected": passed}) is expected


def test_what_is_left_empty_is_told_at_once():
    with pytest.raises(Invalid) as refusal:
        attest({"a": Inspection.FOUND}, checked=False)
    assert [one.field for one in refusal.value.errors] == ["ground", "statement", "checked"]
