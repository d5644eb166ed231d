"""The smallest whole files of the formats that officers upload."""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import zipfile
import zlib

import openpyxl


def pdf(text: str = "Isi") -> bytes:
    """One empty page, with its list of objects and its end."""
    body, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Title({text})>>",
    )
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode()
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        body
        + (
            f"xref\n0 4\n0000000000 65535 f \n{rows}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
        ).encode()
    )


def png(side: int = 40) -> bytes:
    """A square of grey noise."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes((x * y * 7) % 251 for x in range(side)) for y in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """A picture's frame around another whole one, as cameras put it there."""
    small = b"\xff\xd8" + b"\xff\xda\x00\x02" + b"\x11" * 20 + b"\xff\xd9"
    inside = b"Exif\0\0" + small
    return (
        b"\xff\xd8\xff\xe1" + struct.pack(">H", len(inside) + 2) + inside
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00" * 200 + b"\xff\xd9"
    )  # fmt: skip


def tiff() -> bytes:
    """A head, a strip of data, and the list of entries at the end, as libtiff writes it."""
    return b"II*\0" + struct.pack("<I", 408) + b"\x07" * 400 + struct.pack("<H", 0) + b"\0" * 4


def ole(content: bytes = b"isi" * 4000) -> bytes:
    """The container of .xls and .doc: head, table of sectors, directory, data."""
    sectors = (len(content) + 511) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))
    head = bytearray(b"\xff" * 512)
    head[:76] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 68
    struct.pack_into("<HHHH", head, 24, 0x3E, 3, 0xFFFE, 9)
    struct.pack_into("<II", head, 44, 1, 1)
    struct.pack_into("<I", head, 76, 0)
    return bytes(head) + struct.pack("<128I", *table) + b"\0" * 512 + content


def _xlsx() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in range(60):
        book.active.append([row, f"kecamatan {row * 7919 % 977}"])
    book.save(out)
    # Openpyxl packs; what the test changes has to be found.
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("docProps/MARK", "MARK" + "0123456789" * 30)
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "MARK" + "0123456789" * 30)
    return out.getvalue()


def _gif() -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00;"


def _gpkg() -> bytes:
    with sqlite3.connect(":memory:") as base:
        base.execute("create table isi (a text)")
        base.executemany("insert into isi values (?)", [("x" * 500,)] * 60)
        base.commit()
        return base.serialize() if hasattr(base, "serialize") else _plain_sqlite()


def _plain_sqlite() -> bytes:
    return b"SQLite format 3\0" + struct.pack(">H", 512) + b"\0" * 10 + struct.pack(">I", 4) + b"\0" * (2048 - 32)


def _webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 104) + b"WEBP" + b"VP8L" + b"\1" * 96


def _seven_zip() -> bytes:
    return b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 4 + struct.pack("<QQI", 100, 20, 0) + b"\2" * 120


BY_NAME = {
    "a.pdf": pdf(),
    "a.png": png(),
    "a.jpg": jpeg(),
    "a.gif": _gif(),
    "a.tif": tiff(),
    "a.webp": _webp(),
    "a.xls": ole(),
    "a.xlsx": _xlsx(),
    "a.zip": _zip(),
    "a.gz": gzip.compress(bytes((x * 7919) % 251 for x in range(900))),
    "a.7z": _seven_zip(),
    "a.parquet": b"PAR1" + b"\3" * 100 + b"PAR1",
    "a.gpkg": _gpkg(),
    "a.json": b'{"a": [' + b"1, " * 30 + b"2]}",
    "a.kml": b"<?xml version='1.0' encoding='UTF-8'?><kml>" + b"<Placemark>x</Placemark>" * 10 + b"</kml>",
}
