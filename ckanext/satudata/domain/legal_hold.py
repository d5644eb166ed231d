"""Whether an applicant's data must be kept, and why: while somebody may still need the file as evidence.

UU 27/2022 arts. 8 and 43 give a right to erasure; arts. 15 and 44 keep what a legal process or another law needs. The
times of objection and dispute are UU 14/2008 arts. 36 and 37. The archive schedule holds the letters, which are records
of the government, and nothing else of the applicant; its length is an option, for no schedule was verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from dateutil.relativedelta import relativedelta

from ckanext.satudata.domain.objection import DISPUTE_DAYS, LODGE_DAYS
from ckanext.satudata.domain.workdays import Calendar


class Cause(str, Enum):
    """What holds the data."""

    CASE = "case"
    OBJECTION_WINDOW = "objection_window"
    OBJECTION = "objection"
    DISPUTE_WINDOW = "dispute_window"
    DISPUTE = "dispute"
    APPEAL_WINDOW = "appeal_window"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Hold:
    """One reason to keep. `until` is the last day of it; None as long as it runs."""

    cause: Cause
    until: date | None = None


@dataclass(frozen=True)
class Objected:
    """One objection. `answered_on` is empty while it waits; `due_on` is the last day of its answer.

    `dispute`: `none`, `open`, `ruled` or `ended` before the Komisi Informasi or a court; of one that was ruled or ended
    `answered_on` is the day of that.
    """

    due_on: date
    answered_on: date | None = None
    dispute: str = "none"


@dataclass(frozen=True)
class Standing:
    """What is known of a request. `ended_on` is empty while its case runs; `answered_on` is the day of the answer."""

    ended_on: date | None
    answered_on: date | None = None
    objections: tuple[Objected, ...] = ()
    other_cases: bool = False
    """Another case about the request is open, such as one that an upheld objection began."""
    may_object: bool = True
    """Whether the law gives who asked an objection; it gives offices of the government none."""


def holds(known: Standing, *, today: date, calendar: Calendar, archive_months: int = 0) -> list[Hold]:
    """What keeps the applicant's data today, each reason once; empty where it may be erased. `archive_months` for
    letters only."""
    found = dict.fromkeys(_all(known, calendar, archive_months))
    return [hold for hold in found if hold.until is None or hold.until >= today]


def _all(known: Standing, calendar: Calendar, archive_months: int) -> Iterator[Hold]:
    if known.ended_on is None or known.other_cases:
        yield Hold(Cause.CASE)
    for one in known.objections:
        yield from _of_objection(one, calendar)
    if known.ended_on is None:
        return
    # Silence and lateness are grounds too: the time runs from whichever day came last.
    last = max(filter(None, (known.ended_on, known.answered_on)))
    if known.may_object:
        yield Hold(Cause.OBJECTION_WINDOW, calendar.shift(last, LODGE_DAYS))
    if archive_months:
        yield Hold(Cause.ARCHIVE, last + relativedelta(months=archive_months))


def _of_objection(one: Objected, calendar: Calendar) -> Iterator[Hold]:
    if one.dispute == "open":
        yield Hold(Cause.DISPUTE)
    if one.answered_on is None:
        yield Hold(Cause.OBJECTION)
        if one.dispute == "none":
            yield Hold(Cause.DISPUTE_WINDOW, calendar.shift(one.due_on, DISPUTE_DAYS))
    elif one.dispute == "ruled":
        yield Hold(Cause.APPEAL_WINDOW, calendar.shift(one.answered_on, DISPUTE_DAYS))
    elif one.dispute == "none":
        yield Hold(Cause.DISPUTE_WINDOW, calendar.shift(one.answered_on, DISPUTE_DAYS))


def ends_on(found: list[Hold]) -> date | None:
    """The last day of all of them; None where one runs without a known end, or none is left."""
    days = [hold.until for hold in found]
    return None if None in days else max((day for day in days if day), default=None)


def is_over(known: Standing, *, today: date, months: int) -> bool:
    """Whether the retention of the privacy notice is over: so many calendar months after the case ended."""
    return known.ended_on is not None and known.ended_on + relativedelta(months=months) < today
