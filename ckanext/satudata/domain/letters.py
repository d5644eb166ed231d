"""What each letter of a request says (domain: Malang SOP 001; UU 14/2008 arts. 22, 35-37).

Letters are Indonesian whatever the reader's language: they are documents of the government.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from ckanext.satudata.domain.refusal import ReasonGroup, Refusal

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


class LetterKind(str, Enum):
    """Kinds of letters; the value is the name of the number series and of the option with its pattern."""

    RECEIPT = "receipt"
    """Dokumen Permohonan with receipt (001-5); carries the request's own number."""
    REQUEST_PEMBANTU = "request_pembantu"
    """Surat Permohonan Data kepada PPID Pembantu (001-7)."""
    DELIVERY_PPID = "delivery_ppid"
    """Surat Penyampaian Data kepada PPID (001-9)."""
    DELIVERY_APPLICANT = "delivery_applicant"
    """Surat Penyampaian Data kepada Pemohon (001-13)."""
    REFUSAL_PPID = "refusal_ppid"
    """Surat Penolakan Permohonan Data kepada PPID (001-14)."""
    REFUSAL_APPLICANT = "refusal_applicant"
    """Surat Penolakan Permohonan Data kepada Pemohon (001-15)."""


SUBJECTS: dict[LetterKind, str] = {
    LetterKind.RECEIPT: "Dokumen Permohonan Data",
    LetterKind.REQUEST_PEMBANTU: "Permohonan Data kepada PPID Pembantu",
    LetterKind.DELIVERY_PPID: "Penyampaian Data kepada PPID",
    LetterKind.DELIVERY_APPLICANT: "Penyampaian Data kepada Pemohon",
    LetterKind.REFUSAL_PPID: "Penolakan Permohonan Data kepada PPID",
    LetterKind.REFUSAL_APPLICANT: "Penolakan Permohonan Data kepada Pemohon",
}
HAL: dict[LetterKind, str] = {
    **SUBJECTS,
    LetterKind.REQUEST_PEMBANTU: "Permohonan Data",
    LetterKind.DELIVERY_PPID: "Penyampaian Data",
    LetterKind.DELIVERY_APPLICANT: "Penyampaian Data",
    LetterKind.REFUSAL_PPID: "Penolakan Permohonan Data",
    LetterKind.REFUSAL_APPLICANT: "Penolakan Permohonan Data",
}
"""The line `Hal`; the recipient stands in the address."""
CODES: dict[LetterKind, str] = {
    LetterKind.RECEIPT: "TT",
    LetterKind.REQUEST_PEMBANTU: "SPM",
    LetterKind.DELIVERY_PPID: "SPY-P",
    LetterKind.DELIVERY_APPLICANT: "SPY",
    LetterKind.REFUSAL_PPID: "STL-P",
    LetterKind.REFUSAL_APPLICANT: "STL",
}
"""The field `{jenis}` of number patterns: each kind has a series of its own, so its numbers need a mark."""
FOR_APPLICANT = frozenset({LetterKind.RECEIPT, LetterKind.DELIVERY_APPLICANT, LetterKind.REFUSAL_APPLICANT})
"""The letters the applicant may download; the others pass between officers."""


@dataclass(frozen=True)
class RequestFacts:
    """What letters say about a request."""

    number: str
    received_on: date
    due_on: date
    question: str
    purpose: str
    dataset: str
    producer: str
    form: str
    name: str = ""
    address: str = ""
    occupation: str = ""
    contact: str = ""


@dataclass(frozen=True)
class FileFacts:
    """The file that is given."""

    filename: str
    size: str
    sha256: str


def tanggal(day: date) -> str:
    """`9 Maret 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def hari_tanggal(day: date) -> str:
    """`Senin, 9 Maret 2026`."""
    return f"{WEEKDAYS[day.weekday()]}, {tanggal(day)}"


def paragraph(text: str) -> dict[str, Any]:
    """A paragraph of the body."""
    return {"type": "paragraph", "text": text}


def facts(*rows: tuple[str, str]) -> dict[str, Any]:
    """Label and value in two columns; rows without a value are left out."""
    return {"type": "facts", "rows": [[label, value] for label, value in rows if value]}


def listed(*items: str) -> dict[str, Any]:
    """A numbered list."""
    return {"type": "list", "items": list(items)}


def heading(text: str) -> dict[str, Any]:
    """A heading inside the body."""
    return {"type": "heading", "text": text}


@dataclass(frozen=True)
class Draft:
    """A letter's own words; letterhead, number, date, signature and QR are added when it is issued."""

    kind: LetterKind
    recipient: tuple[str, ...]
    blocks: tuple[dict[str, Any], ...]
    copies: tuple[str, ...] = ()
    attachment: str = "-"
    nature: str = "Biasa"
    title: str | None = None


