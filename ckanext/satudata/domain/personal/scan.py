"""What a file holds of persons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ckanext.satudata.domain import packed, sheet_stream
from ckanext.satudata.domain.personal import books, json_tables, readers
from ckanext.satudata.domain.personal.kinds import Finding
from ckanext.satudata.domain.personal.place import Sheet
from ckanext.satudata.domain.personal.sheets import Outline, findings

TEXTS, BOOKS = frozenset({"csv", "tsv", "txt", "tab"}), frozenset({"xlsx", "xlsm", "ods"})
JSONS = frozenset({"json", "geojson", "ndjson", "jsonl"})
_PLACES = 8
"""Places that are told of what is unclear."""


def passed_over(why: str, **params: Any) -> dict[str, Any]:
    """What was not looked into and why: `why` is a message, `params` belong to it."""
    return {"why": why, "params": params}


def of_file(path: Path, ending: str = "", outlines: list[Outline] | None = None) -> dict[str, Any]:
    """`{"findings": […]}` of a file, see `kinds.Finding.as_json`; the ending of its name unless one is given.

    `outlines` gets the tables that were read.

    With `"not_inspected": [passed_over(…)…]` where something of it could not be read; `findings` is None where nothing
    could: that nothing was found is never said of what was not looked into.
    """
    ending = (ending or path.suffix.removeprefix(".")).lower()
    found: list[Finding] = []
    passed: list[dict[str, Any]] = []
    try:
        with path.open("rb") as source:
            begin = source.read(8)
        if begin.startswith(b"PK") or ending in BOOKS:
            _of_book(path, found, passed, outlines)
        elif ending in JSONS or (ending not in TEXTS and begin.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")):
            _gather(json_tables.of_json(path), found, outlines, passed)
        elif ending in TEXTS:
            _gather(readers.of_text(path), found, outlines, passed)
        else:
            kind = passed_over("File of the kind {kind}", kind=ending.upper() or "?")
            return {"findings": None, "not_inspected": [kind]}
    except readers.Unreadable as fault:
        passed.append(passed_over(str(fault)))
    except packed.TooMuch:
        passed.append(passed_over("Too large"))
    except (packed.Damaged, pl.exceptions.PolarsError):
        passed.append(passed_over("Damaged file"))
    told: dict[str, Any] = {"findings": [one.as_json() for one in found]}
    if passed:
        told["not_inspected"] = passed
        if not found:
            told["findings"] = None
    return told


def _gather(
    sheets: Iterator[Sheet],
    found: list[Finding],
    outlines: list[Outline] | None,
    passed: list[dict[str, Any]],
) -> None:
    for sheet in sheets:
        _take(sheet, found, outlines, passed)


def _take(sheet: Sheet, found: list[Finding], outlines: list[Outline] | None, passed: list[dict[str, Any]]) -> None:
    found += findings(sheet, outlines)
    unclear = [passed_over(what, places=_joined(places)) for what, places in sheet.unclear.items()]
    passed += [one for one in [*map(passed_over, sheet.passed), *unclear] if one not in passed]


def _joined(places: list[str]) -> str:
    return ", ".join(places[:_PLACES]) + (" …" if len(places) > _PLACES else "")


def _of_book(path: Path, found: list[Finding], passed: list[dict[str, Any]], outlines: list[Outline] | None) -> None:
    with path.open("rb") as source, packed.faults_named(), packed.opened(source) as archive:
        names = set(archive.namelist())
        if "content.xml" in names and "xl/workbook.xml" not in names:
            _gather(books.ods_sheets(archive), found, outlines, passed)
            _gather(books.ods_asides(archive), found, None, passed)
        elif "xl/workbook.xml" in names:
            book = books.Xlsx(archive)
            for quick, patient in book.sheets():
                try:
                    _take(quick(), found, outlines, passed)
                except sheet_stream.Unusual:
                    _take(patient(), found, outlines, passed)
            _gather(book.asides(), found, None, passed)
            if book.formulas:
                passed.append(passed_over("{count} formulas without a stored result", count=book.formulas))
        else:
            raise readers.Unreadable("Packed file")
        if count := books.pictures(archive):
            passed.append(passed_over("{count} pictures or embedded files", count=count))
