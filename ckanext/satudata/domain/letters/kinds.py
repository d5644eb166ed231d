"""Kinds of letters, what they are called, and who gets them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class LetterKind(str, Enum):
    """The value is the name of the number series and of the option with its pattern."""

    RECEIPT = "receipt"
    """Dokumen Permohonan with receipt (001-5); carries the request's own number."""
    INCOMPLETE = "incomplete"
    """What is missing, and until when it can be repaired."""
    NOT_PROCESSED = "not_processed"
    """It was not repaired in time; how to ask again."""
    REQUEST_PEMBANTU = "request_pembantu"
    """Surat Permohonan Data kepada PPID Pembantu (001-7)."""
    DECISION = "decision"
    """The PPID Pembantu's decision, part by part (001-8)."""
    EXTENSION = "extension"
    """The one extension of 7 working days (UU 14/2008 art. 22(8))."""
    NOTICE = "notice"
    """Pemberitahuan Tertulis (UU 14/2008 art. 22(7))."""
    FORWARDING = "forwarding"
    """It is not held here; the body that holds it is named and gets a copy."""
    DELIVERY_PPID = "delivery_ppid"
    """Surat Penyampaian Data kepada PPID (001-9)."""
    DELIVERY_APPLICANT = "delivery_applicant"
    """Surat Penyampaian Data kepada Pemohon (001-13)."""
    REFUSAL_PPID = "refusal_ppid"
    """Surat Penolakan Permohonan Data kepada PPID (001-14)."""
    REFUSAL_APPLICANT = "refusal_applicant"
    """Surat Penolakan Permohonan Data kepada Pemohon (001-15)."""
    OBJECTION_RECEIPT = "objection_receipt"
    """Tanda terima keberatan; carries the objection's own number."""
    OBJECTION_ANSWER = "objection_answer"
    """The superior's written answer (UU 14/2008 art. 36)."""


@dataclass(frozen=True)
class Kind:
    """`title` names the letter in lists, `subject` stands in the line `Hal`, `code` in number patterns (`{jenis}`)."""

    title: str
    code: str
    subject: str = ""
    for_applicant: bool = False


KINDS: dict[LetterKind, Kind] = {
    LetterKind.RECEIPT: Kind("Dokumen Permohonan Data", "TT", for_applicant=True),
    LetterKind.INCOMPLETE: Kind("Pemberitahuan Permohonan Tidak Lengkap", "TL", for_applicant=True),
    LetterKind.NOT_PROCESSED: Kind("Pemberitahuan Permohonan Tidak Diproses", "TDP", for_applicant=True),
    LetterKind.REQUEST_PEMBANTU: Kind("Permohonan Data kepada PPID Pembantu", "SPM", "Permohonan Data"),
    LetterKind.DECISION: Kind("Keputusan atas Permohonan Data", "KEP"),
    LetterKind.EXTENSION: Kind("Pemberitahuan Perpanjangan Waktu", "PW", for_applicant=True),
    LetterKind.NOTICE: Kind("Pemberitahuan Tertulis", "PT", for_applicant=True),
    LetterKind.FORWARDING: Kind("Penerusan Permohonan ke Badan Publik Lain", "PNR", for_applicant=True),
    LetterKind.DELIVERY_PPID: Kind("Penyampaian Data kepada PPID", "SPY-P", "Penyampaian Data"),
    LetterKind.DELIVERY_APPLICANT: Kind(
        "Penyampaian Data kepada Pemohon", "SPY", "Penyampaian Data", for_applicant=True
    ),
    LetterKind.REFUSAL_PPID: Kind("Penolakan Permohonan Data kepada PPID", "STL-P", "Penolakan Permohonan Data"),
    LetterKind.REFUSAL_APPLICANT: Kind(
        "Penolakan Permohonan Data kepada Pemohon", "STL", "Penolakan Permohonan Data", for_applicant=True
    ),
    LetterKind.OBJECTION_RECEIPT: Kind("Tanda Terima Keberatan", "TTK", for_applicant=True),
    LetterKind.OBJECTION_ANSWER: Kind(
        "Tanggapan Atasan PPID atas Keberatan", "TGK", "Tanggapan atas Keberatan", for_applicant=True
    ),
}
SUBJECTS: dict[LetterKind, str] = {kind: about.title for kind, about in KINDS.items()}
HAL: dict[LetterKind, str] = {kind: about.subject or about.title for kind, about in KINDS.items()}
"""The line `Hal`; the recipient stands in the address."""
FROM_WALIDATA = "government_request"
"""The process in which Walidata stands in PPID's place."""


def title_of(kind: str | LetterKind, process: str = "") -> str:
    """What a letter is called in lists of a case of that process."""
    title = SUBJECTS[LetterKind(kind)]
    if process != FROM_WALIDATA:
        return title
    return title.replace("kepada PPID Pembantu", "kepada Produsen Data").replace("kepada PPID", "kepada Walidata")


CODES: dict[LetterKind, str] = {kind: about.code for kind, about in KINDS.items()}
"""The field `{jenis}` of number patterns: each kind has a series of its own, so its numbers need a mark."""
FOR_APPLICANT = frozenset(kind for kind, about in KINDS.items() if about.for_applicant)
"""The letters the applicant may download; the others pass between officers."""