def _what(request: RequestFacts) -> list[tuple[str, str]]:
    return [
        ("Data yang dimohon", request.dataset),
        ("Rincian", request.question),
        ("Tujuan penggunaan", request.purpose),
        ("Produsen data", request.producer),
    ]


def _who(request: RequestFacts) -> list[tuple[str, str]]:
    return [
        ("Nama", request.name),
        ("Alamat", request.address),
        ("Pekerjaan", request.occupation),
        ("Telepon/surel", request.contact),
    ]


def _reference(request: RequestFacts) -> tuple[str, str]:
    return ("Nomor registrasi", f"{request.number}, diterima {tanggal(request.received_on)}")


FORMS = {"soft": "salinan digital (softcopy)", "hard": "salinan tercetak (hardcopy)"}


def receipt(request: RequestFacts, how_due: str) -> Draft:
    """Dokumen Permohonan Data with receipt: number, date, what was asked, due date, how to follow it."""
    return Draft(
        LetterKind.RECEIPT,
        (),
        (
            paragraph("Telah diterima permohonan data dengan keterangan sebagai berikut."),
            facts(
                ("Nomor registrasi", request.number),
                ("Tanggal diterima", hari_tanggal(request.received_on)),
            ),
            heading("Pemohon"),
            facts(*_who(request)),
            heading("Permohonan"),
            facts(*_what(request), ("Bentuk salinan", FORMS.get(request.form, request.form))),
            heading("Batas waktu"),
            paragraph(
                f"Pemberitahuan tertulis disampaikan paling lambat {hari_tanggal(request.due_on)}, yaitu 10 hari kerja "
                "setelah permohonan diterima (Pasal 22 ayat (7) UU 14/2008), dan dapat diperpanjang satu kali paling "
                f"lama 7 hari kerja dengan alasan tertulis (ayat (8)). {how_due}"
            ),
            heading("Melacak permohonan"),
            paragraph(
                "Perkembangan permohonan dapat dilihat dengan nomor registrasi di atas dan kode lacak yang ditampilkan "
                "sewaktu permohonan dikirim. Kode lacak bersifat rahasia dan tidak dicantumkan di sini. Pelayanan ini "
                "tidak dipungut biaya."
            ),
        ),
        title="Dokumen Permohonan Data dan Tanda Bukti Penerimaan",
    )


def request_to_pembantu(request: RequestFacts, step_due_on: date, note: str) -> Draft:
    """Letter 001-7. Says nothing about who asks: the assistant decides on the data, not on the person."""
    note_blocks = (paragraph(f"Catatan PPID: {note}"),) if note else ()
    return Draft(
        LetterKind.REQUEST_PEMBANTU,
        ("Yth. PPID Pembantu", request.producer, "di tempat"),
        (
            paragraph(
                "Berdasarkan permohonan data yang telah diregistrasi dan hasil pemeriksaan Daftar Informasi Publik, "
                "dengan ini dimohon bantuan Saudara untuk menindaklanjuti permohonan berikut."
            ),
            facts(_reference(request), *_what(request)),
            *note_blocks,
            paragraph(
                f"Keputusan pemberian atau penolakan beserta datanya dimohon disampaikan paling lambat "
                f"{hari_tanggal(step_due_on)}. Batas waktu pemberitahuan tertulis kepada pemohon menurut undang-undang "
                f"ialah {hari_tanggal(request.due_on)}."
            ),
            paragraph(
                "Apabila data tidak dapat diberikan, penolakan harus disertai alasan yang jelas menurut Pasal 17 atau "
                "Pasal 6 ayat (3) UU 14/2008; klasifikasi Terbatas saja bukan alasan penolakan."
            ),
            paragraph("Demikian disampaikan, atas perhatian dan kerja sama Saudara diucapkan terima kasih."),
        ),
        copies=("Arsip",),
    )


def delivery_to_ppid(request: RequestFacts, file: FileFacts, note: str) -> Draft:
    """Letter 001-9, with the hash of the file that is handed over inside the vault."""
    return Draft(
        LetterKind.DELIVERY_PPID,
        ("Yth. Pejabat Pengelola Informasi dan Dokumentasi", "di tempat"),
        (
            paragraph(
                "Menindaklanjuti permohonan data di bawah ini, dengan ini disampaikan data yang dimohon melalui "
                "brankas berkas portal."
            ),
            facts(_reference(request), *_what(request)),
            facts(*_file_rows(file), ("Catatan", note)),
            paragraph(
                "Data tersebut mohon diperiksa terkait perlindungan data pribadi sebelum disampaikan kepada pemohon."
            ),
            paragraph("Demikian disampaikan, atas perhatian Saudara diucapkan terima kasih."),
        ),
        attachment="1 berkas digital",
        copies=("Arsip",),
    )


def _file_rows(file: FileFacts) -> list[tuple[str, str]]:
    return [
        ("Nama berkas", file.filename),
        ("Ukuran", file.size),
        ("Sidik berkas (SHA-256)", file.sha256),
    ]


