"""Cells of a column that may hold several values, kept as they are read; whether they do, and the table in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import polars as pl

from ckanext.satudata.domain.personal import held, json_rows
from ckanext.satudata.domain.personal.json_text import decoded
from ckanext.satudata.domain.personal.place import Sheet
from ckanext.satudata.domain.personal.readers import Unreadable, rows_in_blocks
from ckanext.satudata.domain.personal.shapes import DATE

_MOST, _OF_BLOCK = 1000, 200
"""Cells that are kept, and those of one block that are kept without being looked at."""
_SHORTEST, _LEAST_RECORD, _BINARY = 14, 17, 200
_LONG = r"[0-9](?:[^0-9A-Za-z]?[0-9]){7}"
_RECORD = (
    rf"(?s)(?:{DATE}).*[0-9]{{7}}|[0-9]{{8}}.*(?:{DATE})|(?:{_LONG}[^0-9]+){{2}}{_LONG}"
    r"|\b(?:19|20)[0-9]{6}[^0-9].*[0-9]{8}|[0-9]{8}.*[^0-9](?:19|20)[0-9]{6}\b"
)
"""What may be several values of persons; `held` tells whether it is."""
_CODED = r"[A-Za-z0-9+/_\-]{20}"
_LINES = re.compile(r"(?i)\r?\n|</(?:tr|li|p|div|h[1-6])>|<br ?/?>")
_PARTS = re.compile(r"(?i)</(?:td|th|span|b|dd|dt)>")
_MARK = re.compile(r"<[^<>]{1,300}>")
_SIGNS = (";", "|", "\t", "^", "~", "#", "\\", "¦", "•", ",", ":", "=", "/", "-", "_", "  ", " ")
_LOOK, _FEW = 200, 5
_OFTEN = 0.8


@dataclass
class Several:
    """Of the cells of a column those that may hold several values: how many, and some of them."""

    count: int = 0
    kept: list[str] = field(default_factory=list)

    def take(self, cells: pl.Series, times: pl.Series, likely: pl.Series, written: pl.Series) -> None:
        """Adds cells of a block, so many `times` each; some may hold numbers or days (`likely`), some letters."""
        sizes = cells.str.len_bytes()
        long = sizes >= _SHORTEST
        records = likely & (sizes >= _LEAST_RECORD)
        if records.any():
            found = cells.filter(records)
            self._keep(found.filter(found.str.contains(_RECORD)), _OF_BLOCK)
        halves = likely & long & written
        if halves.any():
            self.count += int(times.filter(halves).sum())
            self._keep(_some(cells, halves, _OF_BLOCK // 2), _OF_BLOCK)
        # What stands in codes shows no digit of its own.
        others = long & written & ~likely
        if others.any():
            some = _some(cells, others, _OF_BLOCK)
            self._keep(some.filter(some.str.contains(_CODED)), _OF_BLOCK)
            if int(sizes.max()) >= _BINARY:  # type: ignore[arg-type]
                huge = cells.filter(others & (sizes >= _BINARY))
                self._keep(huge.filter(huge.str.contains(_CODED)), _OF_BLOCK)

    def _keep(self, cells: pl.Series, most: int) -> None:
        if len(self.kept) < _MOST and len(cells):
            self.kept += cells.gather_every(len(cells) // most + 1).to_list()

    def tells(self, filled: int, others: Sequence[str]) -> bool:
        """Whether the column holds several values of persons in its cells, or one below the other among `others`."""
        told = [held.held(one) for one in dict.fromkeys(self.kept)]
        if any(one.is_record for one in told):
            return True
        halves = [one for one in told if one.is_half]
        if len(halves) < _FEW:
            return False
        share = len(halves) / len(told) * self.count / filled
        is_beside = share >= 0.5 and len({one.words for one in halves}) >= len(halves) / 2
        is_below = share >= 0.1 and len(set(others) - set(self.kept)) >= _FEW
        if not is_beside and not is_below:
            return False
        years = [year for one in halves for year in one.years]
        numbers = [number for one in halves for number in one.numbers]
        is_of_births = len(years) >= _FEW and held.are_births(years)
        return is_of_births or (len(numbers) >= _FEW and held.are_numbers_of_something(numbers))

    def sheet(self, head: str) -> Sheet | None:
        """The table that stands in the cells, under the headings that stand in the column's or in the first of them."""
        try:
            values = [decoded(one.strip(), 0)[0] for one in self.kept if one.strip()[:1] in ("[", "{")]
        except (json.JSONDecodeError, Unreadable):
            values = []
        if values:
            return _of_values(values)
        lines = [
            unescape(_MARK.sub(" ", _PARTS.sub("\t", line))).strip() for one in self.kept for line in _LINES.split(one)
        ]
        lines = [line for line in lines if line]
        parted = _parted(lines) or _parted_within(lines)
        if parted is None:
            return None
        sign, lines = parted
        heads = head.split(sign) if sign in head.strip() else []
        rows = ([cell.strip(" \"'") or None for cell in line.split(sign)] for line in lines)
        named = [one.strip(" \"'") for one in heads] if len(heads) > 1 else None
        return Sheet("", rows_in_blocks((row, False) for row in ([named] if named else []) + list(rows)))


def _some(cells: pl.Series, mask: pl.Series, most: int) -> pl.Series:
    places = mask.arg_true()
    return cells.gather(places.gather_every(len(places) // most + 1))


def _of_values(values: list[Any]) -> Sheet | None:
    """Values that were written as JSON."""
    rows = [row for one in values for row in (one if isinstance(one, list) and json_rows.is_rows(one) else [one])]
    if all(isinstance(row, list) for row in rows):
        return json_rows.listed("", rows)
    return json_rows.objects(rows)


def _parted(lines: list[str]) -> tuple[str, list[str]] | None:
    """The sign of which most lines have as many, one or more."""
    look = lines[:_LOOK]
    for sign in _SIGNS:
        counts = Counter(line.count(sign) for line in look)
        (count, times) = counts.most_common(1)[0] if counts else (0, 0)
        if count and times >= _OFTEN * len(look) and len(look) > 1:
            return sign, lines
    return None


def _parted_within(lines: list[str]) -> tuple[str, list[str]] | None:
    """The same of records that stand in one line."""
    if len(lines) > _LOOK:
        return None
    for outer in _SIGNS:
        pieces = [piece.strip() for line in lines for piece in line.split(outer) if piece.strip()]
        if len(pieces) > len(lines) + 2 and (found := _parted(pieces)) and found[0] != outer:
            return found
    return None
