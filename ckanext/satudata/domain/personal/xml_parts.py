"""Parts of spreadsheets read as a stream of marks, in the way that the formats allow and not only as programs write."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

from ckanext.satudata.domain import packed
from ckanext.satudata.domain.packed import Damaged, TooMuch
from ckanext.satudata.domain.personal import links
from ckanext.satudata.domain.personal.readers import MOST_COLUMNS
from ckanext.satudata.domain.spreadsheet import column_number, day

_TOKEN = 16 << 20
_LONGEST = 100_000
"""Pieces of text of a cell that are kept."""
_REPEATED = 1000
"""Times that the same filled row is taken again; more tells nothing new."""


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def _locally(given: dict[str, str]) -> dict[str, str]:
    return {local(key): value for key, value in given.items()}


def _refuse(*_: object) -> None:
    raise Damaged("a spreadsheet declares no entities")


def _parser(reader: Any) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def fed(blocks: Iterator[bytes], reader: Any) -> Iterator[None]:
    """Feeds a reader (`start`, `end`, `text`) block by block; after each, what it found may be taken."""
    parser, count = _parser(reader), 0
    for block in blocks:
        parser.Parse(block, False)
        count += len(block)
        if count - parser.CurrentByteIndex > _TOKEN:
            raise TooMuch("a mark")
        yield
    parser.Parse(b"", True)
    yield


def marks(archive: ZipFile, part: str, most: int, until: str = "") -> list[tuple[str, dict[str, str]]]:
    """The marks of a small part with what they are given; to the first named `until`."""
    reader = _Marks(until)
    for _ in fed(packed.blocks(archive, part, most), reader):
        if reader.is_over:
            break
    return reader.found


class _Marks:
    def __init__(self, until: str):
        self.found: list[tuple[str, dict[str, str]]] = []
        self.is_over = False
        self._until = until

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        self.is_over = self.is_over or local(name) == self._until
        if not self.is_over:
            self.found.append((local(name), _locally(given)))

    def end(self, name: str) -> None:
        """A mark ends."""

    def text(self, data: str) -> None:
        """A piece of text."""


class Texts:
    """The texts within marks of these names, with what the marks are given; without how a word is pronounced."""

    def __init__(self, *names: str):
        self.found: list[tuple[dict[str, str], str]] = []
        self._names = names
        self._pieces: list[str] | None = None
        self._given: dict[str, str] = {}
        self._aside = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        if local(name) in self._names:
            self._pieces, self._given = [], _locally(given)
        elif local(name) == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        """A mark ends."""
        if local(name) in self._names and self._pieces is not None:
            self.found.append((self._given, "".join(self._pieces)))
            self._pieces = None
        elif local(name) == "rPh":
            self._aside -= 1

    def text(self, data: str) -> None:
        """A piece of text."""
        if self._pieces is not None and not self._aside:
            self._pieces.append(data)


class Behind:
    """Of an XLSX sheet the cells with the formulas that they have, and (None) what links are given."""

    def __init__(self) -> None:
        self.found: list[tuple[dict[str, str], str | None]] = []
        self._cell: dict[str, str] = {}
        self._pieces: list[str] | None = None

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        if local(name) == "hyperlink":
            self.found.append((_locally(given), None))
        elif local(name) == "c":
            self._cell = given
        elif local(name) == "f":
            self._pieces = []

    def end(self, name: str) -> None:
        """A mark ends."""
        if local(name) == "f" and self._pieces is not None:
            if '"' in (formula := "".join(self._pieces)):
                self.found.append((self._cell, formula))
            self._pieces = None

    def text(self, data: str) -> None:
        """A piece of text."""
        if self._pieces is not None:
            self._pieces.append(data)


class XlsxRows:
    """The rows of a sheet of an XLSX file."""

    def __init__(self, texts: list[str], is_length: dict[int, bool], epoch: datetime.datetime):
        self._texts, self._is_length, self._epoch = texts, is_length, epoch
        self._ready: deque[tuple[list[Any], bool]] = deque()
        self._row: list[Any] = []
        self._is_hidden = False
        self._cell: tuple[int, str, int] | None = None
        self._pieces: list[str] = []
        self._takes = False
        self._aside = 0

    def taken(self) -> Iterator[tuple[list[Any], bool]]:
        """The rows that ended since, each with whether it is hidden."""
        while self._ready:
            yield self._ready.popleft()

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        name = local(name)
        if name == "row":
            self._row, self._is_hidden = [], given.get("hidden") in ("1", "true")
        elif name == "c":
            letters = given.get("r", "").rstrip("0123456789")
            at = column_number(letters) - 1 if letters.isalpha() else len(self._row)
            self._cell, self._pieces = (at, given.get("t", "n"), int(given.get("s", 0))), []
        elif name in ("v", "t"):
            self._takes = self._cell is not None and not self._aside
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        """A mark ends."""
        name = local(name)
        if name in ("v", "t"):
            self._takes = False
        elif name == "rPh":
            self._aside -= 1
        elif name == "c" and self._cell is not None:
            at, kind, style = self._cell
            if text := "".join(self._pieces):
                if at >= MOST_COLUMNS * 9:
                    raise TooMuch("columns")
                self._row.extend([None] * (at + 1 - len(self._row)))
                self._row[at] = self._value(kind, style, text)
            self._cell = None
        elif name == "row":
            self._ready.append((self._row, self._is_hidden))

    def text(self, data: str) -> None:
        """A piece of text."""
        if self._takes:
            self._pieces.append(data)

    def _value(self, kind: str, style: int, text: str) -> str:
        if kind == "s":
            return self._texts[int(text)]
        if kind == "n" and style in self._is_length:
            return str(day(text, self._epoch, self._is_length[style])).removesuffix(" 00:00:00")
        if kind == "n" and set(text) & set(".eE"):
            return f"{float(text):.15g}"
        return text


class OdsRows:
    """The sheets of an ODS file: `ready` gets (name, is hidden, hidden columns, comments, links) where one begins, a
    row and whether it is hidden for each row, and None where a sheet ends. Sets and lists fill while it is read."""

    def __init__(self) -> None:
        self.ready: deque[Any] = deque()
        self._not_shown: set[str] = set()
        self._style = ""
        self._hidden_columns: set[int] = set()
        self._comments: list[tuple[int | None, str]] = []
        self._links: list[tuple[int | None, str]] = []
        self._columns = 0
        self._row: list[Any] | None = None
        self._times, self._is_hidden = 1, False
        self._cell: dict[str, str] | None = None
        self._pieces: list[str] = []
        self._note: list[str] | None = None
        self._deep = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        name, given = local(name), _locally(given)
        if name == "style":
            self._style = given.get("name", "")
        elif name == "table-properties" and given.get("display") == "false":
            self._not_shown.add(self._style)
        elif name == "table":
            self._hidden_columns, self._comments, self._links, self._columns = set(), [], [], 0
            is_hidden = given.get("style-name", "") in self._not_shown
            self.ready.append((given.get("name", ""), is_hidden, self._hidden_columns, self._comments, self._links))
        elif name == "table-column":
            count = min(int(given.get("number-columns-repeated", 1)), MOST_COLUMNS)
            if given.get("visibility") in ("collapse", "filter"):
                self._hidden_columns.update(range(self._columns, self._columns + count))
            self._columns += count
        elif name == "table-row":
            self._row, self._times = [], int(given.get("number-rows-repeated", 1))
            self._is_hidden = given.get("visibility") in ("collapse", "filter")
        elif name in ("table-cell", "covered-table-cell"):
            self._cell, self._pieces = given, []
            self._links += [(self._at, one) for one in links.literals(given.get("formula", ""))]
        elif name == "a" and given.get("href"):
            self._links.append((self._at, links.led_to(given["href"])))
        elif name == "annotation":
            self._note = []
        elif name == "p" and (self._pieces or self._note) or name in ("s", "tab", "line-break"):
            self.text(" ")

    def end(self, name: str) -> None:
        """A mark ends."""
        name = local(name)
        if name == "annotation" and self._note is not None:
            self._comments.append((self._at, "".join(self._note)))
            self._note = None
        elif name in ("table-cell", "covered-table-cell") and self._cell is not None and self._row is not None:
            self._end_cell(self._row, self._cell)
            self._cell = None
        elif name == "table-row" and self._row is not None:
            times = min(self._times, _REPEATED) if any(cell is not None for cell in self._row) else 1
            self.ready.extend([(self._row, self._is_hidden)] * times)
            self._row = None
        elif name == "table":
            self.ready.append(None)

    @property
    def _at(self) -> int | None:
        return len(self._row) if self._row is not None else None

    def _end_cell(self, row: list[Any], given: dict[str, str]) -> None:
        times = int(given.get("number-columns-repeated", 1))
        text = "".join(self._pieces)
        kind = given.get("value-type", "")
        if kind in ("float", "currency", "percentage"):
            text = _number(given.get("value", text))
        elif kind == "date":
            text = given.get("date-value", text).removesuffix("T00:00:00")
        if len(row) + times > MOST_COLUMNS * 9:
            # So are the empty cells at the end of each row written.
            times = 1 if text else 0
        row.extend([text or None] * times)

    def text(self, data: str) -> None:
        """A piece of text."""
        to = self._note if self._note is not None else self._pieces if self._cell is not None else None
        if to is not None and len(to) < _LONGEST:
            to.append(data)


def _number(text: str) -> str:
    return f"{float(text):.15g}" if set(text) & set(".eE") else text
