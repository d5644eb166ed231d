"""What keeps an applicant's data, day by day; and free text without the person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ckanext.satudata.domain.erasing import GONE, without_person
from ckanext.satudata.domain.legal_hold import Cause, Objected, Standing, ends_on, holds, is_over
from ckanext.satudata.domain.workdays import Calendar

CALENDAR = Calendar(decreed_years=frozenset({2026, 2027}))
ENDED = date(2026, 3, 2)  # a Monday
OVER = Standing(ended_on=ENDED, answered_on=ENDED)


def causes(known, today, **kw):
    return [hold.cause for hold in holds(known, today=today, calendar=CALENDAR, **kw)]


def test_an_open_case_holds_without_end():
    for known in (Standing(ended_on=None), replace(OVER, other_cases=True)):
        found = holds(known, today=ENDED + timedelta(days=3000), calendar=CALENDAR)
        assert [hold.cause for hold in found] == [Cause.CASE] and ends_on(found) is None


def test_the_time_of_an_objection_is_thirty_working_days():
    last = CALENDAR.shift(ENDED, 30)
    assert last == date(2026, 4, 13)
    assert causes(OVER, last) == [Cause.OBJECTION_WINDOW] and causes(OVER, last + timedelta(days=1)) == []
    late = replace(OVER, answered_on=date(2026, 3, 9))
    assert causes(late, last + timedelta(days=1)) == [Cause.OBJECTION_WINDOW], "counted from the later day"


@pytest.mark.parametrize(
    ("objected", "cause"),
    [
        (Objected(due_on=date(2026, 6, 1)), Cause.OBJECTION),
        (Objected(due_on=date(2026, 6, 1), answered_on=date(2026, 5, 29)), Cause.DISPUTE_WINDOW),
        (Objected(due_on=date(2026, 6, 1), answered_on=date(2026, 5, 29), dispute="open"), Cause.DISPUTE),
        (Objected(due_on=date(2026, 6, 1), answered_on=date(2026, 5, 29), dispute="ruled"), Cause.APPEAL_WINDOW),
    ],
)
def test_objection_and_dispute_hold(objected, cause):
    known = replace(OVER, objections=(objected,))
    assert cause in causes(known, date(2026, 6, 1))
    forever = cause not in (Cause.DISPUTE_WINDOW, Cause.APPEAL_WINDOW)
    assert objected.dispute == "none" or Cause.DISPUTE_WINDOW not in causes(known, date(2026, 6, 1))
    assert bool(causes(known, date(2026, 12, 31))) is forever


def test_two_objections_answered_on_one_day_are_one_reason():
    one = Objected(due_on=date(2026, 6, 1), answered_on=date(2026, 5, 29))
    assert causes(replace(OVER, objections=(one, one)), date(2026, 6, 1)) == [Cause.DISPUTE_WINDOW]


def test_a_dispute_that_ended_holds_nothing():
    ended = Objected(due_on=date(2026, 6, 1), answered_on=date(2026, 5, 29), dispute="ended")
    assert causes(replace(OVER, objections=(ended,)), date(2026, 6, 1)) == []


def test_the_archive_holds_the_letters_only():
    day = ENDED + timedelta(days=100)
    assert causes(OVER, day) == [] and causes(OVER, day, archive_months=60) == [Cause.ARCHIVE]
    last = date(2031, 3, 2)
    assert causes(OVER, last, archive_months=60) == [Cause.ARCHIVE], "five years, not sixty times thirty days"
    assert causes(OVER, last + timedelta(days=1), archive_months=60) == []
    assert ends_on(holds(OVER, today=day, calendar=CALENDAR, archive_months=60)) == last


def test_retention_runs_from_the_end_of_the_case():
    assert not is_over(OVER, today=date(2028, 3, 2), months=24)
    assert is_over(OVER, today=date(2028, 3, 3), months=24)
    of_august = Standing(ended_on=date(2026, 8, 31))
    assert not is_over(of_august, today=date(2027, 2, 28), months=6)
    assert is_over(of_august, today=date(2027, 3, 1), months=6)
    assert not is_over(Standing(ended_on=None), today=date(2040, 1, 1), months=24)


PERSON = {"name": "Siti Contoh", "nik": "3573014508990001", "phone": "0812 9999 0007", "email": "siti@contoh.example"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Saya SITI CONTOH memohon data", f"Saya {GONE} memohon data"),
        ("NIK 3573014508990001 dan 35.73.01.450899.0001", f"NIK {GONE} dan {GONE}"),
        ("Hubungi 081234567890 atau budi@surel.example", f"Hubungi {GONE} atau {GONE}"),
        ("Data kunjungan 2023 per kecamatan", "Data kunjungan 2023 per kecamatan"),
    ],
)
def test_what_names_a_person_is_left_out(text, left):
    assert without_person(text, PERSON) == left
