"""All rows of an XLSX file, block by block, in bounded memory: for the comparison of large tables.

`domain.spreadsheet` understands all that the format allows, but at a million rows takes a minute. Here a sheet is cut
by one expression that must cover every character of it: what spreadsheet programs write is read ten times as fast,
and anything else is refused (`Unusual`), never passed over.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import IO

from ckanext.satudata.domain import packed
from ckanext.satudata.domain.packed import Damaged, TooMuch
from ckanext.satudata.domain.spreadsheet import Book, column_number, day

MOST_UNPACKED = 3 << 30
MOST_ROWS, MOST_TEXTS = 1_048_576, 5_000_000
_BLOCK = 4 << 20
_LONGEST = 16 << 20
"""Characters between the ends of two rows; more is no table."""
_LEARNED = 20_000
"""Characters from which it is learned how rows are written."""
_MOST_GROUPS = 300
_SIMPLE = 15
"""Characters of a number that is written as it is shown."""

_ROWS = r"(?:</?row(?: [^<>]*)?/?>|\s)*"
_CELL = re.compile(
    rf'{_ROWS}<c r="([A-Z]{{1,3}})([0-9]{{1,7}})"([^<>]*)>'
    r"(?:<f(?: [^<>]*)?(?:(?<=/)>|>[^<]*</f>))?"
    r'(?:(?:<v>|<is><t(?: xml:space="preserve")?>)([^<]*)(?:</v>|</t></is>)</c>'
    r"|<v/></c>|<is><t/></is></c>|</c>|(?<=/>))"
    rf"|{_ROWS}\Z|([\s\S]+)"
)
"""A cell with the marks of rows before it, such marks at the end, or what is neither."""
_REST = re.compile(_ROWS)
_KIND = re.compile(r'(?: s="([0-9]{1,6})")?(?: t="([a-zA-Z]+)")? ?/?')
_TEXT = re.compile(r'\s*<si>(?:<t(?: xml:space="preserve")?>([^<]*)</t>|<t/>)</si>|\s*<si/>|([\s\S]+)')
_PRINTED = re.compile(r"<t(?: [^<>]*)?>([^<]*)</t>")

Block = list[list[str | None]]
"""Columns of equal length."""


class Unusual(Exception):
    """Written in a way that this reader does not know."""


def blocks(stream: IO[bytes]) -> Iterator[Block]:
    """The rows of the first sheet that is shown, from its first row on, as texts; later blocks may be wider.

    Numbers are written as they are shown, dates as ISO 8601. Raises Damaged, TooMuch (more than 3 GB unpacked, more
    than 5 million texts), Unusual.
    """
    with packed.faults_named(), packed.opened(stream) as archive:
        book = Book(archive)
        name = book.first_sheet()
        if name is not None:
            yield from blocks_of(book, name, texts_of(book))


def blocks_of(book: Book, name: str, texts: list[str]) -> Iterator[Block]:
    """As `blocks`, of the part that holds a sheet; within `packed.faults_named`."""
    cells = _Cells(book, texts)
    rest, at = "", 1
    pieces = chain(decoded(book.blocks(name, MOST_UNPACKED)), [""])
    for piece in _data(pieces):
        rest += piece
        cut = rest.rfind("</row>") if piece else len(rest)
        if cut > 0:
            block, rest = rest[:cut], rest[cut:]
            found = cells.read(block, at)
            at += len(found[0]) if found else 0
            if found:
                yield found
        elif len(rest) > _LONGEST:
            raise TooMuch("a row")


def decoded(blocks: Iterator[bytes]) -> Iterator[str]:
    """The text in pieces of some megabytes. Raises Unusual where it is not UTF-8."""
    held: list[bytes] = []
    size = 0
    for block in chain(blocks, [b""]):
        held.append(block)
        size += len(block)
        if size >= _BLOCK or not block:
            whole = b"".join(held)
            # A character may go on in the next piece.
            cut = len(whole) if not block else whole.rfind(b">") + 1
            try:
                yield whole[:cut].decode("utf-8")
            except UnicodeDecodeError as error:
                raise Unusual("encoding") from error
            held, size = [whole[cut:]], len(whole) - cut
            if size > _LONGEST:
                raise TooMuch("a text")


def _data(pieces: Iterator[str]) -> Iterator[str]:
    """What stands between the marks of the sheet's data, and at the end an empty piece."""
    before = ""
    for piece in pieces:
        before += piece
        begin = before.find("<sheetData>")
        if begin >= 0 or not piece or len(before) > _LONGEST:
            break
    head = before[: max(begin, 0)]
    if begin < 0 and ("<sheetData/>" in before and "<!" not in before):
        yield ""
        return
    encoding = re.match(r"<\?xml[^>]*encoding=[\"']([^\"']+)", head.lstrip("\ufeff"))
    if begin < 0 or "<!" in head or (encoding and encoding[1].lower() not in ("utf-8", "us-ascii")):
        raise Unusual("head")
    for piece in chain([before[begin + len("<sheetData>") :]], pieces):
        end = piece.find("</sheetData>")
        if end >= 0:
            yield piece[:end]
            yield ""
            return
        yield piece
    raise Damaged("the sheet does not end")


