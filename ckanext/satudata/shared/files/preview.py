"""The first rows of a file: for everybody of the public copy, for officers of the file in the vault.

Why by readers of our own: docs/decisions/reading-files.md.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain import packed, spreadsheet, table_heads
from ckanext.satudata.domain.column_types import Column, of_columns
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.shared.actors import ANONYMOUS
from ckanext.satudata.shared.files import access, stock_files, store

QUICK = {"CSV", "TSV"}
FORMATS = QUICK | {"XLSX"}
KEPT_FORMATS = FORMATS | {"JSON"}
ROWS, COLUMNS, CELL = 20, 30, 200
_SAMPLE = 200
"""Rows from which it is told what the columns hold, and whether the whole may become a chart."""
_JSON = 2_000_000
"""Bytes of a JSON file, which is read whole: in memory it takes some thirty times as much at most."""
_TEXT = 256_000
"""Bytes read of a CSV file."""
_BOOK = 8_000_000
"""An XLSX file is packed and is read whole: larger ones are left to the download."""
_LOOKED_AT, _MOST_COLUMNS = 500, 200
_WHOLE = {"cells": 300_000, "bytes": 8_000_000, "book_cells": 100_000, "book_bytes": 2_000_000}
"""Most that is read of a whole file: about a second of a processor; a spreadsheet's cells take three times as long."""
_NUMBER = re.compile(r"-?(0|[1-9]\d*)([.,]\d+)?")


@dataclass(frozen=True)
class Preview:
    """`headers` and at most 20 `rows` as texts; `numeric` are column numbers; `is_whole` where no row was left out.

    `titles` are the lines above the table; `sample` are up to 200 rows, of which `rows` are the first.
    `fits_whole` where the whole file is not known to be longer than `whole` reads.
    """

    headers: list[str]
    rows: list[list[str]]
    numeric: frozenset[int]
    is_whole: bool
    titles: tuple[str, ...] = ()
    sample: list[list[str]] = field(default_factory=list)
    columns: tuple[Column, ...] = ()
    """What each column holds, by the sample; for officers only."""
    fits_whole: bool = True


def of_resource(session: Session, resource_id: str) -> Preview | None:
    """The first rows; None where the public may not have the file or it lies elsewhere.

    Raises Invalid where the file is damaged, empty, too large to look into, or no table.
    """
    answer = access.ask(session, ANONYMOUS, resource_id)
    of_before = stock_files.path_of(resource_id) if answer.is_allowed and answer.kept is None else None
    if of_before is not None and answer.file is not None and (found := stock_files.blocks(resource_id)) is not None:
        return _of_blocks(found, answer.file.real_format, of_before.stat().st_size)
    if not answer.is_allowed or answer.kept is None or answer.file is None or not answer.file.public_location:
        return None
    blocks = store.open_at("public", answer.file.public_location)
    return _of_blocks(blocks, answer.file.real_format, answer.kept.size_bytes)


def check_size(format_: str, size: int) -> None:
    """Raises Invalid where a file of so many bytes is too large for `whole`."""
    if size > _WHOLE["book_bytes" if format_.upper() == "XLSX" else "bytes"]:
        raise Invalid("The file is too large to look into.")


def whole(content: bytes, format_: str) -> tuple[list[str], list[list[Any]]]:
    """Headings and all rows of a file of a size that was checked: texts, and numbers of a spreadsheet.

    Raises Invalid as `of_resource`, also for a file longer than can be looked at while somebody waits.
    """
    is_book = format_.upper() == "XLSX"
    most = _WHOLE["book_cells" if is_book else "cells"]
    rows = _of_book(content, most, most) if is_book else _of_text(_text(iter([content]), len(content))[0])
    found = list(_filled(_at_most(rows, most), _exact))
    first = [[str(cell) for cell in row] for row in found[: ROWS + table_heads.MOST_HEADINGS + 4]]
    width = max(map(len, first), default=0)
    _titles, heads, below = table_heads.split(first, width)
    body = found[len(first) - len(below) :]
    return table_heads.merged(heads), [[*row, *[""] * (width - len(row))][:width] for row in body]


def _at_most(rows: Iterable[list[Any]], most: int) -> Iterator[list[Any]]:
    """The rows, refused beyond so many cells. A row without any counts for one."""
    for row in rows:
        most -= max(1, len(row))
        if most < 0:
            raise Invalid("The file is too large to look into.")
        yield row


def of_kept(session: Session, actor: Actor, resource_id: str) -> Preview | None:
    """At most 200 rows, and what the columns hold, of the newest file in the vault; asked as for a download.

    For an officer who may have it whole; None where he may not, or there is no file or no table. Raises Invalid as
    `of_resource`.
    """
    return of_answer(access.ask(session, actor, resource_id))


