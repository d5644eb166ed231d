"""The drawing of a procedure table, cell by cell: marks, lines, words at the lines, connectors between pages.

Lengths are parts of a cell, so that the same drawing fits rows of any height: a page in the browser stretches it, the
PDF knows the height of each row. Lines run in the middle of a column between rows that follow each other, else in
lanes at its sides, and enter every mark from above; where a page ends, connectors of one letter belong together.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ckanext.satudata.domain.sop_flow import Arrow, Flow, Shape

CHANNEL = 0.1
"""The height, in parts of a row, at which lines run across to the mark that they enter."""
RIGHT, LEFT = (0.86, 0.94, 0.8), (0.14, 0.06, 0.2)
"""The lanes beside the marks, in the order they are taken."""
MIDDLE = 0.5
LINE = 0.13
"""The height of a word."""


@dataclass(frozen=True)
class Mark:
    """A sign in a cell, its middle at `x`. `enters`: the sides where an arrowhead points at it (top, left, right)."""

    shape: Shape
    x: float = MIDDLE
    enters: tuple[str, ...] = ()
    letter: str = ""


@dataclass(frozen=True, order=True)
class Stroke:
    """A line inside a cell, in parts of its width and height from the left and the top."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Word:
    """What stands at a line; `to_left`: it ends at `x`, else it begins there."""

    x: float
    y: float
    text: str
    to_left: bool = False


