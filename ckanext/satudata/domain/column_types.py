"""What kind of values a column holds, told from its first rows, for who checks a file before it is released.

A column is of a kind where nine of ten filled cells are; the others are counted, since they are what to look at. Digits
with a leading zero, or as many as a NIK has, are a code and no number: adding them up would say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """The kinds of columns; the values are msgids."""

    EMPTY = "empty"
    WHOLE = "whole number"
    DECIMAL = "decimal number"
    DATE = "date"
    INSTANT = "date and time"
    TRUTH = "yes or no"
    CODE = "code of digits"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """A column's kind; how many of the cells looked at are empty, and how many are of another kind."""

    kind: Kind
    empty: int = 0
    others: int = 0


_CODE = re.compile(r"0\d+|\d{16,}")
_DAY = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})"
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.CODE, _CODE),
    (Kind.WHOLE, re.compile(r"[+-]?(?:\d{1,15}|\d{1,3}(?:[., ]\d{3})+)")),
    (Kind.DECIMAL, re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+)[.,]\d+(?:[eE][+-]?\d{1,3})?")),
    (Kind.DATE, re.compile(_DAY)),
    (Kind.INSTANT, re.compile(_DAY + r"[T ]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?")),
    (Kind.TRUTH, re.compile("true|false|ya|tidak|yes|no", re.IGNORECASE)),
)
_MOST_OF = 0.9
_LONGEST = 40
"""Characters of the longest value that is no text."""


def pattern_of(kind: Kind) -> str | None:
    """The expression that every cell of such a column fits as a whole; None for what may be anything."""
    wider = {Kind.DECIMAL: (Kind.WHOLE, Kind.DECIMAL), Kind.CODE: (Kind.WHOLE, Kind.CODE)}
    patterns = dict(_PATTERNS)
    if kind not in patterns:
        return None
    ignored = "(?i)" if kind is Kind.TRUTH else ""
    return ignored + "(?:" + "|".join(patterns[one].pattern for one in wider.get(kind, (kind,))) + ")"


def of_columns(rows: list[list[str]], width: int) -> list[Column]:
    """The columns of a table of texts, each row of which has `width` cells."""
    return [_of_one([row[at] for row in rows]) for at in range(width)]


def _of_one(cells: list[str]) -> Column:
    filled = [cell for cell in cells if cell]
    empty = len(cells) - len(filled)
    if not filled:
        return Column(Kind.EMPTY, empty)
    counts: dict[Kind, int] = {}
    for cell in filled:
        kind = _of_cell(cell)
        counts[kind] = counts.get(kind, 0) + 1
    if counts.get(Kind.DECIMAL) and counts.get(Kind.WHOLE):
        counts[Kind.DECIMAL] += counts.pop(Kind.WHOLE)
    if counts.get(Kind.CODE) and counts.get(Kind.WHOLE):
        # 08 beside 11: the same code, of which only some begin with nought.
        counts[Kind.CODE] += counts.pop(Kind.WHOLE)
    kind = max(counts, key=lambda one: counts[one])
    if counts[kind] < _MOST_OF * len(filled):
        return Column(Kind.TEXT, empty)
    return Column(kind, empty, len(filled) - counts[kind] if kind is not Kind.TEXT else 0)


def _of_cell(cell: str) -> Kind:
    if len(cell) > _LONGEST:
        return Kind.TEXT
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(cell)), Kind.TEXT)
