"""One table of a file: where it begins and ends, what its columns hold, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import polars as pl

from ckanext.satudata.domain.personal import hints, numbers
from ckanext.satudata.domain.personal.columns import Column, Gathered, Verdict
from ckanext.satudata.domain.personal.kinds import Finding, Where, said_by
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
    """What a reader gives of a table. `comments` (column or None, text) and `texts` that stand apart are whole when
    the blocks were read."""

    name: str
    blocks: Iterator[Block]
    is_hidden: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    comments: list[tuple[int | None, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    heads: list[str] | None = None
    """The headings where the format names them itself (JSON)."""


def findings(sheet: Sheet) -> list[Finding]:
    """What was found in a table, in the order of its columns; then what stands outside it."""
    table = _Table(sheet)
    found = [*table.of_columns(), *table.of_heads(), *table.of_lines()]
    found += [
        Finding(sheet.name, at, table.head(at), kind, 0.0, 0.9, Where.HIDDEN if sheet.is_hidden else Where.COMMENT)
        for at, text in sheet.comments
        for kind in numbers.in_text(text)
    ]
    found += [
        Finding(sheet.name, None, "", kind, 0.0, 0.9, Where.TITLE)
        for text in sheet.texts
        for kind in numbers.in_text(text)
    ]
    return list(dict.fromkeys(found))


class _Table:
    """Reads the blocks of a sheet once."""

    def __init__(self, sheet: Sheet):
        self._sheet = sheet
        # That of the format fills while its blocks are read.
        self.heads: list[str] = sheet.heads if sheet.heads is not None else []
        self.titles: list[list[str]] = []
        self.feet: list[list[str]] = []
        self._shown: list[Gathered] = []
        self._hidden: list[Gathered] = []
        self._filled = 1.0
        held: Block | None = None
        is_first = True
        for block in sheet.blocks:
            block = Block(_cleaned(block.frame), block.hidden)
            held = block if held is None else _joined(held, block)
            if is_first and len(held.frame) < _FIRST + _LAST:
                continue
            held = self._begun(held) if is_first else held
            is_first = False
            cut = max(0, len(held.frame) - _LAST)
            self._take(_part(held, 0, cut))
            held = _part(held, cut, len(held.frame) - cut)
        if held is not None:
            held = self._begun(held) if is_first else held
            self._end(held)

    def head(self, at: int | None) -> str:
        """The heading of a column, "" where it has none."""
        return self.heads[at] if at is not None and at < len(self.heads) else ""

    # ------------------------------------------------------------ the table's place

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
        if not below or _is_data(below):
            return _part(block, begin, len(block.frame) - begin)
        heads = [below[0]]
        for row in below[1:MOST_HEADINGS]:
            if not _goes_on(heads, row):
                break
            heads.append(row)
        self.heads = merged(heads)
        begin += len(heads)
        return _part(block, begin, len(block.frame) - begin)

    def _end(self, block: Block) -> None:
        rows = _rows(block.frame)
        at = len(rows) if self._sheet.heads is not None else _foot(rows, self._filled)
        self.feet = [row for row in rows[at:] if any(row)]
        self._take(_part(block, 0, at))

    def _take(self, block: Block) -> None:
        if block.hidden is not None and block.hidden.any():
            self._add(self._hidden, block.frame.filter(block.hidden))
            self._add(self._shown, block.frame.filter(~block.hidden))
        else:
            self._add(self._shown, block.frame)

    def _add(self, to: list[Gathered], frame: pl.DataFrame) -> None:
        while len(to) < frame.width:
            to.append(Gathered(said=said_by(self.head(len(to)))))
        for at, gathered in enumerate(to[: frame.width]):
            gathered.take(frame.to_series(at))

    # ------------------------------------------------------------ what is told

    def of_columns(self) -> list[Finding]:
        shown = self._judged(self._shown)
        found = []
        for at, column in enumerate(shown):
            is_hidden = self._sheet.is_hidden or at in self._sheet.hidden_columns
            found += [self._finding(at, one, Where.HIDDEN if is_hidden else Where.CELLS) for one in column]
        for at, column in enumerate(self._judged(self._hidden)):
            known = {one.kind for one in shown[at]} if at < len(shown) else set()
            found += [self._finding(at, one, Where.HIDDEN) for one in column if one.kind not in known]
        return sorted(found, key=lambda one: one.column or 0)

    def _judged(self, gathered: list[Gathered]) -> list[list[Verdict]]:
        return hints.judged([Column(self.head(at), cells) for at, cells in enumerate(gathered)], self.titles)

    def _finding(self, at: int | None, verdict: Verdict, where: Where) -> Finding:
        return Finding(self._sheet.name, at, self.head(at), verdict.kind, verdict.share, verdict.confidence, where)

    def of_heads(self) -> list[Finding]:
        return [
            self._finding(at, Verdict(kind, 0.0, 0.9), Where.HIDDEN if self._sheet.is_hidden else Where.HEADER)
            for at, head in enumerate(self.heads)
            for kind in numbers.in_text(head)
        ]

    def of_lines(self) -> list[Finding]:
        """Of the lines above and below; a line is read with the one before it, which may say what its number is."""
        found = []
        for lines, where in ((self.titles, Where.TITLE), (self.feet, Where.FOOTER)):
            text = "\n".join("; ".join(cell for cell in line if cell) for line in lines)
            where = Where.HIDDEN if self._sheet.is_hidden else where
            found += [self._finding(None, Verdict(kind, 0.0, 0.9), where) for kind in numbers.in_text(text)]
        return [Finding(one.sheet, None, "", one.kind, 0.0, one.confidence, one.where) for one in found]


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
