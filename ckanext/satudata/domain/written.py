"""Dates and periods as officers write them, read into ISO 8601."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari february feb", "maret march mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "agustus august agu agt aug", "september sep sept",
            "oktober october okt oct", "november nov", "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


_FIRST_OF_SPREADSHEETS = date(1899, 12, 30)
"""Day 0: spreadsheets keep a date as the days since, and save it so where the cell is formatted as a number."""


def day(text: str) -> date:
    """A day written 2024-05-03, 03/05/2024, 3-5-24, 3 Mei 2024, an instant, or a spreadsheet's number of days.

    Day before month, as in Indonesia; two figures of a year are of 1970 to 2069. Raises ValueError for anything
    else, also for years before 1900 (portals hold dates like -000001-11-29).
    """
    text = text.strip()
    found = _parts(text)
    if found is None or not 1900 <= found[0] <= 2200:
        raise ValueError(text)
    return date(*found)


def _parts(text: str) -> tuple[int, int, int] | None:
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := re.fullmatch(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d\d)(?: 00:00(?::00)?)?", text):
        return _year(match[4]), int(match[3]), int(match[1])
    if match := re.fullmatch(r"([2-7]\d{4})(?:\.\d+)?", text):
        on = _FIRST_OF_SPREADSHEETS + timedelta(days=int(match[1]))
        return on.year, on.month, on.day
    if (match := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]+)\.?[ -](\d{4})", text)) and match[2].lower() in MONTHS:
        return int(match[3]), MONTHS[match[2].lower()], int(match[1])
    return None


def _year(figures: str) -> int:
    year = int(figures)
    return year if len(figures) == 4 else year + (2000 if year < 70 else 1900)


_TO = r"(?:s\.?\s*d\.?|s/d|sampai(?:\s+dengan)?|hingga)"
_YEAR = r"((?:19|20|21)\d\d)"
_PARTS = {"semester": 6, "smt": 6, "triwulan": 3, "tw": 3, "kuartal": 3, "caturwulan": 4}
"""Parts of a year, with their months."""


def period(text: str) -> tuple[date, date]:
    """First and last day of a period: 2024, TA 2024, 2019-2024, 2024-05, Mei 2024, Semester I 2024,
    Januari - Juni 2024, 2024-01-01/2024-06-30 ...

    Raises ValueError when it cannot be read or ends before it begins.
    """
    text = re.sub(r"^(?:tahun(?:\s+anggaran)?|thn?\.?|t\.?a\.?)\s+", "", text.strip(), flags=re.IGNORECASE)
    if match := re.fullmatch(rf"(\d{{4}})\s*(?:-|–|/|{_TO})\s*(\d{{4}})", text, re.IGNORECASE):
        ends = [_span(match[1])[0], _span(match[2])[1]]
    else:
        halves = re.split(rf"\s+{_TO}\s+|\s*[/–]\s*|\s+-\s+", text, flags=re.IGNORECASE)
        try:
            ends = [*_span(text)]
        except ValueError:
            if len(halves) != 2:
                raise
            if halves[0].lower() in MONTHS and (year := re.search(_YEAR + "$", halves[1])):
                halves[0] += f" {year[1]}"
            ends = [_span(halves[0])[0], _span(halves[1])[1]]
    if ends[1] < ends[0]:
        raise ValueError(text)
    return ends[0], ends[1]


def _span(text: str) -> tuple[date, date]:
    text = text.strip()
    if match := re.fullmatch(_YEAR + r"(?:\.0)?", text):
        return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    if part := _part(text):
        return part
    year, month = 0, 0
    if match := re.fullmatch(r"((?:19|20|21)\d\d)-(\d\d)", text):
        year, month = int(match[1]), int(match[2])
    elif (match := re.fullmatch(r"([A-Za-z]+)\s+((?:19|20|21)\d\d)", text)) and match[1].lower() in MONTHS:
        year, month = int(match[2]), MONTHS[match[1].lower()]
    if 1 <= month <= 12:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return day(text), day(text)


def _part(text: str) -> tuple[date, date] | None:
    """A half, third or quarter of a year: Semester I 2024, TW 2 Tahun 2024."""
    match = re.fullmatch(rf"([a-z]+)\.?\s+(i{{1,3}}|iv|[1-4])(?:,?\s+tahun|,)?\s+{_YEAR}", text.lower())
    months = _PARTS.get(match[1], 0) if match else 0
    if not match or not months:
        return None
    which = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(match[2]) or int(match[2])
    year, last = int(match[3]), which * months
    if last > 12:
        raise ValueError(text)
    return date(year, last - months + 1, 1), date(year, last, calendar.monthrange(year, last)[1])


def iso_period(text: str) -> str:
    """The period as it is stored: the shortest of YYYY, YYYY-MM, or first/last day."""
    first, last = period(text)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year}/{last.year}"
    if (
        (first.year, first.month) == (last.year, last.month)
        and first.day == 1
        and (last.day == calendar.monthrange(last.year, last.month)[1])
    ):
        return f"{first:%Y-%m}"
    return f"{first.isoformat()}/{last.isoformat()}"


def as_day(value: object) -> date:
    """A spreadsheet cell as a day: a date, an instant, or text."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else day(str(value))
