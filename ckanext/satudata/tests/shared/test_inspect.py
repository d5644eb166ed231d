"""What is refused at upload: files that are empty, broken, garbled, or not what their name says."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from ckanext.satudata.domain import table_check, whole
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.files import inspect
from ckanext.satudata.tests.support import bombs, whole_files

CSV = "kecamatan,murid\nKlojen,7\n"
OLE, PDF, PNG = whole_files.ole(), whole_files.pdf(), whole_files.png()


def xlsx() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in range(400):
        book.active.append([row, f"kecamatan {row * 7919 % 977}"])
    book.save(out)
    return out.getvalue()


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("murid.csv", CSV.encode()),
        ("murid.csv", CSV.encode("utf-8-sig")),
        ("murid.CSV", "nama\nSt. Élise\n".encode()),
        ("murid.csv", b"x" * (inspect.HEAD_BYTES - 1) + "é".encode() + b"\n"),
        ("murid.xlsx", xlsx()),
        ("murid.xls", OLE),
        ("peta.geojson", b'{"type": "FeatureCollection", "features": []}'),
        ("laporan.pdf", PDF),
        ("semua.zip", zipped(a="1")),
        ("peta.tif", whole_files.tiff()),
        ("data.xyz", b"apa saja"),
        ("murid.csv", b"DAFTAR MURID\r\n\r\nkecamatan;murid;\r\nKlojen;7\r\nJumlah;;\r\n"),
        ("murid.csv", b'kecamatan,murid\n"Klojen, dan\nlain-lain",7\n'),
        ("murid.csv", b"kecamatan,murid\n" + b"Klojen,7\n" * 150_000),
        # As Excel writes it: the last column is empty in the second sixteen rows, and has no separators there.
        ("murid.csv", b"a;b;c\r\n" + b"1;2;3\r\n" * 15 + b"1;2\r\n" * 16 + b"1;2;3\r\n" * 16 + b"1;2\r\n"),
        ("murid.csv", b"a,b,c\n1,2,3\nCatatan: angka sementara\n"),
        ("batas.csv", b"nama,batas\n" + b'Klojen,"' + b"1 2," * 500_000 + b'"\nBlimbing,x\n' * 3),
        ("murid.csv", b"a,b\r1,2\r3,4\r"),
        ("gambar.png", PNG),
        ("besar.json", b"[" + b"1," * 2_000_000 + b"2]\n"),
    ],
)
def test_what_can_be_read_passes_and_stands_at_its_beginning(name, content):
    stream = io.BytesIO(content)
    inspect.check(stream, name)
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("murid.csv", b"", "empty"),
        ("peta.json", b"[" * 100_000, "nested"),
        ("peta.geojson", b'{"a":' * 100_000, "nested"),
        ("murid.csv", PDF, "but the file is {kind}"),
        ("murid.csv", xlsx(), "but the file is {kind}"),
        ("murid.csv", b"<html><table></table></html>", "but the file is {kind}"),
        ("murid.csv", CSV.encode("utf-16"), "UTF-16"),
        ("murid.csv", CSV.encode("utf-16-le"), "no such file"),
        ("murid.csv", "nama\nbudi\nSt. Élise\n".encode("latin-1"), "Line {line}"),
        ("murid.csv", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 48 + b"PE\0\0", "program"),
        ("murid.xls", b"<html><body><table><tr><td>1</td></tr></table>", "but the file is {kind}"),
        ("murid.xls", xlsx(), "but the file is {kind}"),
        ("murid.xlsx", OLE, "password"),
        ("murid.xlsx", xlsx()[:-300], "broken"),
        ("murid.xlsx", zipped(a="1"), "{ending}"),
        ("murid.xlsx", CSV.encode(), "no such file"),
        ("laporan.pdf", CSV.encode(), "no such file"),
        ("peta.geojson", b'{"type": "FeatureCollection", "features": [}', "broken at line"),
        ("peta.json", b"nama,nilai\n1,2\n", "no such file"),
        ("murid.csv", b"\r\n\r\n", "empty"),
        ("murid.csv", b";;;\n;;;\n", "empty"),
        ("gambar.png", b"GIF89a" + b"\0" * 20, "but the file is {kind}"),
        ("gambar.jpg", b"\x89PNG\r\n\x1a\n", "but the file is {kind}"),
        ("virus.exe", b"MZ" + b"\0" * 20, "program"),
        ("data.csv.exe", b"apa saja", "program"),
        ("data.bin", b"MZ" + b"\0" * 20, "program"),
        ("data", CSV.encode(), "what kind"),
        ("murid.csv%0D%0AX: y", CSV.encode(), "what kind"),
        ("murid.html", b"<p>apa saja", "web page"),
        ("murid.xyz", b"<!DOCTYPE html><script>alert(1)</script>", "but the file is {kind}"),
        ("besar.json", b"[" + b"1," * 2_000_000, "broken"),
        ("murid.csv", b'kecamatan,murid\n"Klojen,7\n', "line {line}"),
        ("murid.csv", b"kecamatan,murid\nKlojen,7,8,9\nBlimbing\n", "Line {line} has more"),
        ("murid.csv", b"a,b,c\n1,2,3\n4,5\n6,7,8\n", "Line {line} has fewer"),
        ("murid.csv", b"a,b\n" * 10 + b"a," * 20_000 + b"\n", "more columns"),
        ("murid.csv", b"ab," * 5_000_000, "more columns"),
        ("murid.csv", b"a,b\n" + b'"x",' * 400_000 + b"\n", "more columns"),
        ("murid.csv", b'a,b\n"' + b"x\n" * 200_000, "line {line}"),
        ("murid.csv", b'a,b\n"' + b"x" * 3_000_000, "line {line}"),
        ("murid.csv", b"a,b\n" * 270_000 + b"a\0,b\n", "Line {line} holds"),
    ],
)
def test_the_rest_is_refused_with_a_mend(name, content, part):
    with pytest.raises(Invalid) as refusal:
        inspect.check(io.BytesIO(content), name)
    assert refusal.value.field == "upload" and refusal.value.mend
    assert part in refusal.value.message


def test_the_line_of_a_garbled_letter_is_named():
    with pytest.raises(Invalid) as refusal:
        inspect.check(io.BytesIO("nama\nbudi\nSt. Élise\n".encode("latin-1")), "murid.csv")
    assert refusal.value.params["line"] == 3


LONG = b"a,b,c\n" * 180_000
"""1.1 MB: what follows lies behind all that is read of a file's head."""


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'nama;nilai\nbudi;1\n"ani;2\nwati;3\n', 3),
        (b"nama;nilai\nbudi;1\nani;2;3;4\nwati;3\n", 3),
        (LONG + b"1,2\n3,4,5\n", 180_001),
        (LONG + b"1,2,3\n" * 9 + b"4,5", 180_010),
        (LONG + b"1,2,3,4\n", 180_001),
        (LONG + b'"1,2,3\n', 180_001),
        (LONG + "1,2,é\n3,4,é\n".encode() + "5,6,é\n".encode("latin-1"), 180_003),
        (LONG.replace(b"\n", b"\r") + b"1,2,\xff\r", 180_001),
        (LONG.replace(b"\n", b"\r\n") + b'"1\r\n1",2,3\r\n4,5\r\n6,7,8', 180_003),
        (b"a,b\n" + b"\n" * 300_000 + b"1,2,3\n", 300_002),
        (b"a,b\r\n" + b"\r\n" * 300_000 + b"1,2,3\r\n", 300_002),
        (b"a,b\r" + b"\r" * 300_000 + b"1,2,3\r", 300_002),
        (b"a,b\n1,2\n" + b'"' + b"x\n" * 300_000 + b'",2\n', 3),
        (b"a,b,c\n1," + b"x" * 2_000_000 + b",3\n4,5\n6,7,8\n", 3),
    ],
)
def test_the_line_that_breaks_the_table_is_named(content, line):
    with pytest.raises(Invalid) as refusal:
        inspect.check(io.BytesIO(content), "nilai.csv")
    assert refusal.value.params["line"] == line


