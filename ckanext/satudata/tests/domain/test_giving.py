"""How data is given, what it costs, when the case closes: pure rules."""

from datetime import date, datetime, timedelta, timezone

import pytest

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.giving import (
    Giving,
    Way,
    check_cost,
    check_receipt,
    check_survey,
    check_taken,
    checked,
    closes_at,
    faults,
    rupiah_told,
    terms_file,
)

NOW = datetime(2026, 3, 9, 3, tzinfo=timezone.utc)


def fields(**typed):
    return [fault.field for fault in faults(typed)]


def test_without_a_word_it_is_a_link_that_costs_nothing():
    assert checked({}) == Giving("link", "copy", "soft", 0, "")
    assert checked({"cost": "0", "payment": "cash"}).payment == ""


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"way": "post"}, ["way"]),
        ({"way": "counter", "manner": "keep", "copy_form": "x"}, ["manner", "copy_form"]),
        ({"way": "link", "copy_form": "hard"}, ["way"]),
        ({"way": "link", "manner": "see"}, ["way"]),
        ({"cost": "-1"}, ["cost"]),
        ({"cost": "1e3"}, ["cost"]),
        ({"cost": "²"}, ["cost"]),
        ({"cost": "999999999999"}, ["cost"]),
        ({"way": "counter", "cost": "15000"}, ["payment"]),
        ({"way": "counter", "cost": "15000", "payment": "gold"}, ["payment"]),
        ({"way": "counter", "manner": "see", "copy_form": "hard", "cost": "15000", "payment": "cash"}, []),
    ],
)
def test_what_is_wrong_is_told_at_its_field(typed, wrong):
    assert fields(**typed) == wrong
    if wrong:
        with pytest.raises(Invalid):
            checked(typed)


def receipt(**changes):
    known = {"is_answered": True, "is_erased": False, "has_receipt": True, "cost": 0, "paid_on": None}
    check_receipt(**{**known, **changes})


def test_nothing_is_handed_over_without_answer_receipt_and_payment():
    receipt()
    receipt(cost=5000, paid_on=date(2026, 3, 9))
    for wrong in ({"is_answered": False}, {"is_erased": True}):
        with pytest.raises(Conflict):
            receipt(**wrong)
    for wrong in ({"has_receipt": False}, {"cost": 5000}):
        with pytest.raises(Invalid):
            receipt(**wrong)


def test_nobody_is_held_to_have_received_what_lies_at_the_counter():
    due = NOW + timedelta(days=3)
    times = {"due_at": due, "answered_at": NOW, "days": 14}
    assert closes_at(way=Way.LINK, given_at=None, **times) == due
    assert closes_at(way=Way.COUNTER, given_at=None, **times) == NOW + timedelta(days=14)
    assert closes_at(way=Way.COUNTER, given_at=NOW, **times) == due


def test_the_two_questions_want_two_answers():
    assert not list(check_survey("4", "partly"))
    assert [fault.field for fault in check_survey("5", "maybe")] == ["service", "fit"]


def test_the_terms_lie_beside_the_data_with_the_number():
    text = terms_file(
        number="12/PPID/2026", filename="a.csv", sha256="ab" * 32, terms="Sebut sumbernya.", government="K"
    )
    assert "12/PPID/2026" in text and "a.csv" in text and "ab" * 32 in text and text.endswith("Sebut sumbernya.\r\n")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("Rp15.000", 15000),
        ("Rp 500 tiap 30 lembar", 500),
        ("0500", 500),
        ("Rp15.000,00 tiap 2 lembar", 15000),
        ("Rp 15.000,- tunai", 15000),
        ("15000. Tunai", 15000),
        *((wrong, 0) for wrong in ("abc", "-5", "Rp -5", "99999999999999", "9" * 5000, "Rp0", "²")),
        *((wrong, 0) for wrong in ("1,5", "1.5", "15,000", "Rp1.50.000", "15 ribu", "1,5 juta", "2 Juta")),
    ],
)
def test_an_amount_in_words(typed, amount):
    assert rupiah_told(typed) == amount


def test_no_more_is_taken_at_the_counter_than_the_answer_told():
    check_taken(15000, 15000)
    with pytest.raises(Conflict):
        check_taken(15001, 15000)


@pytest.mark.parametrize(
    ("cost", "told", "is_fine"),
    [
        (0, "tidak dipungut biaya", True),
        (15000, None, True),
        (15000, "Rp15.000,00", True),
        (15000, "tidak dipungut biaya", False),
        (15000, "Rp10.000", False),
        (15000, "Rp500 tiap 30 lembar", False),
    ],
)
def test_no_more_is_taken_than_the_notice_told(cost, told, is_fine):
    if is_fine:
        check_cost(cost, told)
        return
    with pytest.raises(Conflict):
        check_cost(cost, told)
