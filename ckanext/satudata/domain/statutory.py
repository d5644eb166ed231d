"""The statutory clock of a request, beside its step clocks: until when the written notice is due. Pure.

UU 14/2008 art. 22(7): 10 working days to the Pemberitahuan Tertulis; art. 22(8): one extension of at most 7 more,
with written reasons. From when it runs is read in two ways, see `Reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.sop import Command, Process, Sop
from ckanext.satudata.domain.workdays import Calendar, Due, Pause, Unit

DAYS = 10
EXTENSION_DAYS = 7
WARN_BEFORE = (3, 1)
"""Working days before the last one on which officer and superior are warned: days 7 and 9 of 10."""
EXTENSION_REASONS: dict[str, tuple[str, str]] = {
    "not_held": (
        "The data is not yet held or documented",
        "informasi yang diminta belum dikuasai atau belum didokumentasikan",
    ),
    "undecided": (
        "It is not yet decided whether the data may be given",
        "belum dapat diputuskan apakah informasi yang diminta dapat diberikan",
    ),
}
"""The only grounds of an extension (practice text of PerKI 1/2021): msgid, and what the letter prints."""


class Reading(str, Enum):
    """From when the 10 working days run."""

    RECEIPT = "receipt"
    """From the receipt of the request, as art. 22(7) says."""
    COMPLETE = "complete"
    """From the day it was found complete, as the service standards after PerKI 1/2021 read it (not verified)."""


@dataclass(frozen=True)
class Clock:
    """Where the clock of one request stands; all instants aware.

    `paused_since`: it stands still now. `completed_at`: when the request was found complete the last time.
    `notified_at`: the written notice, or the answer itself, went out and stopped it. `days`: see `days_of`.
    """

    received_at: datetime
    reading: Reading = Reading.RECEIPT
    completed_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    paused_since: datetime | None = None
    extended_at: datetime | None = None
    notified_at: datetime | None = None
    days: int = DAYS

    @property
    def start_at(self) -> datetime:
        """Its first instant. By the reading from completeness it is the receipt's until that is declared."""
        if self.reading is Reading.COMPLETE and self.completed_at is not None:
            return self.completed_at
        return self.received_at

    @property
    def count(self) -> int:
        """Working days in all."""
        return self.days + (EXTENSION_DAYS if self.extended_at else 0)

    def due(self, calendar: Calendar, now: datetime) -> Due:
        """When the written notice is due. While the clock stands, as if it went on at `now`."""
        pauses = list(self.pauses)
        if self.paused_since is not None and self.paused_since <= now:
            pauses.append(Pause(self.paused_since, now))
        return calendar.due(self.start_at, self.count, Unit.WORKING_DAYS, pauses)

    def is_late(self, calendar: Calendar, now: datetime) -> bool:
        """Whether the notice went out too late, or did not yet and the time has run out."""
        return (self.notified_at or now) > self.due(calendar, now).due_at


def is_lawful(process: Process) -> bool:
    """Whether an Act sets the time of a process; none does for offices of the government."""
    return process is not Process.GOVERNMENT_REQUEST


def days_of(sop: Sop) -> int:
    """The working days until the answer: those of the Act; where none sets them, what the file's own steps have
    together on the way to the data."""
    if is_lawful(sop.process):
        return DAYS
    begun = [no for step in sop.steps.values() if Command.SUBMIT in step.exits for no in step.exits[Command.SUBMIT].to]
    goal = next((no for no, step in sop.steps.items() if Command.CLOSE in step.exits), "")
    return (days_to(sop, begun, goal) if goal else 0) or DAYS


def day_of(due: Due, on: date) -> int:
    """Which of the counted days `on` is: 0 on the day of receipt, the count on the last one or after it."""
    return sum(day.counted for day in due.days if day.date <= on)


def warning_days(due: Due) -> Iterator[tuple[int, date]]:
    """The days of the clock on which people are warned, with their dates, in order."""
    counted = [day.date for day in due.days if day.counted]
    for before in WARN_BEFORE:
        if before < due.count:
            yield due.count - before, counted[due.count - before - 1]