def test_lines_without_anything_are_not_looked_at_one_by_one(monkeypatch):
    looked = []
    monkeypatch.setattr(table_check._Widths, "take", lambda self, row, line: looked.append(line))
    monkeypatch.setattr(table_check._Widths, "finish", lambda self: None)
    table_check.check(io.BytesIO(b"a,b\n" + b"\n" * 300_000 + b"\r\n" * 300_000 + b"1,2"), ",")
    assert len(looked) < 100 and looked[-1] == 600_002


def test_a_cell_of_very_many_lines_is_not_read_to_its_end():
    stream = io.BytesIO(b'a,b\n"' + b"x\n" * 4_000_000)
    with pytest.raises(table_check.Fault) as fault:
        table_check.check(stream, ",")
    assert fault.value.kind == "quotation" and stream.tell() < 1_000_000


class Endless(io.RawIOBase):
    """A file of 64 MB that is never in memory as a whole."""

    def __init__(self, block: bytes):
        self.block, self.at = block, 0

    def readable(self):
        return True

    def seek(self, to, whence=0):
        self.at = to
        return to

    def read(self, size=-1):
        found = self.block[: max(0, min(size, (64 << 20) - self.at))]
        self.at += len(found)
        return found


@pytest.mark.parametrize("block", [b"1" * 65536, b'"\n' + b"1" * 65534], ids=["one line", "one cell"])
def test_what_never_ends_is_not_kept(block):
    tracemalloc.start()
    try:
        with contextlib.suppress(Invalid):
            inspect.check(Endless(block), "nilai.csv")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["buku.xlsx", "laporan.docx"])
