"""Days that count: working week, holidays with names, service hours, and the due time they give.

Pure arithmetic; `shared.clock` fills a `Calendar` from options and the holidays table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from zoneinfo import ZoneInfo

from ckanext.satudata.domain.errors import Invalid

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_HOURS = "mon-thu 08:00-12:00 13:00-15:00; fri 08:00-11:30 13:30-14:00"
"""Magetan's service standard (seed 002): Mon-Thu 08-15 with a break 12-13, Fri 08-14 with a break 11.30-13.30."""
LONGEST_COUNT = {"working_days": 2000, "calendar_days": 5000, "working_minutes": 500_000}

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

    `due_at` is aware (UTC); a length in days ends with the last second of `due_on` in the government's zone.
    `provisional`: a year on the way has no decreed holidays yet, so the date may move.
    """

    due_at: datetime
    due_on: date
    days: tuple[Day, ...]
    provisional: bool
    count: int
    unit: Unit
    start_on: date


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stands; `to` None means it still stands."""

    from_: datetime
    to: datetime | None = None


WEEKEND, PAUSED, RECEIPT = "weekend", "paused", "day of receipt"


@dataclass(frozen=True)
class Calendar:
    """The government's days. `decreed_years` are those whose holidays are final."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    decreed_years: frozenset[int] = frozenset()
    hours: Hours = field(default_factory=lambda: parse_hours(DEFAULT_HOURS))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))

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
        if unit is Unit.WORKING_MINUTES:
            return self._due_minutes(start, count, pauses)
        start_on = start.astimezone(self.zone).date()
        days = [Day(start_on, False, RECEIPT)]
        left, on = count, start_on
        while left:
            on += timedelta(days=1)
            reason = PAUSED if self._is_paused(on, pauses) else ""
            if not reason and unit is Unit.WORKING_DAYS:
                reason = self.why_off(on)
            days.append(Day(on, not reason, reason))
            left -= not reason
        at = datetime.combine(on, time(23, 59, 59), self.zone).astimezone(timezone.utc)
        provisional = unit is Unit.WORKING_DAYS and self._is_provisional(days)
        return Due(at, on, tuple(days), provisional, count, unit, start_on)

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

    def _hours_of(self, on: date) -> tuple[tuple[time, time], ...]:
        return self.hours.get(on.weekday(), ())

    def _is_paused(self, on: date, pauses: Sequence[Pause]) -> bool:
        return any(
            pause.from_.astimezone(self.zone).date() < on
            and (pause.to is None or on < pause.to.astimezone(self.zone).date())
            for pause in pauses
            if pause.to is not None
        )

    def _is_provisional(self, days: Sequence[Day]) -> bool:
        return any(day.date.year not in self.decreed_years for day in days)

    def _due_minutes(self, start: datetime, count: int, pauses: Sequence[Pause]) -> Due:
        here = start.astimezone(self.zone)
        start_on, left = here.date(), timedelta(minutes=count)
        on, at, days = start_on, here, []
        while True:
            reason = self.why_off(on)
            spent = timedelta()
            for opens, closes in () if reason else self._open(on, here, pauses):
                step = min(closes - opens, left)
                spent, left, at = spent + step, left - step, opens + step
                if not left:
                    break
            days.append(Day(on, bool(spent), reason))
            if not left:
                return Due(
                    at.astimezone(timezone.utc),
                    at.astimezone(self.zone).date(),
                    tuple(days),
                    self._is_provisional(days),
                    count,
                    Unit.WORKING_MINUTES,
                    start_on,
                )
            on += timedelta(days=1)

    def _open(self, on: date, after: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
        """The stretches of that day's service hours from `after` on, less the pauses."""
        stretches = [
            (max(datetime.combine(on, opens, self.zone), after), datetime.combine(on, closes, self.zone))
            for opens, closes in self._hours_of(on)
        ]
        for pause in pauses:
            if pause.to is None:
                continue
            cut = []
            for opens, closes in stretches:
                cut += [(opens, min(closes, pause.from_)), (max(opens, pause.to), closes)]
            stretches = cut
        return [(opens, closes) for opens, closes in stretches if opens < closes]


def _checked(start: datetime, count: int, unit: Unit | str, pauses: Sequence[Pause]) -> Unit:
    try:
        unit = Unit(unit)
    except ValueError:
        units = ", ".join(known.value for known in Unit)
        raise Invalid("Unknown unit of time. Known are: {units}.", field="unit", units=units) from None
    if start.tzinfo is None:
        raise Invalid("The instant needs a time zone.", field="start")
    if not 1900 <= start.year <= 2900:
        raise Invalid("The year lies outside any calendar.", field="start")
    if not 0 <= count <= LONGEST_COUNT[unit.value]:
        most = LONGEST_COUNT[unit.value]
        raise Invalid("The count must lie between 0 and {most}.", field="count", most=most)
    for pause in pauses:
        if pause.from_.tzinfo is None or (pause.to is not None and pause.to.tzinfo is None):
            raise Invalid("The instant needs a time zone.", field="pauses")
        if pause.to is not None and pause.to < pause.from_:
            raise Invalid("A pause cannot end before it begins.", field="pauses")
    return unit


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
