"""Rows in JSON as sheets: lists under their headings, and objects, nested ones as columns `a.b`.

Of what is no table the sheet says so (`Sheet.passed`): values under no heading of theirs are not inspected.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import polars as pl

from ckanext.satudata.domain.personal import json_values
from ckanext.satudata.domain.personal.json_text import decoded
from ckanext.satudata.domain.personal.place import Block, Sheet
from ckanext.satudata.domain.personal.readers import MOST_COLUMNS, ROWS, Unreadable, framed, rows_in_blocks

NO_TABLE = "Lists within lists that are no table"
TOO_WIDE = "JSON with too many different names"
DEEPEST = 60
LOOK = 100
"""Rows of a list that are looked at to say what it is."""
_DIGIT, _YEAR = re.compile(r"\d"), 4
_LONG, _LIKE = 6, 3
"""Digits of what is a number rather than words; by how many the numbers of one column may differ."""
_PARTED, _ESCAPED = re.compile(r"[,;|\t]"), re.compile(r"\\[nrtbf]")
HEADS = frozenset(
    {"columns", "column", "cols", "columnnames", "fields", "field", "header", "headers", "heads", "head", "kolom"}
)
"""Names under which the headings of rows are told."""
_SAID = ("id", "name", "field", "key", "label", "title", "header", "nama", "column", "columnname", "fieldname")
"""What an object says that describes a column."""


def dumped(value: Any) -> str:
    """A value as one text in which words stand apart. Raises Unreadable."""
    try:
        # Of a sign that JSON writes with letters these would stand before the next word.
        return _ESCAPED.sub(" ", json.dumps(value, ensure_ascii=False))
    except RecursionError as error:
        raise Unreadable("JSON that is nested too deeply") from error


def is_rows(value: Any) -> bool:
    """Whether a value is a list of rows that are lists of plain values."""
    if not isinstance(value, list) or not value or not all(isinstance(row, list) for row in value[:LOOK]):
        return False
    return any(not isinstance(cell, (list, dict)) for row in value[:LOOK] for cell in row)


def is_row(value: Any) -> bool:
    """Whether a value is a row of plain values."""
    return is_rows([value])


def width_of(rows: list[Any]) -> int:
    """The cells of the widest of the first rows."""
    return max(map(len, rows[:LOOK]), default=0)


def plain_name(key: Any) -> str:
    """A name without what people part its words with."""
    return re.sub(r"[-_ ]", "", str(key).lower())


def heads_beside(beside: Mapping[str, Any], width: int, deep: int = 0) -> list[str] | None:
    """The headings that are told beside rows: under a name that says so, else a list of as many different words."""
    named = [one for key, one in beside.items() if plain_name(key) in HEADS]
    for one in chain(named, beside.values()):
        heads = heads_beside(one, width) if isinstance(one, dict) and one in named else _words(one)
        if heads is not None and len(heads) == width and len(set(heads)) == width:
            return heads
    for one in beside.values() if deep else ():
        if isinstance(one, dict) and (heads := heads_beside(one, width, deep - 1)) is not None:
            return heads
    return None


def _words(value: Any) -> list[str] | None:
    """The headings in a list of words, or of objects that describe columns."""
    if not isinstance(value, list) or len(value) > MOST_COLUMNS * 9:
        return None
    heads = []
    for one in value:
        if isinstance(one, dict):
            by_name = {plain_name(key): said for key, said in one.items()}
            one = next((by_name[key] for key in _SAID if isinstance(by_name.get(key), str)), None)
        if not isinstance(one, str):
            return None
        heads.append(one)
    return heads


def under_heads(rows: Iterable[Any], heads: list[str] | None) -> Iterator[Any]:
    """Rows that are lists as objects under their headings; others as they are."""
    for row in rows:
        if heads is None or not isinstance(row, list):
            yield row
        else:
            yield {heads[at] if at < len(heads) else f"kolom {at + 1}": cell for at, cell in enumerate(row)}


def listed(name: str, rows: Iterable[Any]) -> Sheet:
    """A list of lists as a sheet whose headings, if it has any, are its first rows."""
    sheet = Sheet(name, iter(()), is_json=True)

    def cells() -> Iterator[tuple[list[Any], bool]]:
        has_begun = False
        for row in rows:
            is_plain = isinstance(row, list) and not any(isinstance(cell, (list, dict)) for cell in row)
            if not is_plain or not (has_begun or _may_be_heads(row)):
                pass_over(sheet.passed, NO_TABLE)
            has_begun = has_begun or bool(row)
            yield [_cell(one) for one in row] if isinstance(row, list) else [_cell(row)], False

    sheet.blocks = rows_in_blocks(cells())
    return sheet


def _may_be_heads(row: list[Any]) -> bool:
    """Whether a first row can be words above columns, or stands above plain numbers, which need none."""
    if not any(map(tells, row)):
        return True
    return all(one is None or (isinstance(one, str) and len(_DIGIT.findall(one)) <= _YEAR) for one in row)


def _cell(value: Any) -> str | None:
    return None if value is None else dumped(value) if isinstance(value, (list, dict)) else _said(value)


def _said(value: Any) -> str:
    text = f"{value:.17g}" if isinstance(value, float) else str(value)
    # A text that was written as JSON twice.
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else text


def pass_over(passed: list[str], why: str) -> None:
    """Says once why something is not inspected."""
    if why not in passed:
        passed.append(why)


def objects(values: Iterable[Any], texts: Iterable[str] = ()) -> Sheet:
    """Objects as the rows of a sheet, nested ones as further columns or rows."""
    heads: list[str] = []
    sheet = Sheet("", iter(()), texts=list(texts), heads=heads, is_json=True)
    sheet.blocks = (Block(frame) for frame in _frames(values, heads, sheet.passed))
    return sheet


def _frames(values: Iterable[Any], heads: list[str], passed: list[str]) -> Iterator[pl.DataFrame]:
    places: dict[str, int] = {}
    held: list[list[Any]] = []
    for value in values:
        for row in _Flat(passed).of(value):
            cells: list[Any] = [None] * len(places)
            for key, cell in row.items():
                at = places.setdefault(key, len(places))
                if at == len(cells):
                    cells.append(cell)
                    heads.append(key)
                else:
                    cells[at] = cell
            held.append(cells)
        if len(held) >= ROWS:
            yield framed(held)
            held = []
    if len(places) > MOST_COLUMNS:
        pass_over(passed, TOO_WIDE)
    if held:
        yield framed(held)


@dataclass
class _Flat:
    """An object as rows: nested objects as `a.b`, of nested lists each further element in a row of its own."""

    passed: list[str]
    _rows: list[dict[str, str]] = field(default_factory=lambda: [{}])

    def of(self, value: Any) -> list[dict[str, str]]:
        """The rows. Raises Unreadable."""
        self._add(value, "", 0, 0)
        return [row for row in self._rows if row]

    def _add(self, value: Any, name: str, at: int, deep: int) -> None:
        if deep > DEEPEST:
            raise Unreadable("JSON that is nested too deeply")
        if isinstance(value, dict):
            value = {key: json_values.bare(one) for key, one in value.items()}
            rows = json_values.by_keys(value) or _crossed(value)
            if rows is not None:
                if all(isinstance(one, list) and _is_mixed(one) for one in value.values()):
                    pass_over(self.passed, NO_TABLE)
                self._add(rows, name, at, deep + 1)
                return
            for key, one in value.items():
                heads = heads_beside(value, width_of(one)) if is_rows(one) else None
                told = one if heads is None else list(under_heads(one, heads))
                self._add(told, f"{name}.{key}" if name else str(key), at, deep + 1)
        elif isinstance(value, list):
            if not name and any(isinstance(one, str) for one in value):
                pass_over(self.passed, NO_TABLE)
            if _is_mixed(value) or any(isinstance(one, list) and any(map(tells, one)) for one in value):
                pass_over(self.passed, NO_TABLE)
            for number, one in enumerate(value):
                if number:
                    self._rows.append({})
                self._add(one, name, at if not number else len(self._rows) - 1, deep + 1)
        elif value is not None:
            if isinstance(value, str) and holds_rows(value):
                pass_over(self.passed, NO_TABLE)
            self._rows[at][name] = _said(value)


def tells(cell: Any) -> bool:
    """Whether a value may be of a person, unlike a coordinate."""
    return isinstance(cell, str) or (isinstance(cell, int) and abs(cell) >= 10**8)


def _is_mixed(values: list[Any]) -> bool:
    """Whether a list holds different things, as a row does: words and numbers, or numbers of other lengths."""
    if all(isinstance(one, dict) and len(one) == 1 for one in values):
        values = [cell for one in values for cell in one.values()]
    lengths = {len(_DIGIT.findall(str(one))) for one in values if tells(one) and str(one).strip()}
    return len(lengths) > 1 and (min(lengths) < _LONG <= max(lengths) or max(lengths) - min(lengths) > _LIKE)


def holds_rows(text: str) -> bool:
    """Whether a text is a table or JSON itself, of which nothing is read as such."""
    said = text.strip()
    if said[:1] + said[-1:] in ("[]", "{}"):
        try:
            return bool(decoded(said, 0)[0])
        except json.JSONDecodeError:
            pass
    parts = Counter(len(_PARTED.findall(line)) for line in said.splitlines() if line)
    return parts.total() > 2 and max(parts.values()) > parts.total() * 0.8 and parts.most_common(1)[0][0] > 0


def _crossed(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object that is a table: columns of values by number or in lists, or alike objects by name."""
    told = list(value.values())
    if len(told) > 1 and all(isinstance(one, list) for one in told):
        is_plain = all(not isinstance(cell, (list, dict)) for one in told for cell in one[:LOOK])
        if is_plain and len({len(one) for one in told}) == 1 and len(told[0]) > 1:
            return [dict(zip(value, cells, strict=True)) for cells in zip(*told, strict=True)]
    if not told or not all(isinstance(one, dict) and one for one in told):
        return None
    names = told[0].keys()
    if all(one.keys() == names for one in told):
        if len(names) > 1 and all(key.isdecimal() for key in names):
            return [{key: one[at] for key, one in value.items()} for at in names]
        if len(told) > 2:
            return [{json_values.KEY: key, **one} for key, one in value.items()]
    return None
