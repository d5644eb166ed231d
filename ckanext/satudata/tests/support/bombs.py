"""Small files that unpack to very much, or point to nowhere."""

from __future__ import annotations

import io
import zipfile

import xlsxwriter

HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"
TEXTS = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
TWO_TEXTS = "<row><c t='s'><v>0</v></c><c t='s'><v>9999999</v></c></row>"


def book(sheet: str | bytes, texts: str | None = None) -> bytes:
    """An XLSX file whose only sheet is this XML, and whose shared texts are this XML."""
    whole, out = io.BytesIO(), io.BytesIO()
    made = xlsxwriter.Workbook(whole)
    made.add_worksheet().write_row(0, 0, ["a", 1])
    made.close()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part == "xl/worksheets/sheet1.xml":
                new.writestr(part, sheet)
            elif part == "xl/sharedStrings.xml" and texts is not None:
                new.writestr(part, texts)
            else:
                new.writestr(part, old.read(part))
    return out.getvalue()


def of_cells(*rows: list[str | int]) -> bytes:
    """These cells as they are, whatever a spreadsheet program thinks of numbers so long."""
    kinds = {str: "str", int: "n"}
    cells = ["".join(f"<c t='{kinds[type(cell)]}'><v>{cell}</v></c>" for cell in row) for row in rows]
    return book(HEAD + "".join(f"<row>{row}</row>" for row in cells) + END)


def beyond_the_texts() -> bytes:
    """A cell that points past the shared texts: a spreadsheet program mends it, a reader stumbles."""
    return book(
        HEAD + "<row><c t='s'><v>0</v></c><c t='s'><v>99</v></c></row>" + "<row><c><v>2</v></c></row>" * 3 + END
    )


def wide() -> bytes:
    """One row of 4.5 million cells, 135 kB packed."""
    return book(HEAD + "<row r='1'>" + "<c><v>1</v></c>" * 4_500_000 + "</row>" + END)


def bombs() -> dict[str, bytes]:
    """Each packs tens of megabytes into some ten kilobytes."""
    return {
        "wide": wide(),
        "empty cells": book(HEAD + "<row>" + "<c/>" * 3_000_000 + "</row>" + END),
        "no cells": book(HEAD + "<row>" + "<v/>" * 3_000_000 + "</row>" + END),
        "nested": book(HEAD + "<a>" * 3_000_000),
        "texts": book(HEAD + TWO_TEXTS + END, TEXTS + "<si><t>a</t></si>" * 1_500_000 + "</sst>"),
        "empty texts": book(HEAD + TWO_TEXTS + END, TEXTS + "<si/>" * 1_500_000 + "</sst>"),
        "one attribute": book(HEAD + "<row a='" + "x" * 30_000_000 + "'/>" + END),
        "before the sheet": book(HEAD.replace("<sheetData>", " " * 65_000_000 + "<sheetData>") + END),
        "entities": book(
            '<!DOCTYPE w [<!ENTITY a "<c/>">]><worksheet><sheetData><row>&a;</row></sheetData></worksheet>'
        ),
        "UTF-16": book(
            ('<?xml version="1.0" encoding="utf-16"?>' + HEAD + "<row>" + "<c/>" * 1_000_000).encode("utf-16")
        ),
        "parts": _parts(),
        "a part larger than said": lying("xl/_rels/workbook.xml.rels"),
    }


def _parts() -> bytes:
    """A list of contents of 60 MB (the end record says so) in front of nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    content = out.getvalue()
    start = content.index(b"PK\x01\x02")
    entry = content[start : content.index(b"PK\x05\x06")]
    entries = entry * (60_000_000 // len(entry))
    size = len(entries).to_bytes(4, "little")
    return content[:start] + entries + b"PK\x05\x06" + b"\0" * 8 + size + start.to_bytes(4, "little") + b"\0\0"


def lying(name: str) -> bytes:
    """A part that says to hold 100 bytes and unpacks to 100 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b" " * 100_000_000)
    content = bytearray(out.getvalue())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.rindex(mark) + at
        content[start : start + 4] = (100).to_bytes(4, "little")
    return bytes(content)
