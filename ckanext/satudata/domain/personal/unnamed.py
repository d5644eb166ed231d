"""Columns whose headings say nothing of what they hold and which may be of persons all the same: nothing is found in
them, and they are not called clean either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ckanext.satudata.domain.personal import held, json_values
from ckanext.satudata.domain.personal.columns import Column, Verdict
from ckanext.satudata.domain.personal.kinds import COUNTED, NOT_BIRTH, NOT_CODES, OFFICE, PERSON, Kind, words_of

_LEAST = 5
"""Cells, or columns of one row each, below which nothing is weighed."""
_SOME, _LONG, _LONGEST_LABEL = 200, 12, 40
_NEARLY_ALL = 0.95
"""Share of the cells from which on a column is one of such values itself."""
_SAYS_NOTHING = re.compile(
    r"(?:[a-z]|col|column|kolom|kol|field|var|variabel|item|isi|data|values?|val|nilai|text|teks|string|literal|cell|sel|td|th|tr|"
    r"rows?|baris|kunci|key|unnamed|label|info|lain|lainnya|ket|keterangan|catatan|desc|description|deskripsi|records?|results?|object|atr|attr|attribute|"
    r"el|element|node)?(?!(?:19|20)[0-9]{2}$)[0-9]*"
)
_BELOW = re.compile(r"(?<=\S)[./#:](?=\S)")
_PARTED = re.compile(
    r"^[0-9]{0,3}[.,][0-9]{4}|(?:[.][0-9]+){3}|[0-9]{4}[.,](?!0+$)[0-9]{1,2}$|^[1-9][0-9]{0,2}(?:\.[0-9]{3}){2}$"
)
"""Fractions, amounts in groups, and codes of accounts and things."""
_DAYS = re.compile(r"\b(?:tgl\w*|tanggal|date|tahun|thn|year|waktu|jam|time|periode|hari)\b")


def unclear(columns: Sequence[Column], verdicts: Sequence[Sequence[Verdict]]) -> Iterator[int]:
    """The places of such columns."""
    has_words = any(_has_words(one) for one in columns)
    names_persons = any(one.kind is Kind.NAME for found in verdicts for one in found)
    for at, column in enumerate(columns):
        if verdicts[at]:
            continue
        if has_words and _is_untold(column, names_persons) or _is_mixed(column):
            yield at
    yield from _in_one_row(columns, verdicts)


def says_nothing(column: Column) -> bool:
    """Whether a heading, of names one below the other the last, names nothing, or is a value itself."""
    last = _BELOW.split(column.head)[-1]
    return all(_SAYS_NOTHING.fullmatch(word) for word in words_of(last).split()) or json_values.is_value(column.head)


def _is_untold(column: Column, names_persons: bool) -> bool:
    """Days as those of births, or numbers of something, under no heading that says of what."""
    cells = column.cells
    if not says_nothing(column) or cells.filled < _LEAST:
        return False
    if cells.share("date") >= 0.5 and column.spread() >= held.SPREAD:
        return True
    return cells.share("account") >= 0.5 and _of_something(cells.examples.get("account", []), names_persons)


def _of_something(numbers: Sequence[str], names_persons: bool = False) -> bool:
    """Whether numbers, or most of them as days of birth without signs, may be of persons.

    What is paid to persons may be theirs too; otherwise numbers as great as sums of money are such.
    """
    held_ = [held.held(one) for one in numbers]
    years = [year for one in held_ for year in one.years]
    if len(years) >= len(numbers) / 2:
        return len(years) >= _LEAST and held.are_births(years)
    told = [one for one, what in zip(numbers, held_, strict=True) if not what.years and not _PARTED.search(one)]
    if len(told) < max(_LEAST, 0.8 * len(numbers)) or not held.are_numbers_of_something(told):
        return False
    return names_persons or not held.are_amounts(told)


def _has_words(column: Column) -> bool:
    """Whether a column tells somebody or something in each row."""
    cells = column.cells
    if cells.written < cells.filled / 10 or cells.written < _LEAST:
        return False
    # Of cells that stand often one of each is kept.
    return len(set(cells.texts)) >= min(cells.written, _SOME) / 2


def _is_mixed(column: Column) -> bool:
    """Days as those of births, or numbers of accounts, among other values: rows of persons below a table of others."""
    if column.said is not None or _DAYS.search(column.words) or NOT_BIRTH.search(column.words):
        return False
    is_some = _LEAST <= column.cells.hits["date"] < _NEARLY_ALL * column.cells.filled
    is_dated = is_some and column.spread() >= held.SPREAD
    if not is_dated and not _has_stray_numbers(column):
        return False
    return not any(map(_explains, column.cells.texts))


def _explains(text: str) -> bool:
    """Whether words within the sheet say what stands below them; `labelled` has listened to them."""
    words = words_of(text)
    return len(words) <= _LONGEST_LABEL and any(one.search(words) for one in (_DAYS, NOT_CODES, OFFICE))


def _has_stray_numbers(column: Column) -> bool:
    if NOT_CODES.search(column.words) and not COUNTED.search(column.words):
        return False
    numbers = [one for one in column.cells.examples.get("account", []) if not _PARTED.search(one)]
    long = [one for one in numbers if one.isdecimal() and (one.startswith("0") or len(one) >= _LONG)]
    is_some = _LEAST <= column.cells.hits["account"] < _NEARLY_ALL * column.cells.filled
    return is_some and len(long) >= max(_LEAST, len(numbers) / 2) and held.are_numbers_of_something(long)


def _in_one_row(columns: Sequence[Column], verdicts: Sequence[Sequence[Verdict]]) -> Iterator[int]:
    """The columns of a table that stands in one row, under names that say who and not what."""
    days: dict[int, list[int]] = {}
    numbers: dict[int, str] = {}
    for at, column in enumerate(columns):
        cells, words = column.cells, column.words
        if verdicts[at] or not 0 < cells.filled <= 2 or column.said is not None:
            continue
        if NOT_CODES.search(words) or NOT_BIRTH.search(words) or (OFFICE.search(words) and not PERSON.search(words)):
            continue
        texts = [*cells.examples.get("date", []), *cells.examples.get("account", []), *cells.several.kept]
        told = [held.held(text) for text in texts[:2]]
        if years := [year for one in told for year in one.years]:
            days[at] = years
        elif found := [number for one in told for number in one.numbers]:
            numbers[at] = found[0]
    if len(days) >= _LEAST and held.are_births([year for years in days.values() for year in years]):
        yield from days
    if len(numbers) >= _LEAST and _of_something(list(numbers.values())):
        yield from numbers
