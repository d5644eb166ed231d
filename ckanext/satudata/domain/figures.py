"""Numbers and times as agencies write them in tables. What could be read in two ways is read in none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ckanext.satudata.domain import written

Cell = str | Decimal
"""A cell of a text file, or of a spreadsheet, where numbers are numbers."""

MISSING = frozenset({"", "-", "–", "—", "..", "...", "…", "na", "n/a", "null", "none", "nan", "tidak ada", "tad"})
DIGITS, LONGEST = 16, 24
"""No quantity has more digits or signs: such a row of digits is a code."""
_LIKE = re.compile(r"\s*(rp\.?)?[\d\s.,%-]*", re.I | re.A)
"""What has other letters is no number: a column of words is known by its first."""
_PLAIN = re.compile(r"-?\d+", re.A)
_CODE = re.compile(r"-?0\d", re.A)
_SIGNS = re.compile(r"\s+|^rp\.?(?=[\d\s-])|%$", re.I | re.A)
_MARKS = {
    ",": re.compile(r"-?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?", re.A),
    ".": re.compile(r"-?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?", re.A),
}
"""By the decimal mark: digits, with the other mark between thousands or with none."""


def is_missing(cell: Cell) -> bool:
    """Whether the cell says that there is no value."""
    return isinstance(cell, str) and cell.strip().lower() in MISSING


def numbers(cells: Iterable[Cell], mark: str | None = None) -> list[Decimal | None] | None:
    """The column's numbers, None for a missing one; None for all where one is no number or means two things.

    `mark` is the decimal mark where it is known; else the column itself must tell it: `1.234,5`, `0.75` and
    `1.234` beside `983` do, `1.234` alone does not. Codes (`007`) are no numbers.
    """
    column = list(cells)
    # Each different cell is read once, in the order of the file, in which they lie in the memory.
    told = [cell for cell in dict.fromkeys(column) if not is_missing(cell)]
    words = [cell for cell in told if isinstance(cell, str)]
    exact: dict[Cell, Decimal] = {cell: cell for cell in told if isinstance(cell, Decimal)}
    if not all(map(_LIKE.fullmatch, words)) or any(not -DIGITS < cell.adjusted() < DIGITS for cell in exact.values()):
        return None
    texts = {word: _SIGNS.sub("", word) if _SIGNS.search(word) else word for word in words}
    if any(len(text) > LONGEST for text in texts.values()) or any(map(_CODE.match, texts.values())):
        return None
    if mark is None:
        mark = _mark_of([*texts.values()])
    if mark is None or not all(map(_MARKS[mark].fullmatch, texts.values())):
        return None
    other = "." if mark == "," else ","
    read = exact | {word: Decimal(text.replace(other, "").replace(mark, ".")) for word, text in texts.items()}
    return [*map(read.get, column)]


def decimal_mark(cells: Iterable[str]) -> str | None:
    """The decimal mark of a column in which some cells are no numbers; None where nothing tells it."""
    texts = {_SIGNS.sub("", cell) for cell in cells if not is_missing(cell) and _LIKE.fullmatch(cell)}
    return _mark_of([text for text in texts if any(shape.fullmatch(text) for shape in _MARKS.values())])


def _mark_of(texts: Sequence[str]) -> str | None:
    """The one decimal mark under which every text is a number; None where both or neither would do."""
    marked = [text for text in texts if not _PLAIN.fullmatch(text)]
    if not marked:
        return "."
    fits = [mark for mark, shape in _MARKS.items() if all(map(shape.fullmatch, marked))]
    if len(fits) != 2:
        return fits[0] if fits else None
    # Each is like 1.234 or each like 1,234: thousands only if smaller numbers stand beside them without a mark.
    plain = [text for text in texts if _PLAIN.fullmatch(text)]
    separators = {"." if "." in text else "," for text in marked}
    if len(separators) != 1 or not plain or any(len(text.lstrip("-")) > 3 for text in plain):
        return None
    return "," if separators == {"."} else "."


MONTHS = written.MONTHS | {"pebruari": 2, "ags": 8, "nopember": 11}
"""As people head their columns too; dates of the catalogue are read by the narrower list."""
_YEAR, _UNTIL, _MONTH, _DAY = (
    rf"(?P<{name}>{shape})"
    for name, shape in (
        ("year", r"(?:19|20)\d\d"), ("until", r"(?:19|20)\d\d"), ("month", "0?[1-9]|1[0-2]"),
        ("day", r"0?[1-9]|[12]\d|3[01]"),
    )
)  # fmt: skip
_TIMES = [
    re.compile(shape, re.A)
    for shape in (
        _YEAR,
        rf"{_YEAR}\s*[/-]\s*{_UNTIL}",
        rf"{_YEAR}-(?=\d\d$){_MONTH}",
        rf"{_YEAR}-(?=\d\d-\d\d){_MONTH}-{_DAY}(?:[T ].*)?",
        rf"{_DAY}[/-]{_MONTH}[/-]{_YEAR}",
    )
]


@dataclass(frozen=True, order=True)
class Time:
    """A year, a school year (`until` is its second), a month or a day; what is not told is 0. They sort as they follow.

    Raises ValueError for a day that no calendar has.
    """

    year: int
    until: int = 0
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        self.first_day()

    def first_day(self) -> date:
        """The day on which it begins, as far as it is told."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def unit(self) -> str:
        """Which of its kind it is: `day`, `month`, `school year` or `year`."""
        return "day" if self.day else "month" if self.month else "school year" if self.until else "year"

    def within(self, unit: str) -> Time:
        """The `month` or `year` in which it lies."""
        return replace(self, day=0, month=self.month if unit == "month" else 0)

    def __str__(self) -> str:
        """`2024`, `2023/2024`, `2024-05` or `2024-05-31`."""
        return str(self.first_day())[: 10 if self.day else 7 if self.month else 4] + (
            f"/{self.until}" * bool(self.until)
        )


def time_of(cell: Cell) -> Time | None:
    """The time that the cell tells; None where it tells none."""
    text = str(cell).strip()
    for shape in _TIMES:
        found = shape.fullmatch(text)
        if found:
            try:
                return Time(**{name: int(part) for name, part in found.groupdict().items()})
            except ValueError:
                return None
    name, _, year = text.lower().rpartition(" ")
    return Time(int(year), month=MONTHS[name]) if name in MONTHS and _TIMES[0].fullmatch(year) else None


def month_of(cell: Cell) -> int | None:
    """The month 1 to 12 of a name or number."""
    text = str(cell).strip().lower()
    if text in MONTHS:
        return MONTHS[text]
    return int(text) if re.fullmatch(r"0?[1-9]|1[0-2]", text, re.A) else None