def of_answer(answer: access.Answer) -> Preview | None:
    """`of_kept` of what was asked for already."""
    file, kept = answer.file, answer.kept
    if not answer.is_allowed or file is None or kept is None or file.real_format.upper() not in KEPT_FORMATS:
        return None
    blocks = store.open_at("vault", kept.location)
    if file.real_format.upper() == "JSON":
        found = first_rows(_of_json(blocks, kept.size_bytes))
    else:
        found = _of_blocks(blocks, file.real_format, kept.size_bytes)
    columns = of_columns(found.sample, len(found.headers))
    return replace(found, rows=found.sample, columns=tuple(columns))


def _of_json(blocks: Iterator[bytes], size: int) -> Iterator[list[Any]]:
    """The rows of a list of objects, their keys as headings; or of such a list under one key."""
    if size > _JSON:
        raise Invalid("The file is too large to look into.")
    try:
        told = json.loads(b"".join(blocks).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid("The JSON file is damaged.") from error
    lists = [value for value in told.values() if isinstance(value, list)] if isinstance(told, dict) else [told]
    rows = lists[0] if len(lists) == 1 else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows[:_SAMPLE]):
        raise Invalid("This is not a table.")
    rows = rows[:_SAMPLE]
    heads = list(dict.fromkeys(key for row in rows for key in row))[:COLUMNS]
    yield heads
    for row in rows:
        cells = (row.get(head) for head in heads)
        yield [json.dumps(cell, ensure_ascii=False) if isinstance(cell, (dict, list)) else cell for cell in cells]


def _of_blocks(blocks: Iterator[bytes], format_: str, size: int) -> Preview:
    if format_.upper() == "XLSX":
        if size > _BOOK:
            raise Invalid("The file is too large to look into.")
        found = first_rows(_of_book(b"".join(blocks)))
        return replace(found, fits_whole=size <= _WHOLE["book_bytes"])
    text, is_cut = _text(blocks)
    found = first_rows(_of_text(text), is_cut=is_cut)
    cells = len(found.headers) * text.count("\n") * (size / _TEXT if is_cut else 1)
    return replace(found, fits_whole=size <= _WHOLE["bytes"] and cells <= _WHOLE["cells"])


def first_rows(rows: Iterable[list[Any]], *, is_cut: bool = False) -> Preview:
    """The preview of a table, as wide as the widest of its first rows.

    Titles above it stand apart; headings merged over several columns or rows become one for each column.
    """
    sample = [*islice(_filled(rows), _SAMPLE + table_heads.MOST_HEADINGS)]
    found, more = sample[: ROWS + table_heads.MOST_HEADINGS + 4], sample[ROWS + table_heads.MOST_HEADINGS + 4 :]
    width = max(map(len, found), default=0)
    titles, heads, below = table_heads.split(found, width)
    shown = below[:ROWS]
    sample = below + [[*row, *[""] * (width - len(row))][:width] for row in more]
    numeric = frozenset(
        at
        for at in range(width)
        if any(row[at] for row in shown) and all(not row[at] or _NUMBER.fullmatch(row[at]) for row in shown)
    )
    is_whole = len(sample) <= ROWS and not is_cut
    return Preview(table_heads.merged(heads), shown, numeric, is_whole, titles=tuple(titles), sample=sample[:_SAMPLE])


def _filled(rows: Iterable[list[Any]], said: Callable[[Any], Any] | None = None) -> Iterator[list[Any]]:
    for row in rows:
        cells = [(said or _cell)(value) for value in row[:COLUMNS]]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            yield cells


def _cell(value: Any) -> str:
    if isinstance(value, str):
        text = value.replace("\0", "").strip()
        return text if len(text) <= CELL else text[:CELL] + "…"
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return _cell(str(value))


def _exact(value: Any) -> str | Decimal:
    """The cell, a number of a spreadsheet as the decimal that is shown there."""
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(f"{value:.15g}")
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else _cell(value)


def _text(blocks: Iterator[bytes], most: int = _TEXT) -> tuple[str, bool]:
    content, is_cut = b"", False
    for block in blocks:
        content += block
        if len(content) > most:
            content = content[:most]
            content, is_cut = content[: max(content.rfind(b"\n"), content.rfind(b"\r")) + 1], True
            break
    if is_cut and not content.strip():
        raise Invalid("The file is too large to look into.")
    if b"\0" in content[:4096]:
        raise Invalid("This is not a table.")
    return content.decode("utf-8-sig", "replace"), is_cut


def _of_text(text: str) -> Iterator[list[str]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise Invalid("This is not a table.") from error


def _of_book(content: bytes, rows: int = _LOOKED_AT, cells: int = spreadsheet.MOST_CELLS) -> list[list[Any]]:
    try:
        return spreadsheet.rows(io.BytesIO(content), most_rows=rows, most_columns=_MOST_COLUMNS, most_cells=cells)
    except spreadsheet.TooWide as error:
        raise Invalid("The table is wider than {columns} columns.", columns=_MOST_COLUMNS) from error
    except packed.TooMuch as error:
        raise Invalid("The file is too large to look into.") from error
    except packed.Damaged as error:
        raise Invalid("The XLSX file is damaged.") from error
