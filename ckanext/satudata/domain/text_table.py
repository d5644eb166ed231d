"""CSV as spreadsheets save it, read with every encoding, separator and line end they use, and as they open it."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterable
from itertools import islice

SEPARATORS = ",;\t"
SEPARATOR = ";"
"""What a spreadsheet set to Indonesian opens in columns."""
_LOOKED_AT = 20
"""Rows in which the heads are looked for: titles may stand above them."""


class Unreadable(ValueError):
    """Not a table; `line` is the row as a spreadsheet numbers it, 0 for the file as a whole."""

    def __init__(self, line: int = 0):
        super().__init__(line)
        self.line = line


def decode(content: bytes) -> str:
    """The text, from UTF-8 or UTF-16 (Excel's "Unicode text") or else Windows-1252. Raises Unreadable for no text."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Unreadable from error
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Unreadable
    return text


def rows(text: str, heads_in: Callable[[list[str]], int], most: int | None = None) -> list[list[str]]:
    """All rows (`most` at most), also empty ones: the place in the list is the row's number in a spreadsheet.

    `heads_in` counts the known column heads among some cells: the separator is the one that shows most of
    them. A first line `sep=;` decides by itself and is no row. Raises Unreadable with the row at fault.
    """
    text = text.removeprefix("\ufeff")
    said = re.match(r"\s*\"?sep=(.)\"?[ \t]*(\r\n|\r|\n|$)", text, re.IGNORECASE)
    if said:
        return _all(text[said.end() :], said[1], most)
    return _all(text, max(SEPARATORS, key=lambda separator: _score(text, separator, heads_in)), most)


def _score(text: str, separator: str, heads_in: Callable[[list[str]], int]) -> tuple[int, int]:
    found: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        found.extend(islice(_reader(text, separator), _LOOKED_AT))
    return max(map(heads_in, found), default=0), len(found[0]) if found else 0


def _all(text: str, separator: str, most: int | None) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in islice(_reader(text, separator), most):
            found.append(row)
    except csv.Error as error:
        raise Unreadable(len(found) + 1) from error
    return found


def _reader(text: str, separator: str):
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def written_out(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A table as text, heads first."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=SEPARATOR)
    writer.writerow(heads)
    writer.writerows(map(harmless, line) for line in lines)
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
