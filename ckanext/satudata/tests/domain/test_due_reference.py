"""The clock against a second one, written another way: it asks of every day and of every minute whether it counts."""

from datetime import date, datetime, time, timedelta
from itertools import count as from_
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.workdays import Calendar, Pause, parse_hours

ZONES = [ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")]
MAGETAN = {
    **dict.fromkeys(range(4), ["08:00-12:00", "13:00-15:00"]),
    4: ["08:00-11:30", "13:30-14:00"],
}
SIX_DAYS = {**dict.fromkeys(range(5), ["07:30-12:00", "12:30-14:00"]), 5: ["08:00-11:00"]}
WEEKS = {
    "mon-thu 08:00-12:00 13:00-15:00; fri 08:00-11:30 13:30-14:00": MAGETAN,
    "mon-fri 07:30-12:00 12:30-14:00; sat 08:00-11:00": SIX_DAYS,
}
FIRST, LAST = datetime(2025, 12, 1), datetime(2027, 2, 1)


def days_reference(start, count, holidays, week, pauses, zone):
    """The count-th of all days after the start that count; the whole calendar is one lazy list."""

    def local(at):
        return at.astimezone(zone).date()

    def stands(on):
        return any(local(begins) < on and on < local(ends) for begins, ends in pauses)

    ahead = (local(start) + timedelta(days=number) for number in from_(1))
    counting = (
        on for on in ahead if not stands(on) and (week is None or (on.weekday() in week and on not in holidays))
    )
    return list(islice(counting, count))[-1] if count else local(start)


def minutes_reference(start, count, holidays, week, pauses, zone):
    """Ticks minute by minute, and stops behind the last one in which the office was open and no pause ran."""
    at = start.astimezone(zone)
    while count:
        at_clock = at.strftime("%H:%M")
        stretches = [] if at.date() in holidays else week.get(at.weekday(), [])
        is_open = any(text[:5] <= at_clock < text[6:] for text in stretches)
        if is_open and not any(begins <= at < ends for begins, ends in pauses):
            count -= 1
        at += timedelta(minutes=1)
    return at


@st.composite
def situations(draw):
    zone, hours = draw(st.sampled_from(ZONES)), draw(st.sampled_from(sorted(WEEKS)))
    whole = st.datetimes(FIRST, LAST).map(
        lambda at: at.replace(second=0, microsecond=0, tzinfo=draw(st.sampled_from(ZONES)))
    )
    start = draw(whole)
    holidays = draw(st.sets(st.dates(FIRST.date(), LAST.date()), max_size=40))
    lengths = st.tuples(st.integers(-4000, 20_000), st.integers(0, 10_000))
    pauses = [
        (start + timedelta(minutes=offset), start + timedelta(minutes=offset + length))
        for offset, length in draw(st.lists(lengths, max_size=3))
    ]
    return start, holidays, hours, pauses, zone


def clock_of(situation):
    start, holidays, hours, pauses, zone = situation
    calendar = Calendar(dict.fromkeys(holidays, "libur"), hours=parse_hours(hours), zone=zone)
    return calendar, start, [Pause(*pause) for pause in pauses]


@given(situations(), st.integers(0, 80))
def test_working_days_are_those_of_the_reference(situation, count):
    calendar, start, pauses = clock_of(situation)
    _, holidays, hours, ends, zone = situation
    due = calendar.due(start, count, "working_days", pauses)
    assert due.due_on == days_reference(start, count, holidays, WEEKS[hours], ends, zone)
    assert due.due_at.astimezone(zone) == datetime.combine(due.due_on, time(23, 59, 59), zone)
    assert sum(day.counted for day in due.days) == count
    assert [day.date for day in due.days] == [due.start_on + timedelta(days=n) for n in range(len(due.days))]


@given(situations(), st.integers(0, 80))
def test_calendar_days_are_those_of_the_reference(situation, count):
    calendar, start, pauses = clock_of(situation)
    due = calendar.due(start, count, "calendar_days", pauses)
    assert due.due_on == days_reference(start, count, (), None, situation[3], situation[4])
    assert not due.provisional


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(1, 900))
def test_working_minutes_are_those_of_the_reference(situation, count):
    calendar, start, pauses = clock_of(situation)
    _, holidays, hours, ends, zone = situation
    due = calendar.due(start, count, "working_minutes", pauses)
    assert due.due_at == minutes_reference(start, count, holidays, WEEKS[hours], ends, zone)
    assert due.due_on == due.due_at.astimezone(zone).date()


