"""How a procedure table lies on paper: widths of columns, heights of rows, which rows stand on which page.

All lengths in millimetres, A4 landscape. Heights are reckoned from the letters, a little too high rather than too
low; a test lets typst measure that every text fits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.satudata.domain.sop_flow import Shape

WIDTH, HEIGHT = 273.0, 185.0
"""What an A4 page gives inside its margins, less the line at its foot."""
NUMBER = 9.0
PERFORMER = (27.0, 27.0, 27.0, 27.0, 25.0, 22.0)
"""Width of a performer column by how many there are; the last for all above."""
SHARES = (0.36, 0.21, 0.1, 0.2, 0.13)
"""The texts: Uraian, Kelengkapan, Waktu, Output, Keterangan."""
LINE, PADDING = 3.5, 3.0
"""Height of a line of text (8 pt), and of the space above and below the text of a cell."""
LEAST = {Shape.BOUND: 11.0, Shape.WORK: 14.0, Shape.CHOICE: 19.0}
CONNECTORS = 9.0
"""Height of the row of connectors, of which a page may have two."""
HEAD = 10.0
"""Height of the table's head without the names of the performers."""

_NARROW = frozenset("fijlrtI.,;:'|()[]/- ")
_WIDE = frozenset("mwMW%@&")


@dataclass(frozen=True)
class Widths:
    """Widths of the columns: number, each performer, and the texts."""

    number: float
    performer: float
    texts: tuple[float, ...]


def widths(performers: int) -> Widths:
    """The columns of a table with that many performers."""
    each = PERFORMER[min(performers, len(PERFORMER) - 1)]
    left = WIDTH - NUMBER - each * performers
    return Widths(NUMBER, each, tuple(round(left * share, 2) for share in SHARES))


def lines(text: str, width: float, size: float = 8.0) -> int:
    """How many lines the text takes in a cell of that width, at `size` points, a little too many."""
    room, used, count = (width - PADDING) / (size * 0.3528), 0.0, 1
    for word in re.split(r"\s+|(?<=[/.-])(?=\w)", text.strip()):
        long = sum(map(_letter, word))
        if used and used + 0.3 + long > room:
            count, used = count + 1, 0.0
        used += long + (0.3 if used else 0.0)
        while used > room:
            count, used = count + 1, used - room
    return count


def _letter(sign: str) -> float:
    """The width of a letter in parts of the type's size."""
    return 0.36 if sign in _NARROW else 0.9 if sign in _WIDE else 0.72 if sign.isupper() else 0.53


def height(shape: Shape, texts: Sequence[Sequence[str]], columns: Widths) -> float:
    """The height of a row with these texts, each a list of items that stand one below the other."""
    filled = [
        sum(lines(item, width) for item in items) for items, width in zip(texts, columns.texts, strict=True) if items
    ]
    return max(LEAST[shape], max(filled, default=0) * LINE + PADDING)


def head_height(headings: Sequence[str], columns: Widths) -> float:
    """The height of the table's head, which stands on every page."""
    return HEAD + max((lines(text, columns.performer, 8.5) for text in headings), default=1) * LINE + PADDING


def pages(heights: Sequence[float], head: float) -> list[list[int]]:
    """The rows on each page; the end never stands alone. Connectors stand below the first page and above the last."""
    found: list[list[int]] = [[]]
    used, room, last = 0.0, HEIGHT - head - CONNECTORS, len(heights) - 1
    for row, high in enumerate(heights):
        # The last two stand together; nothing follows them, so the connectors' room below is theirs.
        needs = high + heights[last] - CONNECTORS if row == last - 1 else high
        if found[-1] and used + needs > room and row != last:
            found.append([])
            used, room = 0.0, HEIGHT - head - 2 * CONNECTORS
        found[-1].append(row)
        used += high
    return found
