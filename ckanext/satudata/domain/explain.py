"""How a due time came about, in one sentence, Indonesian or English.

`3 hari kerja sejak Senin 16 Maret; libur: 18–24 Maret (Cuti Bersama Nyepi, Nyepi); jatuh Kamis 26 Maret 2026`

The words stand here and not in the catalogues, since their order and the way dates are joined differ with the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from ckanext.satudata.domain.letters import MONTHS, WEEKDAYS
from ckanext.satudata.domain.workdays import CLOSED, PAUSED, RECEIPT, WEEKEND, Day, Due, Unit


@dataclass(frozen=True)
class _Words:
    weekdays: Sequence[str]
    months: Sequence[str]
    heads: dict[Unit, str]
    off: str
    paused: str
    end: str
    at: str
    clock: str
    provisional: str


_ID = _Words(
    WEEKDAYS,
    MONTHS,
    {
        Unit.WORKING_DAYS: "{count} hari kerja sejak {start}",
        Unit.CALENDAR_DAYS: "{count} hari kalender sejak {start}",
        Unit.WORKING_MINUTES: "{count} menit jam layanan sejak {start}",
    },
    "libur: {days}",
    "jeda: {days}",
    "jatuh {end}",
    " pukul {time}",
    "%H.%M",
    "sementara, karena hari libur {years} belum ditetapkan",
)
_EN = _Words(
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),  # fmt: skip
    {
        Unit.WORKING_DAYS: "{count} working days from {start}",
        Unit.CALENDAR_DAYS: "{count} calendar days from {start}",
        Unit.WORKING_MINUTES: "{count} minutes of service hours from {start}",
    },
    "days off: {days}",
    "paused: {days}",
    "due {end}",
    ", {time}",
    "%H:%M",
    "provisional, since the holidays of {years} are not decreed yet",
)


def explain(due: Due, language: str = "id") -> str:
    """The sentence; `language` is `id` or `en`, any other reads Indonesian. Without a full stop."""
    words = _EN if language == "en" else _ID
    parts = [words.heads[due.unit].format(count=due.count, start=_start(due, words))]
    if off := ", ".join(_off(due, words)):
        parts.append(words.off.format(days=off))
    if paused := ", ".join(_paused(due, words)):
        parts.append(words.paused.format(days=paused))
    parts.append(words.end.format(end=_end(due, words)))
    if due.undecreed:
        parts.append(words.provisional.format(years=", ".join(map(str, due.undecreed))))
    return "; ".join(parts)


def _start(due: Due, words: _Words) -> str:
    text = _day(due.start_on, words, weekday=True, year=due.start_on.year != due.due_on.year)
    return text + _at(due.start_at, words) if due.unit is Unit.WORKING_MINUTES else text


def _end(due: Due, words: _Words) -> str:
    text = _day(due.due_on, words, weekday=True, year=True)
    at = due.due_at.astimezone(due.start_at.tzinfo)
    return text + _at(at, words) if due.unit is Unit.WORKING_MINUTES else text


def _off(due: Due, words: _Words) -> Iterator[str]:
    """Stretches of days off with the names of their holidays. A weekend is told only where it lies between holidays."""
    year = due.start_on.year != due.due_on.year
    plain = ("", WEEKEND, RECEIPT, PAUSED, CLOSED)
    for is_off, group in groupby(
        due.days, lambda day: bool(day.reason) and day.reason not in (RECEIPT, PAUSED, CLOSED)
    ):
        days = list(group)
        holidays = [day for day in days if day.reason not in plain]
        if is_off and holidays:
            names = ", ".join(dict.fromkeys(day.reason for day in holidays))
            yield f"{_stretch(holidays[0].date, holidays[-1].date, words, year)} ({names})"


def _paused(due: Due, words: _Words) -> Iterator[str]:
    """Days are told where days count; where minutes do, the pause as it was."""
    year = due.start_on.year != due.due_on.year
    if due.unit is Unit.WORKING_MINUTES:
        for pause in due.pauses:
            if pause.from_ < due.due_at and pause.to > due.start_at:
                first, last = (_day(at.date(), words, year=year) for at in (pause.from_, pause.to))
                ends = [first + _at(pause.from_, words), last + _at(pause.to, words)]
                if first == last:
                    ends[1] = pause.to.strftime(words.clock)
                yield "–".join(ends)
        return
    for days in _runs([day for day in due.days if day.reason == PAUSED]):
        yield _stretch(days[0].date, days[-1].date, words, year)


def _runs(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Days that follow one another without a gap."""
    run: list[Day] = []
    for day in days:
        if run and day.date - run[-1].date > timedelta(days=1):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _stretch(first: date, last: date, words: _Words, year: bool) -> str:
    if first == last:
        return _day(first, words, year=year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last, words, year=year)}"
    return f"{_day(first, words, year=year)}–{_day(last, words, year=year)}"


def _day(on: date, words: _Words, *, weekday: bool = False, year: bool = False) -> str:
    name = f"{words.weekdays[on.weekday()]} " if weekday else ""
    return f"{name}{on.day} {words.months[on.month - 1]}" + (f" {on.year}" if year else "")


def _at(at: datetime, words: _Words) -> str:
    return words.at.format(time=at.strftime(words.clock))
