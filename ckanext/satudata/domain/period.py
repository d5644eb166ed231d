"""When a restriction is looked at again: 30 days before its day, on the day, and weekly after (issue B §1).

The end of a period opens nothing; it only makes work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

SOON_DAYS = 30
WEEK = 7


class Stand(str, Enum):
    """How a restriction stands to its next day; in the order of urgency."""

    PASSED = "passed"
    """The day is today or over."""
    SOON = "soon"
    LATER = "later"
    PERMANENT = "permanent"
    """Has no end; its review, if it has one, is later."""
    NONE = "none"
    """Neither a day nor permanent: the consequence test has not fixed it yet."""


@dataclass(frozen=True)
class Occasion:
    """A reason to remind. `name` is the same however often it is computed, and another one for another day."""

    on: date
    kind: str
    """`soon`, `day`, or `week` with its number in `week`."""
    week: int = 0

    @property
    def name(self) -> str:
        """For the key of a mail: `2026-12-31:soon`, `…:day`, `…:week3`."""
        return f"{self.on.isoformat()}:{self.kind}{self.week or ''}"


def occasions(days: Iterable[date | None], today: date) -> list[Occasion]:
    """What there is to remind of today, for the last day and the review day of one restriction.

    Each day has one occasion at a time, so that a job which was down reminds once of what it missed, not of each week.
    The weekly ones follow the earliest day only: two days that have both passed are one matter.
    """
    known = sorted({day for day in days if day is not None})
    found = []
    for day in known:
        if today < day - timedelta(days=SOON_DAYS):
            continue
        weeks = (today - day).days // WEEK
        if today < day:
            found.append(Occasion(day, "soon"))
        elif weeks == 0:
            found.append(Occasion(day, "day"))
        elif day == known[0]:
            found.append(Occasion(day, "week", weeks))
    return found


def next_day(until: date | None, review: date | None) -> date | None:
    """The day that comes first."""
    return min((day for day in (until, review) if day is not None), default=None)


def stand(day: date | None, is_permanent: bool, today: date) -> Stand:
    """How a restriction with this next day stands."""
    if day is None:
        return Stand.PERMANENT if is_permanent else Stand.NONE
    if day <= today:
        return Stand.PASSED
    if day <= today + timedelta(days=SOON_DAYS):
        return Stand.SOON
    return Stand.PERMANENT if is_permanent else Stand.LATER
