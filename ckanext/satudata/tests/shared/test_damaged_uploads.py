"""Whatever is wrong with an upload, what reads it answers with one of our refusals, in bounded memory."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ckanext.satudata.domain import chart, officer_list
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.helpers.chart import drawn
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.files import inspect, preview
from ckanext.satudata.shared.finding import dataset_list
from ckanext.satudata.tests.support import whole_files

pytestmark = pytest.mark.usefixtures("with_plugins")

MOST_MEMORY = 32 << 20


def _book() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet, day = made.add_worksheet("Data"), made.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["Nama Data", "Produsen Data", "Jumlah"])
        for row in range(1, 40):
            sheet.write_row(row, 0, [f"Murid {row % 7}", "Dinas Pendidikan", row * 1.5])
            sheet.write_number(row, 3, 45000 + row, day)
            sheet.write_boolean(row, 4, row % 2)
            sheet.write_formula(row, 5, "=C2", None, row)
    return out.getvalue()


def _plain_book() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in range(40):
        book.active.append([row, "kecamatan", None, row * 0.5])
    book.save(out)
    return out.getvalue()


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<a>isi</a>" * 50)
    return out.getvalue()


CSV = "kecamatan;murid;catatan\r\n" + 'Klojen;7;"dua\r\nbaris"\r\nBlimbing;8;é\r\n' * 20
FILES = {
    "a.csv": CSV.encode("utf-8-sig"),
    "b.csv": b"Nama Data,Produsen Data\nJumlah Bidan,Dinas Kesehatan\n" * 20,
    "c.tsv": CSV.replace(";", "\t").encode(),
    "d.xlsx": _book(),
    "e.xlsx": _plain_book(),
    "f.zip": _zip("a.txt", "b/c.txt"),
    "g.docx": _zip("word/document.xml"),
    "h.ods": _zip("content.xml", "mimetype"),
    "i.json": b'{"a": [1, 2.5, "\\u00e9", null, true], "b": {"c": []}}' * 1,
    "j.geojson": b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null}]}',
    "k.pdf": whole_files.pdf(),
    "l.dbf": b"\x03\x7c\x01\x01\x02\0\0\0\x41\0\x0b\0"
    + b"\0" * 20
    + b"NAMA\0\0\0\0\0\0\0C"
    + b"\0" * 20
    + b"\r  Klojen\x1a",
    "m.xls": whole_files.ole(),
    "n.png": whole_files.png(),
    "o.xml": b"<?xml version='1.0'?><a><b/></a>",
    "p.jpg": whole_files.jpeg(),
    "q.gz": whole_files.BY_NAME["a.gz"],
    "r.tif": whole_files.tiff(),
    "s.gpkg": whole_files.BY_NAME["a.gpkg"],
    "t.7z": whole_files.BY_NAME["a.7z"],
}
WORDS = [
    *(b"", b"\0", b'"', b"-1", b"99999999999999999999", b"\xff\xfe", b"\r", b"\n" * 300, b"a" * 5000, b"</row>"),
    *(b"&#0;", b"nan", b"1e999", b'"s"', b"<c", b"PK\x01\x02", b"PK\x05\x06", b"\x7f\xff\xff\xff"),
]


def _damaged(chance: random.Random, content: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(content) + 1)
        end = min(len(content), at + chance.choice((0, 1, 4, 30)))
        new = chance.choice([*WORDS, bytes([chance.randrange(256)]), content[at : at + 40] * 3])
        content = content[:at] + new + content[end:]
    return content[: chance.randrange(len(content) + 1)] if chance.random() < 0.1 else content


def _damaged_inside(chance: random.Random, content: bytes) -> bytes:
    """The archive is whole, one of its parts is not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        # Those that are read: the others would rarely tell anything.
        parts = [name for name in old.namelist() if "theme" not in name and "docProps" not in name]
        wrong = chance.choice(parts)
        for name in old.namelist():
            if name != wrong:
                new.writestr(name, old.read(name))
            elif chance.random() < 0.9:
                new.writestr(name, _damaged(chance, old.read(name)))
    return out.getvalue()


