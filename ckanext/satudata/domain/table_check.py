"""Whether a CSV file from a stranger is one table down to its last line; read as a stream, in bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO, Literal

MOST_COLUMNS = 16_384
"""What spreadsheet programs open."""
_LONGEST = 1 << 20
"""Characters of a line that are held: of longer ones (the outline of an area) the columns are counted, no more."""
_BLOCK = 1 << 16
_EXCEL_ROWS = 16
_BLANKS = 2 * _EXCEL_ROWS
"""Empty lines in a row that are looked at; what follows of them is only counted."""
_LONGEST_RECORD = 100_000
"""Lines of one record beyond what fits a cell: the quotation mark is then taken to be left open."""
_LONGEST_CELL = 131_072
"""Characters of a cell that are read."""

Kind = Literal["empty", "letter", "quotation", "more", "fewer", "columns"]


class Fault(ValueError):
    """The first thing wrong, and in which line (0 for the file as a whole)."""

    def __init__(self, kind: Kind, line: int = 0):
        super().__init__(kind, line)
        self.kind, self.line = kind, line


def check(stream: IO[bytes], separator: str) -> None:
    """Raises Fault for the first line that is not written in UTF-8, whose quotation mark is not closed, that has
    more or fewer cells than the table has columns, or more than 16,384; and for a table without any cell.

    Titles and notes of one cell, and empty lines, are no faults. Neither are sixteen rows together without their
    last cells: so Excel writes columns that are empty there.
    """
    # The bound is the whole process's: libraries lift it when they are loaded, and a quotation mark that is never
    # closed would be read to the end of the file.
    csv.field_size_limit(_LONGEST_CELL)
    lines, widths = _Lines(stream, separator), _Widths()
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.first = lines.quotes = 0
        try:
            widths.take(next(reader), lines.first)
        except StopIteration:
            break
        except _Long:
            lines.finish_record()
            widths.pass_over()
        except csv.Error as error:
            # A very long cell (the outline of an area) is no fault.
            if "limit" not in str(error):
                raise Fault("quotation", lines.first) from None
            lines.finish_record()
            widths.pass_over()
    widths.finish()


class _Long(Exception):
    """A line that is too long to be held; it was read to its end."""


class _Lines:
    """The lines of a text with their ends; `number` lines were read, with so many `quotes` in this record.

    `first` is the record's first line; whoever begins a record sets it to 0.
    """

    def __init__(self, stream: IO[bytes], separator: str):
        self.number = self.quotes = self.first = 0
        self._stream, self._separator = stream, separator
        self._pieces = self._read()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        self.first = self.first or self.number + 1
        if _ends(piece) or len(piece) < _LONGEST:
            self.number += 1
            self.quotes += piece.count('"')
            return piece
        columns = 1
        while True:
            # What stands between quotation marks is every second part.
            parts = piece.split('"')
            columns += sum(part.count(self._separator) for part in parts[self.quotes % 2 :: 2])
            self.quotes += len(parts) - 1
            if columns > MOST_COLUMNS:
                raise Fault("columns", self.number + 1)
            if _ends(piece):
                break
            piece = next(self._pieces, "\n")
        self.number += 1
        raise _Long

    def finish_record(self) -> None:
        """Reads on to the end of a record of which a part could not be held."""
        while self.quotes % 2:
            try:
                next(self)
            except _Long:
                continue
            except StopIteration:
                raise Fault("quotation", self.first) from None
            if self.number - self.first > _LONGEST_RECORD:
                raise Fault("quotation", self.first)

    def _read(self) -> Iterator[str]:
        """Lines; those that are too long in pieces, of which only the last has a line's end."""
        decoder, rest, blanks = codecs.getincrementaldecoder("utf-8-sig")(), "", 0
        while block := self._stream.read(_BLOCK):
            if blanks > _BLANKS and rest in ("", "\n") and not block.strip(b"\n"):
                self.number += len(block)
                continue
            *whole, rest = io.StringIO(rest + self._decoded(decoder, block, rest), newline="").readlines() or [""]
            for line in whole:
                blanks = blanks + 1 if line in ("\n", "\r\n", "\r") else 0
                if blanks > _BLANKS:
                    self.number += 1
                else:
                    yield line
            if len(rest) > _LONGEST:
                yield rest.removesuffix("\r")
                rest = rest[-1:] if rest.endswith("\r") else ""
        rest += self._decoded(decoder, b"", rest)
        if rest:
            yield rest

    def _decoded(self, decoder: codecs.IncrementalDecoder, block: bytes, rest: str) -> str:
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise self._unreadable(rest + error.object[: error.start].decode()) from None
        if "\0" in text:
            raise self._unreadable(rest + text[: text.index("\0")])
        return text

    def _unreadable(self, before: str) -> Fault:
        return Fault("letter", self.number + 1 + sum(map(_ends, io.StringIO(before, newline=""))))


def _ends(piece: str) -> bool:
    return piece.endswith(("\n", "\r"))


class _Widths:
    """How many cells the rows have, compared with the first row that has several."""

    def __init__(self) -> None:
        self._cells = self._named = self._rows = 0
        self._is_empty = True
        self._short = 0
        self._has_whole = False

    def take(self, row: list[str], line: int) -> None:
        if self._named and len(row) == self._cells:
            self._has_whole = True
            self._count()
            return
        if len(row) > MOST_COLUMNS:
            raise Fault("columns", line)
        filled = [at for at, cell in enumerate(row, start=1) if cell and not cell.isspace()]
        last = filled[-1] if filled else 0
        # A title of one cell may stand above the heads.
        if 1 < self._cells < last and self._cells < len(row):
            raise Fault("more", line)
        if self._cells < 2:
            self._cells = max(self._cells, len(row))
        if not self._named and len(filled) > 1:
            self._named = last
        if self._named and len(row) >= self._named:
            self._has_whole = True
        elif len(filled) > 1 and not self._short:
            self._short = line
        self._is_empty = self._is_empty and not filled
        self._count()

    def pass_over(self) -> None:
        """A row of which the cells are not known."""
        self._is_empty = False
        self._count()

    def _count(self) -> None:
        self._rows += 1
        if self._rows % _EXCEL_ROWS == 0:
            self._end_block()

    def finish(self) -> None:
        self._end_block()
        if self._is_empty:
            raise Fault("empty")

    def _end_block(self) -> None:
        if self._short and self._has_whole:
            raise Fault("fewer", self._short)
        self._short, self._has_whole = 0, False
