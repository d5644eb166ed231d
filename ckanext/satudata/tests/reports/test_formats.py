"""Each report of this site, with what people could write, is read back from every format and says the same."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import date, datetime, timezone
from functools import lru_cache

import ckan.model as model
import docx
import openpyxl
import pypdf
import pytest

from ckanext.satudata.domain.report import Chart, Column, Drawing, Finding, Kind, Period, Report, Table
from ckanext.satudata.domain.report_facts import ABOUT, CALLED, FACTS
from ckanext.satudata.reports import definitions, reckoning
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.documents import charts, letters, pdf, report_files, report_page

pytestmark = pytest.mark.usefixtures("with_plugins")

EVIL = '=HYPERLINK("http://jahat.example","klik")'
LONG = "Persentase penduduk berumur lima belas tahun ke atas yang bekerja menurut lapangan pekerjaan utama " * 4
TEXTS = (EVIL, "+1+2", "-1+2 #panic(1) *x*", "@SUM(A1)", "\t=1", "<script>alert(1)</script> &amp;", LONG.strip())
AT = datetime(2026, 8, 31, 17, 30, tzinfo=timezone.utc)
SPAN = Period(date(2026, 7, 1), date(2026, 9, 30))
SIGNS = letters.Signatory("Walidata Kota Nusasari", "Contoh Walidata")
NAMES = sorted(path.stem for path in definitions.OURS.glob("*.yaml"))
DRAWN = (
    Chart(Finding("{label}: x", {"label": EVIL}), "Unduhan · Menurut X", Kind.COUNT, ((EVIL, 1234.0), (LONG, 5.0))),
    Chart(
        Finding("Terbanyak pada {label}", {"label": "Agustus 2026"}),
        "Terlambat · Menurut bulan",
        Kind.DECIMAL,
        (("2026-07", 1.5), ("2026-08", 22.25), ("2026-09", None)),
        drawing=Drawing.LINE,
    ),
)


def cell(column, number):
    """What a column of that kind may hold in its row of that number."""
    if column.kind is Kind.CODE:
        codes = list(words.VOCABULARIES.get(column.words) or ["draft", "published"])
        return codes[number % len(codes)]
    values = {
        Kind.COUNT: (0, 7, 1234567),
        Kind.DECIMAL: (None, 0.5, 1234.25),
        Kind.MONTH: ("2026-07", "2026-08", "2026-09"),
        Kind.INSTANT: (AT,),
        Kind.DATE: (date(2026, 8, 1),),
    }.get(column.kind, TEXTS)
    return values[number % len(values)]


def filled(spec):
    heads = (*spec.heads, *(Column(head.said("id"), measure.kind) for _, head, measure in spec.measures))
    rows = tuple(tuple(cell(head, number) for head in heads) for number in range(len(TEXTS)))
    return Table(spec.key, spec.title.said("id"), heads, rows)


@pytest.fixture(params=NAMES)
def report(request):
    return full(request.param)


@lru_cache
def full(name):
    definition = definitions.every()[name]
    return Report(
        definition.name,
        LONG,
        SPAN,
        AT,
        (Finding("{count} unduhan tercatat.", {"count": 12412}),),
        tuple(filled(spec) for spec in definition.tables),
        "Sample data, not official data",
        DRAWN,
        definition.facts,
        definition.version,
    )


MADE = {}


def made(report, name, table=None):
    """The bytes; each is made once."""
    key = (id(report), name, table)
    if key not in MADE:
        MADE[key] = (report, report_files.render(report, name, signatory=SIGNS, locale="id", table=table))
    return MADE[key][1]


def squeezed(text):
    return "".join(text.replace(pdf.ZERO_WIDTH_SPACE, "").split())


def pdf_text(content):
    return squeezed(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))


def tables_of_docx(content):
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(content).tables]


def people_read(column, value):
    """As a page in Indonesian has it, by hand."""
    if value is None:
        return ""
    if column["kind"] in ("count", "decimal"):
        written = f"{value:,.{2 if column['kind'] == 'decimal' else 0}f}"
        return written.translate(str.maketrans(",.", ".,"))
    if column["kind"] == "instant":
        return "1 September 2026, 00.30"
    if column["kind"] == "month":
        return {"07": "Juli", "08": "Agustus", "09": "September"}[value[5:]] + " 2026"
    return column["words"][value] if column["kind"] == "code" else value


def in_sheet(column, value):
    """As a spreadsheet keeps it."""
    if column["kind"] == "instant":
        return datetime(2026, 9, 1, 0, 30)
    if column["kind"] == "month":
        return datetime.fromisoformat(f"{value}-01")
    return column["words"][value] if column["kind"] == "code" else value


def test_the_same_cells_in_each_format(report):
    data = json.loads(made(report, "json"))
    book = openpyxl.load_workbook(io.BytesIO(made(report, "xlsx")))
    text = pdf_text(made(report, "pdf"))
    _, *papers = tables_of_docx(io.BytesIO(made(report, "docx")))
    assert len(data["tables"]) == len(papers) == len(book.worksheets) - 3 > 0
    for table, sheet, paper in zip(data["tables"], book.worksheets[2:-1], papers, strict=True):
        rows = list(csv.reader(io.StringIO(made(report, "csv", table=table["key"]).decode("utf-8-sig"))))
        heads = [column["head"] for column in table["columns"]]
        assert len(table["rows"]) == len(rows) - 1 == sheet.max_row - 1 == len(paper) - 1 == len(TEXTS)
        assert [cell.value for cell in sheet[1]] == rows[0] == paper[0] == heads
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref and sheet.print_title_rows == "$1:$1"
        for number, row in enumerate(table["rows"]):
            for place, (column, value) in enumerate(zip(table["columns"], row, strict=True)):
                written = people_read(column, value) or "–"
                assert paper[number + 1][place] == written
                assert squeezed(written) in text
                kept = sheet.cell(number + 2, place + 1)
                assert kept.value == in_sheet(column, value) and kept.data_type != "f"
                plain = rows[number + 1][place]
                if column["kind"] in ("count", "decimal"):
                    assert plain == ("" if value is None else str(value))
                elif column["kind"] == "text":
                    assert plain == (f"'{value}" if value[0] in "=+-@\t" else value)


def test_no_text_is_run_by_a_spreadsheet(report):
    book = openpyxl.load_workbook(io.BytesIO(made(report, "xlsx")))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert any(cell.value == EVIL for cell in cells)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    rows = [row for row in csv.reader(io.StringIO(made(report, "csv").decode("utf-8-sig"))) if row]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-", "\t"))]


def test_a_workbook_draws_its_charts_from_cells_and_tells_its_sources(report):
    book = openpyxl.load_workbook(io.BytesIO(made(report, "xlsx")))
    sheet = book["Grafik"]
    bars, line = sheet._charts
    assert (bars.tagname, line.tagname) == ("barChart", "lineChart")
    for drawn, chart in zip((bars, line), DRAWN, strict=True):
        assert drawn.title.tx.strRef.f.startswith("Grafik!")  # a cell: a text that begins with `=` would be a formula
        labels, values = drawn.series[0].cat.numRef or drawn.series[0].cat.strRef, drawn.series[0].val.numRef
        assert [cell.value for (cell,) in sheet[values.f.split("!")[1].replace("$", "")]] == [n for _, n in chart.bars]
        told = [cell.value for (cell,) in sheet[labels.f.split("!")[1].replace("$", "")]]
        months = [datetime.fromisoformat(f"{label}-01") for label, _ in DRAWN[1].bars]
        assert told == (months if chart.drawing is Drawing.LINE else [label for label, _ in chart.bars])
    said = {row[0].value: row[1].value for row in book.worksheets[-1]}
    assert book.sheetnames[-1] == "Sumber dan definisi"
    assert said["Definisi"] == f"{report.name}, versi {report.version[:12]}"
    assert len(said) == 2 + len(report.facts) and all(said.values())


def alternatives(node, found):
    """Every /Alt below a node of a PDF's structure."""
    node = node.get_object()
    if isinstance(node, list):
        for kid in node:
            alternatives(kid, found)
    elif isinstance(node, dict):
        found += [str(node["/Alt"])] if "/Alt" in node else []
        if "/K" in node:
            alternatives(node["/K"], found)
    return found


