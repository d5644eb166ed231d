"""What a file holds of persons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ckanext.satudata.domain import packed, sheet_stream
from ckanext.satudata.domain.personal import books, readers
from ckanext.satudata.domain.personal.kinds import Finding
from ckanext.satudata.domain.personal.sheets import Sheet, findings

TEXTS, BOOKS = frozenset({"csv", "tsv", "txt", "tab"}), frozenset({"xlsx", "xlsm", "ods"})
JSONS = frozenset({"json", "geojson", "ndjson", "jsonl"})
_NOT_INSPECTED = "not inspected, look yourself"


def of_file(path: Path, ending: str = "") -> dict[str, Any]:
    """`{"findings": […]}` of a file, see `kinds.Finding.as_json`; the ending of its name unless one is given.

    With `"not_inspected": [text…]` where something of it could not be read; `findings` is None where nothing could:
    that nothing was found is never said of what was not looked into.
    """
    ending = (ending or path.suffix.removeprefix(".")).lower()
    found: list[Finding] = []
    passed: list[str] = []
    try:
        with path.open("rb") as source:
            begin = source.read(8)
        if begin.startswith(b"PK") or ending in BOOKS:
            _of_book(path, found, passed)
        elif ending in JSONS or (ending not in TEXTS and begin.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")):
            _gather(readers.of_json(path), found)
        elif ending in TEXTS:
            _gather(readers.of_text(path), found)
        else:
            return {"findings": None, "not_inspected": [f"{ending.upper() or 'file'}: {_NOT_INSPECTED}"]}
    except readers.Unreadable as fault:
        passed.append(f"{fault} {_NOT_INSPECTED}")
    except packed.TooMuch:
        passed.append(f"too large: {_NOT_INSPECTED}")
    except (packed.Damaged, pl.exceptions.PolarsError):
        passed.append(f"damaged: {_NOT_INSPECTED}")
    told: dict[str, Any] = {"findings": [one.as_json() for one in found]}
    if passed:
        told["not_inspected"] = passed
        if not found:
            told["findings"] = None
    return told


def _gather(sheets: Iterator[Sheet], found: list[Finding]) -> None:
    for sheet in sheets:
        found += findings(sheet)


def _of_book(path: Path, found: list[Finding], passed: list[str]) -> None:
    with path.open("rb") as source, packed.faults_named(), packed.opened(source) as archive:
        names = set(archive.namelist())
        if "content.xml" in names and "xl/workbook.xml" not in names:
            _gather(books.ods_sheets(archive), found)
        elif "xl/workbook.xml" in names:
            for quick, patient in books.Xlsx(archive).sheets():
                try:
                    found += findings(quick())
                except sheet_stream.Unusual:
                    found += findings(patient())
        else:
            raise readers.Unreadable("A packed file.")
        passed += [f"{what}: {_NOT_INSPECTED}" for what in books.pictures(archive)]
