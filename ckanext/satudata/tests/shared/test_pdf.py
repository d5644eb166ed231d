"""Every text that a person can type gives a letter; what cannot be printed is marked, never lost in silence."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from ckanext.satudata.shared.documents import pdf

LETTER = {
    "letterhead": {"government": "Kota Nusasari", "agency": "PPID", "address": "", "contact": "", "logo": None},
    "title": None,
    "number": "1/PPID/2026",
    "nature": "Biasa",
    "attachment": "-",
    "subject": "Penyampaian data",
    "place_date": "Nusasari, 2 Maret 2026",
    "recipient": ["Yth. Siti Contoh"],
    "signatory": {"position": "PPID", "name": "Wati", "nip": ""},
    "copies": [],
    "qr": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    "qr_url": "https://data.example.go.id",
    "qr_shown": "https://data.example.go.id",
    "qr_note": "Periksa",
    "draft": False,
}
NOTE = "teks lengkapnya tersimpan"


def printed(text: str) -> str:
    data = {**LETTER, "blocks": [{"type": "paragraph", "text": f"Awal {text} akhir."}]}
    body = pdf.render("letter", data)
    assert body.startswith(b"%PDF")
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Terima kasih 🙏🏽", "Awal Terima kasih □ akhir."),
        ("👩‍👩‍👧", "Awal □□□ akhir."),
        ("ꦗꦮ", "Awal □□ akhir."),
        ("ᬅᬓ᭄ᬱᬭ", "Awal □□□□ akhir."),
        ("数据", "Awal □□ akhir."),
        ("हिन्दी ไทย 한국", "akhir."),
        ("\ue000", "Awal □ akhir."),
        ("\ufffe", "Awal □ akhir."),
        ("\ud800", "Awal □ akhir."),
    ],
)
def test_what_no_font_has_is_marked_and_told(text, shown):
    said = printed(text)
    assert shown in said and "□" in said and NOTE in said


@pytest.mark.parametrize(
    "text", ["→ ≥ ½ ✔ é Ж λ □", "a\u200db \u200b\u00ad\ufeff", "a\tb\r\nc", "بيانات", "שלום", "❤️", "a" + "\u0301" * 30]
)
def test_what_the_fonts_have_is_printed_without_a_note(text):
    said = printed(text)
    assert said.startswith("KOTA NUSASARI") and NOTE not in said


def test_signs_that_turn_the_order_or_control_the_device_are_left_out():
    assert "Awal batal \u2013 setuju akhir." in printed("batal\u202e \u2013\u0007 \u2067setuju")


def test_a_thousand_different_signs_are_one_letter():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    assert printed(text).count("□") >= 1000


def test_a_broken_template_is_our_fault_and_said_so():
    with pytest.raises(pdf.PdfFault):
        pdf.render("letter", {})
