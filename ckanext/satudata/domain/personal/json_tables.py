"""The tables of a JSON file as `place.Sheet`: objects in lists or one after the other, rows that are lists. In bounded
memory.

Of what is no table the sheet says so (`Sheet.passed`): values under no heading of theirs are not inspected.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any

import polars as pl

from ckanext.satudata.domain.packed import Damaged
from ckanext.satudata.domain.personal.place import Block, Sheet
from ckanext.satudata.domain.personal.readers import (
    MOST_COLUMNS,
    MOST_RECORD,
    ROWS,
    Unreadable,
    encoding_of,
    framed,
    rows_in_blocks,
)

NO_TABLE = "Lists within lists that are no table"
TOO_WIDE = "JSON with too many different names"
_WHOLE = 8 << 20
"""Characters up to which an object is read as a whole."""
_PIECE = 1 << 20
_DEEPEST = 60
_LOOK = 100
_DIGIT, _YEAR = re.compile(r"\d"), 4
_LONG, _LIKE = 6, 3
"""Digits of what is a number rather than words; by how many the numbers of one column may differ."""
_PARTED, _ESCAPED = re.compile(r"[,;|\t]"), re.compile(r"\\[nrtbf]")
_BETWEEN, _COLON = re.compile(r"[\s,]*"), re.compile(r"\s*:\s*")
_HEADS = frozenset(
    {"columns", "column", "cols", "columnnames", "fields", "field", "header", "headers", "heads", "head", "kolom"}
)
"""Names under which the headings of rows are told."""
_SAID = ("id", "name", "field", "key", "label", "title", "header", "nama", "column", "columnname", "fieldname")
"""What an object says that describes a column."""
_KEY = "kunci"
"""The heading of the names of objects that are rows."""

_DECODER = json.JSONDecoder()


def of_json(path: Path) -> Iterator[Sheet]:
    """Objects in lists, wherever they stand, or one after the other, and rows that are lists with headings beside them,
    as one sheet; nested ones as columns `a.b`. Lists of lists with their headings on top, if any, each as its own.

    What stands beside the lists counts as a title.
    """
    with path.open("rb") as source:
        text = _Text(source)
        if text.rest.startswith("[") and not _are_lines(text.rest):
            text.rest = text.rest[1:]
            yield from _of_list(text)
        else:
            yield from _of_objects(text)


class _Text:
    """The text of a file; `rest` is what was read of it and not used up."""

    def __init__(self, source: IO[bytes]):
        encoding = encoding_of(source.read(4))
        source.seek(0)
        self._stream = codecs.getreader(encoding)(source, "replace")
        self.is_last = False
        self.rest = ""
        while not self.is_last and len(self.rest) < _WHOLE:
            self.more()
        self.rest = self.rest.lstrip("\ufeff \t\r\n")

    def more(self) -> None:
        """Reads on. Raises Unreadable where too much is held."""
        if len(self.rest) > MOST_RECORD:
            raise Unreadable("Row that is too long")
        block = self._stream.read(_PIECE)
        self.is_last = not block
        self.rest += block

    def all(self) -> str:
        """All that is left. Raises Unreadable."""
        while not self.is_last:
            self.more()
        return self.rest


def _decoded(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError as error:
        raise Unreadable("JSON that is nested too deeply") from error


def _are_lines(text: str) -> bool:
    """Whether each line is a list of its own."""
    line, _, below = text.partition("\n")
    try:
        return below.lstrip().startswith("[") and not line[_decoded(line, 0)[1] :].strip()
    except json.JSONDecodeError:
        return False


def _values(text: _Text, *, is_list: bool) -> Iterator[Any]:
    """The elements of the list in which a text stands, up to its end, or what stands in it one after the other.

    Only one is in memory at a time.
    """
    while True:
        at = 0
        while True:
            found = _BETWEEN.match(text.rest, at)
            begin = found.end() if found else at
            if is_list and text.rest.startswith("]", begin):
                text.rest = text.rest[begin + 1 :]
                return
            try:
                value, end = _decoded(text.rest, begin) if begin < len(text.rest) else (None, -1)
            except json.JSONDecodeError as error:
                if text.is_last:
                    raise Damaged("JSON") from error
                break
            # A number at the end of what was read may go on.
            if end < 0 or (end == len(text.rest) and not text.is_last):
                break
            yield value
            at = end
        text.rest = text.rest[at:]
        if text.is_last:
            if is_list:
                raise Damaged("JSON")
            return
        text.more()


# ---------------------------------------------------------------- objects


def _of_objects(text: _Text) -> Iterator[Sheet]:
    """One object with its tables, or several one after the other."""
    try:
        value, end = _decoded(text.rest, 0)
    except json.JSONDecodeError as error:
        opened = None if text.is_last else _opened(text.rest)
        if opened is not None:
            at, key, members = opened
            text.rest = text.rest[at:]
            yield from _of_open(text, key, members)
            return
        try:
            value, end = _decoded(text.all(), 0)
        except json.JSONDecodeError:
            raise Damaged("JSON") from error
    while not text.is_last and _is_blank(text.rest[end:]):
        text.more()
    if isinstance(value, dict) and _is_blank(text.rest[end:]):
        yield from _of_value(value)
    else:
        first, values = _begun(_values(text, is_list=False))
        yield _listed("", values) if _is_row(first) else _objects(values)


def _is_blank(text: str) -> bool:
    return not text.strip()


def _opened(text: str) -> tuple[int, str, dict[str, Any]] | None:
    """Of an object that goes on beyond a text: the place in its list that does, its name, and what stands before it."""
    members: dict[str, Any] = {}
    key, at = "", 1
    while True:
        found = _BETWEEN.match(text, at)
        at = found.end() if found else at
        try:
            key, at = _decoded(text, at)
            colon = _COLON.match(text, at)
            if not isinstance(key, str) or colon is None:
                return None
            at = colon.end()
            members[key], end = _decoded(text, at)
        except json.JSONDecodeError:
            return (at + 1, key, members) if text.startswith("[", at) else None
        at = end


def _of_list(text: _Text) -> Iterator[Sheet]:
    """The one sheet of a list whose elements are read one by one."""
    first, values = _begun(_values(text, is_list=True))
    sheet = _listed("", values) if _is_row(first) else _objects(values)
    _last(sheet, lambda: _rest(text, sheet))
    yield sheet


def _of_open(text: _Text, key: str, members: Mapping[str, Any]) -> Iterator[Sheet]:
    """The sheets of an object that is too large to be held: of its list in which the text stands, and what follows."""
    after: dict[str, Any] = {}
    first, values = _begun(_values(text, is_list=True))
    heads = _heads(members, len(first)) if _is_row(first) else None
    tables: list[_Table] = []

    def read_on() -> None:
        after.update(_rest(text, sheet))
        tables.extend(_tables(after, "", {**members, **after}, 0))
        if is_listed and _heads(after, len(first)) is not None:
            _pass(sheet.passed, NO_TABLE)

    def rows() -> Iterator[Any]:
        yield from _headed(values, heads)
        read_on()
        for one in tables:
            yield from one.rows if one.is_named else ()

    is_listed = _is_row(first) and heads is None
    sheet = _listed(key, values) if is_listed else _objects(rows())
    sheet.texts.append(_dumped(members))
    if is_listed:
        _last(sheet, read_on)
    yield sheet
    if is_listed and any(one.is_named for one in tables):
        yield _objects(chain.from_iterable(one.rows for one in tables if one.is_named))
    yield from (_listed(one.name, one.rows) for one in tables if not one.is_named)


def _begun(values: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    """The first that is not empty, and all from there."""
    first = next((one for one in values if one not in (None, [])), None)
    return first, chain([] if first is None else [first], values)


def _last(sheet: Sheet, then: Callable[[], Any]) -> None:
    """Does something once the blocks of a sheet were read."""
    blocks = sheet.blocks

    def read() -> Iterator[Block]:
        yield from blocks
        then()

    sheet.blocks = read()


def _rest(text: _Text, sheet: Sheet) -> dict[str, Any]:
    """What an object names after its list, {} where it is none; as text it belongs to the sheet."""
    rest = text.all().strip().lstrip(",").strip()
    sheet.texts.append(rest)
    if not rest.strip("}]"):
        return {}
    try:
        after, end = _decoded("{" + rest, 0)
    except json.JSONDecodeError:
        after, end = {}, 0
    if rest[max(0, end - 1) :].strip() and any(mark in rest for mark in "{["):
        _pass(sheet.passed, NO_TABLE)
    return after


def _of_value(value: dict[str, Any]) -> Iterator[Sheet]:
    """The tables of an object, wherever they stand; one without such is a row itself, or several by its names."""
    tables = list(_tables(value, "", value, 0))
    if not tables:
        yield _objects([value])
        return
    named = [one.rows for one in tables if one.is_named]
    rest = _without(value, {id(one.of) for one in tables}, 0)
    texts, passed = [_dumped(rest)], [NO_TABLE] if _hides_rows(rest) else []
    if named:
        sheet = _objects(chain.from_iterable(named), texts)
        sheet.passed += passed
        yield sheet
    for one in tables:
        if not one.is_named:
            sheet = _listed(one.name, one.rows)
            if not named:
                sheet.texts += texts
                sheet.passed += passed
            yield sheet


@dataclass(frozen=True)
class _Table:
    name: str
    of: list[Any]
    rows: Iterable[Any]
    is_named: bool


def _tables(value: Any, name: str, whole: Mapping[str, Any], deep: int) -> Iterator[_Table]:
    headed = 0
    for key, one in value.items() if isinstance(value, dict) and deep < _DEEPEST else ():
        path = f"{name}.{key}" if name else str(key)
        if _is_rows(one):
            # What is told once is told of the first.
            heads = None if headed else _heads(value, _width(one)) or _heads(whole, _width(one), deep=6)
            headed += heads is not None
            yield _Table(path, one, one if heads is None else _headed(one, heads), heads is not None)
        elif isinstance(one, list) and one and all(isinstance(row, dict) for row in one[:_LOOK]):
            if not _is_said(key, one, value):
                yield _Table(path, one, one, True)
        else:
            yield from _tables(one, path, whole, deep + 1)


def _is_said(key: str, told: list[Any], value: Mapping[str, Any]) -> bool:
    """Whether a list tells the headings of rows beside it."""
    beside = [one for one in value.values() if one is not told and _is_rows(one)]
    return _named(key) in _HEADS and any(_width(one) == len(told) for one in beside)


def _without(value: Any, tables: set[int], deep: int) -> Any:
    if not isinstance(value, dict) or deep >= _DEEPEST:
        return value
    return {key: _without(one, tables, deep + 1) for key, one in value.items() if id(one) not in tables}


def _hides_rows(value: Any, deep: int = 0) -> bool:
    """Whether rows stand in what belongs to no table."""
    if deep > _DEEPEST:
        return True
    if isinstance(value, str):
        return _holds_rows(value)
    if isinstance(value, dict):
        return any(_hides_rows(one, deep + 1) for one in value.values())
    return isinstance(value, list) and any(
        _hides_rows(one, deep + 1) or (isinstance(one, list) and any(map(_tells, one))) for one in value
    )


def _dumped(value: Any) -> str:
    try:
        # Of a sign that JSON writes with letters these would stand before the next word.
        return _ESCAPED.sub(" ", json.dumps(value, ensure_ascii=False))
    except RecursionError as error:
        raise Unreadable("JSON that is nested too deeply") from error


# ---------------------------------------------------------------- rows that are lists


def _is_rows(value: Any) -> bool:
    """Whether a value is a list of rows that are lists of plain values."""
    if not isinstance(value, list) or not value or not all(isinstance(row, list) for row in value[:_LOOK]):
        return False
    return any(not isinstance(cell, (list, dict)) for row in value[:_LOOK] for cell in row)


def _is_row(value: Any) -> bool:
    return _is_rows([value])


def _width(rows: list[Any]) -> int:
    return max(map(len, rows[:_LOOK]), default=0)


def _named(key: Any) -> str:
    return re.sub(r"[-_ ]", "", str(key).lower())


def _heads(beside: Mapping[str, Any], width: int, deep: int = 0) -> list[str] | None:
    """The headings that are told beside rows: under a name that says so, else a list of as many different words."""
    named = [one for key, one in beside.items() if _named(key) in _HEADS]
    for one in chain(named, beside.values()):
        heads = _heads(one, width) if isinstance(one, dict) and one in named else _words(one)
        if heads is not None and len(heads) == width and len(set(heads)) == width:
            return heads
    for one in beside.values() if deep else ():
        if isinstance(one, dict) and (heads := _heads(one, width, deep - 1)) is not None:
            return heads
    return None


def _words(value: Any) -> list[str] | None:
    """The headings in a list of words, or of objects that describe columns."""
    if not isinstance(value, list) or len(value) > MOST_COLUMNS * 9:
        return None
    heads = []
    for one in value:
        if isinstance(one, dict):
            by_name = {_named(key): said for key, said in one.items()}
            one = next((by_name[key] for key in _SAID if isinstance(by_name.get(key), str)), None)
        if not isinstance(one, str):
            return None
        heads.append(one)
    return heads


def _headed(rows: Iterable[Any], heads: list[str] | None) -> Iterator[Any]:
    """Rows that are lists as objects under their headings; others as they are."""
    for row in rows:
        if heads is None or not isinstance(row, list):
            yield row
        else:
            yield {heads[at] if at < len(heads) else f"kolom {at + 1}": cell for at, cell in enumerate(row)}


def _listed(name: str, rows: Iterable[Any]) -> Sheet:
    """A list of lists as a sheet whose headings, if it has any, are its first rows."""
    sheet = Sheet(name, iter(()))

    def cells() -> Iterator[tuple[list[Any], bool]]:
        has_begun = False
        for row in rows:
            is_plain = isinstance(row, list) and not any(isinstance(cell, (list, dict)) for cell in row)
            if not is_plain or not (has_begun or _may_be_heads(row)):
                _pass(sheet.passed, NO_TABLE)
            has_begun = has_begun or bool(row)
            yield [_cell(one) for one in row] if isinstance(row, list) else [_cell(row)], False

    sheet.blocks = rows_in_blocks(cells())
    return sheet


def _may_be_heads(row: list[Any]) -> bool:
    """Whether a first row can be words above columns, or stands above plain numbers, which need none."""
    if not any(map(_tells, row)):
        return True
    return all(one is None or (isinstance(one, str) and len(_DIGIT.findall(one)) <= _YEAR) for one in row)


def _cell(value: Any) -> str | None:
    return None if value is None else _dumped(value) if isinstance(value, (list, dict)) else _said(value)


def _said(value: Any) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def _pass(passed: list[str], why: str) -> None:
    if why not in passed:
        passed.append(why)


# ---------------------------------------------------------------- rows that are objects


def _objects(values: Iterable[Any], texts: Iterable[str] = ()) -> Sheet:
    heads: list[str] = []
    sheet = Sheet("", iter(()), texts=list(texts), heads=heads)
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
        _pass(passed, TOO_WIDE)
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
        if deep > _DEEPEST:
            raise Unreadable("JSON that is nested too deeply")
        if isinstance(value, dict):
            rows = _crossed(value)
            if rows is not None:
                if all(isinstance(one, list) and _is_mixed(one) for one in value.values()):
                    _pass(self.passed, NO_TABLE)
                self._add(rows, name, at, deep + 1)
                return
            for key, one in value.items():
                heads = _heads(value, _width(one)) if _is_rows(one) else None
                told = one if heads is None else list(_headed(one, heads))
                self._add(told, f"{name}.{key}" if name else str(key), at, deep + 1)
        elif isinstance(value, list):
            if not name and any(isinstance(one, str) for one in value):
                _pass(self.passed, NO_TABLE)
            if _is_mixed(value) or any(isinstance(one, list) and any(map(_tells, one)) for one in value):
                _pass(self.passed, NO_TABLE)
            for number, one in enumerate(value):
                if number:
                    self._rows.append({})
                self._add(one, name, at if not number else len(self._rows) - 1, deep + 1)
        elif value is not None:
            if isinstance(value, str) and (_holds_rows(value) or (not deep and _PARTED.search(value))):
                _pass(self.passed, NO_TABLE)
            self._rows[at][name] = _said(value)


def _tells(cell: Any) -> bool:
    """Whether a value may be of a person, unlike a coordinate."""
    return isinstance(cell, str) or (isinstance(cell, int) and abs(cell) >= 10**8)


def _is_mixed(values: list[Any]) -> bool:
    """Whether a list holds different things, as a row does: words and numbers, or numbers of other lengths."""
    if all(isinstance(one, dict) and len(one) == 1 for one in values):
        values = [cell for one in values for cell in one.values()]
    lengths = {len(_DIGIT.findall(str(one))) for one in values if _tells(one) and str(one).strip()}
    return len(lengths) > 1 and (min(lengths) < _LONG <= max(lengths) or max(lengths) - min(lengths) > _LIKE)


def _holds_rows(text: str) -> bool:
    """Whether a text is a table or JSON itself, of which nothing is read as such."""
    said = text.strip()
    if said[:1] + said[-1:] in ("[]", "{}"):
        try:
            return bool(_decoded(said, 0)[0])
        except json.JSONDecodeError:
            pass
    parts = Counter(len(_PARTED.findall(line)) for line in said.splitlines() if line)
    return parts.total() > 2 and max(parts.values()) > parts.total() * 0.8 and parts.most_common(1)[0][0] > 0


def _crossed(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object that is a table: columns of values by number or in lists, or alike objects by name."""
    told = list(value.values())
    if len(told) > 1 and all(isinstance(one, list) for one in told):
        is_plain = all(not isinstance(cell, (list, dict)) for one in told for cell in one[:_LOOK])
        if is_plain and len({len(one) for one in told}) == 1 and len(told[0]) > 1:
            return [dict(zip(value, cells, strict=True)) for cells in zip(*told, strict=True)]
    if not told or not all(isinstance(one, dict) and one for one in told):
        return None
    names = told[0].keys()
    if all(one.keys() == names for one in told):
        if len(names) > 1 and all(key.isdecimal() for key in names):
            return [{key: one[at] for key, one in value.items()} for at in names]
        if len(told) > 2:
            return [{_KEY: key, **one} for key, one in value.items()]
    return None