def texts_of(book: Book) -> list[str]:
    """The shared texts. Only their simple form and printed parts of formatted ones are known."""
    name = book.part("sharedStrings")
    if not name:
        return []
    found: list[str] = []
    rest, is_begun = "", False
    for piece in decoded(book.blocks(name, MOST_UNPACKED)):
        rest += piece
        if not is_begun:
            begin = re.match(r"\ufeff?(?:<\?xml[^<>]*\?>)?\s*<sst(?: [^<>]*)?/?>", rest)
            if begin is None:
                raise Unusual("texts")
            rest, is_begun = rest[begin.end() :], True
        cut = rest.rfind("</si>") + 5
        if cut >= 5:
            found.extend(_texts_in(rest[:cut]))
            rest = rest[cut:]
        if len(found) > MOST_TEXTS or len(rest) > _LONGEST:
            raise TooMuch("texts")
    if not re.fullmatch(r"\s*(?:</sst>)?\s*", rest):
        raise Unusual("texts")
    return found


def _texts_in(text: str) -> list[str]:
    tokens = _TEXT.findall(text)
    if not any(other for _, other in tokens):
        found = [word for word, _ in tokens]
        return [html.unescape(word) for word in found] if "&" in text else found
    # Formatted ones: the printed parts one after the other, without how a name is pronounced.
    if "<!" in text or "<rPh" in text:
        raise Unusual("texts")
    whole = re.findall(r"<si>(.*?)</si>|<si/>", text, re.DOTALL)
    return [html.unescape("".join(_PRINTED.findall(part))) for part in whole]


class _Cells:
    """Turns the text of some rows into columns of texts."""

    def __init__(self, book: Book, texts: list[str]):
        self._texts, self._epoch, self._is_length = texts, book.epoch, book.is_length()
        self._shape: _Shape | None = None

    def read(self, text: str, at: int) -> Block:
        """The rows in this text, of which the first is not above row `at`; rows that are left out are empty."""
        if _REST.fullmatch(text):
            return []
        shape = self._shape or _shape_of(text)
        columns = shape.columns(text, at) if shape else None
        self._shape = shape if columns else None
        if shape is not None and columns:
            is_plain = "&" not in text
            return [self._column([mark], values, is_plain) for mark, values in zip(shape.marks, columns, strict=True)]
        return self._read_singly(text, at)

    def _read_singly(self, text: str, at: int) -> Block:
        tokens = _CELL.findall(text)
        while tokens and not any(tokens[-1]):
            tokens.pop()
        if not tokens:
            return []
        letters, numbers, marks, values, others = zip(*tokens, strict=True)
        if any(others):
            raise Unusual("cells")
        is_plain = "&" not in text
        places, last = _placed(letters, numbers, at)
        found: Block = [[None] * (last - at + 1) for _ in range(max(map(column_number, places)))]
        for letter, (where, whence) in places.items():
            column = found[column_number(letter) - 1]
            told = self._column([marks[place] for place in whence], [values[place] for place in whence], is_plain)
            for to, value in zip(where, told, strict=True):
                column[to] = value
        return found

    def _column(self, marks: Sequence[str], values: Sequence[str], is_plain: bool) -> list[str | None]:
        """The cells of a column; `marks` are theirs, or one that all have."""
        known = {mark: self._kind(mark) for mark in set(marks)}
        kinds = set(known.values())
        if kinds == {"s"}:
            texts = self._texts
            return [texts[int(value)] if value else None for value in values]
        if (kinds == {"n"} and _are_shown(values)) or (kinds == {"str"} and is_plain):
            return [value or None for value in values]
        said = marks if len(marks) == len(values) else repeat(marks[0])
        return [self._one(known[mark], value) if value else None for mark, value in zip(said, values, strict=False)]

    def _kind(self, mark: str) -> str:
        """How the cell is read: s, b, n, str, or the number of its style where it shows a date."""
        said = _KIND.fullmatch(mark)
        if said is None:
            raise Unusual("cells")
        style, kind = said[1] or "0", said[2] or "n"
        if kind in ("s", "b"):
            return kind
        if kind != "n":
            return "str"
        return style if int(style) in self._is_length else kind

    def _one(self, kind: str, value: str) -> str:
        if kind == "s":
            return self._texts[int(value)]
        if kind == "b":
            return str(bool(int(value)))
        if kind == "str":
            return html.unescape(value)
        if kind == "n":
            return _shown(value)
        return str(day(value, self._epoch, self._is_length[int(kind)])).removesuffix(" 00:00:00")


