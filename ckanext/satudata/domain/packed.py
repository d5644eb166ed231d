"""ZIP archives from strangers, read so that memory stays bounded whatever the archive says of itself."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast
from xml.parsers import expat

BLOCK = 1 << 16
MOST_DIRECTORY = 4 << 20
"""Bytes of an archive's list of contents (some 60,000 parts): it is kept in memory twenty times as large."""
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Spreadsheets use no others. The rest unpack thousands of bytes for one, and not block by block."""


class Damaged(ValueError):
    """Not what its name says, or broken."""


class TooMuch(ValueError):
    """Unpacked it would be far larger than anybody expects of it."""


@contextmanager
def faults_named() -> Iterator[None]:
    """Whatever reading a broken file raises inside becomes Damaged; memory errors and our own pass."""
    try:
        yield
    except (Damaged, TooMuch):
        raise
    except (
        ArithmeticError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        expat.ExpatError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise Damaged(str(error)) from error


def opened(stream: IO[bytes]) -> zipfile.ZipFile:
    """The archive. Raises TooMuch for one of so many parts that their list alone would fill the memory."""
    with faults_named():
        return zipfile.ZipFile(cast(IO[bytes], _Careful(stream)))


def unpacked_size(path: Path) -> int:
    """Bytes of a file, of a ZIP archive those of its parts as it says of itself: `blocks` gives no more of any."""
    with path.open("rb") as source:
        if source.read(2) != b"PK":
            return source.seek(0, 2)
        with opened(source) as archive:
            return sum(info.file_size for info in archive.infolist())


def is_usual(info: zipfile.ZipInfo) -> bool:
    """Whether a part is packed as spreadsheets are, and without a password."""
    return info.compress_type in _METHODS and not info.flag_bits & 1


def blocks(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """The unpacked bytes of one part, block by block; at the end its checksum was compared.

    Raises TooMuch after `most` bytes, and Damaged for a part that is broken, encrypted or packed in an unusual way.
    """
    with faults_named():
        info = archive.getinfo(name) if isinstance(name, str) else name
        if not is_usual(info):
            raise Damaged("packed in a way that spreadsheets do not use")
        with archive.open(info) as part:
            # Not read() as a whole: that unpacks everything before it compares the size with the directory.
            while block := part.read(BLOCK):
                most -= len(block)
                if most < 0:
                    raise TooMuch(info.filename)
                yield block


class _Careful:
    """A file of which nobody takes more than the largest list of contents at a time."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        if size > MOST_DIRECTORY:
            raise TooMuch("the list of contents")
        return self._stream.read(size)
