"""What a restriction must name, over every ground, period and day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from ckanext.satudata.domain import classification, metadata, refusal
from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.classification import Standing
from ckanext.satudata.domain.grounds import GROUNDS

TODAY = date(2026, 8, 3)
LATER = date(2028, 12, 31)
LEVELS = (Level.TERBATAS, Level.TERTUTUP)


def restriction(level=Level.TERBATAS, **values):
    return classification.read({f"access_{name}": value for name, value in values.items()}, level)


def wrong(level=Level.TERBATAS, before=None, **values):
    return {fault.field for fault in classification.faults(restriction(level, **values), TODAY, before)}


def test_the_grounds_are_the_letters_of_article_17_and_nothing_else():
    assert list(GROUNDS) == [f"17{letter}" for letter in "abcdefghij"]
    assert [code for code, ground in GROUNDS.items() if ground.may_be_permanent] == ["17g", "17h", "17i", "17j"]
    assert all(ground.title and ground.text and ground.example and ground.link for ground in GROUNDS.values())


@pytest.mark.parametrize(("code", "level", "permanent"), product(GROUNDS, LEVELS, (True, False)))
def test_only_g_to_j_may_be_permanent_and_nothing_is_both(code, level, permanent):
    named = {"ground": code, "basis": "UU 27/2022 pasal 4", "permanent": permanent, "review_on": "2027-01-04"}
    assert wrong(level, **named) == ({"access_permanent"} if permanent and code < "17g" else set())
    both = wrong(level, **named, until=LATER.isoformat())
    assert both == ({"access_permanent"} if permanent else set())


@pytest.mark.parametrize("code", [code for code in refusal.REASONS if code not in GROUNDS])
def test_reasons_of_a_refusal_are_no_grounds(code):
    (fault,) = classification.faults(restriction(ground=code), TODAY)
    assert fault.field == "access_ground" and "not a ground" in fault.message and fault.mend


@pytest.mark.parametrize("code", ["17k", "17", "terbatas", "Pasal 18", "['17h']"])
def test_what_is_no_letter_of_article_17_is_refused(code):
    assert wrong(ground=code) == {"access_ground"}


@pytest.mark.parametrize("typed", ["17h", "17 H", "17(h)", "Pasal 17 huruf h", " 17H "])
def test_a_ground_is_read_in_any_usual_spelling(typed):
    assert restriction(ground=typed).ground == "17h"


@pytest.mark.parametrize(
    ("basis", "ok"), [("UU 27/2022", True), ("Undang-Undang Nomor 16 Tahun 1997", True), ("SK", False)]
)
def test_letter_j_names_the_act(basis, ok):
    assert wrong(ground="17j", basis=basis) == (set() if ok else {"access_basis"})
    assert wrong(ground="17h", basis=basis) == set()


@pytest.mark.parametrize(("until", "review"), product((-1, 0, 1, 400), (None, -1, 0, 1, 400)))
def test_days_to_come_and_the_review_before_the_end(until, review):
    last, again = TODAY + timedelta(days=until), TODAY + timedelta(days=review) if review is not None else None
    found = wrong(ground="17a", until=last.isoformat(), review_on=again.isoformat() if again else "")
    assert ("access_until" in found) is (until < 0)
    assert ("access_review_on" in found) is (review is not None and (review > until or review < 0))
    assert restriction(until=last.isoformat(), review_on=again).review_on == (again or last)


def test_a_day_that_is_stored_may_have_passed_and_another_may_not():
    before = restriction(ground="17a", until="2026-01-01", review_on="2025-12-01")
    stored = {"ground": "17a", "until": "2026-01-01", "review_on": "2025-12-01"}
    assert wrong(before=before, **stored) == set()
    assert wrong(before=before, **{**stored, "until": "2026-01-02"}) == {"access_until"}
    assert wrong(before=before, **{**stored, "review_on": "2025-12-02"}) == {"access_review_on"}
    assert wrong(**stored) == {"access_until", "access_review_on"}


def test_a_period_without_a_visible_end_is_refused():
    assert wrong(ground="17a", until="2126-12-31") == set()
    assert wrong(ground="17a", until="2127-01-01") == {"access_until"}


@pytest.mark.parametrize("day", ["2227-01-01", "9999-12-31"])
def test_a_day_too_far_away_is_told_so_and_not_that_it_is_no_day(day):
    (fault,) = classification.faults(restriction(ground="17h", until=day), TODAY)
    assert (fault.field, fault.params) == ("access_until", {"years": 100})
    (fault,) = classification.faults(restriction(ground="17h", permanent=True, review_on=day), TODAY)
    assert (fault.field, fault.params) == ("access_review_on", {"years": 100})


@pytest.mark.parametrize("field", ["until", "review_on", "permanent"])
def test_what_cannot_be_read_is_refused_and_stays_as_it_was_typed(field):
    found = restriction(ground="17h", **{field: "kapan-kapan"})
    assert found.values[f"access_{field}"] == "kapan-kapan"
    assert [fault.field for fault in classification.faults(found, TODAY)] == [f"access_{field}"]


def test_open_data_have_neither_faults_nor_gaps():
    nonsense = restriction(Level.TERBUKA, ground="17z", until="kemarin", permanent="mungkin")
    assert classification.faults(nonsense, TODAY) == classification.gaps(nonsense) == []
    assert classification.standing(nonsense, TODAY, tested=None, is_provisional=True) is Standing.OPEN


@pytest.mark.parametrize(("level", "named"), product(LEVELS, product((True, False), repeat=5)))
def test_what_is_missing_is_the_same_for_a_case_and_for_the_form(level, named):
    values = {
        "ground": "17h",
        "basis": "UU 27/2022",
        "until": "2028-12-31",
        "permanent": "true",
        "review_on": "2027-01-04",
    }
    given = {name: value for (name, value), there in zip(values.items(), named, strict=True) if there}
    gaps = {gap.field for gap in classification.gaps(restriction(level, **given))}
    dataset = {"access_level": level.value, **{f"access_{name}": value for name, value in given.items()}}
    if not ("until" in given and "permanent" in given):  # both is wrong, not missing
        assert gaps == {gap.field for gap in metadata.missing(dataset) if gap.field.startswith("access_")}
    assert ("access_ground" in gaps) is ("ground" not in given)
    assert ("access_basis" in gaps) is ("basis" not in given)
    assert ("access_until" in gaps) is ("until" not in given and "permanent" not in given)
    assert ("access_review_on" in gaps) is ("permanent" in given and "review_on" not in given)


@pytest.mark.parametrize("stored", [{}, {"access_ground": "17h", "access_until": "2028-12-31"}])
def test_a_file_that_is_stricter_than_its_dataset_lacks_a_restriction_of_its_own(stored):
    def lacks(dataset_level, file_level):
        dataset = {"access_level": dataset_level, "resources": [{"id": "1", "access_level": file_level, **stored}]}
        return metadata.FILES in {gap.field for gap in metadata.missing(dataset)}

    assert lacks("terbuka", "terbatas") and lacks("terbuka", "tertutup") and lacks("terbatas", "tertutup")
    assert not any(lacks(level, level) or lacks(level, "") for level in ("terbuka", "terbatas", "tertutup"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, Standing.ENDED), (0, Standing.ENDING), (30, Standing.ENDING), (31, Standing.HELD)],
)
def test_where_a_whole_restriction_stands(days, expected):
    until = (TODAY + timedelta(days=days)).isoformat()
    found = restriction(ground="17h", basis="UU 27/2022", until=until)
    assert classification.standing(found, TODAY, tested=found) is expected
    assert classification.standing(found, TODAY, tested=None) is Standing.UNTESTED
    assert classification.standing(found, TODAY, tested=found, is_provisional=True) is Standing.PROVISIONAL


def test_what_lacks_something_waits_for_the_test_and_a_permanent_one_is_held():
    lacking = restriction(basis="UU 27/2022", until="2030-01-01")
    assert classification.standing(lacking, TODAY, tested=lacking) is Standing.UNTESTED
    whole = restriction(ground="17h", basis="UU 27/2022", permanent=True, review_on="2027-01-04")
    assert classification.standing(whole, TODAY, tested=whole) is Standing.HELD


TESTED = {"ground": "17h", "basis": "UU 27/2022", "until": "2029-12-31", "review_on": "2028-06-30"}


@pytest.mark.parametrize(
    ("changed", "is_covered"),
    [
        ({}, True),
        ({"decree": "1"}, True),
        ({"until": "2029-12-30"}, True),
        ({"review_on": "2028-01-31"}, True),
        ({"ground": "17a"}, False),
        ({"basis": "karangan saja"}, False),
        ({"until": "2030-01-01"}, False),
        ({"until": None, "permanent": True}, False),
        ({"review_on": "2028-07-01"}, False),
        ({"review_on": None}, False),
    ],
)
def test_a_test_decides_what_it_stated_and_what_is_shorter(changed, is_covered):
    assert classification.covers(restriction(**TESTED), restriction(**{**TESTED, **changed})) is is_covered


def test_the_test_of_one_level_decides_no_other_and_a_permanent_one_any_period():
    closed, limited = (restriction(level, **TESTED) for level in (Level.TERTUTUP, Level.TERBATAS))
    assert not classification.covers(closed, limited) and not classification.covers(limited, closed)
    permanent = restriction(ground="17h", basis="UU 27/2022", permanent=True, review_on="2028-06-30")
    ends = restriction(ground="17h", basis="UU 27/2022", until="2028-06-30")
    assert classification.covers(permanent, ends)


def test_what_is_read_and_stored_comes_back_the_same():
    typed = restriction(ground="17 J", basis=" UU 16/1997 ", until="31/12/2028", review_on="1 Mei 2027", decree=" d ")
    assert classification.read(typed.values, Level.TERBATAS) == typed
    assert typed.values["access_until"] == "2028-12-31" and typed.values["access_review_on"] == "2027-05-01"
