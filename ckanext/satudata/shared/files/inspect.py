"""A light look into an upload: whether it is what its name says, and can be read at all.

Of a table in text every line is read, as a stream; of other files the head, and what tells whether the end is there
(`domain.whole`), so that the largest upload costs no more memory. What a file says about the world is the verifier's
work.
"""

from __future__ import annotations

import codecs
import json
import re
from pathlib import PurePath
from typing import IO, Any

import magic

from ckanext.satudata.domain import packed, table_check, whole
from ckanext.satudata.domain.errors import Invalid

HEAD_BYTES = 1 << 20
WHOLE_BYTES = 2 << 20
"""Files up to this size are read whole where only the whole tells (JSON)."""

_TEXT = {"csv", "tsv", "txt", "json", "geojson", "xml", "kml", "gml"}
_ARCHIVES = {
    "xlsx": "xl/workbook.xml",
    "docx": "word/document.xml",
    "pptx": "ppt/presentation.xml",
    "ods": "content.xml",
    "odt": "content.xml",
    "zip": "",
}
_OLE = b"\xd0\xcf\x11\xe0"
_PROGRAMS = {f"application/x-{kind}" for kind in ("dosexec", "executable", "pie-executable", "mach-binary")}
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "xls": (_OLE,),
    "doc": (_OLE,),
    "ppt": (_OLE,),
    "png": (b"\x89PNG",),
    "gif": (b"GIF8",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "tif": (b"II", b"MM"),
    "tiff": (b"II", b"MM"),
    "webp": (b"RIFF",),
    "rtf": (b"{\\rtf",),
    "gz": (b"\x1f\x8b",),
    "7z": (b"7z\xbc\xaf",),
    "rar": (b"Rar!",),
    "parquet": (b"PAR1",),
    "gpkg": (b"SQLite format 3",),
}
_RUNS = frozenset(
    (
        "app", "apk", "asp", "aspx", "bat", "cgi", "cmd", "com", "dll", "dmg", "exe", "hta", "jar", "js", "jsp", "lnk",
        "msi", "php", "phtml", "pl", "ps1", "py", "scr", "sh", "vbs",
    )
)  # fmt: skip
"""Endings of what a computer or a web server would run."""
_PAGES = frozenset(("htm", "html", "mht", "mhtml", "shtml", "xht", "xhtml"))
_ENDING = re.compile("[a-z0-9]{1,10}")
_AGAIN = "Open the file, save it again and upload it."


