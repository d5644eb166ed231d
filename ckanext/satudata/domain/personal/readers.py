"""The tables of a text as `place.Sheet`: CSV and TSV, in bounded memory. `json_tables` reads JSON, `books` XLSX."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import polars as pl

from ckanext.satudata.domain.personal.place import Block, Sheet

_BLOCK = 8 << 20
"""Bytes of a text that are looked at together."""
MOST_RECORD = 64 << 20
"""Bytes without the end of a row; more is no table."""
ROWS = 20_000
MOST_COLUMNS = 2000
_HEAD = 1 << 16


class Unreadable(Exception):
    """What cannot be inspected; its text names what it is, for people."""


# ---------------------------------------------------------------- texts


def of_text(path: Path) -> Iterator[Sheet]:
    """A text with marks between cells. Bytes that are no UTF-8 are read as replaced letters; digits stay."""
    with path.open("rb") as source:
        begin = source.read(_HEAD)
    encoding = encoding_of(begin)
    if encoding == "utf-8" and b"\0" in begin:
        raise Unreadable("File without text")
    lines = begin.decode(encoding, "replace").lstrip("\ufeff")
    mark = _mark(lines)
    yield Sheet("", (Block(frame) for frame in _frames(path, encoding, mark)))


def encoding_of(begin: bytes) -> str:
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
            elif len(rest) > MOST_RECORD:
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
    csv.field_size_limit(MOST_RECORD)
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


def rows_in_blocks(rows: Iterable[tuple[list[Any], bool]]) -> Iterator[Block]:
    """Rows, each with whether it is hidden, as blocks."""
    held: list[list[Any]] = []
    marks: list[bool] = []
    for row, is_hidden in rows:
        held.append(row)
        marks.append(is_hidden)
        if len(held) == ROWS:
            yield Block(framed(held), pl.Series(marks) if any(marks) else None)
            held, marks = [], []
    if held:
        yield Block(framed(held), pl.Series(marks) if any(marks) else None)
