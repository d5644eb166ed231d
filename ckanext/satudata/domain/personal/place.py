"""Where the table of a sheet begins and ends: lines above it, headings, rows, lines below. Read once, in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import polars as pl

from ckanext.satudata.domain.personal import numbers
from ckanext.satudata.domain.personal.kinds import NAME, said_by, words_of
from ckanext.satudata.domain.table_heads import MOST_HEADINGS, merged

_FIRST, _LAST = 60, 80
"""Rows in which headings are looked for, and those in which a footer is."""
_DATA = re.compile(r"'?[0-9][0-9 .,\-/:]*")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True)
class Block:
    """Rows as columns of texts `c0`, `c1`…, empty cells null or blank; `hidden` says of each row whether it is."""

    frame: pl.DataFrame
    hidden: pl.Series | None = None


@dataclass
class Sheet:
    """What a reader gives of a table. `comments` (column or None, text), `links` (the same: what lies behind cells) and
    `texts` that stand apart are whole when the blocks were read."""

    name: str
    blocks: Iterator[Block]
    is_hidden: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    comments: list[tuple[int | None, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    links: list[tuple[int | None, str]] = field(default_factory=list)
    heads: list[str] | None = None
    """The headings where the format names them itself (JSON)."""
    is_json: bool = False
    """`texts` are JSON then, whose reader has looked at what is unclear in it."""
    passed: list[str] = field(default_factory=list)
    """What of it could not be read as a table; whole when the blocks were read."""
    unclear: dict[str, list[str]] = field(default_factory=dict)
    """What of it nothing is said of, with the places; whole when its findings were told."""


class Place:
    """The parts of a sheet. `titles` and `heads` are known with the first block of `body`, `feet` after the last."""

    def __init__(self, sheet: Sheet):
        self._sheet = sheet
        # That of the format fills while its blocks are read.
        self.heads: list[str] = sheet.heads if sheet.heads is not None else []
        self.titles: list[list[str]] = []
        self.feet: list[list[str]] = []
        self._filled = 1.0

    def head(self, at: int | None) -> str:
        """The heading of a column, "" where it has none."""
        return self.heads[at] if at is not None and at < len(self.heads) else ""

    def body(self) -> Iterator[Block]:
        """The rows of the table, cells without blanks around them, empty ones null."""
        held: Block | None = None
        is_first = True
        for block in self._sheet.blocks:
            block = Block(_cleaned(block.frame), block.hidden)
            held = block if held is None else _joined(held, block)
            if is_first and len(held.frame) < _FIRST + _LAST:
                continue
            held = self._begun(held) if is_first else held
            is_first = False
            cut = max(0, len(held.frame) - _LAST)
            yield _part(held, 0, cut)
            held = _part(held, cut, len(held.frame) - cut)
        if held is not None:
            yield self._ended(self._begun(held) if is_first else held)

    def _begun(self, block: Block) -> Block:
        """Takes titles and headings off the first rows."""
        rows = _rows(block.frame.head(_FIRST))
        counts = [sum(map(bool, row)) for row in rows]
        self._filled = median([count for count in counts if count] or [1])
        if self._sheet.heads is not None:
            return block
        begin = next(
            (at for at, count in enumerate(counts) if count >= max(min(2, self._filled), 0.6 * self._filled)), 0
        )
        self.titles = [row for row in rows[:begin] if any(row)]
        below = rows[begin:]
        if not below or _is_data(below) or _is_upright(below):
            return _part(block, begin, len(block.frame) - begin)
        heads = [below[0]]
        for row in below[1:MOST_HEADINGS]:
            if not _goes_on(heads, row):
                break
            heads.append(row)
        self.heads = merged(heads)
        begin += len(heads)
        return _part(block, begin, len(block.frame) - begin)

    def _ended(self, block: Block) -> Block:
        rows = _rows(block.frame)
        at = len(rows) if self._sheet.heads is not None else _foot(rows, self._filled)
        self.feet = [row for row in rows[at:] if any(row)]
        return _part(block, 0, at)


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [pl.col(name).str.strip_chars("\u00a0\u200b\ufeff \t\r\n") for name in frame.columns]
    return frame.select(
        [pl.when(text != "").then(text).alias(name) for text, name in zip(texts, frame.columns, strict=True)]
    )


def _joined(one: Block, other: Block) -> Block:
    frame = pl.concat([one.frame, other.frame], how="diagonal")
    if one.hidden is None and other.hidden is None:
        return Block(frame)
    masks = [
        block.hidden if block.hidden is not None else pl.repeat(False, len(block.frame), eager=True, dtype=pl.Boolean)
        for block in (one, other)
    ]
    return Block(frame, pl.concat(masks))


def _part(block: Block, at: int, count: int) -> Block:
    return Block(block.frame.slice(at, count), None if block.hidden is None else block.hidden.slice(at, count))


def _rows(frame: pl.DataFrame) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in frame.rows()]


def _foot(rows: list[list[str]], filled: float) -> int:
    """Where the footer begins, whose rows have few cells; below narrow tables only where an empty row stands before."""
    least, at = max(1.0, 0.34 * filled), len(rows)
    while at > 0 and filled > 1 and sum(map(bool, rows[at - 1])) <= least:
        at -= 1
    if filled >= 3:
        return at
    return next((place for place in range(at, len(rows)) if not any(rows[place])), len(rows))


def _goes_on(heads: list[list[str]], below: list[str]) -> bool:
    """Whether the row below is heading too: the first has gaps that it fills, and no cell of it is a number."""
    gaps = [at for at, cell in enumerate(heads[0]) if at and not cell]
    fills = [at for at in gaps if below[at]]
    is_free = not any(_DATA.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in below if cell)
    return bool(fills) and is_free and (not below[0] or not heads[-1][0])


def _is_upright(rows: list[list[str]]) -> bool:
    """Whether headings stand left of their values, as in a form: in the first column, and beside the first is none."""
    first, *beside = rows[0]
    names = [row[0] for row in rows if row[0]]
    labels = sum(said_by(name) is not None for name in names)
    is_named = said_by(first) is not None or bool(NAME.search(words_of(first)))
    return is_named and labels >= max(2, len(names) / 3) and not any(said_by(cell) for cell in beside if cell)


def _is_data(rows: list[list[str]]) -> bool:
    """Whether the first of these rows is none of headings: it holds numbers where the others do, or personal data."""
    first, others = rows[0], rows[1:20]
    cells = [cell for cell in first if cell]
    alike = 0
    for at, cell in enumerate(first):
        beside = [row[at] for row in others if row[at]]
        if not cell or not beside or _YEAR.fullmatch(cell):
            continue
        is_number = bool(_DATA.fullmatch(cell)) and sum(bool(_DATA.fullmatch(one)) for one in beside) > len(beside) / 2
        told = numbers.in_text(cell)
        alike += is_number or (bool(told) and told.keys() == numbers.in_text(beside[0]).keys())
    return bool(others) and alike >= max(1, 0.25 * len(cells))
