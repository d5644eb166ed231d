"""The statutory clock: against a second reference written plainly, and the cases the law names."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain import statutory
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.statutory import Clock, Reading
from ckanext.satudata.domain.workdays import Calendar, Pause
from ckanext.satudata.tests.domain.test_process import SOPS

ZONE = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
NYEPI = Calendar(holidays={date(2026, 3, 18): "Cuti Bersama", date(2026, 3, 19): "Nyepi"})


def plain_due(clock: Clock, holidays: set[date], now: datetime) -> date:
    """The last day, counted on the fingers: each day in turn is a working day or not, and stands still or not."""
    begins = clock.completed_at if clock.reading is Reading.COMPLETE and clock.completed_at else clock.received_at
    still = [(pause.from_.astimezone(ZONE).date(), pause.to.astimezone(ZONE).date()) for pause in clock.pauses]
    if clock.paused_since and clock.paused_since <= now:
        still.append((clock.paused_since.astimezone(ZONE).date(), now.astimezone(ZONE).date()))
    day, left = begins.astimezone(ZONE).date(), 17 if clock.extended_at else 10
    while True:
        day += timedelta(days=1)
        if day.weekday() >= 5 or day in holidays or any(first < day < last for first, last in still):
            continue
        left -= 1
        if left == 0:
            return day


def instants(days: int = 40):
    return st.integers(0, days * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


@st.composite
def clocks(draw):
    received = draw(instants())
    ends = sorted(received + timedelta(hours=draw(st.integers(0, 500))) for _ in range(2 * draw(st.integers(0, 3))))
    later = st.none() | st.integers(0, 300).map(lambda hours: received + timedelta(hours=hours))
    return Clock(
        received_at=received,
        reading=draw(st.sampled_from(Reading)),
        completed_at=draw(later),
        pauses=tuple(Pause(one, other) for one, other in zip(ends[::2], ends[1::2], strict=True)),
        paused_since=draw(later),
        extended_at=draw(later),
    )


@settings(max_examples=150, deadline=None)
@given(clocks(), st.sets(st.integers(0, 90), max_size=20), st.integers(0, 900))
def test_it_counts_as_the_plain_reference_does(clock, off, hours):
    holidays = {MONDAY.date() + timedelta(days=day) for day in off}
    now = clock.received_at + timedelta(hours=hours)
    calendar = Calendar(holidays=dict.fromkeys(holidays, "libur"))
    due = clock.due(calendar, now)
    assert due.due_on == plain_due(clock, holidays, now)
    days = list(statutory.warning_days(due))
    assert [number for number, _on in days] == ([14, 16] if clock.extended_at else [7, 9])
    assert all(statutory.day_of(due, on) == number for number, on in days)
    assert statutory.day_of(due, due.start_on) == 0 and statutory.day_of(due, due.due_on) == due.count


def test_ten_working_days_and_seven_more():
    assert Clock(MONDAY).due(Calendar(), MONDAY).due_on == date(2026, 3, 16)
    assert Clock(MONDAY).due(NYEPI, MONDAY).due_on == date(2026, 3, 16)
    extended = Clock(MONDAY, extended_at=MONDAY + timedelta(days=9))
    assert extended.due(NYEPI, MONDAY).due_on == date(2026, 3, 27), "two days off in between"


def test_the_reading_says_from_when_it_runs():
    complete = MONDAY + timedelta(days=2)
    for reading, on in ((Reading.RECEIPT, date(2026, 3, 16)), (Reading.COMPLETE, date(2026, 3, 18))):
        assert Clock(MONDAY, reading, completed_at=complete).due(Calendar(), MONDAY).due_on == on
    assert Clock(MONDAY, Reading.COMPLETE).due(Calendar(), MONDAY).due_on == date(2026, 3, 16)


def test_it_stands_still_while_the_applicant_repairs():
    since, now = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
    still = Clock(MONDAY, paused_since=since)
    assert still.due(Calendar(), now).due_on == date(2026, 3, 18)
    again = Clock(MONDAY, pauses=(Pause(since, now),))
    assert again.due(Calendar(), now).due_on == date(2026, 3, 18), "the days strictly between are not counted"


@pytest.mark.parametrize(
    ("clock", "days", "code", "kind"),
    [
        (Clock(MONDAY), 13, "undecided", None),
        (Clock(MONDAY), 14, "not_held", None),
        (Clock(MONDAY), 15, "undecided", Conflict),
        (Clock(MONDAY), 3, "terbatas", Invalid),
        (Clock(MONDAY), 3, "", Invalid),
        (Clock(MONDAY, extended_at=MONDAY), 3, "undecided", Conflict),
        (Clock(MONDAY, notified_at=MONDAY), 3, "undecided", Conflict),
    ],
)
def test_one_extension_with_a_coded_reason_and_not_after_the_time_ran_out(clock, days, code, kind):
    now = MONDAY + timedelta(days=days)
    if kind is None:
        statutory.check_extendable(clock, Calendar(), now, code)
        return
    with pytest.raises(kind):
        statutory.check_extendable(clock, Calendar(), now, code)


def test_warned_on_days_seven_and_nine_once_and_made_up():
    clock = Clock(MONDAY)

    def at(day, told=0, of=clock):
        return statutory.warning_due(of, Calendar(), datetime(2026, 3, day, 9, tzinfo=ZONE), told)

    assert [at(day) for day in (10, 11, 12, 13, 20)] == [0, 7, 7, 9, 9]
    assert at(12, told=7) == 0 and at(13, told=7) == 9 and at(16, told=9) == 0
    assert at(13, of=Clock(MONDAY, notified_at=MONDAY)) == 0
    assert at(13, of=Clock(MONDAY, paused_since=MONDAY)) == 0


@pytest.mark.parametrize("name", ["malang/request", "default/request"])
def test_the_steps_before_the_notice_are_planned_backwards(name):
    sop, last = SOPS[name], date(2026, 3, 16)
    planned = statutory.plan(sop, ["7", "5a"], last, Calendar(), MONDAY.date())
    assert [(one.no, one.days) for one in planned] == [("7", 4), ("8", 3), ("8a", 1)]
    assert [one.latest_on for one in planned] == [date(2026, 3, 10), date(2026, 3, 13), date(2026, 3, 16)]
    assert statutory.fits(planned, MONDAY.date(), date(2026, 3, 6))
    late = date(2026, 3, 12)
    planned = statutory.plan(sop, ["7"], last, Calendar(), late)
    assert [one.latest_on for one in planned] == [late, date(2026, 3, 13), last], "what has passed is today"
    assert not statutory.fits(planned, late, date(2026, 3, 18))
    assert statutory.plan(sop, ["16"], last, Calendar(), late) == ()
    assert statutory.days_to(sop, ["9"], "16") == 9
    waits = statutory.plan(sop, ["5b"], last, Calendar(), MONDAY.date())
    assert waits and "5b" not in [one.no for one in waits], "the clock stands still meanwhile"


def test_where_no_act_sets_a_time_it_is_that_of_the_steps_on_the_way_to_the_data():
    office = SOPS["default/government_request"]
    way = ("2", "3", "4", "5", "6")
    assert statutory.days_of(office) == sum(office.time_of(no).count for no in way) == 16
    assert Clock(MONDAY, days=statutory.days_of(office)).due(Calendar(), MONDAY).count == 16
    assert statutory.plan(office, ["2"], date(2026, 3, 16), Calendar(), MONDAY.date()) == (), "nor is it planned twice"
    for name in ("malang/request", "default/request"):
        assert statutory.days_of(SOPS[name]) == statutory.DAYS


def test_instants_keep_their_zone():
    late = datetime(2026, 3, 2, 23, 30, tzinfo=timezone.utc)
    assert Clock(late).due(Calendar(), late).start_on == date(2026, 3, 3), "the government's day, not the server's"
