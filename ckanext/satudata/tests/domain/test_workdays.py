"""Due times against what the SOPs and the calendar of 2026 say."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.workdays import Calendar, Pause, Unit, parse_hours

WIB = ZoneInfo("Asia/Jakarta")
HOLIDAYS = {
    date(2026, 3, 18): "Cuti Bersama Nyepi",
    date(2026, 3, 19): "Nyepi",
    date(2026, 3, 20): "Cuti Bersama Idul Fitri",
    date(2026, 3, 23): "Cuti Bersama Idul Fitri",
    date(2026, 3, 24): "Cuti Bersama Idul Fitri",
}
CALENDAR = Calendar(HOLIDAYS, frozenset({2026}))


def at(*parts):
    return datetime(*parts, tzinfo=WIB)


def test_three_working_days_over_a_long_holiday():
    due = CALENDAR.due(at(2026, 3, 16, 10), 3, "working_days")
    assert due.due_on == date(2026, 3, 26)
    assert due.due_at == at(2026, 3, 26, 23, 59, 59)
    assert [day.reason for day in due.days if day.date == date(2026, 3, 19)] == ["Nyepi"]
    assert not due.days[0].counted and sum(day.counted for day in due.days) == 3


def test_the_day_of_receipt_is_the_governments_day():
    """23.30 UTC on Monday is Tuesday in Jakarta."""
    due = CALENDAR.due(datetime(2026, 6, 1, 23, 30, tzinfo=timezone.utc), 1, "working_days")
    assert due.start_on == date(2026, 6, 2) and due.due_on == date(2026, 6, 3)


def test_calendar_days_end_where_they_fall():
    assert CALENDAR.due(at(2026, 3, 16, 10), 3, "calendar_days").due_on == date(2026, 3, 19)


def test_days_strictly_between_the_ends_of_a_pause_do_not_count():
    pause = Pause(at(2026, 6, 2, 9), at(2026, 6, 5, 9))
    assert CALENDAR.due(at(2026, 6, 1, 9), 3, "working_days", [pause]).due_on == date(2026, 6, 8)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (at(2026, 6, 4, 11, 45), 30, at(2026, 6, 4, 13, 15)),
        (at(2026, 6, 4, 16), 30, at(2026, 6, 5, 8, 30)),
        (at(2026, 6, 5, 13, 45), 30, at(2026, 6, 8, 8, 15)),
        (at(2026, 6, 6, 12), 360, at(2026, 6, 8, 15)),
    ],
)
def test_minutes_run_in_service_hours(start, minutes, end):
    assert CALENDAR.due(start, minutes, "working_minutes").due_at == end


def test_a_pause_takes_out_the_minutes_it_covers():
    pause = Pause(at(2026, 6, 4, 9), at(2026, 6, 4, 10))
    assert CALENDAR.due(at(2026, 6, 4, 8, 30), 60, "working_minutes", [pause]).due_at == at(2026, 6, 4, 10, 30)


def test_a_year_without_decree_is_provisional_not_refused():
    assert CALENDAR.due(at(2026, 12, 30, 9), 5, "working_days").provisional
    assert not CALENDAR.due(at(2026, 6, 1, 9), 5, "working_days").provisional


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(WIB)),
    count=st.integers(0, 60),
    holidays=st.sets(st.dates(date(2025, 1, 1), date(2028, 12, 31)), max_size=60),
)
def test_working_days_agree_with_counting_one_by_one(start, count, holidays):
    calendar = Calendar(dict.fromkeys(holidays, "libur"))
    on, left = start.date(), count
    while left:
        on += timedelta(days=1)
        if on.weekday() < 5 and on not in holidays:
            left -= 1
    assert calendar.due(start, count, Unit.WORKING_DAYS).due_on == on


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(WIB)),
    first=st.integers(0, 2000),
    second=st.integers(1, 2000),
)
def test_minutes_add_up(start, first, second):
    whole = CALENDAR.due(start, first + second, Unit.WORKING_MINUTES).due_at
    half = CALENDAR.due(start, first, Unit.WORKING_MINUTES).due_at
    assert CALENDAR.due(half, second, Unit.WORKING_MINUTES).due_at == whole


@pytest.mark.parametrize(
    "text", ["", "mon", "mon-thu 8-12", "mon 12:00-08:00", "xyz 08:00-12:00", "mon 08:00-12:00 11:00-15:00"]
)
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(Invalid):
        parse_hours(text)


@pytest.mark.parametrize(("count", "unit"), [(-1, "working_days"), (1, "days"), (10**9, "calendar_days")])
def test_counts_and_units_outside_the_table_are_refused(count, unit):
    with pytest.raises(Invalid):
        CALENDAR.due(at(2026, 6, 1), count, unit)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-08-03T10:00", "2026-08-03T10:00", 0),
        ("2026-08-03T08:00", "2026-08-03T12:00", 4 / 6),  # Monday: 4 of 6 service hours
        ("2026-08-03T12:30", "2026-08-04T12:30", 1),  # from break to break
        ("2026-08-07T14:00", "2026-08-10T08:00", 0),  # a weekend takes no time
        ("2026-08-14T08:00", "2026-08-18T08:00", 1),  # Friday; Monday 17 August is a holiday
        ("2026-08-03T20:00", "2026-08-04T06:00", 0),  # a night neither
        ("2026-08-05T08:00", "2026-08-03T08:00", 0),
    ],
)
def test_time_of_a_step_is_counted_in_working_days_by_service_hours(start, end, days):
    calendar = Calendar(holidays={date(2026, 8, 17): "Kemerdekaan"})
    zone = calendar.zone
    ends = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    assert calendar.worked_days(*ends) == pytest.approx(days)
