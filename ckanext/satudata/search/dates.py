"""Instants in queries: ISO dates in UTC and Solr's reckoning from NOW."""

from __future__ import annotations

from datetime import datetime, timezone

from ckan.lib.search.common import SearchQueryError
from dateutil.relativedelta import relativedelta

from ckanext.satudata.search.document import as_instant
from ckanext.satudata.shared import clock

_UNITS = {
    "YEAR": "years",
    "MONTH": "months",
    "DAY": "days",
    "DATE": "days",
    "HOUR": "hours",
    "MINUTE": "minutes",
    "SECOND": "seconds",
}
_ROUNDED = {
    "YEAR": {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "MONTH": {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "DAY": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "DATE": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "HOUR": {"minute": 0, "second": 0, "microsecond": 0},
    "MINUTE": {"second": 0, "microsecond": 0},
    "SECOND": {"microsecond": 0},
}


def instant(value: str) -> str:
    """`2024-01-31T00:00:00Z`, `NOW-7DAYS`, `NOW/MONTH+1YEAR` in the form dates are stored in.

    Raises SearchQueryError where Solr does: an instant needs its time and the Z.
    """
    text = value.strip()
    try:
        if text.startswith("NOW"):
            start, steps = clock.now(), text[3:]
        else:
            at = text.index("Z")
            start, steps = _zulu(text[: at + 1]), text[at + 1 :]
        return as_instant(_reckoned(start, steps).isoformat())
    except (ValueError, OverflowError) as error:
        raise SearchQueryError(
            f"This is no date Solr would read: {value!r} (2024-01-31T00:00:00Z, NOW-7DAYS)"
        ) from error


def _zulu(text: str) -> datetime:
    return datetime.fromisoformat(_six_digits(text[:-1])).replace(tzinfo=timezone.utc)


def _six_digits(text: str) -> str:
    if "T" not in text:
        raise ValueError(text)
    whole, dot, fraction = text.partition(".")
    return whole + (dot + fraction[:6].ljust(6, "0") if dot else "")


def _reckoned(start: datetime, steps: str) -> datetime:
    at = 0
    while at < len(steps):
        sign = steps[at]
        end = at + 1
        while end < len(steps) and steps[end] not in "+-/":
            end += 1
        step = steps[at + 1 : end]
        at = end
        if sign == "/":
            start = start.replace(**_ROUNDED[_unit(step)])
            continue
        if sign not in "+-":
            raise ValueError(steps)
        digits = step.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        amount = int(digits) * (1 if sign == "+" else -1)
        start = start + relativedelta(**{_UNITS[_unit(step[len(digits) :])]: amount})
    return start


def _unit(name: str) -> str:
    single = name[:-1] if name.endswith("S") else name
    if single not in _UNITS:
        raise ValueError(name)
    return single
