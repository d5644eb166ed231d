"""What letters are put together from, and what every letter about a request says the same way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.satudata.domain.letters.kinds import LetterKind
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
FORMS = {"soft": "salinan digital (softcopy)", "hard": "salinan tercetak (hardcopy)"}
KINDS = {
    "person": "perorangan",
    "legal_entity": "badan hukum",
    "group": "kelompok orang",
    "government": "instansi pemerintah",
}
OBTAIN = {"see": "melihat, membaca, mendengarkan, atau mencatat", "copy": "mendapatkan salinan"}
SENDING = {
    "link": "tautan pribadi pada halaman lacak permohonan",
    "collect": "diambil langsung di loket {office}",
    "courier": "kurir",
    "post": "pos",
}
THANKS = "Demikian disampaikan, atas perhatian Saudara diucapkan terima kasih."
OBJECTION = (
    "Saudara dapat mengajukan keberatan secara tertulis kepada atasan PPID paling lambat 30 hari kerja setelah "
    "ditemukannya alasan keberatan (Pasal 35 dan 36 UU 14/2008).",
    "Atasan PPID memberi tanggapan paling lambat 30 hari kerja setelah keberatan diterima.",
    "Apabila tanggapan tidak memuaskan, atau tidak diberikan dalam waktu tersebut, permohonan penyelesaian sengketa "
    "informasi dapat diajukan kepada Komisi Informasi paling lambat 14 hari kerja sesudahnya (Pasal 37).",
)


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
    kind: str = ""
    nik: str = ""
    legal_number: str = ""
    power_number: str = ""
    obtain: str = ""
    sending: str = ""

    @property
    def is_government(self) -> bool:
        """Whether an office of the government asks: Walidata answers it, under no term or objection of UU 14/2008
        (Perpres 39/2019 art. 37(6), 39)."""
        return self.kind == "government"

    @property
    def office(self) -> str:
        """The office that answers, by its short name."""
        return "Walidata" if self.is_government else "PPID"

    @property
    def office_title(self) -> str:
        """The office that answers, as letters address it."""
        return "Walidata" if self.is_government else "Pejabat Pengelola Informasi dan Dokumentasi"

    def sent_how(self, usual: str) -> str:
        """How the copy is sent, as the applicant wished it; `usual` where there is no wish."""
        return SENDING.get(self.sending, usual).format(office=self.office)

    @property
    def unit(self) -> str:
        """The mark of that office in the number of its letters; empty for PPID, whose mark is an option."""
        return "WALIDATA" if self.is_government else ""


MASKED_ON = (
    "rahasia pribadi: Pasal 17 huruf h UU 14/2008 dan UU 27/2022; dihitamkan menurut Pasal 22 ayat (7) UU 14/2008"
)
"""Why columns of a file are masked: each thing withheld needs its ground, and masking is for personal data only."""


@dataclass(frozen=True)
class FileFacts:
    """A file that is given; what is not known is empty. `producer`: named where several agencies gave files.

    `masked`: which columns, and how. `whole`: personal data that is given as it is, with the ground. `found`: what
    may be personal data, of which `stated` tells what the person says who checked it; so of what no scan answers for.
    """

    filename: str
    size: str
    sha256: str
    period: str = ""
    masked: str = ""
    format: str = ""
    producer: str = ""
    whole: str = ""
    found: str = ""
    stated: str = ""


@dataclass(frozen=True)
class Enclosure:
    """A decree of exclusion whose paper goes with the letter, by its id."""

    decree_id: str


@dataclass(frozen=True)
class Part:
    """One part of what was asked, and what becomes of it: given where `refusal` is None.

    `what` in words (a file, columns, rows, years). `annex`: the decree that excludes it, by its name, number and date,
    where its paper goes with the letter as `enclosure`. `basis`: on what the exclusion stands where no paper goes with
    it. `test`: the consequence test. `agency`: who decided, named where several agencies did.
    """

    what: str
    refusal: Refusal | None = None
    annex: str = ""
    enclosure: Enclosure | None = None
    basis: str = ""
    test: str = ""
    agency: str = ""

    @property
    def outcome(self) -> str:
        """The decision in the words of the letter."""
        if self.refusal is None:
            return "diberikan"
        return "tidak dikuasai" if self.refusal.reason.group == ReasonGroup.NOT_HELD else "tidak diberikan"


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
    enclosed: tuple[Enclosure, ...] = ()
    """Papers that go with it, counted in `attachment`."""
    unit: str = ""
    """The mark of who writes in its number, where that is neither PPID nor an agency."""


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


def to_applicant(request: RequestFacts) -> tuple[str, ...]:
    """The address of a letter to the applicant."""
    return f"Yth. {request.name}", request.address


def what(request: RequestFacts) -> list[tuple[str, str]]:
    """What was asked, as rows."""
    return [
        ("Data yang dimohon", request.dataset),
        ("Rincian", request.question),
        ("Tujuan penggunaan", request.purpose),
        ("Produsen data", request.producer),
    ]


def who(request: RequestFacts) -> list[tuple[str, str]]:
    """Who asked, as rows."""
    return [
        ("Nama", request.name),
        ("Alamat", request.address),
        ("Pekerjaan", request.occupation),
        ("Telepon/surel", request.contact),
    ]


def identity(request: RequestFacts) -> list[tuple[str, str]]:
    """By what the applicant is known (PerKI 1/2021, form), as rows. The NIK is shortened: whoever has the paper at
    hand tells whose it is, and the register has it whole."""
    return [
        ("Pemohon sebagai", KINDS.get(request.kind, request.kind)),
        ("NIK", f"{request.nik[:4]}{'*' * 8}{request.nik[-4:]}" if request.nik else ""),
        ("Nomor akta/pengesahan", request.legal_number),
        ("Nomor surat kuasa", request.power_number),
    ]


def manner(request: RequestFacts) -> list[tuple[str, str]]:
    """In what form it is wanted, how to obtain it, and how to send it, as rows."""
    is_seen = request.obtain == "see"
    return [
        ("Cara memperoleh", OBTAIN.get(request.obtain, "")),
        ("Bentuk data" if is_seen else "Bentuk salinan", FORMS.get(request.form, request.form)),
        ("Cara mengirim", "" if is_seen else request.sent_how("")),
    ]


def reference(request: RequestFacts) -> tuple[str, str]:
    """The register number with the day of receipt, as a row."""
    return ("Nomor registrasi", f"{request.number}, diterima {tanggal(request.received_on)}")


def file_rows(file: FileFacts) -> list[tuple[str, str]]:
    """A file, as rows."""
    return [
        ("Nama berkas", file.filename),
        ("Produsen data", file.producer),
        ("Format dan ukuran", ", ".join(filter(None, (file.format, file.size)))),
        ("Periode data", file.period),
        ("Sidik berkas (SHA-256)", file.sha256),
        ("Data pribadi yang disamarkan", file.masked),
        ("Dasar penyamaran", MASKED_ON if file.masked else ""),
        ("Data pribadi yang diberikan utuh", file.whole),
        ("Temuan pemindaian", file.found),
        ("Pernyataan pemeriksaan", file.stated),
    ]


def rights(request: RequestFacts) -> tuple[dict[str, Any], ...]:
    """Objection (30 working days) and dispute (14 working days); an office of the government has neither."""
    return () if request.is_government else (heading("Hak Saudara"), listed(*OBJECTION))


_DETAIL = {
    "act": "Undang-Undang",
    "body": "Badan yang menguasai",
    "link": "Keterangan",
    "": "Keputusan pengecualian",
}


def reason_rows(refusal: Refusal) -> list[tuple[str, str]]:
    """Ground, what the ground names, reason and explanation, as rows."""
    excluded = refusal.reason.group == ReasonGroup.EXCLUDED
    return [
        ("Dasar", refusal.reason.basis),
        (_DETAIL[refusal.reason.needs], refusal.detail),
        ("Alasan", f"{'Informasi tersebut ' if excluded else ''}{refusal.reason.text}."),
        ("Penjelasan", refusal.explanation),
    ]


def part_blocks(parts: Iterable[Part]) -> tuple[dict[str, Any], ...]:
    """Each part with its decision and, where it is withheld, the ground and the annexed decree."""
    return tuple(
        facts(
            ("Bagian", part.what),
            ("Produsen data", part.agency),
            ("Keputusan", part.outcome),
            *(reason_rows(part.refusal) if part.refusal else ()),
            ("Uji konsekuensi", part.test),
            ("Dasar penetapan", part.basis),
            ("Terlampir", part.annex),
        )
        for part in parts
    )


def enclosures(parts: Iterable[Part]) -> tuple[Enclosure, ...]:
    """The papers that go with a letter about these parts, each once."""
    return tuple(dict.fromkeys(part.enclosure for part in parts if part.enclosure))


def annexes(parts: Iterable[Part], otherwise: str = "-") -> str:
    """The line `Lampiran`: how many exclusion decrees are annexed."""
    named = {part.annex for part in parts if part.annex}
    return f"{len(named)} keputusan pengecualian" if named else otherwise