def test_charts_on_paper_have_their_words_beside_them(report):
    reader = pypdf.PdfReader(io.BytesIO(made(report, "pdf")))
    spoken = alternatives(reader.trailer["/Root"]["/StructTreeRoot"], [])
    pictures = docx.Document(io.BytesIO(made(report, "docx"))).inline_shapes
    written = [picture._inline.docPr.get("descr") for picture in pictures]
    told = [f"{EVIL}: x Angka yang sama ada", "Terbanyak pada Agustus 2026 Angka yang sama ada"]
    for said in told:
        assert any(text.startswith(said) for text in spoken) and any(text.startswith(said) for text in written)
    text = pdf_text(made(report, "pdf"))
    assert "Agu2026" in text and "22,25" in text and squeezed("1.234") in text


def test_columns_fill_the_page_and_hold_their_longest_word():
    """Also where most cells of a column are empty, and where nine columns stand side by side."""
    missing = "Deskripsi, Penanggung Jawab, Sumber Data, Metode Pengumpulan"
    rows = (*((f"Data {at}", "Dinas Contoh", 89, "") for at in range(9)), ("Data", "Dinas", 11, missing))
    heads = (Column("Data"), Column("Produsen"), Column("Keterisian (%)", Kind.COUNT), Column("Yang masih kurang"))
    sizes = [one["size"] for one in report_page._widths(Table("list", "x", heads, rows))]
    assert sum(sizes) == pytest.approx(16.8, abs=0.1) and sizes[3] > 5
    wide = Table("list", "x", tuple(Column("Klasifikasi") for _ in range(9)), (("Kependudukan",) * 9,))
    assert [one["size"] for one in report_page._widths(wide)] == [pytest.approx(16.8 / 9, abs=0.6)] * 9


