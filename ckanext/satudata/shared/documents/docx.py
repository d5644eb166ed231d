"""A letter as DOCX: the words of the PDF (`typst/letter.typ`), from the same content, to be edited."""

from __future__ import annotations

import io
from typing import Any

import docx
import segno
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from ckanext.satudata.domain import signs

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_AUTOMATIC = "Dibuat otomatis oleh portal; sah tanpa tanda tangan."


def letter(content: dict[str, Any]) -> bytes:
    """The document of what the template of a letter was given."""
    document = blank(f"{content['subject']} {content['number']}", content["letterhead"]["government"])
    letterhead(document, content["letterhead"], content.get("mark", ""), "DRAF" if content["draft"] else "")
    _opening(document, content)
    for block in content["blocks"]:
        _block(document, block)
    _signature(document, content)
    _foot(document, content)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def blank(title: str, author: str, language: str = "id-ID") -> Document:
    """An empty A4 document."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(1.6), Cm(2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(11)
    style.paragraph_format.space_after = Pt(4)
    properties = document.core_properties
    properties.title, properties.author, properties.language = plain(title)[:255], plain(author)[:255], language
    return document


def say(document: Any, text: str, *, bold: bool = False, centred: bool = False, size: float = 0) -> Paragraph:
    """One paragraph; line ends inside the text stay line ends, what XML cannot hold is left out."""
    paragraph: Paragraph = document.add_paragraph()
    run = paragraph.add_run(plain(text))
    run.bold = bold
    if size:
        run.font.size = Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def heading(document: Document, text: str, level: int) -> Paragraph:
    """A heading of that level."""
    return document.add_heading(plain(text), level=level)


def plain(text: str) -> str:
    """The text without what XML cannot hold."""
    return signs.held(text)


def letterhead(document: Document, head: dict[str, Any], *marks: str) -> None:
    """The office that writes, below the marks that are not empty."""
    for mark in marks:
        if mark:
            say(document, mark.upper(), bold=True, centred=True, size=9)
    say(document, head["government"].upper(), centred=True, size=13)
    say(document, head["agency"].upper(), bold=True, centred=True, size=15)
    for line in (head["address"], head["contact"]):
        if line:
            say(document, line, centred=True, size=9)


def rows(document: Document, pairs: list[Any]) -> None:
    """Labels and what stands beside them."""
    table = document.add_table(rows=0, cols=3)
    for label, value in pairs:
        cells = table.add_row().cells
        for cell, width, text in zip(cells, (Cm(4.6), Cm(0.5), Cm(11.2)), (label, ":", value), strict=True):
            cell.width = width
            cell.paragraphs[0].add_run(plain(text))


def _opening(document: Document, content: dict[str, Any]) -> None:
    if content["title"] is not None:
        heading(document, content["title"].upper(), 1).alignment = WD_ALIGN_PARAGRAPH.CENTER
        say(document, f"Nomor: {content['number']}", centred=True)
        return
    say(document, content["place_date"]).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    named = ("Nomor", "number"), ("Sifat", "nature"), ("Lampiran", "attachment"), ("Hal", "subject")
    rows(document, [(label, content[name]) for label, name in named])
    for line in content["recipient"]:
        say(document, line)


def _block(document: Document, block: dict[str, Any]) -> None:
    if block["type"] == "facts":
        rows(document, block["rows"])
    elif block["type"] == "list":
        for number, item in enumerate(block["items"], start=1):
            say(document, f"{number}. {item}")
    elif block["type"] == "heading":
        heading(document, block["text"], 2)
    else:
        say(document, block["text"])


def _signature(document: Document, content: dict[str, Any]) -> None:
    signatory = content["signatory"]
    if content["title"] is not None:
        say(document, content["place_date"])
    say(document, f"{signatory['position']},")
    if signatory.get("own_position"):
        say(document, f"{signatory['own_position']},")
    if not signatory["name"]:
        say(document, _AUTOMATIC)
    else:
        say(document, "\n\n")
        say(document, signatory["name"], bold=True)
    if signatory.get("rank"):
        say(document, signatory["rank"])
    if signatory["nip"]:
        say(document, f"NIP {signatory['nip']}")


def _foot(document: Document, content: dict[str, Any]) -> None:
    if content["copies"]:
        say(document, "Tembusan:")
        for number, copy in enumerate(content["copies"], start=1):
            say(document, f"{number}. {copy}")
    picture = io.BytesIO()
    segno.make(content["qr_url"], error="m").save(picture, kind="png", border=1, scale=4)
    document.add_picture(picture, width=Cm(2.4))
    say(document, f"{content['qr_note']} {content['qr_shown']}", size=8)