def delivery_to_applicant(
    request: RequestFacts,
    file: FileFacts,
    until: date,
    terms: str,
    withheld: Refusal | None = None,
    *,
    by_mail: bool = True,
) -> Draft:
    """Letter 001-13. The link itself goes by mail and on the tracking page: a letter may be passed on.

    `withheld`: why a part is not given; then the letter tells of objection and dispute too. `by_mail` is false
    where no address was confirmed.
    """
    where = "tautan pribadi pada halaman lacak permohonan"
    granted = "dikabulkan sebagian" if withheld else "dikabulkan"
    part = (
        (
            paragraph("Bagian yang tidak diberikan:"),
            *_reason_blocks(withheld),
            heading("Hak Saudara"),
            listed(*OBJECTION),
        )
        if withheld
        else ()
    )
    return Draft(
        LetterKind.DELIVERY_APPLICANT,
        (f"Yth. {request.name}", request.address),
        (
            paragraph(f"Sehubungan dengan permohonan data Saudara, dengan ini disampaikan bahwa permohonan {granted}."),
            facts(_reference(request), *_what(request)),
            paragraph("Data yang diberikan:"),
            facts(
                *_file_rows(file),
                ("Cara memperoleh", f"{where} dan dalam surel" if by_mail else f"{where} (nomor dan kode lacak)"),
                ("Tautan berlaku sampai", hari_tanggal(until)),
                ("Biaya", "tidak ada"),
            ),
            paragraph(
                "Data telah diperiksa oleh PPID terkait perlindungan data pribadi menurut UU 27/2022 dan tidak memuat "
                "data pribadi yang belum disamarkan."
            ),
            *part,
            heading("Ketentuan penggunaan"),
            paragraph(terms),
            paragraph("Demikian disampaikan, atas perhatian Saudara diucapkan terima kasih."),
        ),
        attachment="1 berkas digital",
        copies=("Produsen data", "Arsip"),
    )


def _reason_blocks(refusal: Refusal) -> list[dict[str, Any]]:
    labels = {
        "act": "Undang-Undang",
        "body": "Badan yang menguasai",
        "link": "Keterangan",
        "": "Keputusan pengecualian",
    }
    excluded = refusal.reason.group == ReasonGroup.EXCLUDED
    return [
        facts(
            ("Dasar", refusal.reason.basis),
            (labels[refusal.reason.needs], refusal.detail),
            ("Alasan", f"{'Informasi tersebut ' if excluded else ''}{refusal.reason.text}."),
            ("Penjelasan", refusal.explanation),
        )
    ]


def refusal_to_ppid(request: RequestFacts, refusal: Refusal) -> Draft:
    """Letter 001-14, with a clear reason."""
    return Draft(
        LetterKind.REFUSAL_PPID,
        ("Yth. Pejabat Pengelola Informasi dan Dokumentasi", "di tempat"),
        (
            paragraph(
                "Menindaklanjuti permohonan data berikut, dengan ini disampaikan bahwa data tidak dapat diberikan."
            ),
            facts(_reference(request), *_what(request)),
            paragraph("Alasan penolakan:"),
            *_reason_blocks(refusal),
            paragraph("Demikian disampaikan, atas perhatian Saudara diucapkan terima kasih."),
        ),
        copies=("Arsip",),
    )


OBJECTION = (
    "Saudara dapat mengajukan keberatan secara tertulis kepada atasan PPID paling lambat 30 hari kerja setelah "
    "ditemukannya alasan keberatan (Pasal 35 dan 36 UU 14/2008).",
    "Atasan PPID memberi tanggapan paling lambat 30 hari kerja setelah keberatan diterima.",
    "Apabila tanggapan tidak memuaskan, atau tidak diberikan dalam waktu tersebut, permohonan penyelesaian sengketa "
    "informasi dapat diajukan kepada Komisi Informasi paling lambat 14 hari kerja sesudahnya (Pasal 37).",
)


def refusal_to_applicant(request: RequestFacts, refusal: Refusal) -> Draft:
    """Letter 001-15: who asked, what, the statutory ground, objection and dispute rights."""
    return Draft(
        LetterKind.REFUSAL_APPLICANT,
        (f"Yth. {request.name}", request.address),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan menyesal disampaikan bahwa permohonan tidak "
                "dapat dikabulkan."
            ),
            facts(_reference(request), *_who(request), *_what(request)),
            paragraph("Dasar dan alasan penolakan:"),
            *_reason_blocks(refusal),
            paragraph("Tidak ada bagian dari data yang diberikan dengan surat ini."),
            heading("Hak Saudara"),
            listed(*OBJECTION),
            paragraph("Demikian disampaikan, atas perhatian Saudara diucapkan terima kasih."),
        ),
        copies=("Atasan PPID", "Arsip"),
    )
