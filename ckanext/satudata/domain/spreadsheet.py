"""The first rows of an XLSX file from a stranger, in bounded memory and time.

A spreadsheet of 100 kB can unpack to gigabytes: one row of millions of cells, millions of shared texts. Libraries
build whole rows, texts and styles in memory before their caller sees a cell; here each part is read as a stream,
of which only the cells asked for are kept, and which ends at the last row asked for.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import IO, Any
from xml.parsers import expat

from ckanext.satudata.domain import packed
from ckanext.satudata.domain.packed import Damaged, TooMuch

MOST_CELLS = 500_000
MOST_UNPACKED = 60 << 20
"""Bytes of one part that are unpacked at most."""
_MOST_ASIDE = 8 << 20
"""The same for the parts that are not cells: list of sheets, formats."""
_MOST_ELEMENTS, _DEEPEST = 2_000_000, 100
_TOKEN = 1 << 20
"""A single mark of more bytes than this is no spreadsheet's, and the parser would read it again and again."""
_LONGEST = 32_767
"""Characters of a cell: what spreadsheet programs allow."""
MOST_COLUMNS = 16_384
_WINDOWS_EPOCH, _MAC_EPOCH = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)
"""The day from which the numbers of days are counted."""


class TooWide(TooMuch):
    """A cell stands further to the right than asked for."""


def rows(stream: IO[bytes], *, most_rows: int, most_columns: int, most_cells: int = MOST_CELLS) -> list[list[Any]]:
    """The cells of the first sheet that is shown, as str, int, float, bool, dates or None; formulas as last reckoned.

    The place in the list is the row's number, less one. What lies below row `most_rows` is not read. Raises Damaged
    for what is no XLSX file, TooWide for a filled cell right of `most_columns`, TooMuch for more than `most_cells`,
    for marks and bytes that so many cells never need, or 60 MB of anything.
    """
    with packed.faults_named(), packed.opened(stream) as archive:
        return Book(archive).rows(most_rows, most_columns, most_cells)


class Book:
    """An opened XLSX file: which sheet is the first, and how its cells are meant."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive = archive
        self._relations = _Relations()
        self._read("xl/_rels/workbook.xml.rels", self._relations)
        self._sheets = _Sheets()
        self._read("xl/workbook.xml", self._sheets)
        self.epoch = self._sheets.epoch

    def first_sheet(self) -> str | None:
        """The part that holds the first sheet that is shown."""
        kinds, targets = self._relations.kinds, self._relations.targets
        return next((targets[key] for key in self._sheets.shown if kinds.get(key) == "worksheet"), None)

    def part(self, kind: str) -> str:
        """The part of that kind, such as `sharedStrings`; "" where there is none."""
        return self._relations.part(kind)

    def blocks(self, name: str, most: int) -> Iterator[bytes]:
        """The unpacked bytes of a part, see `packed.blocks`."""
        return packed.blocks(self._archive, name, most)

    def is_length(self) -> dict[int, bool]:
        """The styles of cells that show a number as a date, and whether as a length of time."""
        formats = _Formats()
        if part := self.part("styles"):
            self._read(part, formats)
        return formats.is_length

    def rows(self, most_rows: int, most_columns: int, most_cells: int) -> list[list[Any]]:
        """See `rows`."""
        name = self.first_sheet()
        if name is None:
            return []
        sheet = _Sheet(most_rows, most_columns, most_cells)
        texts = _Texts(sheet.texts_used)
        # Who asks for a few rows does not wait for millions of texts.
        sheet.most_elements = texts.most_elements = min(_MOST_ELEMENTS, 4 * most_rows * most_columns, 8 * most_cells)
        most_bytes = min(MOST_UNPACKED, 200 * most_cells)
        self._read(name, sheet, most_bytes)
        is_length = self.is_length() if sheet.formats_used else {}
        if sheet.texts_used:
            self._read(self.part("sharedStrings"), texts, most_bytes)
        value = _Values(is_length, texts.found, self.epoch)
        return [[value(cell) for cell in row] for row in sheet.rows]

    def _read(self, part: str, reader: _Reader, most: int = _MOST_ASIDE) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = reader.opened, reader.closed
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        fed = 0
        try:
            for block in self.blocks(part, most):
                parser.Parse(block)
                fed += len(block)
                if fed - parser.CurrentByteIndex > _TOKEN:
                    raise TooMuch(part)
            parser.Parse(b"", True)
        except _Enough:
            pass


def _refuse_doctype(*_: object) -> None:
    raise Damaged("a spreadsheet declares no entities")


class _Enough(Exception):
    """The rest of the part is not needed."""


class _Reader:
    """What expat calls. Names are handed on without their prefix, which programs choose as they like."""

    most_elements = _MOST_ELEMENTS
    elements = depth = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > self.most_elements or self.depth > _DEEPEST:
            raise TooMuch("elements")
        self.start(_local(name), attributes)

    def closed(self, name: str) -> None:
        self.depth -= 1
        self.end(_local(name))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """A piece of text."""


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Relations(_Reader):
    """`targets` and `kinds` of the parts of a workbook, by their ids."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attributes["Target"]
            # Absolute, or from the folder of the workbook.
            self.targets[attributes["Id"]] = target[1:] if target.startswith("/") else f"xl/{target}"
            self.kinds[attributes["Id"]] = attributes["Type"].rpartition("/")[2]

    def part(self, kind: str) -> str:
        return next((self.targets[key] for key, found in self.kinds.items() if found == kind), "")


