"""A report as DOCX: the words and charts of the PDF (`typst/report.typ`), from the same content, to be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ckanext.satudata.shared.documents import charts, docx, pdf

_WIDTH_CM = 16.3
_NUMERIC = ("count", "decimal")


def report(content: dict[str, Any], at: datetime) -> bytes:
    """The document of what the template of a report was given; `at` is the instant of the figures."""
    head = content["letterhead"]
    document = docx.blank(content["title"], head["government"], {"id": "id-ID", "en": "en-GB"}[content["lang"]])
    document.core_properties.created = document.core_properties.modified = at.replace(tzinfo=None)
    _dark_headings(document)
    docx.letterhead(document, head, content["mark"])
    docx.heading(document, content["title"].upper(), 1).alignment = WD_ALIGN_PARAGRAPH.CENTER
    docx.rows(document, content["facts"])
    docx.heading(document, content["summary"], 2)
    for line in content["findings"]:
        document.add_paragraph(docx.plain(line), style="List Bullet")
    for number, chart in enumerate(content["charts"], start=1):
        _chart(document, chart, number)
    below = 2 + any(part["kind"] == "chapter" for part in content["parts"])
    for part in content["parts"]:
        docx.heading(document, part["title"], 2 if part["kind"] == "chapter" else below)
        if part["kind"] == "block":
            for paragraph in part["paragraphs"] or [part["empty"]]:
                docx.say(document, _unbroken(paragraph))
        elif part["kind"] == "table":
            _table(document, part)
    docx.say(document, content["definitions"], size=9)
    _signature(document, content)
    _foot(document, content)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _dark_headings(document: Document) -> None:
    for level in (1, 2, 3):
        font = document.styles[f"Heading {level}"].font
        font.name, font.size, font.color.rgb = "Times New Roman", Pt(15 - level), RGBColor(0, 0, 0)
        # The template's theme would win over the name.
        fonts = document.styles[f"Heading {level}"].element.rPr.rFonts
        for theme in [name for name in fonts.attrib if name.endswith("Theme")]:
            del fonts.attrib[theme]


def _chart(document: Document, chart: dict[str, Any], number: int) -> None:
    docx.heading(document, chart["said"], 2)
    picture = document.add_picture(io.BytesIO(charts.png(chart["svg"])), width=Cm(_WIDTH_CM))
    about = picture._inline.docPr
    about.set("descr", docx.plain(chart["alt"]))
    about.set("name", f"Chart {number}")
    if chart["left"]:
        docx.say(document, chart["left"], size=9)


def _table(document: Document, table: dict[str, Any]) -> None:
    if not table["rows"]:
        docx.say(document, table["empty"])
        return
    if table["cut"]:
        docx.say(document, table["cut"], size=9)
    made = document.add_table(rows=0, cols=len(table["heads"]), style="Table Grid")
    made.autofit = False
    widths = _widths(table["widths"])
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    # Rows are written as elements: python-docx would look through the whole table for each cell.
    aligned = [kind in _NUMERIC for kind in table["kinds"]]
    made._tbl.append(_row(table["heads"], widths, aligned, is_head=True))
    for row in table["rows"]:
        made._tbl.append(_row(row, widths, aligned))


def _widths(shares: Sequence[dict[str, Any]]) -> list[Cm]:
    """Centimetres as on paper: fixed ones as they are, the others share the rest."""
    fixed = sum(one["size"] for one in shares if one["fixed"])
    parts = sum(one["size"] for one in shares if not one["fixed"]) or 1
    rest = max(_WIDTH_CM - fixed, 3)
    return [Cm(one["size"] if one["fixed"] else rest * one["size"] / parts) for one in shares]


def _row(cells: Sequence[str], widths: Sequence[Cm], numeric: Sequence[bool], is_head: bool = False) -> Any:
    row = OxmlElement("w:tr")
    about = OxmlElement("w:trPr")
    about.append(OxmlElement("w:cantSplit"))
    if is_head:
        about.append(OxmlElement("w:tblHeader"))
    row.append(about)
    for text, width, is_numeric in zip(cells, widths, numeric, strict=True):
        row.append(_cell(text, width, is_numeric, is_head))
    return row


def _cell(text: str, width: Cm, is_numeric: bool, is_head: bool) -> Any:
    cell = OxmlElement("w:tc")
    about = OxmlElement("w:tcPr")
    about.append(_with("w:tcW", w=str(round(width.twips)), type="dxa"))
    if is_head:
        about.append(_with("w:shd", val="clear", color="auto", fill="EEEEEE"))
    cell.append(about)
    paragraph, run, said = (OxmlElement(name) for name in ("w:p", "w:r", "w:t"))
    layout = OxmlElement("w:pPr")
    layout.append(_with("w:spacing", after="0"))
    if is_numeric:
        layout.append(_with("w:jc", val="right"))
    look = OxmlElement("w:rPr")
    if is_head:
        look.append(OxmlElement("w:b"))
    look.append(_with("w:sz", val="17"))
    said.text = docx.plain(_unbroken(text))
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.extend((look, said))
    paragraph.extend((layout, run))
    cell.append(paragraph)
    return cell


def _unbroken(text: str) -> str:
    """The text without the places where paper may break it: Word finds its own."""
    return text.replace(pdf.ZERO_WIDTH_SPACE, "")


def _with(name: str, **values: str) -> Any:
    element = OxmlElement(name)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _signature(document: Document, content: dict[str, Any]) -> None:
    """Room for the signature of who made it, on one page."""
    signatory = content["signatory"]
    lines = [content["place_date"], f"{signatory['position']},", "\n\n", signatory["name"] or "_" * 30]
    if signatory["nip"]:
        lines.append(f"NIP {signatory['nip']}")
    for number, line in enumerate(lines):
        paragraph = docx.say(document, line, bold=number == 3 and bool(signatory["name"]))
        paragraph.paragraph_format.left_indent = Cm(9)
        paragraph.paragraph_format.keep_with_next = number < len(lines) - 1


def _foot(document: Document, content: dict[str, Any]) -> None:
    """Title, period and page on each page."""
    paragraph = document.sections[0].footer.paragraphs[0]
    title = f"{content['title']} · {content['facts'][0][1]} · "
    before, after = content["pages"].split("{page}", 1)
    between, rest = after.split("{pages}", 1)
    for part in (title + before, "PAGE", between, "NUMPAGES", rest):
        if part in ("PAGE", "NUMPAGES"):
            field = _with("w:fldSimple", instr=part)
            paragraph._p.append(field)
        elif part:
            paragraph.add_run(docx.plain(part)).font.size = Pt(8)