@dataclass(frozen=True)
class Cell:
    """What one cell of the drawing shows."""

    marks: tuple[Mark, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Band:
    """One row of a page with a cell for every performer column. `row` None: the row of connectors."""

    row: int | None
    cells: tuple[Cell, ...]


def draw(flow: Flow, pages: Sequence[Sequence[int]]) -> list[tuple[Band, ...]]:
    """The pages; `pages` says which rows stand on each, by their position in the flow."""
    letters = _letters(flow, pages)
    return [_Page(flow, rows, letters).bands() for rows in pages]


def one_page(flow: Flow) -> tuple[Band, ...]:
    """All of it on one page, as the browser shows it."""
    return draw(flow, [range(len(flow.rows))])[0] if flow.rows else ()


def _letters(flow: Flow, pages: Sequence[Sequence[int]]) -> dict[int, str]:
    """A letter for every row that lines from another page lead to."""
    page_of = {row: number for number, rows in enumerate(pages) for row in rows}
    split = [arrow for arrow in sorted(flow.arrows) if page_of[arrow.source] != page_of[arrow.target]]
    names = [*string.ascii_uppercase, *(f"{one}{two}" for one in "ABC" for two in string.ascii_uppercase)]
    return dict(zip(dict.fromkeys(arrow.target for arrow in split), names, strict=False))


@dataclass(frozen=True)
class _Point:
    """A mark on the page: its band, its column and where in the column its middle is."""

    band: int
    column: int
    x: float = MIDDLE

    @property
    def across(self) -> float:
        return self.column + self.x

    @property
    def down(self) -> float:
        return self.band + MIDDLE


@dataclass
class _Found:
    """What gathers in a cell."""

    marks: dict[float, Mark] = field(default_factory=dict)
    strokes: dict[Stroke, None] = field(default_factory=dict)
    words: dict[Word, None] = field(default_factory=dict)


class _Page:
    def __init__(self, flow: Flow, rows: Sequence[int], letters: dict[int, str]):
        self.flow, self.letters = flow, letters
        self.column = {role: at for at, role in enumerate(flow.columns)}
        here = set(rows)
        self.arrows = sorted(arrow for arrow in flow.arrows if {arrow.source, arrow.target} & here)
        self.above = self._crosses(rows, lambda other: other < rows[0])
        self.below = self._crosses(rows, lambda other: other > rows[-1])
        self.rows: list[int | None] = [*([None] if self.above else []), *rows, *([None] if self.below else [])]
        self.band = {row: at for at, row in enumerate(self.rows) if row is not None}
        self.cells = [[_Found() for _role in flow.columns] for _row in self.rows]
        self.lanes: dict[tuple[int, float], list[tuple[float, float, int]]] = {}
        self.taken: dict[_Point, set[str]] = {}
        self.links = self._connectors()

    def _crosses(self, rows: Sequence[int], beyond) -> bool:
        return any(beyond(row) for arrow in self.arrows for row in (arrow.source, arrow.target))

    def bands(self) -> tuple[Band, ...]:
        for row, at in self.band.items():
            for role in self.flow.rows[row].roles:
                self._mark(_Point(at, self.column[role]), self.flow.rows[row].shape)
        for (band, column, letter), point in self.links.items():
            self._mark(_Point(band, column, point.x), Shape.LINK, letter)
        for arrow in sorted(self.arrows, key=lambda one: (one.source != one.target, abs(one.source - one.target), one)):
            self._line(arrow if arrow.source in self.band else replace(arrow, label=""))
        return tuple(
            Band(row, tuple(Cell(tuple(one.marks.values()), tuple(one.strokes), tuple(one.words)) for one in cells))
            for row, cells in zip(self.rows, self.cells, strict=True)
        )

    def _mark(self, point: _Point, shape: Shape, letter: str = "") -> None:
        self.cells[point.band][point.column].marks[point.x] = Mark(shape, point.x, letter=letter)

    def _link_key(self, arrow: Arrow) -> tuple[int, int, str] | None:
        """The connector an arrow has on this page: band, column and letter; None where both ends are on it."""
        if arrow.source in self.band and arrow.target in self.band:
            return None
        away, role = (
            (arrow.target, arrow.source_role) if arrow.source in self.band else (arrow.source, arrow.target_role)
        )
        band = 0 if away < min(self.band) else len(self.rows) - 1
        return band, self.column[role], self.letters[arrow.target]

    def _connectors(self) -> dict[tuple[int, int, str], _Point]:
        """Where the connectors stand: those of one cell side by side, of returns on the left, where their lane is."""
        back = lambda arrow: arrow.target > arrow.source  # noqa: E731
        keys = dict.fromkeys(key for key in map(self._link_key, sorted(self.arrows, key=back)) if key)
        found = {}
        for band, column, letter in keys:
            beside = [key for key in keys if key[:2] == (band, column)]
            x = (beside.index((band, column, letter)) + MIDDLE) / len(beside)
            found[band, column, letter] = _Point(band, column, round(x, 3))
        return found

    def _from(self, arrow: Arrow) -> _Point:
        if arrow.source in self.band:
            return _Point(self.band[arrow.source], self.column[arrow.source_role])
        return self.links[self._link_key(arrow)]  # type: ignore[index]

    def _to(self, arrow: Arrow) -> _Point:
        if arrow.target in self.band:
            return _Point(self.band[arrow.target], self.column[arrow.target_role])
        return self.links[self._link_key(arrow)]  # type: ignore[index]

    def _line(self, arrow: Arrow) -> None:
        here, there = self._from(arrow), self._to(arrow)
        if here.band == there.band:
            self._beside(here, there)
            return
        level = there.band + CHANNEL
        if there.band == here.band + 1:
            path = [(here.across, here.down), (here.across, level)]
            self._say_below(arrow, here)
        else:
            side = self._side(here, up=there.band < here.band)
            lane = self._lane(here, there, side)
            path = [(here.across, here.down), (lane, here.down), (lane, level)]
            self._say_beside(arrow, here, there, side)
        self._strokes([*path, (there.across, level), (there.across, there.down)])
        self._enter(there, "top")

    def _beside(self, here: _Point, there: _Point) -> None:
        """From one performer to the next in the same row."""
        self._strokes([(here.across, here.down), (there.across, there.down)])
        leaves, enters = ("right", "left") if here.column < there.column else ("left", "right")
        self.taken.setdefault(here, set()).add(leaves)
        self.taken.setdefault(there, set()).add(enters)
        self._enter(there, enters)

    def _side(self, point: _Point, *, up: bool) -> str:
        sides = ("left", "right") if up else ("right", "left")
        return next((side for side in sides if side not in self.taken.get(point, ())), sides[0])

    def _lane(self, here: _Point, there: _Point, side: str) -> float:
        """A free lane in the column of the source; lines to the same row may share one."""
        low, high = sorted((here.down, there.band + CHANNEL))
        lanes = [here.column + x for x in (RIGHT if side == "right" else LEFT)]
        for lane in lanes:
            used = self.lanes.setdefault((here.column, lane), [])
            if all(target == there.band or end <= low or begin >= high for begin, end, target in used):
                used.append((low, high, there.band))
                return lane
        return lanes[-1]

    def _say_below(self, arrow: Arrow, here: _Point) -> None:
        if arrow.label:
            to_left = "left" in self.taken.get(here, ())
            word = Word(MIDDLE + (-0.03 if to_left else 0.03), 0.87, arrow.label, to_left)
            self._say(here, word)

    def _say_beside(self, arrow: Arrow, here: _Point, there: _Point, side: str) -> None:
        """In the quarter of the cell that the lane leaves free."""
        if arrow.label:
            y = 0.87 if there.band < here.band else 0.2
            self._say(here, Word(0.03 if side == "left" else 0.97, y, arrow.label, side == "right"))

    def _say(self, point: _Point, word: Word) -> None:
        """A word where another stands already goes beside it, towards the mark; the same word stands once."""
        words = self._cell(point).words
        while word not in words and any((one.x, one.y) == (word.x, word.y) for one in words):
            word = replace(word, y=round(word.y + (LINE if word.y < MIDDLE else -LINE), 3))
        words[word] = None

    def _cell(self, point: _Point) -> _Found:
        return self.cells[point.band][point.column]

    def _enter(self, point: _Point, side: str) -> None:
        marks = self._cell(point).marks
        known = marks[point.x]
        if side not in known.enters:
            marks[point.x] = Mark(known.shape, known.x, (*known.enters, side), known.letter)

    def _strokes(self, path: Sequence[tuple[float, float]]) -> None:
        for (x1, y1), (x2, y2) in pairwise(path):
            for column, band, stroke in _cut(x1, y1, x2, y2):
                self.cells[band][column].strokes[stroke] = None


def _cut(x1: float, y1: float, x2: float, y2: float) -> Iterator[tuple[int, int, Stroke]]:
    """A line across or down, cut where it leaves a cell: column, band and what lies in that cell."""
    left, right, top, bottom = *sorted((x1, x2)), *sorted((y1, y2))
    for column in range(int(left), int(right) + 1):
        for band in range(int(top), int(bottom) + 1):
            ends = (max(left, column), max(top, band), min(right, column + 1), min(bottom, band + 1))
            if ends[0] == ends[2] and ends[1] == ends[3]:
                continue
            inside = (round(end - off, 3) for end, off in zip(ends, (column, band) * 2, strict=True))
            yield column, band, Stroke(*inside)
