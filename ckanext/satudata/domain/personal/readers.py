"""The tables of a file as `sheets.Sheet`: CSV and TSV, JSON; `books` reads spreadsheets. In bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import polars as pl

from ckanext.satudata.domain.packed import Damaged
from ckanext.satudata.domain.personal.place import Block, Sheet

_BLOCK = 8 << 20
"""Bytes of a text that are looked at together."""
_MOST_RECORD = 64 << 20
"""Bytes without the end of a row; more is no table."""
_ROWS = 20_000
MOST_COLUMNS = 2000
_HEAD = 1 << 16


class Unreadable(Exception):
    """What cannot be inspected; its text names what it is, for people."""


# ---------------------------------------------------------------- texts


def of_text(path: Path) -> Iterator[Sheet]:
    """A text with marks between cells. Bytes that are no UTF-8 are read as replaced letters; digits stay."""
    with path.open("rb") as source:
        begin = source.read(_HEAD)
    encoding = _encoding(begin)
    if encoding == "utf-8" and b"\0" in begin:
        raise Unreadable("File without text")
    lines = begin.decode(encoding, "replace").lstrip("\ufeff")
    mark = _mark(lines)
    yield Sheet("", (Block(frame) for frame in _frames(path, encoding, mark)))


def _encoding(begin: bytes) -> str:
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _mark(text: str) -> str:
    """The mark between cells: that with which most of the first rows have the same number of cells, several."""
    best, score = ",", (0, 0)
    for mark in ",;\t|":
        try:
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if row][:100]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = widths.most_common(1)[0]
            best, score = (mark, (count, width)) if (count, width) > score else (best, score)
    return best


def _frames(path: Path, encoding: str, mark: str) -> Iterator[pl.DataFrame]:
    width = 1
    for piece in _pieces(path, encoding):
        frame = _frame(piece, mark, width)
        width = max(width, frame.width)
        yield frame


def _pieces(path: Path, encoding: str) -> Iterator[bytes]:
    """Pieces of UTF-8 that end where a row does: at a line's end outside quotation marks."""
    rest = b""
    with path.open("rb") as source:
        for block in chain(_utf8(source, encoding), [b""]):
            rest += block
            if not block:
                break
            cut = rest.rfind(b"\n") + 1
            if not cut and b"\r" in rest:
                rest = rest.replace(b"\r", b"\n")
                cut = rest.rfind(b"\n") + 1
            quotes = rest.count(b'"', 0, cut)
            while cut and quotes % 2 and len(rest) < 3 * _BLOCK:
                before = rest.rfind(b"\n", 0, cut - 1) + 1
                quotes -= rest.count(b'"', before, cut)
                cut = before
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > _MOST_RECORD:
                raise Unreadable("Row that is too long")
    if rest.strip():
        yield rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _utf8(source: IO[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding != "utf-8" else None
    is_first = True
    while block := source.read(_BLOCK):
        block = decoder.decode(block).encode() if decoder else block
        yield block.removeprefix(codecs.BOM_UTF8) if is_first else block
        is_first = False


def _frame(piece: bytes, mark: str, width: int) -> pl.DataFrame:
    """The rows of a piece. Those that polars would cut or refuses are read by the standard library."""
    if piece.count(b'"') % 2:
        # One that is left open would make a single cell of all that follows.
        piece = piece.replace(b'"', b"")
    lines = pl.read_csv(
        piece, has_header=False, separator="\x01", quote_char=None, schema={"line": pl.String}, encoding="utf8-lossy",
        truncate_ragged_lines=True,
    )  # fmt: skip
    counted = lines["line"].str.count_matches(mark, literal=True).max() if len(lines) else 0
    widest = max(width, int(counted or 0) + 1)  # type: ignore[arg-type]
    if widest <= max(width + 40, 60):
        try:
            return pl.read_csv(
                piece, has_header=False, separator=mark, schema={f"c{at}": pl.String for at in range(widest)},
                encoding="utf8-lossy", truncate_ragged_lines=False, low_memory=True,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            pass
    text = piece.decode("utf-8", "replace").replace("\0", "")
    csv.field_size_limit(_MOST_RECORD)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error:
        rows = [line.split(mark) for line in text.splitlines()]
    return framed(rows)


def framed(rows: list[list[Any]]) -> pl.DataFrame:
    """Rows of texts as columns, as wide as the widest; what stands beyond the 2,000th column in its last."""
    width = max(map(len, rows), default=1)
    if width > MOST_COLUMNS:
        rows = [[*row[: MOST_COLUMNS - 1], " ; ".join(map(str, row[MOST_COLUMNS - 1 :]))] for row in rows]
        width = MOST_COLUMNS
    columns = {
        f"c{at}": pl.Series([row[at] if at < len(row) else None for row in rows], dtype=pl.String)
        for at in range(max(1, width))
    }
    return pl.DataFrame(columns)


# ---------------------------------------------------------------- JSON


def of_json(path: Path) -> Iterator[Sheet]:
    """Objects in a list, wherever it stands, or one after the other; nested ones as columns `a.b`.

    What stands beside the list counts as a title.
    """
    beside: list[str] = []
    heads: list[str] = []
    sheet = Sheet("", iter(()), texts=beside, heads=heads)
    sheet.blocks = (Block(frame) for frame in _objects(path, heads, beside))
    yield sheet


def _objects(path: Path, heads: list[str], beside: list[str]) -> Iterator[pl.DataFrame]:
    places: dict[str, int] = {}
    held: list[list[Any]] = []
    for value in _elements(path, beside):
        for row in flat_rows(value):
            cells: list[Any] = [None] * len(places)
            for key, cell in row.items():
                at = places.setdefault(key, len(places))
                if at == len(cells):
                    cells.append(cell)
                    heads.append(key)
                else:
                    cells[at] = cell
            held.append(cells)
        if len(held) >= _ROWS:
            yield framed(held)
            held = []
    if held:
        yield framed(held)


def flat_rows(value: Any) -> list[dict[str, str]]:
    """An object as rows: nested objects as `a.b`, of nested lists each further element in a row of its own."""
    rows: list[dict[str, str]] = [{}]
    _flatten(value, "", rows, 0)
    return [row for row in rows if row]


def _flatten(value: Any, name: str, rows: list[dict[str, str]], at: int, deep: int = 0) -> None:
    if deep > 60:
        raise Unreadable("JSON that is nested too deeply")
    if isinstance(value, dict):
        for key, one in value.items():
            _flatten(one, f"{name}.{key}" if name else str(key), rows, at, deep + 1)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            if number:
                rows.append({})
            _flatten(one, name, rows, at if not number else len(rows) - 1, deep + 1)
    elif value is not None:
        rows[at][name] = _said(value)


def _said(value: Any) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)


_WRAPPED = re.compile(r"\s*\{[^\[{]*\[\s*(?=\{)")
_BETWEEN = re.compile(r"[\s,]*")


def _elements(path: Path, beside: list[str]) -> Iterator[Any]:
    """The rows of a file: elements of its list; objects one after the other; of a single object those of its lists."""
    values = _values(path, beside)
    first = next(values, None)
    second = next(values, None)
    if first is not None and second is None and not first[1]:
        yield from _unwrapped(first[0], beside)
        return
    for value, _is_element in chain(filter(None, (first, second)), values):
        yield value


def _values(path: Path, beside: list[str]) -> Iterator[tuple[Any, bool]]:
    """The elements of the list in a file, or of one in an object; or what stands in it one after the other (False).

    Only one element is in memory at a time; what stands before and after the list goes `beside`.
    """
    decoder = json.JSONDecoder()
    with path.open("rb") as source:
        encoding = _encoding(source.read(4))
        source.seek(0)
        stream = codecs.getreader(encoding)(source, "replace")
        rest = stream.read(_HEAD).lstrip("\ufeff \t\r\n")
        wrapped = _WRAPPED.match(rest)
        is_list = rest.startswith("[") or wrapped is not None
        if wrapped:
            beside.append(wrapped[0])
        rest = rest[wrapped.end() if wrapped else int(is_list) :]
        is_last, is_over = False, False
        while not is_over:
            at = 0
            while not is_over:
                found = _BETWEEN.match(rest, at)
                begin = found.end() if found else at
                is_over = is_list and rest.startswith("]", begin)
                if is_over or begin >= len(rest):
                    at = begin
                    break
                try:
                    value, end = decoder.raw_decode(rest, begin)
                except json.JSONDecodeError as error:
                    if is_last:
                        raise Damaged("JSON") from error
                    break
                except RecursionError as error:
                    raise Unreadable("JSON that is nested too deeply") from error
                # A number at the end of what was read may go on.
                if end == len(rest) and not is_last:
                    break
                yield value, is_list
                at = end
            rest = rest[at:]
            if len(rest) > _MOST_RECORD:
                raise Unreadable("Row that is too long")
            if is_last and not is_over:
                if is_list:
                    raise Damaged("JSON")
                break
            block = stream.read(1 << 20)
            is_last = not block
            rest += block
        beside.append((rest + stream.read(_MOST_RECORD)).lstrip("]"))
        if stream.read(1):
            raise Unreadable("Rest of a file of which only a part could be read")


def _unwrapped(value: Any, beside: list[str]) -> Iterator[Any]:
    """The elements of the lists of objects in an object, wherever they stand; one without such is a row itself."""
    lists = list(_lists(value, 0))
    if not lists:
        yield value
        return
    for one in lists:
        yield from one
    beside.append(json.dumps(_without_lists(value, 0), ensure_ascii=False))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(one, dict) for one in value[:100])


def _lists(value: Any, deep: int) -> Iterator[list[Any]]:
    for one in value.values() if isinstance(value, dict) and deep < 60 else ():
        if _is_table(one):
            yield one
        else:
            yield from _lists(one, deep + 1)


def _without_lists(value: Any, deep: int) -> Any:
    if not isinstance(value, dict) or deep >= 60:
        return value
    return {key: _without_lists(one, deep + 1) for key, one in value.items() if not _is_table(one)}


def rows_in_blocks(rows: Iterable[tuple[list[Any], bool]]) -> Iterator[Block]:
    """Rows, each with whether it is hidden, as blocks."""
    held: list[list[Any]] = []
    marks: list[bool] = []
    for row, is_hidden in rows:
        held.append(row)
        marks.append(is_hidden)
        if len(held) == _ROWS:
            yield Block(framed(held), pl.Series(marks) if any(marks) else None)
            held, marks = [], []
    if held:
        yield Block(framed(held), pl.Series(marks) if any(marks) else None)
