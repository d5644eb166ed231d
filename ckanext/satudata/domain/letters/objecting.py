"""Letters of an objection (UU 14/2008 arts. 35-37)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ckanext.satudata.domain.letters.blocks import (
    THANKS,
    Draft,
    RequestFacts,
    facts,
    hari_tanggal,
    heading,
    paragraph,
    reference,
    tanggal,
    to_applicant,
    what,
    who,
)
from ckanext.satudata.domain.letters.kinds import LetterKind

DISPUTE = (
    "Apabila tanggapan ini tidak memuaskan, permohonan penyelesaian sengketa informasi dapat diajukan kepada Komisi "
    "Informasi paling lambat 14 hari kerja setelah tanggapan ini diterima (Pasal 37 UU 14/2008)."
)
OUTCOMES = {
    "upheld": "keberatan diterima",
    "upheld_in_part": "keberatan diterima sebagian",
    "rejected": "keberatan ditolak; keputusan PPID dikuatkan",
    "settled": "diselesaikan secara musyawarah oleh kedua belah pihak (Pasal 35 ayat (2) UU 14/2008)",
}


@dataclass(frozen=True)
class ObjectionFacts:
    """What letters say about an objection. `grounds`: letters of art. 35(1), each in words; `case`: the applicant's
    own words; `due_on`: the superior's last day."""

    number: str
    received_on: date
    due_on: date
    grounds: tuple[str, ...]
    case: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class ObjectionAnswer:
    """The superior's answer. `outcome`: a key of `OUTCOMES`; `reasons` in words; `order` to the PPID and the last day
    to carry it out, where the objection is upheld; `minutes`: of the settlement, by number and date."""

    objection: ObjectionFacts
    outcome: str
    reasons: str
    order: str = ""
    carried_out_by: date | None = None
    is_counted_anew: bool = False
    minutes: str = ""


def _objected(objection: ObjectionFacts) -> list[tuple[str, str]]:
    return [
        ("Nomor keberatan", f"{objection.number}, diterima {tanggal(objection.received_on)}"),
        ("Kuasa pemohon", objection.proxy),
        ("Alasan keberatan", "; ".join(objection.grounds)),
        ("Uraian pemohon", objection.case),
    ]


def objection_receipt(request: RequestFacts, objection: ObjectionFacts) -> Draft:
    """The receipt: number, date, against what, until when the superior answers, and what then."""
    return Draft(
        LetterKind.OBJECTION_RECEIPT,
        (),
        (
            paragraph("Telah diterima keberatan atas pelayanan permohonan data dengan keterangan sebagai berikut."),
            facts(*_objected(objection)),
            heading("Pemohon"),
            facts(*who(request)),
            heading("Permohonan yang menjadi dasar keberatan"),
            facts(reference(request), *what(request)),
            heading("Batas waktu"),
            paragraph(
                f"Atasan PPID memberi tanggapan tertulis paling lambat {hari_tanggal(objection.due_on)}, yaitu 30 hari "
                "kerja setelah keberatan diterima (Pasal 36 ayat (2) UU 14/2008). Apabila tanggapan tidak memuaskan "
                "atau tidak diberikan dalam waktu tersebut, permohonan penyelesaian sengketa informasi dapat diajukan "
                "kepada Komisi Informasi paling lambat 14 hari kerja sesudahnya (Pasal 37)."
            ),
        ),
        title="Tanda Bukti Penerimaan Keberatan",
    )


def _until(answer: ObjectionAnswer) -> str:
    if answer.carried_out_by is None:
        return ""
    anew = ", dihitung kembali sejak tanggapan ini" if answer.is_counted_anew else ""
    return f"{hari_tanggal(answer.carried_out_by)}{anew}"


def objection_answer(request: RequestFacts, answer: ObjectionAnswer) -> Draft:
    """Written reasons, the order to the PPID with its time, and the way to the Komisi Informasi."""
    return Draft(
        LetterKind.OBJECTION_ANSWER,
        to_applicant(request),
        (
            paragraph("Menanggapi keberatan di bawah ini, dengan ini disampaikan tanggapan atasan PPID."),
            facts(*_objected(answer.objection), reference(request), *who(request), *what(request)),
            heading("Tanggapan"),
            facts(
                ("Keputusan", f"{OUTCOMES[answer.outcome]}."),
                ("Isi kesepakatan" if answer.outcome == "settled" else "Alasan", answer.reasons),
                ("Berita acara", answer.minutes),
                ("Perintah kepada PPID", answer.order),
                ("Dilaksanakan paling lambat", _until(answer)),
            ),
            heading("Hak Saudara"),
            paragraph(DISPUTE),
            paragraph(THANKS),
        ),
        attachment="1 berita acara" if answer.minutes else "-",
        copies=("Pejabat Pengelola Informasi dan Dokumentasi", "Arsip"),
    )
