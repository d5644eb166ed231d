"""When a schedule's report is made, how long a report still takes, who stops it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.domain import report_job
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.report import Period, Span
from ckanext.satudata.domain.workdays import Calendar

CALENDAR = Calendar(holidays={date(2026, 1, 1): "Tahun Baru"})
KNOWN = ("xlsx", "pdf", "csv", "json")
WALIDATA = Actor("w", "wati", (Held(Role.WALIDATA, None),))
AUDITOR = Actor("a", "ani", (Held(Role.AUDITOR, None),))


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        ((2026, 9), 5, date(2026, 10, 5)),
        ((2026, 8), 5, date(2026, 9, 7)),  # the 5th is a Saturday
        ((2025, 12), 1, date(2026, 1, 2)),  # New Year's Day
        ((2026, 1), 31, date(2026, 3, 2)),  # February's last day, a Saturday, leads into March
        ((2026, 3), 31, date(2026, 4, 30)),
    ],
)
def test_a_day_off_moves_it_to_the_next_working_day(month, day, expected):
    assert report_job.due_on(Period.month(*month), day, CALENDAR) == expected


@given(
    st.sampled_from([Span.MONTH, Span.QUARTER, Span.SEMESTER, Span.YEAR]),
    st.integers(1, 31),
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.lists(st.integers(0, 45), min_size=1, max_size=40),
)
def test_each_period_is_made_once_and_none_before_its_day(span, day, start, pauses):
    """However often the portal looks, and however long it was away."""
    made_until = report_job.made_until(span, day, CALENDAR, start)
    made: list[Period] = []
    today = start
    for pause in pauses:
        for _ in range(2):  # a second look on the same day finds nothing
            due = report_job.next_due(span, day, CALENDAR, today, made_until)
            if due.on <= today:
                assert due.period.until_on < due.on
                made.append(due.period)
                made_until = due.period.until_on
        assert report_job.next_due(span, day, CALENDAR, today, made_until).on > today
        today += timedelta(days=pause)
    assert made == sorted(set(made), key=lambda period: period.from_on)
    newest = [one for one in made if report_job.due_on(one, day, CALENDAR) < start]
    assert not newest, "a period whose day was over when the schedule was set"


def test_a_portal_that_was_away_makes_the_newest_only():
    due = report_job.next_due(Span.MONTH, 5, CALENDAR, date(2026, 11, 20), date(2026, 5, 31))
    assert due == report_job.Due(Period.month(2026, 10), date(2026, 11, 5))
    waits = report_job.next_due(Span.MONTH, 5, CALENDAR, date(2026, 11, 20), date(2026, 10, 31))
    assert waits == report_job.Due(Period.month(2026, 11), date(2026, 12, 7))


def test_the_day_itself_still_counts_when_a_schedule_is_set():
    asked = (Span.MONTH, 5, CALENDAR)
    assert report_job.made_until(*asked, date(2026, 11, 5)) == date(2026, 9, 30)
    assert report_job.made_until(*asked, date(2026, 11, 6)) == date(2026, 10, 31)


def test_formats_in_their_usual_order_and_all_without_a_wish():
    assert report_job.formats(["json", "XLSX", "json"], KNOWN) == ["xlsx", "json"]
    assert report_job.formats("pdf, csv", KNOWN) == ["pdf", "csv"]
    assert report_job.formats(None, KNOWN) == report_job.formats([], KNOWN) == [*KNOWN]
    for wrong in (["exe"], 7, [7], "pdf;csv"):
        with pytest.raises(Invalid) as refused:
            report_job.formats(wrong, KNOWN)
        assert refused.value.field == "formats"


def test_what_it_still_takes():
    start = datetime(2026, 11, 22, 2, tzinfo=timezone.utc)
    now, minute = start + timedelta(minutes=2), timedelta(minutes=1)
    assert report_job.remaining(start, now, 0, 10, None) is None
    assert report_job.remaining(start, now, 2, 10, None) == 8 * minute
    assert report_job.remaining(start, now, 2, 10, 5 * minute) == 3 * minute
    assert report_job.remaining(start, now, 4, 10, minute) == 3 * minute  # slower than the last one


def test_who_stops_it_and_for_whom_it_goes_on():
    assert report_job.without(AUDITOR, ["a"], False) == ([], False)
    assert report_job.without(AUDITOR, ["a", "w"], False) == (["w"], True)
    assert report_job.without(AUDITOR, ["a"], True) == ([], True)  # Walidata's schedule goes on
    assert report_job.without(WALIDATA, [], True) == ([], False)
    assert report_job.without(WALIDATA, ["a"], True) == (["a"], True)
    for people, is_scheduled in (([], True), (["w"], False), (["w"], True)):
        with pytest.raises(NotAllowed):
            report_job.without(AUDITOR, people, is_scheduled)
    with pytest.raises(NotAllowed):
        report_job.without(WALIDATA, ["a"], False)