def _read(name: str, content: bytes) -> None:
    """All that reads an upload; each may refuse."""
    ending = name.rpartition(".")[2].upper()
    readers = [lambda: inspect.check(io.BytesIO(content), name)]
    if ending in preview.FORMATS:
        readers.append(lambda: preview._of_blocks(iter([content]), ending, len(content)))
        readers.append(lambda: dataset_list.table_of(content, name))
        readers.append(lambda: _draw(*preview.whole(content, ending)))
    if ending == "CSV":
        readers.append(lambda: officer_list.read(content, lambda word: None))
    for reader in readers:
        try:
            reader()
        except SatudataError as refusal:
            assert refusal.message


def _draw(heads: list[str], rows: list[list[Any]]) -> str:
    """The chart as its page says it, if there is one; its title."""
    assert chart.may_fit(heads, rows) in (True, False)
    found = chart.of_table(heads, rows)
    with wording.speaking():
        shown = drawn(found) if found else {"title": "", "rows": []}
    assert all(len(row) in (2, 3) for row in shown["rows"])
    return shown["title"]


CELLS = [
    *("", "-", "x", "Kota {0} %s {x}", "2024", "2024-25", "2024-05", "2024-02-30", "2024-02-29", "²²²²-²²"),
    *("٢٠٢٤-٠٢", "٢٠٢٤", "31/12/2024", "2023/2024", "2024/2023", "Mei 2024", "Total", "Kota Malang", "0", "-0"),
    *("1.234", "1,5", "Rp 1.000", "-1%"),
    *("²", "1" * 24, "1" * 25, "0." + "0" * 21 + "1", "1e308", "nan", "inf", "1/2", "13", "1", "12", "Januari"),
]  # fmt: skip
NUMBERS = [0, 1, -1, 2024, 12, 10**15, 10**16, 10**400, -(10**400), 1e308, 5e-324, 1e-15, -0.0, 0.1, float("inf"), True]
HEADS = ["", "tahun", "tanggal", "bulan", "triwulan", "satuan", "indikator", "kecamatan", "jumlah", "indeks", "{x} %s"]


def test_any_cells_are_drawn_or_not():
    titles = set()
    for seed in range(3000):
        chance = random.Random(seed)
        heads = chance.sample(HEADS, chance.randrange(2, 5))
        kinds = [chance.sample(CELLS, chance.choice((1, 2, 2, 12))) for _ in heads]
        kinds = [[*map(preview._exact, NUMBERS)] if chance.random() < 0.3 else kind for kind in kinds]
        rows = [[chance.choice(kind) for kind in kinds] for _ in range(chance.choice((2, 3, 30)))]
        titles.add(_draw(heads, rows))
    assert len(titles) > 100


def _survives(seed: int) -> None:
    chance = random.Random(seed)
    name, content = list(FILES.items())[seed % len(FILES)]
    if zipfile.is_zipfile(io.BytesIO(content)) and chance.random() < 0.7:
        damaged = _damaged_inside(chance, content)
    else:
        damaged = _damaged(chance, content)
    tracemalloc.start()
    try:
        _read(name, damaged)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_whole_files_are_read():
    for name, content in FILES.items():
        inspect.check(io.BytesIO(content), name)
        ending = name.rpartition(".")[2].upper()
        if ending in preview.FORMATS:
            assert preview._of_blocks(iter([content]), ending, len(content)).rows


@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_are_refused_or_read(seed):
    _survives(seed)


@pytest.mark.long
@pytest.mark.parametrize("start", range(1000, 7000, 1000))
def test_many_damaged_files_are_refused_or_read(start):
    for seed in range(start, start + 1000):
        try:
            _survives(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
