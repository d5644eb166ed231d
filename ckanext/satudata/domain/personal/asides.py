"""What a spreadsheet keeps beside the cells of its sheets: rows behind pivot tables, values of other files, charts,
text boxes, notes of programs. Nobody sees it at first glance, and it goes along with the file."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator
from itertools import zip_longest
from typing import Any

from ckanext.satudata.domain import packed
from ckanext.satudata.domain.personal import links, xml_parts
from ckanext.satudata.domain.personal.place import Sheet
from ckanext.satudata.domain.personal.readers import rows_in_blocks

_MOST = 3 << 30
_MOST_TEXT = 64 << 20
_MOST_SHARED = 256 << 20
_PIECE = 1 << 16
_NO_TEXT = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/.*|xl/(?:sharedStrings|calcChain)\.xml|xl/theme/.*|xl/printerSettings/.*"
)
"""Parts that hold nothing of persons, or the texts of cells, which are read with the cells."""
_WHOLE = frozenset({"r", "t", "rPr", "rPh"})
"""Marks within a text: what they part is one."""
_PIVOT = re.compile(r"xl/pivotCache/pivotCache(Definition|Records)([0-9]*)\.xml")
_VML_MARK = re.compile(r"<[^>]*>")
_ANY_WORD = re.compile(r"[^\s\d,.]|\d{8}")


def sheets(archive: zipfile.ZipFile, read: Collection[str]) -> Iterator[Sheet]:
    """Each part that was not `read` with the sheets and can hold values, as a hidden sheet."""
    heads: dict[str, list[str]] = {}
    for part in sorted(set(archive.namelist()) - set(read)):
        pivot = _PIVOT.fullmatch(part)
        if pivot:
            yield _pivot(archive, part, heads.setdefault(pivot[2], []), is_records=pivot[1] == "Records")
        elif part.endswith(".rels"):
            yield Sheet("", iter(()), is_hidden=True, comments=[(None, one) for one in _outside(archive, part)])
        elif part == "xl/styles.xml":
            yield Sheet("styles", iter(()), is_hidden=True, comments=[(None, one) for one in _formats(archive, part)])
        elif part.endswith((".xml", ".vml")) and not _NO_TEXT.fullmatch(part):
            texts = _plain(archive, part) if part.endswith(".vml") else _texts(archive, part)
            name = posixpath.splitext(posixpath.basename(part))[0]
            for text in texts:
                yield Sheet(name, iter(()), is_hidden=True, comments=[(None, text)])


def _outside(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Where links of drawings lead."""
    found = xml_parts.marks(archive, part, _MOST_TEXT)
    return [links.led_to(given.get("Target", "")) for _, given in found if given.get("TargetMode") == "External"]


def _formats(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Texts that formats of numbers write beside or instead of the number."""
    found = xml_parts.marks(archive, part, _MOST_TEXT)
    return [text for _, given in found for text in links.literals(given.get("formatCode", ""))]


def opaque(archive: zipfile.ZipFile) -> int:
    """How many parts are not looked into at all: pictures, embedded files, macros, the rows of a data model."""
    return sum(
        name.startswith(("xl/", "customXml/"))
        and not name.endswith(("/", ".xml", ".rels", ".vml"))
        and not name.startswith("xl/printerSettings/")
        for name in archive.namelist()
    )


def texts_of(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The texts of a part without what its marks are given; none where there is no such part."""
    return list(_texts(archive, part, is_given=False)) if part in archive.namelist() else []


def _texts(archive: zipfile.ZipFile, part: str, *, is_given: bool = True) -> Iterator[str]:
    reader = _Said(is_given=is_given)
    for _ in xml_parts.fed(packed.blocks(archive, part, _MOST_TEXT), reader):
        if reader.length > _PIECE:
            yield reader.taken()
    yield reader.taken()


def _plain(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    """The texts of a drawing in the older way, which programs write without closing every mark."""
    content = b"".join(packed.blocks(archive, part, _MOST_TEXT)).decode("utf-8", "replace")
    lines = (line.strip() for line in _VML_MARK.sub("\n", content).splitlines())
    yield "\n".join(line for line in lines if _ANY_WORD.search(line))


class _Said:
    """Every text, and what marks are given, one below the other."""

    def __init__(self, *, is_given: bool):
        self.length = 0
        self._is_given = is_given
        self._pieces: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        if self._is_given:
            for value in given.values():
                if not value.startswith("{"):
                    self.text(f"\n{value}\n")

    def end(self, name: str) -> None:
        """A mark ends."""
        if xml_parts.local(name) not in _WHOLE:
            self.text("\n")

    def text(self, data: str) -> None:
        """A piece of text."""
        self._pieces.append(data)
        self.length += len(data)

    def taken(self) -> str:
        """What was said since, but for a last line that may go on."""
        said = "".join(self._pieces)
        cut = said.rfind("\n") + 1 or len(said)
        self._pieces, self.length = [said[cut:]], len(said) - cut
        return said[:cut]


def _pivot(archive: zipfile.ZipFile, part: str, heads: list[str], *, is_records: bool) -> Sheet:
    """The rows that a pivot table was made from, or the different values of each of its columns."""
    name = posixpath.splitext(posixpath.basename(part))[0]
    if is_records:
        return Sheet(name, rows_in_blocks(_records(archive, part)), is_hidden=True, heads=list(heads))
    reader = _Shared()
    for _ in xml_parts.fed(packed.blocks(archive, part, _MOST_SHARED), reader):
        pass
    heads += reader.heads
    rows = ((list(row), False) for row in zip_longest(*reader.columns))
    return Sheet(name, rows_in_blocks(rows), is_hidden=True, heads=list(heads))


def _records(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[list[Any], bool]]:
    reader = _Records()
    for _ in xml_parts.fed(packed.blocks(archive, part, _MOST), reader):
        rows, reader.rows = reader.rows, []
        for row in rows:
            yield row, False


class _Shared:
    """The columns behind a pivot table, each with its different values."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.columns: list[list[str | None]] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        name = xml_parts.local(name)
        if name == "cacheField":
            self.heads.append(given.get("name", ""))
            self.columns.append([])
        elif "v" in given and name != "x" and self.columns:
            self.columns[-1].append(given["v"])

    def end(self, name: str) -> None:
        """A mark ends."""

    def text(self, data: str) -> None:
        """A piece of text."""


class _Records:
    """The rows behind a pivot table; a value that stands among its column's different ones is empty here."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self._row: list[str | None] = []
        self._depth = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        """A mark begins."""
        self._depth += 1
        if xml_parts.local(name) == "r":
            self._row, self._depth = [], 0
        elif self._depth == 1:
            self._row.append(None if xml_parts.local(name) == "x" else given.get("v"))

    def end(self, name: str) -> None:
        """A mark ends."""
        self._depth -= 1
        if xml_parts.local(name) == "r":
            self.rows.append(self._row)

    def text(self, data: str) -> None:
        """A piece of text."""