class _Sheets(_Reader):
    """The ids of the sheets that are `shown`, in their order, and from which day dates are counted."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.epoch = _WINDOWS_EPOCH

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            self.shown.extend(value for key, value in attributes.items() if _local(key) == "id")
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = _MAC_EPOCH


class _Formats(_Reader):
    """The styles of cells that show a number as a date, and whether as a length of time."""

    def __init__(self) -> None:
        self.is_length: dict[int, bool] = {}
        self._codes = dict(_library().numbers.BUILTIN_FORMATS)
        self._known: dict[int, bool | None] = {}
        self._count = -1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and "numFmtId" in attributes:
            self._codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")[:1000]
        elif name == "cellXfs":
            self._count = 0
        elif name == "xf" and self._count >= 0:
            shows = self._shows(int(attributes.get("numFmtId", 0)))
            if shows is not None:
                self.is_length[self._count] = shows
            self._count += 1

    def _shows(self, number: int) -> bool | None:
        if number not in self._known:
            code = self._codes.get(number, "")
            told = _library().numbers
            self._known[number] = told.is_timedelta_format(code) if told.is_date_format(code) else None
        return self._known[number]

    def end(self, name: str) -> None:
        if name == "cellXfs":
            raise _Enough


class _Texts(_Reader):
    """The shared texts with these numbers; the others are passed over."""

    def __init__(self, used: set[int]):
        self.found: dict[int, str] = {}
        self._used, self._number = used, -1
        self._pieces: list[str] | None = None
        self._length = self._aside = 0
        self._is_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._number += 1
            self._pieces, self._length = ([] if self._number in self._used else None), 0
        elif name == "rPh":
            # How a name is pronounced.
            self._aside += 1
        elif name == "t":
            self._is_text = self._pieces is not None and not self._aside

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._aside -= 1
        elif name == "si":
            if self._pieces is not None:
                self.found[self._number] = "".join(self._pieces)
            self._pieces = None
            if len(self.found) == len(self._used):
                raise _Enough

    def text(self, data: str) -> None:
        if self._is_text and self._pieces is not None and self._length < _LONGEST:
            self._pieces.append(data[: _LONGEST - self._length])
            self._length += len(data)


_Cell = tuple[str, int, str]
"""Kind of the cell (attribute `t`), number of its style, and what is written in it."""
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class _Sheet(_Reader):
    """The rows as they are written, with the numbers of texts and styles that they use."""

    def __init__(self, most_rows: int, most_columns: int, most_cells: int):
        self.rows: list[list[_Cell | None]] = []
        self.texts_used: set[int] = set()
        self.formats_used = False
        self._most_rows, self._most_columns, self._most_cells = most_rows, most_columns, most_cells
        self._cells = self._row = self._column = 0
        self._cell: tuple[str, int] | None = None
        self._pieces: list[str] = []
        self._length = self._aside = 0
        self._takes_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._start_row(attributes)
        elif name == "v" or name == "t":
            self._takes_text = self._cell is not None and not self._aside
        elif name == "rPh":
            self._aside += 1

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self._row + 1))
        if number <= self._row:
            raise Damaged("rows out of order")
        if number > self._most_rows:
            raise _Enough
        self.rows.extend([] for _ in range(number - len(self.rows)))
        self._row, self._column = number, 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cells += 1
        if self._cells > self._most_cells:
            raise TooMuch("cells")
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = column_number(place[1]) if place else self._column + 1
        if self._column > MOST_COLUMNS:
            raise TooWide("columns")
        self._cell = (attributes.get("t", "n"), int(attributes.get("s", 0)))
        self._pieces, self._length = [], 0

    def end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._takes_text = False
        elif name == "rPh":
            self._aside -= 1
        elif name == "c" and self._cell is not None:
            if self._pieces:
                self._keep((*self._cell, "".join(self._pieces)))
            self._cell = None
        elif name == "sheetData":
            raise _Enough

    def _keep(self, cell: _Cell) -> None:
        if self._column > self._most_columns:
            raise TooWide("columns")
        if not self.rows:
            raise Damaged("a cell outside of rows")
        row = self.rows[-1]
        row.extend([None] * (self._column - len(row)))
        row[self._column - 1] = cell
        if cell[0] == "s":
            self.texts_used.add(int(cell[2]))
        elif cell[0] == "n" and cell[1]:
            self.formats_used = True

    def text(self, data: str) -> None:
        if self._takes_text and self._length < _LONGEST:
            self._pieces.append(data[: _LONGEST - self._length])
            self._length += len(data)


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


def letters_of(at: int) -> str:
    """A for 0, AA for 26."""
    letters, number = "", at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class _Values:
    """What a cell means."""

    def __init__(self, is_length: dict[int, bool], texts: dict[int, str], epoch: datetime.datetime):
        self._is_length, self._texts, self._epoch = is_length, texts, epoch

    def __call__(self, cell: _Cell | None) -> Any:
        if cell is None:
            return None
        kind, style, text = cell
        if kind == "s":
            return self._texts[int(text)]
        if kind == "b":
            return bool(int(text))
        if kind == "d":
            return _library().days.from_ISO8601(text)
        return self._number(text, style) if kind == "n" else text

    def _number(self, text: str, style: int) -> Any:
        if style in self._is_length:
            return day(text, self._epoch, self._is_length[style])
        return _plain(text)


def _plain(text: str) -> int | float:
    return float(text) if set(text) & set(".eE") else int(text)


@cache
def _library() -> Any:
    """What openpyxl knows of formats and days: 5 MB that only who opens a spreadsheet needs."""
    from openpyxl.styles import numbers
    from openpyxl.utils import datetime as days

    return SimpleNamespace(numbers=numbers, days=days)


def day(number: str, epoch: datetime.datetime, is_length: bool) -> Any:
    """The date, time or length of time that a number is shown as."""
    try:
        return _library().days.from_excel(_plain(number), epoch, timedelta=is_length)
    except (OverflowError, ValueError):
        return "#VALUE!"