class _Shape:
    """How each row of a sheet is written, learned from the first: a row is then one match, not one for each cell."""

    def __init__(self, marks: dict[int, tuple[str, str]]):
        width = max(marks)
        self.marks = [marks[number][1] if number in marks else "" for number in range(1, width + 1)]
        cells = "".join(self._cell(*marks[number]) if number in marks else "()" for number in range(1, width + 1))
        self._row = re.compile(rf'(?:</row>\s*)?<row r="([0-9]{{1,7}})"(?: [^<>]*)?>{cells}|{_ROWS}\Z|([\s\S]+)')

    @staticmethod
    def _cell(letters: str, mark: str) -> str:
        is_inline = 't="inlineStr"' in mark
        begin, end = (r'<is><t(?: xml:space="preserve")?>', "</t></is>") if is_inline else ("<v>", "</v>")
        formula = "" if is_inline else r"(?:<f(?: [^<>]*)?(?:(?<=/)>|>[^<]*</f>))?"
        return (
            rf'(?:<c r="{letters}\1"(?:{re.escape(mark)}>{formula}{begin}([^<]*){end}</c>'
            r'|(?: s="[0-9]{1,6}")?/>))?'
        )

    def columns(self, text: str, at: int) -> list[tuple[str, ...]] | None:
        """The written values by column; None where a row is written another way, or rows are left out."""
        tokens = self._row.findall(text)
        while tokens and not any(tokens[-1]):
            tokens.pop()
        if not tokens:
            return None
        numbers, *columns, others = zip(*tokens, strict=True)
        if any(others) or [*map(int, numbers)] != [*range(at, at + len(numbers))]:
            return None
        return columns


def _shape_of(text: str) -> _Shape | None:
    marks: dict[int, tuple[str, str]] = {}
    for letters, _number, mark, value, other in _CELL.findall(text[: text.find("</row>", _LEARNED) + 1 or None]):
        if other and not other.startswith("<"):
            return None
        if letters and (value or column_number(letters) not in marks):
            marks[column_number(letters)] = (letters, mark.removesuffix("/"))
    return _Shape(marks) if marks and max(marks) <= _MOST_GROUPS else None


def _placed(
    letters: Sequence[str], numbers: Sequence[str], at: int
) -> tuple[dict[str, tuple[list[int], list[int]]], int]:
    """For each column in which rows its cells stand (from 0) and which cells these are; and the last row's number."""
    places: dict[str, tuple[list[int], list[int]]] = {}
    row, before = at - 1, ""
    for place, (letter, number) in enumerate(zip(letters, numbers, strict=True)):
        if number != before:
            if not row < int(number) <= MOST_ROWS:
                raise Damaged("rows out of order")
            row, before = int(number), number
        where, whence = places.setdefault(letter, ([], []))
        where.append(row - at)
        whence.append(place)
    return places, row


def _are_shown(numbers: Sequence[str]) -> bool:
    """Whether all are written as they are shown."""
    whole = "".join(numbers)
    return "E" not in whole and "e" not in whole and len(max(numbers, key=len)) <= _SIMPLE


def _shown(number: str) -> str:
    """The number with the digits that a spreadsheet shows at most."""
    is_simple = len(number) <= _SIMPLE and "E" not in number and "e" not in number
    return number if is_simple or not set(number) & set(".eE") else f"{float(number):.15g}"
