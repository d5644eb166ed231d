"""Spreadsheets: all sheets of XLSX and ODS, also hidden ones, with their comments and what is hidden."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from typing import Any

import polars as pl

from ckanext.satudata.domain import packed, sheet_stream, spreadsheet
from ckanext.satudata.domain.packed import TooMuch
from ckanext.satudata.domain.personal import asides, links, xml_parts
from ckanext.satudata.domain.personal.place import Block, Sheet
from ckanext.satudata.domain.personal.readers import MOST_COLUMNS, rows_in_blocks
from ckanext.satudata.domain.spreadsheet import column_number

_MOST = 3 << 30
_MOST_ASIDE = 64 << 20
_DRAWN = ("Pictures/", "Object ")
_ROW = re.compile(r"<(?:\w+:)?row (?=[^<>]*\bhidden=\"(?:1|true)\")[^<>]*?\br=\"([0-9]+)\"")
_NO_RESULT = re.compile(r"</(?:\w+:)?f>(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>")
_MARGIN = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]+)")
_CHOICES = re.compile(r"<(?:\w+:)?formula[12]?>([^<]+)")
_SAID_ASIDE = re.compile(r"\b(?:val|prompt|promptTitle|error|errorTitle|text)=\"([^\"]+)\"")
"""Filters that are set, words that come up as a cell is filled."""
_MARGIN_MARK = re.compile(r'&(?:[0-9]{1,3}|"[^"]*"|K[0-9A-F]{6}|[A-Z])')
"""Places, sizes, fonts and colours within the lines that are printed on each page."""
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")


def pictures(archive: zipfile.ZipFile) -> int:
    """How many parts of a spreadsheet are not looked into."""
    drawn = sum(name.startswith(_DRAWN) and not name.endswith("/") for name in archive.namelist())
    return drawn + asides.opaque(archive)


@dataclass
class _Named:
    name: str
    part: str
    is_hidden: bool


@dataclass
class _Look:
    """The hidden rows; what is printed above and below each page, and lists to choose a cell's value from; links."""

    hidden: set[int] = field(default_factory=set)
    margins: list[str] = field(default_factory=list)
    links: list[links.Link] = field(default_factory=list)


