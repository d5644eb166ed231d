"""On which days somebody is reminded of a step: so many working days before or after it is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.workdays import Calendar

DAILY, OFF = "daily", "off"
DIGESTS = (DAILY, OFF)
FARTHEST, MOST = 60, 10


def parse(text: str, field: str = "reminders") -> tuple[int, ...]:
    """`-1 0 1 5`: one working day before the day on which it is due, on it, and one and five after it; in their order.

    Empty for none. Raises `Invalid`.
    """
    try:
        found = sorted({int(one) for one in text.replace(",", " ").split()})
    except ValueError:
        found = [FARTHEST + 1]
    if len(found) > MOST or any(abs(one) > FARTHEST for one in found):
        raise Invalid(
            "Reminders: “{text}” cannot be read.",
            field=field,
            mend="Write working days before (-1), on (0) and after (1 5) the day on which a step is due.",
            text=text[:40],
        )
    return tuple(found)


def is_reached(calendar: Calendar, due_on: date, offsets: Iterable[int], after: date, until: date) -> bool:
    """Whether a reminder of that due date falls on a day later than `after`, and not later than `until`.

    A due date on a day off is reminded of as if it were the last working day before.
    """
    last = calendar.shift(due_on, 0)
    return any(after < calendar.shift(last, offset) <= until for offset in offsets)
