"""Whether a file is there to its end: what a broken-off download or copy leaves is noticed by its own format's rules.

Each check follows what the format says of its length or end (PDF: ISO 32000 7.5, PNG: W3C chunks, JPEG: ITU T.81 B.1,
GIF89a, RIFF, TIFF 6.0, OLE: MS-CFB 2, 7z, gzip: RFC 1952, Parquet, SQLite) and reads as a stream. What is drawn or
written inside is not judged.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from ckanext.satudata.domain import packed

BLOCK = 1 << 16
TAIL_BYTES = 4096
"""So far before the end of a PDF its last mark may stand; some programs add lines of their own."""
MOST_UNPACKED = 256 << 20
"""So many bytes of an archive are unpacked to compare their checksums; what is larger is taken as it is."""
MOST_MARK = 4 << 20
"""Bytes of one mark of an XML file; expat keeps it in memory."""
MOST_PARTS, MOST_SEGMENTS = 1_000_000, 10_000
"""Of a PNG and of a JPEG; a picture of more is made to keep its reader busy."""
_NO_SECTOR = 0xFFFFFFFA
_LAST_XREF = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
_XREF = re.compile(rb"xref|\d+\s+\d+\s+obj")
_LINEARIZED = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d{1,12})\b", re.DOTALL)


def check(stream: IO[bytes], ending: str) -> None:
    """Raises packed.Damaged for a file that is not whole; endings without a rule pass. `ending` in small letters."""
    found = _CHECKS.get(ending)
    if found is None:
        return
    with packed.faults_named():
        if not found(stream):
            raise packed.Damaged(ending)


def _length(stream: IO[bytes]) -> int:
    return stream.seek(0, 2)


def _at(stream: IO[bytes], place: int, count: int) -> bytes:
    stream.seek(max(0, place))
    return stream.read(count)


def _pdf(stream: IO[bytes]) -> bool:
    length, head = _length(stream), _at(stream, 0, 2048)
    declared = _LINEARIZED.search(head)
    if declared and length < int(declared[1]):
        return False
    ends = _LAST_XREF.findall(_at(stream, length - TAIL_BYTES, TAIL_BYTES))
    if not ends:
        return False
    # Some programs count from the PDF's own first line, and some are wrong by a line.
    place, begin = int(ends[-1]), max(0, head.find(b"%PDF-"))
    return place > 0 and any(_XREF.search(_at(stream, place + more - 32, 96)) for more in {0, begin})


def _png(stream: IO[bytes]) -> bool:
    length, place = _length(stream), 8
    for _ in range(MOST_PARTS):
        size, kind = struct.unpack(">I4s", _at(stream, place, 8))
        if place + 12 + size > length:
            return False
        stream.seek(place + 4)
        if _crc(stream, size + 4) != struct.unpack(">I", stream.read(4))[0]:
            return False
        if kind == b"IEND":
            return True
        place += 12 + size
    return False


def _crc(stream: IO[bytes], count: int) -> int:
    found = 0
    while count > 0 and (block := stream.read(min(BLOCK, count))):
        found, count = zlib.crc32(block, found), count - len(block)
    return found


def _jpeg(stream: IO[bytes]) -> bool:
    """Up to the picture itself by the lengths of its segments, as they may hold a smaller whole picture."""
    place = 2
    for _ in range(MOST_SEGMENTS):
        mark, kind = struct.unpack(">BB", _at(stream, place, 2))
        if mark != 0xFF:
            return False
        place += 1
        if kind != 0xFF:  # else it fills up
            place += 1 + struct.unpack(">H", stream.read(2))[0]
        if kind == 0xDA:
            return _holds(stream, place, b"\xff\xd9")
    return False


def _holds(stream: IO[bytes], place: int, wanted: bytes) -> bool:
    stream.seek(place)
    rest = b""
    while block := stream.read(BLOCK):
        if wanted in rest + block:
            return True
        rest = block[-len(wanted) + 1 :]
    return False


def _gif(stream: IO[bytes]) -> bool:
    return _at(stream, _length(stream) - TAIL_BYTES, TAIL_BYTES).rstrip(b"\0").endswith(b";")


def _riff(stream: IO[bytes]) -> bool:
    return _length(stream) >= 8 + struct.unpack("<I", _at(stream, 4, 4))[0]


def _tiff(stream: IO[bytes]) -> bool:
    order, kind, place = struct.unpack(">2sHI", _at(stream, 0, 8))
    if order == b"II":
        kind, place = struct.unpack("<HI", _at(stream, 2, 6))
    # BigTIFF (43) has its own head.
    return kind == 43 or 8 <= place < _length(stream) - 2


def _ole(stream: IO[bytes]) -> bool:
    """The table of sectors must be there, and the last sector that it calls used. Covers the first 7 MB."""
    head = _at(stream, 0, 512)
    sector = 1 << struct.unpack_from("<H", head, 30)[0]
    if sector not in (512, 4096):
        return False
    last, here = 0, 0
    for number in struct.unpack_from("<109I", head, 76):
        if number >= _NO_SECTOR:
            break
        for entry in struct.unpack(f"<{sector // 4}I", _at(stream, sector * (number + 1), sector)):
            here += 1
            last = here if entry != 0xFFFFFFFF else last
    # The last one need not be full.
    return last > 0 and _length(stream) > sector * last


def _seven_zip(stream: IO[bytes]) -> bool:
    offset, size = struct.unpack("<QQ", _at(stream, 12, 16))
    return _length(stream) >= 32 + offset + size


def _gzip(stream: IO[bytes]) -> bool:
    left = MOST_UNPACKED
    stream.seek(0)
    unpacker = zlib.decompressobj(wbits=31)
    block = stream.read(BLOCK)
    while block:
        left -= len(unpacker.decompress(block, BLOCK))
        if left < 0:
            return True
        block = unpacker.unconsumed_tail or stream.read(BLOCK)
        if unpacker.eof:
            return True
    return unpacker.eof


def _parquet(stream: IO[bytes]) -> bool:
    return _at(stream, _length(stream) - 4, 4) == b"PAR1"


def _sqlite(stream: IO[bytes]) -> bool:
    size, pages = struct.unpack(">H", _at(stream, 16, 2))[0], struct.unpack(">I", _at(stream, 28, 4))[0]
    return _length(stream) >= (size if size > 1 else 1 << 16) * pages


def _archive(stream: IO[bytes]) -> bool:
    """Every part that the usual ways packed, its checksum compared; parts with a password cannot be."""
    left = MOST_UNPACKED
    with packed.opened(stream) as archive:
        for info in archive.infolist():
            if packed.is_usual(info):
                for block in packed.blocks(archive, info, MOST_UNPACKED):
                    left -= len(block)
                    if left < 0:
                        return True
    return True


class _Entities(Exception):
    """The file defines names of its own; who reads it decides what to do with them."""


def _xml(stream: IO[bytes]) -> bool:
    def entity(*_given: object) -> None:
        raise _Entities

    parser, taken = expat.ParserCreate(), 0
    parser.EntityDeclHandler = entity
    stream.seek(0)
    try:
        while block := stream.read(BLOCK):
            parser.Parse(block, False)
            taken += len(block)
            if taken - parser.CurrentByteIndex > MOST_MARK:
                return False
        parser.Parse(b"", True)
    except _Entities:
        pass
    return True


_CHECKS: dict[str, Callable[[IO[bytes]], bool]] = {
    **dict.fromkeys(("xlsx", "docx", "pptx", "ods", "odt", "zip"), _archive),
    **dict.fromkeys(("xml", "kml", "gml"), _xml),
    **dict.fromkeys(("jpg", "jpeg"), _jpeg),
    **dict.fromkeys(("tif", "tiff"), _tiff),
    **dict.fromkeys(("xls", "doc", "ppt"), _ole),
    "pdf": _pdf,
    "png": _png,
    "gif": _gif,
    "webp": _riff,
    "7z": _seven_zip,
    "gz": _gzip,
    "parquet": _parquet,
    "gpkg": _sqlite,
}