def test_a_part_larger_than_it_says_is_not_unpacked(name):
    part = {"buku.xlsx": "xl/workbook.xml", "laporan.docx": "word/document.xml"}[name]
    content = bombs.lying(part)
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match="broken"):
            inspect.check(io.BytesIO(content), name)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_refusal_says_the_ending_the_file_has():
    with pytest.raises(Invalid) as refusal:
        inspect.check(io.BytesIO(b"nama,nilai"), "peta.geojson")
    assert refusal.value.params["ending"] == "geojson"


@pytest.mark.parametrize("name", sorted(whole_files.BY_NAME))
def test_a_whole_file_passes_and_one_that_breaks_off_does_not(name):
    content = whole_files.BY_NAME[name]
    inspect.check(io.BytesIO(content), name)
    for part in (0.95, 0.6, 0.2):
        with pytest.raises(Invalid) as refusal:
            inspect.check(io.BytesIO(content[: int(len(content) * part)]), name)
        assert refusal.value.field == "upload"


@pytest.mark.parametrize("name", ["a.png", "a.xlsx", "a.zip", "a.gz"])
def test_a_part_that_was_changed_on_the_way_is_found_by_its_checksum(name):
    content = bytearray(whole_files.BY_NAME[name])
    # Of what is packed, not of what lies around it.
    at = content.index(b"IDAT") + 8 if name == "a.png" else content.index(b"MARK") + 8 if name != "a.gz" else 30
    content[at] ^= 0x55
    with pytest.raises(Invalid, match="broken"):
        inspect.check(io.BytesIO(bytes(content)), name)


def test_a_pdf_may_have_lines_before_and_behind_it():
    for content in (b"Content-Type: x\r\n" + PDF, PDF + b"\r\n" * 300, PDF + b"\0" * 3000):
        inspect.check(io.BytesIO(content), "laporan.pdf")


def test_an_archive_that_unpacks_to_very_much_is_taken_as_it_is(monkeypatch):
    monkeypatch.setattr(whole, "MOST_UNPACKED", 1 << 20)
    inspect.check(io.BytesIO(zipped(a="1" * (3 << 20))), "semua.zip")