def test_a_bar_and_a_point_lead_where_their_numbers_lead():
    for chart in DRAWN:
        links = [f'/laporan/rincian?cell={at}&x="' for at in range(len(chart.bars))]
        root = ET.fromstring(charts.on_page(chart, links))
        found = [element for element in root.iter() if element.tag.endswith("}a")]
        told = [url for url, (_, number) in zip(links, chart.bars, strict=True) if number is not None]
        assert [element.get("href") for element in found] == told and root.get("aria-hidden") == "true"
        assert not [name for element in found for child in element.iter() for name in child.attrib if name == "role"]
        assert not [element for element in ET.fromstring(charts.on_page(chart)).iter() if element.tag.endswith("}a")]


def test_every_set_of_facts_is_described():
    assert set(ABOUT) == set(CALLED) == set(FACTS)


def test_a_chart_is_drawing_and_text_only():
    for chart in DRAWN:
        for wide in (charts.WIDE, charts.NARROW):
            root = ET.fromstring(charts.svg(chart, locale="id", wide=wide))
            kinds = {element.tag.split("}")[1] for element in root.iter()}
            assert kinds <= {"svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath"}
            assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
            assert not [name for element in root.iter() for name in element.attrib if name.endswith("href")]
            assert float(root.get("width")) <= wide
    assert charts.spec(DRAWN[0], locale="id")["data"]["values"][0]["label"] == [EVIL]
    # Every word of a long label that has its place; the table has the whole.
    assert len(charts.spec(DRAWN[0])["data"]["values"][1]["label"]) == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_report_without_data_says_so_in_every_format(satudata_db, name):
    with wording.speaking("id"):
        empty = reckoning.report(
            model.Session, definitions.every()[name], SPAN, title="Laporan", language="id", mark=""
        )
    (said,) = json.loads(made(empty, "json"))["findings"]
    assert "tidak ada" in said.lower()
    nothing = {table["empty"] for table in json.loads(made(empty, "json"))["tables"]}
    text, paper = pdf_text(made(empty, "pdf")), docx.Document(io.BytesIO(made(empty, "docx")))
    spoken = [paragraph.text for paragraph in paper.paragraphs]
    book = openpyxl.load_workbook(io.BytesIO(made(empty, "xlsx")))
    cells = [cell.value for sheet in book for row in sheet for cell in row]
    lines = made(empty, "csv").decode("utf-8-sig").splitlines()
    for words_ in (said, *nothing):
        assert squeezed(words_) in text and words_ in spoken and words_ in cells
        assert any(words_ in line for line in lines)


def test_a_long_table_is_cut_on_paper_which_says_so_and_whole_in_every_other_format():
    """A list of twenty thousand rows would take gigabytes to be set, for a thousand pages that nobody reads."""
    most = report_page.MOST_ROWS
    for count, said in ((most, ""), (most + 234, "1.000 baris pertama dari 1.234; semuanya ada di berkas XLSX")):
        rows = tuple((f"Data {number:05}",) for number in range(1, count + 1))
        report = Report("r", "R", SPAN, AT, (), (Table("t", "T", (Column("Data"),), rows),))
        files = {name: report_files.render(report, name, signatory=SIGNS, locale="id") for name in report_files.FORMATS}
        pages = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["pdf"])).pages)
        document = docx.Document(io.BytesIO(files["docx"]))
        for text in (pages, "\n".join(one.text for one in document.paragraphs)):
            assert ("baris pertama" in text) == bool(said) and said in " ".join(text.split())
        assert f"Data {most:05}" in pages and f"Data {most + 1:05}" not in pages
        assert len(document.tables[-1].rows) == 1 + most or len(document.tables[0].rows) == 1 + most
        assert openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["T"].max_row == 1 + count
        assert files["csv"].decode().count("Data 0") == count
        assert len(json.loads(files["json"])["tables"][0]["rows"]) == count


def test_papers_repeat_their_heads_and_can_be_edited(report):
    paper = docx.Document(io.BytesIO(made(report, "docx")))
    section = paper.sections[0]
    assert round(section.page_width.cm, 1) == 21.0 and "PAGE" in section.footer._element.xml
    for table in paper.tables[1:]:
        assert table.rows[0]._tr.trPr.find("{*}tblHeader") is not None
    said = [paragraph.text for paragraph in paper.paragraphs]
    assert "Walidata Kota Nusasari," in said and "Contoh Walidata" in said and "DATA CONTOH" in said[0]
    assert paper.core_properties.language == "id-ID"