class Xlsx:
    """An XLSX file. `sheets` gives makers of sheets: the quick one first, which may raise `sheet_stream.Unusual`
    while it is read; then the patient one."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive, self._book = archive, spreadsheet.Book(archive)
        self._texts: list[str] | None = None
        self._formulas: dict[str, int] = {}
        self._read: set[str] = set()

    @property
    def formulas(self) -> int:
        """Cells, of the sheets that were read, whose formula has no result stored: what they show is not known."""
        return sum(self._formulas.values())

    def sheets(self) -> Iterator[tuple[Callable[[], Sheet], Callable[[], Sheet]]]:
        """For each sheet, in the order of the workbook, how it is read quickly and patiently."""
        for named in self._named():
            yield partial(self._sheet, named, self._quick), partial(self._sheet, named, self._patient)

    def asides(self) -> Iterator[Sheet]:
        """What is kept beside the sheets; ask once they were read."""
        return asides.sheets(self._archive, self._read)

    def _named(self) -> list[_Named]:
        targets = self._related("xl/workbook.xml")
        found = []
        for name, given in xml_parts.marks(self._archive, "xl/workbook.xml", _MOST_ASIDE):
            if name == "sheet":
                kind, target = targets.get(given.get("id", ""), ("", ""))
                if kind == "worksheet":
                    is_hidden = given.get("state", "visible") != "visible"
                    found.append(_Named(given.get("name", ""), target, is_hidden))
        return found

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        folder = posixpath.dirname(part)
        found = {}
        for mark, given in self._relations(part):
            if mark == "Relationship" and given.get("TargetMode") != "External":
                target = given["Target"]
                place = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[given["Id"]] = (given["Type"].rpartition("/")[2], place)
        return found

    def _relations(self, part: str) -> list[tuple[str, dict[str, str]]]:
        folder, name = posixpath.split(part)
        rels = f"{folder}/_rels/{name}.rels"
        self._read.add(rels)
        return xml_parts.marks(self._archive, rels, _MOST_ASIDE) if rels in self._archive.namelist() else []

    def _sheet(self, named: _Named, read: Callable[[str, set[int]], Iterator[Block]]) -> Sheet:
        self._read.add(named.part)
        look = self._looked_over(named.part)
        sheet = Sheet(
            named.name, read(named.part, look.hidden), is_hidden=named.is_hidden, texts=look.margins, links=look.links
        )
        for mark, given in xml_parts.marks(self._archive, named.part, _MOST, until="sheetData"):
            if mark == "col" and given.get("hidden") in ("1", "true"):
                last = min(int(given["max"]), MOST_COLUMNS)
                sheet.hidden_columns.update(range(int(given["min"]) - 1, last))
        for kind, part in self._related(named.part).values():
            if kind in ("comments", "threadedComment") and part in self._archive.namelist():
                self._read.add(part)
                sheet.comments += _comments(self._archive, part)
        return sheet

    def _quick(self, part: str, hidden: set[int]) -> Iterator[Block]:
        if self._texts is None:
            self._texts = sheet_stream.texts_of(self._book)
        at = 1
        for block in sheet_stream.blocks_of(self._book, part, self._texts):
            for begin in range(0, len(block[0]), 50_000):
                columns = block[:MOST_COLUMNS]
                frame = pl.DataFrame(
                    {
                        f"c{n}": pl.Series(cells[begin : begin + 50_000], dtype=pl.String)
                        for n, cells in enumerate(columns)
                    }
                )
                numbers = pl.int_range(at, at + len(frame), eager=True)
                at += len(frame)
                yield Block(frame, numbers.is_in(sorted(hidden)) if hidden else None)

    def _looked_over(self, part: str) -> _Look:
        """What is not in the cells. Counts formulas without a result."""
        look = _Look()
        margins = look.margins
        targets = {
            given.get("Id", ""): given.get("Target", "")
            for _, given in self._relations(part)
            if given.get("Type", "").endswith("/hyperlink")
        }
        used: set[str] = set()
        self._formulas[part] = 0
        try:
            for piece in _by_cells(sheet_stream.decoded(self._book.blocks(part, _MOST))):
                if "hidden=" in piece:
                    look.hidden.update(map(int, _ROW.findall(piece)))
                for given, formula in links.in_marks(piece):
                    look.links += _behind(given, formula, targets, used)
                if "f>" in piece:
                    self._formulas[part] += len(_NO_RESULT.findall(piece))
                if "</c>" not in piece:
                    margins += [unescape(text) for how in (_CHOICES, _SAID_ASIDE) for text in how.findall(piece)]
                margins += [_MARGIN_MARK.sub(" ", unescape(text)) for text in _MARGIN.findall(piece)]
        except sheet_stream.Unusual:
            # The patient reader finds hidden rows by itself.
            marks = xml_parts.Behind()
            for _ in xml_parts.fed(packed.blocks(self._archive, part, _MOST), marks):
                pass
            look.links = [one for given, formula in marks.found for one in _behind(given, formula, targets, used)]
        look.links += [(None, links.led_to(target)) for id_, target in targets.items() if id_ not in used]
        return look

    def _patient(self, part: str, _hidden: set[int]) -> Iterator[Block]:
        texts = self._all_texts()
        rows = xml_parts.XlsxRows(texts, self._book.is_length(), self._book.epoch)
        fed = xml_parts.fed(packed.blocks(self._archive, part, _MOST), rows)
        return rows_in_blocks(row for _ in fed for row in rows.taken())

    def _all_texts(self) -> list[str]:
        part = self._book.part("sharedStrings")
        if not part:
            return []
        try:
            return sheet_stream.texts_of(self._book)
        except sheet_stream.Unusual:
            texts = xml_parts.Texts("si")
            for _ in xml_parts.fed(packed.blocks(self._archive, part, _MOST), texts):
                if len(texts.found) > sheet_stream.MOST_TEXTS:
                    raise TooMuch("texts") from None
            return [text for _, text in texts.found]


def _by_cells(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a sheet, each to the end of a cell, so that no mark is parted from its text."""
    held = ""
    for piece in pieces:
        held += piece
        cut = held.rfind("</c>") + len("</c>")
        if cut >= len("</c>"):
            yield held[:cut]
            held = held[cut:]
        elif len(held) > len(piece):
            yield held
            held = ""
    yield held


def _behind(
    given: dict[str, str], formula: str | None, targets: dict[str, str], used: set[str]
) -> Iterator[links.Link]:
    """What lies behind a cell: the texts of its formula, or where a link leads and what it says itself."""
    place = links.PLACE.match(given.get("r" if formula is not None else "ref", ""))
    at = column_number(place[1]) - 1 if place else None
    if formula is not None:
        yield from ((at, one) for one in links.literals(formula))
        return
    if target := targets.get(given.get("id", "")):
        used.add(given["id"])
        yield at, links.led_to(target)
    yield from ((at, given[name]) for name in ("display", "tooltip") if links.tells(given.get(name, "")))


def _comments(archive: zipfile.ZipFile, part: str) -> list[tuple[int | None, str]]:
    texts = xml_parts.Texts("comment", "threadedComment")
    for _ in xml_parts.fed(packed.blocks(archive, part, _MOST_ASIDE), texts):
        pass
    found: list[tuple[int | None, str]] = []
    for given, text in texts.found:
        place = _PLACE.fullmatch(given.get("ref", ""))
        found.append((column_number(place[1]) - 1 if place else None, text))
    return found


def ods_sheets(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    """The sheets of an ODS file, whose one part is read from begin to end: each before the next is asked for."""
    events = _events(archive)
    for begun in events:
        if begun is not None and len(begun) == 5:
            name, is_hidden, columns, comments, behind = begun
            rows = rows_in_blocks(iter(lambda: next(events, None), None))
            yield Sheet(name, rows, is_hidden=is_hidden, hidden_columns=columns, comments=comments, links=behind)


def _events(archive: zipfile.ZipFile) -> Iterator[Any]:
    reader = xml_parts.OdsRows()
    for _ in xml_parts.fed(packed.blocks(archive, "content.xml", _MOST), reader):
        while reader.ready:
            yield reader.ready.popleft()


def ods_asides(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    """What an ODS file prints above and below each page, and says of itself."""
    for part in ("styles.xml", "meta.xml"):
        yield Sheet("", iter(()), texts=asides.texts_of(archive, part))