def check(stream: IO[bytes], name: str) -> None:
    """Raises Invalid (field `upload`) for a file that is empty, broken, or not what its ending says.

    The stream must be seekable; it stands at its beginning afterwards. Endings not known here pass, except
    those of programs.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    try:
        if not head:
            raise _refusal("The file is empty.", "Look into the file and choose it again.")
        ending = PurePath(name or "").suffix.lower().lstrip(".")
        if ending in _RUNS or _is_program(head):
            raise _refusal("This is a program, not data.", "Upload the data file itself.")
        if ending in _PAGES:
            raise _refusal(
                "This is a web page, not data.",
                "Upload the data as a file of their own, such as CSV, or a document as PDF.",
            )
        if not _ENDING.fullmatch(ending):
            raise _refusal(
                "The name of the file does not say what kind it is.",
                "Give it the ending of its kind, such as .csv, .xlsx or .pdf, and upload it again.",
            )
        if ending in _TEXT:
            _check_text(stream, head, ending)
        elif ending in _ARCHIVES:
            _check_archive(stream, head, ending)
        else:
            _check_beginning(head, ending)
        _check_whole(stream, ending)
    finally:
        stream.seek(0)


def _check_beginning(head: bytes, ending: str) -> None:
    # Some programs write a few lines before the PDF.
    right = b"%PDF-" in head[:1024] if ending == "pdf" else head.startswith(_BEGINNINGS.get(ending, (b"",)))
    if not right or _kind(head) == "HTML":
        raise _misnamed(ending, head)


def _check_whole(stream: IO[bytes], ending: str) -> None:
    try:
        whole.check(stream, ending)
    except packed.TooMuch:
        # Large is no fault; who shows it looks again.
        return
    except packed.Damaged:
        raise _refusal("The file is broken and cannot be opened.", _AGAIN) from None


def _is_program(head: bytes) -> bool:
    if magic.from_buffer(head[:4096], mime=True) in _PROGRAMS:
        return True
    # A program's damaged head is none to magic, but to some computers.
    return head.startswith(b"\x7fELF") or (head.startswith(b"MZ") and b"\0" in head[:4096])


def _check_text(stream: IO[bytes], head: bytes, ending: str) -> None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _refusal("The file is written in UTF-16, which many programs do not read.", _AS_UTF8)
    if _kind(head) != "text" or b"\x00" in head:
        raise _misnamed(ending, head)
    if ending in ("xml", "kml", "gml"):
        return
    if head.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        raise _misnamed(ending, head)
    if ending in ("csv", "tsv"):
        _check_table(stream, head, ending)
        return
    _check_utf8(head)
    if ending in ("json", "geojson"):
        _check_json(stream, head, ending)


def _check_utf8(head: bytes) -> None:
    try:
        # Not final: the head may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        raise _refusal(_NO_UTF8, _AS_UTF8, line=head.count(b"\n", 0, error.start) + 1) from None


def _check_table(stream: IO[bytes], head: bytes, ending: str) -> None:
    """Refuses what is no table in any of its lines, see `table_check`. The separator is that of the first line."""
    first = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n").splitlines()[:1] or [b""]
    separator = "\t" if ending == "tsv" else max(",;\t|", key=lambda mark: first[0].count(mark.encode()))
    stream.seek(0)
    try:
        table_check.check(stream, separator)
    except table_check.Fault as fault:
        message, mend = _TABLE_FAULTS[fault.kind]
        raise _refusal(message, mend, line=fault.line) from None


_AS_UTF8 = "In Excel choose “Save as”, “CSV UTF-8 (comma delimited)”, and upload that file."
_NO_UTF8 = "Line {line} holds a letter that is not written in UTF-8; readers would see it garbled."
_TABLE_FAULTS: dict[table_check.Kind, tuple[str, str]] = {
    "empty": ("The file is empty.", "Look into the file and choose it again."),
    "letter": (_NO_UTF8, _AS_UTF8),
    "quotation": (
        "A quotation mark in line {line} is not closed, or stands where it may not.",
        "Save the table as CSV anew from your spreadsheet program.",
    ),
    "more": (
        "Line {line} has more cells than there are columns.",
        "Put texts that hold the separator in quotation marks, or save the table as CSV anew.",
    ),
    "fewer": (
        "Line {line} has fewer cells than there are columns.",
        "Give it all its cells, the empty ones too, or save the table as CSV anew from your spreadsheet program.",
    ),
    "columns": (
        "Line {line} has more columns than spreadsheet programs can open.",
        "Look whether the lines are separated, or split the table.",
    ),
}


def _check_json(stream: IO[bytes], head: bytes, ending: str) -> None:
    if not head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith((b"{", b"[")):
        raise _misnamed(ending, head)
    rest = stream.read(WHOLE_BYTES - len(head) + 1)
    if len(head) + len(rest) > WHOLE_BYTES:
        stream.seek(-1024, 2)
        if not stream.read().rstrip(b" \t\r\n\0").endswith((b"}", b"]")):
            raise _refusal("The file is broken and cannot be opened.", _AGAIN)
        return
    try:
        json.loads(head + rest)
    except RecursionError:
        raise _refusal("The JSON is nested too deeply.", _AGAIN) from None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise _refusal("The JSON is broken at line {line}.", _AGAIN, line=line) from None


def _check_archive(stream: IO[bytes], head: bytes, ending: str) -> None:
    if not head.startswith(b"PK"):
        if head.startswith(_OLE) and ending != "zip":
            raise _refusal(
                "The file is protected by a password, or of an older kind than its name says.",
                "Take the password away, or save it in the newer format, and upload it again.",
            )
        raise _misnamed(ending, head)
    needed = _ARCHIVES[ending]
    try:
        with packed.opened(stream) as archive:
            if needed and needed not in archive.NameToInfo:
                raise _misnamed(ending, head)
            if needed and not packed.is_usual(archive.NameToInfo[needed]):
                raise packed.Damaged(needed)
    except packed.TooMuch:
        # Large is no fault; who shows it looks again.
        return
    except packed.Damaged:
        raise _refusal("The file is broken and cannot be opened.", _AGAIN) from None


_KINDS = (
    (b"%PDF-", "PDF"),
    (b"PK", "Excel (.xlsx)"),
    (_OLE, "Excel (.xls)"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
)


def _kind(head: bytes) -> str:
    """What the beginning of a file shows it to be, in a word that officers know."""
    for mark, word in _KINDS:
        if head.startswith(mark):
            return word
    if head.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:15].lower().startswith((b"<!doctype html", b"<html", b"<table")):
        return "HTML"
    return "text" if b"\x00" not in head[:4096] else ""


def _misnamed(ending: str, head: bytes) -> Invalid:
    kind = _kind(head)
    if kind and kind != "text":
        message = "The name ends in .{ending}, but the file is {kind}."
    else:
        message = "The name ends in .{ending}, but this is no such file."
    return _refusal(
        message,
        "Open it in the program it comes from, save it as .{ending} there, and upload that file.",
        ending=ending,
        kind=kind,
    )


def _refusal(message: str, mend: str, **params: Any) -> Invalid:
    return Invalid(message, field="upload", mend=mend, **params)
