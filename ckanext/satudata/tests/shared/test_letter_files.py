"""Every kind of letter as the files that leave the portal: PDF/A-2a with tags, and DOCX with the same words."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import docx as word
import pytest
from pypdf import PdfReader

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.officer import HoldKind
from ckanext.satudata.shared.documents import docx, letters, pdf
from ckanext.satudata.tests.domain.test_letters import FACTS, drafts
from ckanext.satudata.tests.shared.test_pdf import LETTER

SIGNATORY = letters.Signatory(
    "Pejabat Pengelola Informasi", "Contoh, S.Kom.", "1", HoldKind.AN, "Pembina", "Sekretaris"
)


def content(draft: texts.Draft) -> dict:
    """What the template gets, without a portal around it."""
    return {
        **LETTER,
        "mark": "",
        "title": draft.title,
        "subject": texts.HAL[draft.kind],
        "attachment": draft.attachment,
        "recipient": list(draft.recipient),
        "blocks": list(draft.blocks),
        "copies": list(draft.copies),
        "signatory": {
            "position": SIGNATORY.title,
            "own_position": SIGNATORY.own_position,
            "name": SIGNATORY.name,
            "rank": SIGNATORY.rank,
            "nip": SIGNATORY.nip,
        },
    }


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def said_in_docx(body: bytes) -> list[str]:
    document = word.Document(BytesIO(body))
    found = [paragraph.text for paragraph in document.paragraphs]
    return found + [cell.text for table in document.tables for row in table.rows for cell in row.cells]


def tags(node, found: set[str]) -> set[str]:
    """The structure types below a node of the tag tree."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            tags(child, found)
    elif hasattr(node, "get"):
        if "/S" in node:
            found.add(str(node["/S"]))
        if "/K" in node:
            tags(node["/K"], found)
    return found


@pytest.mark.parametrize("kind", texts.LetterKind)
def test_pdf_is_archivable_and_tagged_and_docx_says_the_same(kind):
    made = content(drafts()[kind])
    reader = PdfReader(BytesIO(pdf.render("letter", made)))
    root, meta = reader.trailer["/Root"], reader.xmp_metadata
    assert "/MarkInfo" in root and root["/MarkInfo"]["/Marked"] and str(root["/Lang"]).startswith("id")
    stated = meta.stream.get_data().decode()
    assert re.search(r"pdfaid:part\W+2", stated) and re.search(r"pdfaid:conformance\W+A", stated)
    assert root["/OutputIntents"] and {"/P", "/Figure"} <= tags(root["/StructTreeRoot"], set())
    printed = squeezed("".join(page.extract_text() for page in reader.pages))
    edited = said_in_docx(docx.letter(made))
    missing = [text for text in edited if squeezed(text) not in printed]
    assert missing == []
    whole = squeezed("".join(edited))
    for block in made["blocks"]:
        for text in (block.get("text", ""), *block.get("items", ()), *sum(block.get("rows", ()), [])):
            assert squeezed(text) in whole


@pytest.mark.parametrize(
    ("footing", "shown"), [("definitive", "PPID"), ("plt", "Plt. PPID"), ("plh", "Plh. PPID"), ("an", "a.n. PPID")]
)
def test_on_what_footing_the_position_is_held(footing, shown):
    assert letters.Signatory("PPID", "Contoh", footing=HoldKind(footing)).title == shown


def test_what_a_word_processor_cannot_hold_is_left_out():
    odd = replace(FACTS, question="awal\x00\x0b\ud800\ufffe 🙏 akhir")
    assert any("awal 🙏 akhir" in text for text in said_in_docx(docx.letter(content(texts.receipt(odd, "")))))


def test_a_word_longer_than_the_line_stays_on_the_page():
    body = pdf.render("letter", content(texts.receipt(replace(FACTS, question="tanpaspasi" * 30), "")))
    lines = "\n".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).splitlines()
    assert sum(line.count("tanpa") for line in lines) > 20 and max(map(len, lines)) < 120
