"""Numbers and times as agencies write them in tables. What could be read in two ways is read in none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Cell = str | Decimal
"""A cell of a text file, or of a spreadsheet, where numbers are numbers."""

MISSING = frozenset({"", "-", "–", "—", "..", "...", "…", "na", "n/a", "null", "none", "nan", "tidak ada", "tad"})
DIGITS, LONGEST = 16, 24
"""No quantity has more digits or signs: such a row of digits is a code."""
_PLAIN = re.compile(r"-?\d+")
_SIGNS = re.compile(r"\s+|^rp\.?(?=[\d\s-])|%$", re.I)
_MARKS = {
    ",": re.compile(r"-?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?"),
    ".": re.compile(r"-?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?"),
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
    column = [cell if isinstance(cell, Decimal) or is_missing(cell) else _SIGNS.sub("", cell) for cell in cells]
    texts = [cell for cell in column if isinstance(cell, str) and not is_missing(cell)]
    too_long = any(isinstance(cell, Decimal) and not -DIGITS < cell.adjusted() < DIGITS for cell in column)
    if too_long or any(re.match(r"-?0\d", text) or len(text) > LONGEST for text in texts):
        return None
    if mark is None:
        mark = _mark_of(texts)
    if mark is None or not all(_MARKS[mark].fullmatch(text) for text in texts):
        return None
    other = "." if mark == "," else ","
    return [
        cell if isinstance(cell, Decimal)
        else None if is_missing(cell)
        else Decimal(cell.replace(other, "").replace(mark, "."))
        for cell in column
    ]  # fmt: skip


def _mark_of(texts: Sequence[str]) -> str | None:
    """The one decimal mark under which every text is a number; None where both or neither would do."""
    marked = [text for text in texts if not _PLAIN.fullmatch(text)]
    if not marked:
        return "."
    fits = [mark for mark, shape in _MARKS.items() if all(shape.fullmatch(text) for text in marked)]
    if len(fits) != 2:
        return fits[0] if fits else None
    # Each is like 1.234 or each like 1,234: thousands only if smaller numbers stand beside them without a mark.
    plain = [text for text in texts if _PLAIN.fullmatch(text)]
    separators = {"." if "." in text else "," for text in marked}
    if len(separators) != 1 or not plain or any(len(text.lstrip("-")) > 3 for text in plain):
        return None
    return "," if separators == {"."} else "."


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari february feb pebruari", "maret march mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "agustus august agu aug agt ags", "september sep sept",
            "oktober october okt oct", "november nov nopember", "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_YEAR = r"((?:19|20)\d\d)"
_TIMES = (
    (re.compile(rf"{_YEAR}"), "{0}"),
    (re.compile(rf"{_YEAR}\s*[/-]\s*((?:19|20)\d\d)"), "{0}/{1}"),
    (re.compile(rf"{_YEAR}-(0[1-9]|1[0-2])"), "{0}-{1}"),
    (re.compile(rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[T ].*)?"), "{0}-{1}-{2}"),
)
_DAY_FIRST = re.compile(rf"(0?[1-9]|[12]\d|3[01])[/-](0?[1-9]|1[0-2])[/-]{_YEAR}")


def time_of(cell: Cell) -> str | None:
    """The time as `2024`, `2023/2024`, `2024-05`, `2024-05-31`, which sort as they follow; None for what is none."""
    text = str(cell).strip()
    for shape, said in _TIMES:
        found = shape.fullmatch(text)
        if found:
            return _possible(said.format(*found.groups()))
    found = _DAY_FIRST.fullmatch(text)
    if found:
        day, month, year = found.groups()
        return _possible(f"{year}-{int(month):02d}-{int(day):02d}")
    name, _, year = text.lower().rpartition(" ")
    return f"{year}-{MONTHS[name]:02d}" if name in MONTHS and re.fullmatch(_YEAR, year) else None


def _possible(time: str) -> str | None:
    """The time, unless it is a day that no calendar has."""
    try:
        return time if len(time) < 10 or date.fromisoformat(time) else None
    except ValueError:
        return None


def month_of(cell: Cell) -> int | None:
    """The month 1 to 12 of a name or number."""
    text = str(cell).strip().lower()
    if text in MONTHS:
        return MONTHS[text]
    return int(text) if re.fullmatch(r"0?[1-9]|1[0-2]", text) else None