def test_the_reference_is_no_copy_of_a_mistake():
    """Counted by hand: Tuesday 16.00 is after hours; the break of Friday in Magetan is from 11.30 to 13.30."""
    zone = ZONES[0]
    start = datetime(2026, 6, 4, 14, 30, tzinfo=zone)
    assert minutes_reference(start, 270, (), MAGETAN, [], zone) == datetime(2026, 6, 5, 14, 0, tzinfo=zone)
    assert days_reference(start, 2, {date(2026, 6, 5)}, MAGETAN, [], zone) == date(2026, 6, 9)


@pytest.mark.parametrize(
    ("unit", "hours", "pause"),
    [
        ("working_days", "mon-fri 08:00-15:00", (2026, 2899)),
        ("calendar_days", "mon-fri 08:00-15:00", (2026, 2899)),
        ("working_minutes", "mon 08:00-08:01", None),
    ],
)
def test_what_would_count_for_ever_is_refused(unit, hours, pause):
    calendar = Calendar(hours=parse_hours(hours))
    start = datetime(2026, 6, 1, 9, tzinfo=ZONES[0])
    pauses = [Pause(*(datetime(year, 6, 1, 9, tzinfo=ZONES[0]) for year in pause))] if pause else []
    with pytest.raises(Invalid) as refused:
        calendar.due(start, 2000, unit, pauses)
    assert refused.value.field == "count"


def test_many_pauses_take_no_longer_than_few():
    """Each used to double the pieces of a day."""
    start = datetime(2026, 6, 1, 8, tzinfo=ZONES[0])
    pauses = [Pause(start + timedelta(minutes=2 * n), start + timedelta(minutes=2 * n + 1)) for n in range(100)]
    assert Calendar().due(start, 60, "working_minutes", pauses).due_at == start + timedelta(minutes=120)
    with pytest.raises(Invalid) as refused:
        Calendar().due(start, 60, "working_minutes", pauses * 2)
    assert refused.value.field == "pauses"


@pytest.mark.parametrize(
    ("pause", "field"),
    [
        (("2026-06-02T09:00", "2026-06-05T09:00+07:00"), "pauses"),
        (("2026-06-05T09:00+07:00", "2026-06-02T09:00+07:00"), "pauses"),
        (("0001-01-01T00:00+14:00", "2026-06-02T09:00+07:00"), "pauses"),
        (("2026-06-05T09:00+07:00", "9999-12-31T23:59-12:00"), "pauses"),
    ],
)
def test_pauses_that_are_none_are_refused(pause, field):
    with pytest.raises(Invalid) as refused:
        Calendar().due(
            datetime(2026, 6, 1, 9, tzinfo=ZONES[0]), 1, "working_days", [Pause(*map(datetime.fromisoformat, pause))]
        )
    assert refused.value.field == field


class TestTheZonesOfTheCountry:
    """No Indonesian zone knows summer time; a day begins at midnight there, whatever UTC says."""

    @pytest.mark.parametrize(
        ("zone", "last_of_monday", "first_of_tuesday"),
        [
            ("Asia/Jakarta", "2026-06-01T16:59:59+00:00", "2026-06-01T17:00:00+00:00"),
            ("Asia/Makassar", "2026-06-01T15:59:59+00:00", "2026-06-01T16:00:00+00:00"),
            ("Asia/Jayapura", "2026-06-01T14:59:59+00:00", "2026-06-01T15:00:00+00:00"),
        ],
    )
    def test_midnight_parts_the_days(self, zone, last_of_monday, first_of_tuesday):
        calendar = Calendar(zone=ZoneInfo(zone))
        before, after = (
            calendar.due(datetime.fromisoformat(at), 1, "working_days") for at in (last_of_monday, first_of_tuesday)
        )
        assert (before.start_on, before.due_on) == (date(2026, 6, 1), date(2026, 6, 2))
        assert (after.start_on, after.due_on) == (date(2026, 6, 2), date(2026, 6, 3))

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    @pytest.mark.parametrize("month", range(1, 13))
    def test_a_day_has_24_hours_all_year(self, zone, month):
        start = datetime(2026, month, 10, 12, tzinfo=zone)
        first, second = (Calendar(zone=zone).due(start, days, "calendar_days").due_at for days in (1, 2))
        assert second - first == timedelta(hours=24)
