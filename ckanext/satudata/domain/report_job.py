"""Reports made in the background: where one stands, how long it still takes, and when a schedule wants the next."""

from __future__ import annotations

import calendar as days
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import PROCESS, Period, Span
from ckanext.satudata.domain.workdays import Calendar

LONG_DAYS = 366
"""A report of more days than a year has is made in the background, whoever looks at it."""
MOST_STARTS = 3
"""A report that has ended its worker so often is not begun again by itself."""
KEPT_DAYS = 14
"""As long as the files of a report that was made stay."""


class State(str, Enum):
    """Where it stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)
FACTS = "facts"
"""The stage in which the figures are counted; the others are named after the file that is made."""


def formats(asked: object, known: Collection[str]) -> list[str]:
    """The file formats that are wanted, in their usual order; all without a wish. Raises Invalid at `formats`.

    `asked`: a list, or a text with commas.
    """
    named = asked.split(",") if isinstance(asked, str) else asked or ()
    if not isinstance(named, Iterable) or not all(isinstance(one, str) for one in named):
        raise Invalid("Give a list of formats.", field="formats")
    wanted = {one.strip().lower() for one in named} - {""}
    if wanted - set(known):
        raise Invalid(
            "This format is not made.", field="formats", mend="Choose one of {known}.", known=", ".join(known)
        )
    return [one for one in known if one in wanted or not wanted]


def remaining(started_at: datetime, now: datetime, done: int, total: int, before: timedelta | None) -> timedelta | None:
    """How much longer it takes, as far as can be told: as the last of its kind took (`before`), else by its parts."""
    taken = now - started_at
    if before is not None and before > taken:
        return before - taken
    return taken * (total - done) / done if done else None


def without(actor: Actor, people: Sequence[str], is_scheduled: bool) -> tuple[list[str], bool]:
    """Who waits for a report when this person does not want it any more, and whether anybody does.

    What a schedule asked for, Walidata stops. Raises NotAllowed for who did not ask for it.
    """
    if not may_stop(actor, people, is_scheduled):
        raise NotAllowed("Only who asked for this report stops it.")
    left = [one for one in people if one != actor.user_id]
    return left, bool(left) or (is_scheduled and not _is_walidata(actor))


def may_stop(actor: Actor, people: Collection[str], is_scheduled: bool) -> bool:
    """Whether the person asked for it, or stops what a schedule asked for."""
    return actor.user_id in people or (is_scheduled and _is_walidata(actor))


def _is_walidata(actor: Actor) -> bool:
    return actor.has_anywhere(Role.WALIDATA, process=PROCESS)


def require_scheduler(actor: Actor) -> None:
    """Raises NotAllowed for everybody but Walidata."""
    if not _is_walidata(actor):
        raise NotAllowed("Only Walidata sets when reports are made.", mend="Ask Walidata.")


# ---------------------------------------------------------------- schedules


def due_on(period: Period, day: int, calendar: Calendar) -> date:
    """When the report of a period is made: that day of the month after it, moved to the next working day.

    The 31st of a shorter month is its last day.
    """
    after = period.until_on + timedelta(days=1)
    wanted = after.replace(day=min(day, days.monthrange(after.year, after.month)[1]))
    return calendar.shift(wanted - timedelta(days=1), 1)


@dataclass(frozen=True)
class Due:
    """A period and the day on which its report is made."""

    period: Period
    on: date


def next_due(span: Span, day: int, calendar: Calendar, today: date, made_until: date) -> Due:
    """The next report of a schedule whose last one reached until `made_until`.

    Where several were missed, the newest of them only: its day lies behind `today`. Else its day is still to come.
    """
    period = Period.spanning(span, made_until + timedelta(days=1))
    found = Due(period, due_on(period, day, calendar))
    while True:
        period = period.after()
        later = Due(period, due_on(period, day, calendar))
        if later.on > today:
            return found
        found = later


def made_until(span: Span, day: int, calendar: Calendar, today: date) -> date:
    """With which `made_until` a schedule begins: its first report is the one whose day comes next."""
    last = Period.spanning(span, today).before()
    return last.until_on if due_on(last, day, calendar) < today else last.from_on - timedelta(days=1)
