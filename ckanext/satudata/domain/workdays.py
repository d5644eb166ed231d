"""Days that count: working week, holidays with names, service hours, and the due time they give.

Pure arithmetic; `shared.clock` fills a `Calendar` from options and the holidays table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

from ckanext.satudata.domain.errors import Invalid

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_HOURS = "mon-thu 08:00-12:00 13:00-15:00; fri 08:00-11:30 13:30-14:00"
"""Magetan's service standard (seed 002): Mon-Thu 08-15 with a break 12-13, Fri 08-14 with a break 11.30-13.30."""
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
LONGEST_COUNT = {"working_days": 2000, "calendar_days": 5000, "working_minutes": 500_000}
LONGEST_WAY = 10_000
"""Days looked at on the way to a due date: a long pause, or hours of a minute a week, must not count for ever."""
MOST_PAUSES = 100

Hours = Mapping[int, tuple[tuple[time, time], ...]]


class Unit(str, Enum):
    """What a time is counted in; always written beside the number."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WORKING_MINUTES = "working_minutes"


@dataclass(frozen=True)
class Day:
    """One day on the way to a due date; `reason` says why it did not count (a holiday's name, a code) or is empty."""

    date: date
    counted: bool
    reason: str = ""


@dataclass(frozen=True)
class Due:
    """When something is due and how that came about.

    `due_at` is aware (UTC); a length in days ends with the last second of `due_on` in the government's zone, that
    of `start_at`. `undecreed`: years on the way whose holidays are not final, so that the date may move. `calendar`:
    version of the calendar that was asked.
    """

    due_at: datetime
    due_on: date
    days: tuple[Day, ...]
    undecreed: tuple[int, ...]
    count: int
    unit: Unit
    start_at: datetime
    pauses: tuple[Pause, ...]
    calendar: str

    @property
    def provisional(self) -> bool:
        """Whether the date may still move because holidays on the way are not decreed."""
        return bool(self.undecreed)

    @property
    def start_on(self) -> date:
        """The government's day of the start."""
        return self.start_at.date()


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stands, both ends aware."""

    from_: datetime
    to: datetime


WEEKEND, PAUSED, RECEIPT, CLOSED = "weekend", "paused", "day of receipt", "outside service hours"


@dataclass(frozen=True)
class Calendar:
    """The government's days. `decreed_years` are those whose holidays are final."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    decreed_years: frozenset[int] = frozenset()
    hours: Hours = field(default_factory=lambda: parse_hours(DEFAULT_HOURS))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))

    @cached_property
    def version(self) -> str:
        """What tells one calendar from another: by the same version due times are the same. Names do not count."""
        said = (sorted(self.holidays), sorted(self.decreed_years), sorted(self.hours.items()), str(self.zone))
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def shift(self, on: date, days: int) -> date:
        """The working day that lies so many working days after `on` (before it where negative).

        With 0 the day itself, or the last working day before it.
        """
        step = timedelta(days=1 if days > 0 else -1)
        if days == 0:
            days, on = 1, on + timedelta(days=1)
        left = abs(days)
        for _ in range(LONGEST_WAY):
            on += step
            left -= self.is_working_day(on)
            if not left:
                break
        return on

    def has_opened(self, at: datetime) -> bool:
        """Whether the instant (aware) lies on a working day, after the offices opened."""
        here = at.astimezone(self.zone)
        return self.is_working_day(here.date()) and here.time() >= self._hours_of(here.date())[0][0]

    def why_off(self, on: date) -> str:
        """Why that day is not a working day (holiday's name, `weekend`), or empty."""
        if on in self.holidays:
            return self.holidays[on]
        return "" if on.weekday() in self.hours else WEEKEND

    def is_working_day(self, on: date) -> bool:
        """Whether the offices work on that day."""
        return not self.why_off(on)

    def due(self, start: datetime, count: int, unit: Unit | str, pauses: Sequence[Pause] = ()) -> Due:
        """The due time `count` units after `start` (aware).

        Days: the day of receipt is not counted, nor is any day strictly between the two ends of a pause;
        the end of a length in calendar days is not moved off a holiday (UU 14/2008 art. 22(7) counts working
        days; PerKI 1/2021 leaves calendar days as they fall). Minutes run in service hours only, and a pause
        takes out exactly the minutes it covers.
        """
        unit = _checked(start, count, unit, pauses)
        start_at = start.astimezone(self.zone)
        pauses = tuple(Pause(pause.from_.astimezone(self.zone), pause.to.astimezone(self.zone)) for pause in pauses)
        if unit is Unit.WORKING_MINUTES:
            return self._due_minutes(start_at, count, pauses)
        days = [Day(start_at.date(), False, RECEIPT)]
        left, on = count, start_at.date()
        while left:
            on = _next(on, len(days))
            reason = PAUSED if any(pause.from_.date() < on < pause.to.date() for pause in pauses) else ""
            if not reason and unit is Unit.WORKING_DAYS:
                reason = self.why_off(on)
            days.append(Day(on, not reason, reason))
            left -= not reason
        at = datetime.combine(on, time(23, 59, 59), self.zone).astimezone(timezone.utc)
        undecreed = self._undecreed(days) if unit is Unit.WORKING_DAYS else ()
        return Due(at, on, tuple(days), undecreed, count, unit, start_at, pauses, self.version)

    def worked_days(self, start: datetime, end: datetime) -> float:
        """Working days between two instants (aware), by service hours: noon to noon of the next working day is 1.

        Time outside service hours and on days off counts nothing; an end before the start gives 0.
        """
        here, there = start.astimezone(self.zone), end.astimezone(self.zone)
        on, days = here.date(), 0.0
        while on <= there.date():
            if self.is_working_day(on):
                stretches = [(min(opens, there), min(closes, there)) for opens, closes in self._open(on, here, ())]
                spent = sum((closes - opens for opens, closes in stretches), timedelta())
                whole = [
                    (datetime.combine(on, opens), datetime.combine(on, closes)) for opens, closes in self._hours_of(on)
                ]
                days += spent / sum((closes - opens for opens, closes in whole), timedelta())
            on += timedelta(days=1)
        return days

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, float, float, float]]:
        """Every stretch of open offices on the days of two instants (aware), in order: when it opens, its length in
        seconds, the working days that a second of it is worth, and the working days of all stretches before it.

        `worked_days` of two instants is the difference of what lies before each of them.
        """
        on, last, before = start.astimezone(self.zone).date(), end.astimezone(self.zone).date(), 0.0
        while on <= last:
            if self.is_working_day(on):
                day = [
                    (datetime.combine(on, opens, self.zone), datetime.combine(on, closes, self.zone))
                    for opens, closes in self._hours_of(on)
                ]
                whole = sum((closes - opens for opens, closes in day), timedelta()).total_seconds()
                for opens, closes in day:
                    seconds = (closes - opens).total_seconds()
                    yield opens, seconds, 1 / whole, before
                    before += seconds / whole
            on += timedelta(days=1)

    def _hours_of(self, on: date) -> tuple[tuple[time, time], ...]:
        return self.hours.get(on.weekday(), ())

    def _undecreed(self, days: Sequence[Day]) -> tuple[int, ...]:
        return tuple(sorted({day.date.year for day in days} - self.decreed_years))

    def _due_minutes(self, start_at: datetime, count: int, pauses: tuple[Pause, ...]) -> Due:
        left = timedelta(minutes=count)
        on, at, days = start_at.date(), start_at, []
        while True:
            reason, spent = self.why_off(on), timedelta()
            for opens, closes in () if reason else self._open(on, start_at, pauses):
                step = min(closes - opens, left)
                spent, left, at = spent + step, left - step, opens + step
                if not left:
                    break
            if not spent and not reason:
                reason = PAUSED if self._open(on, start_at, ()) else CLOSED
            days.append(Day(on, bool(spent), "" if spent else reason))
            if not left:
                return Due(
                    at.astimezone(timezone.utc),
                    at.date(),
                    tuple(days),
                    self._undecreed(days),
                    count,
                    Unit.WORKING_MINUTES,
                    start_at,
                    pauses,
                    self.version,
                )
            on = _next(on, len(days))

    def _open(self, on: date, after: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
        """The stretches of that day's service hours from `after` on, less the pauses."""
        stretches = [
            (max(datetime.combine(on, opens, self.zone), after), datetime.combine(on, closes, self.zone))
            for opens, closes in self._hours_of(on)
        ]
        for pause in pauses:
            cut = [
                piece
                for opens, closes in stretches
                for piece in ((opens, min(closes, pause.from_)), (max(opens, pause.to), closes))
            ]
            # Empty pieces go at once: each pause would double them.
            stretches = [(opens, closes) for opens, closes in cut if opens < closes]
        return [(opens, closes) for opens, closes in stretches if opens < closes]


def _checked(start: datetime, count: int, unit: Unit | str, pauses: Sequence[Pause]) -> Unit:
    try:
        unit = Unit(unit)
    except ValueError:
        units = ", ".join(known.value for known in Unit)
        raise Invalid("Unknown unit of time. Known are: {units}.", field="unit", units=units) from None
    if start.tzinfo is None:
        raise Invalid("The instant needs a time zone.", field="start")
    _check_year(start, "start")
    if not 0 <= count <= LONGEST_COUNT[unit.value]:
        most = LONGEST_COUNT[unit.value]
        raise Invalid("The count must lie between 0 and {most}.", field="count", most=most)
    if len(pauses) > MOST_PAUSES:
        raise Invalid("There are more than {most} pauses.", field="pauses", most=MOST_PAUSES)
    for pause in pauses:
        if pause.from_.tzinfo is None or pause.to.tzinfo is None:
            raise Invalid("The instant needs a time zone.", field="pauses")
        if pause.to < pause.from_:
            raise Invalid("A pause cannot end before it begins.", field="pauses")
        _check_year(pause.from_, "pauses")
        _check_year(pause.to, "pauses")
    return unit


def _check_year(at: datetime, field: str) -> None:
    if not 1900 <= at.year <= 2900:
        raise Invalid("The year lies outside any calendar.", field=field)


def _next(on: date, looked_at: int) -> date:
    if looked_at > LONGEST_WAY:
        raise Invalid("The end lies more than {most} days ahead.", field="count", most=LONGEST_WAY)
    return on + timedelta(days=1)


def parse_hours(text: str) -> Hours:
    """Service hours from `mon-thu 08:00-12:00 13:00-15:00; fri 08:00-11:30`, keyed by weekday (Monday 0).

    Days not named are not working days. Raises `Invalid` naming the part that cannot be read.
    """
    hours: dict[int, tuple[tuple[time, time], ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        days, *stretches = part.split()
        match = re.fullmatch(r"(\w{3})(?:-(\w{3}))?", days.lower())
        first, last = (match[1], match[2] or match[1]) if match else ("", "")
        if first not in DAY_NAMES or last not in DAY_NAMES or not stretches:
            raise Invalid("Service hours: “{part}” cannot be read.", field="service_hours", part=part)
        times = tuple(_stretch(stretch, part) for stretch in stretches)
        if any(a[1] > b[0] for a, b in zip(times, times[1:], strict=False)):
            raise Invalid("Service hours: “{part}” overlaps itself.", field="service_hours", part=part)
        for weekday in range(DAY_NAMES.index(first), DAY_NAMES.index(last) + 1):
            hours[weekday] = times
    if not hours:
        raise Invalid("Service hours name no day at all.", field="service_hours")
    return hours


def _stretch(text: str, part: str) -> tuple[time, time]:
    try:
        opens, closes = (time.fromisoformat(value) for value in text.split("-"))
    except ValueError:
        raise Invalid("Service hours: “{part}” cannot be read.", field="service_hours", part=part) from None
    if opens >= closes:
        raise Invalid("Service hours: “{part}” cannot be read.", field="service_hours", part=part)
    return opens, closes