def warning_due(clock: Clock, calendar: Calendar, now: datetime, told: int) -> int:
    """The newest day of the clock of which people are to be warned and were not yet; 0 for none.

    `told`: the last day of which they were. A warning that a missed run left out is made up; of two the later one.
    """
    if clock.notified_at is not None or clock.paused_since is not None:
        return 0
    today = now.astimezone(calendar.zone).date()
    reached = [day for day, on in warning_days(clock.due(calendar, now)) if on <= today and day > told]
    return max(reached, default=0)


def check_extendable(clock: Clock, calendar: Calendar, now: datetime, code: str) -> None:
    """Refuses an extension that the law does not know. For everybody, always. Raises Conflict or Invalid."""
    if clock.notified_at is not None:
        raise Conflict("The written notice has gone out; there is nothing to extend.")
    if clock.extended_at is not None:
        raise Conflict("The time was extended already; the law allows it once.")
    due = clock.due(calendar, now)
    if now > due.due_at:
        raise Conflict(
            "The time for the answer ran out on {date}; it can no longer be extended.",
            mend="Answer the request now.",
            date=due.due_on,
        )
    if code not in EXTENSION_REASONS:
        raise Invalid("Choose the ground of the extension from the list.", field="extension_code")


# ---------------------------------------------------------------- planning backwards


@dataclass(frozen=True)
class Planned:
    """A step before the notice: `latest_on`, the last day on which it can end; `days` that the SOP gives it."""

    no: str
    days: int
    latest_on: date


def plan(sop: Sop, here: Collection[str], last_on: date, calendar: Calendar, today: date) -> tuple[Planned, ...]:
    """The shortest way from the open steps to the notice, planned backwards from its last day.

    Empty where the notice is no step ahead, and where the time is that of the steps themselves. A day that has passed
    already is today. A step that stops the clock takes none of its time and is left out.
    """
    if not is_lawful(sop.process):
        return ()
    goal = Command.NOTIFY if any(Command.NOTIFY in step.exits for step in sop.steps.values()) else Command.DELIVER
    way = _way(sop, here, lambda no: goal in sop.step(no).exits)
    planned: list[Planned] = []
    ends_on = calendar.shift(last_on, 0)
    for no in reversed([no for no in way if not sop.step(no).pauses]):
        days = _days(sop, no)
        planned.append(Planned(no, days, max(ends_on, today)))
        ends_on = calendar.shift(ends_on, -days) if days else ends_on
    return tuple(reversed(planned))


def fits(planned: Sequence[Planned], today: date, due_on: date | None) -> bool:
    """Whether the steps can have their own times and the notice is on time: `due_on`, when the first of them is due."""
    return not planned or due_on is None or max(due_on, today) <= planned[0].latest_on


def days_to(sop: Sop, here: Collection[str], goal: str) -> int:
    """The working days that the steps from the open ones until `goal` have by the file, that one left out."""
    return sum(_days(sop, no) for no in _way(sop, here, lambda no: no == goal)[:-1])


def _way(sop: Sop, here: Collection[str], is_there: Callable[[str], bool]) -> list[str]:
    """The steps of the shortest way, the open one first; empty where none leads there."""
    waiting = [(_days(sop, no), [no]) for no in here if no in sop.steps]
    seen: set[str] = set()
    while waiting:
        waiting.sort(key=lambda one: (one[0], one[1]))
        days, way = waiting.pop(0)
        if is_there(way[-1]):
            return way
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        for exit_ in sop.step(way[-1]).exits.values():
            if exit_.command is not Command.RETURN:
                waiting += [(days + _days(sop, no), [*way, no]) for no in exit_.to]
    return []


def _days(sop: Sop, no: str) -> int:
    """The working days of a step; calendar days count as so many, minutes as none."""
    time = sop.time_of(no)
    return time.count if time and time.unit is not Unit.WORKING_MINUTES else 0
