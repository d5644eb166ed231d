"""Where links of cells lead, and the texts that formulas hold: what lies behind a cell and is not what it shows.

A program makes a link of an address as it is typed, and keeps it when the text of the cell is masked later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import polars as pl

from ckanext.satudata.domain.personal.place import Block, Sheet

Link = tuple[int | None, str]
"""The column of a cell, None where it is not known, and what lies behind it."""

_SCHEME = re.compile(r"(?i)(?:mailto|tel|sms|smsto|mms|callto|sip|facetime|skype):(?://)?")
_NUMBER = re.compile(r"(?i)(?:wa\.me/|[?&]phone=)\+?([0-9]{8,15})$")
_FORMULA = re.compile(
    r"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b[^<>]*>([^<]*?(?:\"|&quot;)[^<]*)<|<(?:\w+:)?hyperlink\b([^<>]*)>"
)
_GIVEN = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LITERAL = re.compile(r"\"((?:[^\"]|\"\")*)\"")
_TELLS = re.compile(r"@|[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){7}")
PLACE = re.compile(r"\$?([A-Z]{1,3})\$?[0-9]+")


def led_to(target: str) -> str:
    """The address or number that a link leads to; the link itself where it leads elsewhere."""
    text = unquote(target).strip()
    if scheme := _SCHEME.match(text):
        address, _, more = text[scheme.end() :].partition("?")
        return f"{address}; {more}" if tells(more) else address
    if number := _NUMBER.search(text):
        return number[1] if number[1].startswith("0") else f"+{number[1]}"
    return text


def literals(formula: str) -> list[str]:
    """The texts within a formula that may be an address or a number."""
    return [led_to(one) for one in _LITERAL.findall(formula) if tells(one)]


def tells(text: str) -> bool:
    """Whether a text may be an address or a number."""
    return bool(_TELLS.search(text))


def in_marks(piece: str) -> Iterator[tuple[dict[str, str], str | None]]:
    """Of a piece of an XLSX sheet the cells with texts in their formulas, and (None) what links are given."""
    if "<f" not in piece and ":f" not in piece and "hyperlink" not in piece:
        return
    for cell, formula, link in _FORMULA.findall(piece):
        given = {name.rpartition(":")[2]: unescape(one or other) for name, one, other in _GIVEN.findall(cell or link)}
        yield given, unescape(formula) if formula else None


def as_sheet(sheet: Sheet, found: list[Link], heads: list[str]) -> Sheet:
    """What lies behind the cells of a sheet as cells of the same columns; of no known column to the right of all."""
    last = max([len(heads), *(at + 1 for at, _ in found if at is not None)])
    columns: list[list[str]] = [[] for _ in range(last + 1)]
    for at, text in found:
        columns[last if at is None else at].append(text)
    most = max(map(len, columns))
    filled = ([*cells, *[None] * (most - len(cells))] for cells in columns)
    frame = pl.DataFrame({f"c{at}": pl.Series(cells, dtype=pl.String) for at, cells in enumerate(filled)})
    named = [*heads, *[""] * (last + 1 - len(heads))]
    return Sheet(sheet.name, iter([Block(frame)]), is_hidden=True, heads=named)
