"""Every format is read back and says the same; nobody's text becomes a formula, a tag or code."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timezone

import docx
import openpyxl
import pypdf
import pytest

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.report import Block, Chapter, Column, Finding, Kind, Period, Report, Table
from ckanext.satudata.shared.documents import letters, pdf, report_book, report_files

pytestmark = pytest.mark.usefixtures("with_plugins")

EVIL = '=HYPERLINK("http://jahat.example","klik")'
TYPST = "#panic(1) $x$ *tebal* <b>&amp;"
LONG = "Persentase penduduk berumur lima belas tahun ke atas yang bekerja menurut lapangan pekerjaan utama " * 4
AT = datetime(2026, 8, 31, 17, 30, tzinfo=timezone.utc)
SIGNS = letters.Signatory("Walidata Kota Nusasari", "Contoh Walidata")


PUBLISHED = (
    Column("Dataset"),
    Column("Producer"),
    Column("Access level", Kind.CODE, "level"),
    Column("Made public", Kind.INSTANT),
    Column("Published by"),
)


def told(*published, tables=(), findings=()):
    """A report of what was published, and of these other tables."""
    first = Table("published", "What went public", PUBLISHED, published)
    about = {"name": "dissemination", "title": "Laporan Uji", "period": Period.month(2026, 8), "as_of_at": AT}
    return Report(**about, findings=findings, tables=(first, *tables), mark="Sample data, not official data")


@pytest.fixture(scope="module")
def report():
    steps = Table(
        "steps",
        "Time for each step",
        (Column("Process"), Column("Step"), Column("Done by", Kind.CODE, "role"), Column("Median", Kind.DECIMAL)),
        (("Penyebarluasan Data", "8", "verifier", 4.38),),
    )
    requests = Table(
        "requests",
        "Requests for limited data",
        (Column("Outcome", Kind.CODE, "outcome"), Column("Number of requests", Kind.COUNT)),
        (("refused", 1), ("open", 1)),
    )
    counts = Table(
        "downloads",
        "Downloads",
        (
            Column("Dataset"),
            Column("Producer"),
            Column("Downloaded with", Kind.CODE, "client"),
            Column("Downloads", Kind.COUNT),
        ),
        ((EVIL, "Dinas A", "browser", 12345), (LONG, "Dinas B", "script", 67)),
    )
    return told(
        (EVIL, "Dinas A", "terbuka", AT, "Sari"),
        (TYPST, "Dinas A", "terbatas", AT, "Sari"),
        (LONG, "Dinas B", "terbatas", AT, ""),
        tables=(steps, requests, counts),
        findings=(
            Finding("{count} data dipublikasikan.", {"count": 3}),
            Finding("{count} unduhan tercatat.", {"count": 12412}),
        ),
    )


def made(report, name, **kw):
    return report_files.render(report, name, signatory=SIGNS, locale="id", **kw)


def pdf_text(content):
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return "".join(text.replace(pdf.ZERO_WIDTH_SPACE, "").split())


def squeezed(text):
    return "".join(text.split())


def test_words_are_indonesian_and_the_findings_are_sentences(report):
    data = json.loads(made(report, "json"))
    assert data["findings"] == ["3 data dipublikasikan.", "12.412 unduhan tercatat."]
    text = pdf_text(made(report, "pdf"))
    for said in (*data["findings"], "Verifikator", "Ditolak", "Belum dijawab", "Peramban (orang)", "Terbatas"):
        assert squeezed(said) in text
    assert squeezed("Selasa, 1 September 2026 pukul 00.30 WIB") in text
    assert "CONTOH" in text.upper() and "WalidataKotaNusasari,ContohWalidata" in text
    whole = made(report, "csv").decode("utf-8-sig")
    assert "12.412 unduhan tercatat." in whole and "Data contoh, bukan data resmi" in whole.splitlines()[0]


def test_formulas_and_code_stay_text(report):
    book = openpyxl.load_workbook(io.BytesIO(made(report, "xlsx")))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert sum(cell.value == EVIL for cell in cells) == 2
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    rows = [row for row in csv.reader(io.StringIO(made(report, "csv").decode("utf-8-sig"))) if row]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-"))]
    assert squeezed(TYPST) in pdf_text(made(report, "pdf"))


def test_chapters_and_texts_stand_in_their_order_in_each_format(report):
    blocks = (Block("obstacles", "Kendala", f"{TYPST}\n\n{EVIL}\n"), Block("advice", "Rekomendasi"))
    chapters = (
        Chapter("Hambatan", ("obstacles",)),
        Chapter("Rincian", ("published", "steps", "requests", "downloads")),
        Chapter("Tindak lanjut", ("advice",)),
    )
    whole = replace(report, blocks=blocks, chapters=chapters)
    wanted = ["Hambatan", "Kendala", TYPST, EVIL, "Rincian"]
    text = pdf_text(made(whole, "pdf")).lower()
    places = [text.index(squeezed(one).lower()) for one in wanted]
    last = [text.index(one) for one in ("tindaklanjut", "rekomendasi", "belumdiisi")]
    assert [*places, *last] == sorted([*places, *last])
    rows = [row[0] for row in csv.reader(io.StringIO(made(whole, "csv").decode("utf-8-sig"))) if row]
    kept = [row for row in rows if row in ("Hambatan", "Kendala", TYPST, f"'{EVIL}", "Rincian", "Rekomendasi")]
    assert kept[:5] == ["Hambatan", "Kendala", TYPST, f"'{EVIL}", "Rincian"] and kept[-1] == "Rekomendasi"
    book = openpyxl.load_workbook(io.BytesIO(made(whole, "xlsx")))
    assert f"{TYPST}\n{EVIL}" in [row[1].value for row in book.worksheets[0]]
    assert len(book.worksheets) == 6 and all(cell.data_type != "f" for row in book.worksheets[0] for cell in row)
    paper = [one.text for one in docx.Document(io.BytesIO(made(whole, "docx"))).paragraphs]
    assert [one for one in paper if one in wanted] == wanted
    kept_as = report_files.of_dict(json.loads(made(whole, "json")))
    assert (kept_as.blocks, kept_as.chapters) == (blocks, chapters)


def test_the_pdf_is_tagged_archivable_and_repeats_its_heads(report):
    many = [(f"Data {number}", "Dinas A", "terbuka", AT, "Sari") for number in range(150)]
    reader = pypdf.PdfReader(io.BytesIO(made(told(*many), "pdf")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("id")
    assert b"pdfaid" in root["/Metadata"].get_data()
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Halaman {number} dari {len(pages)}" in page
    assert all("Klasifikasidata" in squeezed(page) for page in pages[:3])
    assert abs(float(reader.pages[0].mediabox.width) - 595.28) < 1


def test_a_short_table_stays_on_one_page_with_its_heading():
    outcomes = (Column("Outcome", Kind.TEXT), Column("Number of requests", Kind.COUNT))
    short = Table("short", "Requests for limited data", outcomes, tuple((f"Hasil{n}", n) for n in range(4)))
    split = []
    for number in range(26, 36):
        many = [(f"Data {n}", "Dinas A", "terbuka", AT, "Sari") for n in range(number)]
        reader = pypdf.PdfReader(io.BytesIO(made(told(*many, tables=(short,)), "pdf")))
        texts = [squeezed(page.extract_text()) for page in reader.pages]
        on = {at for at, text in enumerate(texts) for n in range(4) if f"Hasil{n}" in text}
        heading = squeezed("Permohonan data terbatas")
        assert sum(heading in text for text in texts) == 1
        split += [number] if len(on) > 1 or heading not in texts[min(on)] else []
    assert split == []


def test_a_title_that_cannot_be_printed_does_not_stop_the_report():
    odd = told(("Data 😀 ꦗꦮ", "Dinas A", "terbuka", AT, "Sari"))
    text = pdf_text(made(odd, "pdf"))
    assert squeezed("Data □ □□") in text and squeezed("tidak dapat dicetak") in text
    assert "😀" in made(odd, "csv").decode("utf-8-sig")


def test_sheets_have_names_that_spreadsheets_take():
    titles = ["a/b:c*[d]?", "x" * 40, "x" * 35, "X" * 33, "history", "'", "Ringkasan"]
    tables = tuple(Table(str(number), title, (Column("k"),), ()) for number, title in enumerate(titles))
    odd = Report("r", "R", Period.month(2026, 8), AT, (), tables)
    names = openpyxl.load_workbook(
        io.BytesIO(report_book.as_xlsx(odd, [], translate=str, zone=timezone.utc))
    ).sheetnames
    assert len({name.lower() for name in names}) == len(titles) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


@pytest.mark.parametrize(("kw", "field"), [({"name": "odt"}, "format"), ({"name": "csv", "table": "x"}, "table")])
def test_what_is_not_made_is_refused(report, kw, field):
    with pytest.raises(Invalid) as refusal:
        made(report, **kw)
    assert refusal.value.field == field
