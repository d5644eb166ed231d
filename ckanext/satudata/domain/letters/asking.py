"""Letters from receipt to the question passed on (001-5 to 001-7; UU 14/2008 art. 22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ckanext.satudata.domain.letters.blocks import (
    THANKS,
    Draft,
    RequestFacts,
    facts,
    hari_tanggal,
    heading,
    identity,
    listed,
    manner,
    paragraph,
    reference,
    rights,
    to_applicant,
    what,
    who,
)
from ckanext.satudata.domain.letters.kinds import LetterKind


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
            facts(*identity(request), *who(request)),
            heading("Permohonan"),
            facts(*what(request), *manner(request)),
            heading("Batas waktu"),
            paragraph(_by_when(request, how_due)),
            heading("Melacak permohonan"),
            paragraph(
                "Perkembangan permohonan dapat dilihat dengan nomor registrasi di atas dan kode lacak yang ditampilkan "
                "sewaktu permohonan dikirim. Kode lacak bersifat rahasia dan tidak dicantumkan di sini. Pelayanan ini "
                "tidak dipungut biaya."
            ),
        ),
        title="Dokumen Permohonan Data dan Tanda Bukti Penerimaan",
    )


def _by_when(request: RequestFacts, how_due: str) -> str:
    if request.is_government:
        return (
            "Undang-undang tidak menetapkan jangka waktu bagi instansi pemerintah. Menurut langkah-langkah SOP "
            f"Pemanfaatan Data, jawaban disampaikan paling lambat {hari_tanggal(request.due_on)}. {how_due}"
        )
    return (
        f"Pemberitahuan tertulis disampaikan paling lambat {hari_tanggal(request.due_on)}, yaitu 10 hari kerja setelah "
        "permohonan diterima (Pasal 22 ayat (7) UU 14/2008), dan dapat diperpanjang satu kali paling lama 7 hari kerja "
        f"dengan alasan tertulis (ayat (8)). {how_due}"
    )


def incomplete(request: RequestFacts, missing: Sequence[str], until: date) -> Draft:
    """Letter *tidak lengkap*: `missing`, each in words; `until`, the last day to repair it."""
    return Draft(
        LetterKind.INCOMPLETE,
        to_applicant(request),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan ini diberitahukan bahwa permohonan Saudara "
                "belum lengkap sehingga belum dapat diproses."
            ),
            facts(reference(request), *what(request)),
            paragraph("Yang masih harus dilengkapi:"),
            listed(*missing),
            heading("Cara melengkapi"),
            paragraph(
                f"Kekurangan tersebut dimohon dilengkapi paling lambat {hari_tanggal(until)} melalui halaman lacak "
                "permohonan (nomor registrasi dan kode lacak), atau langsung di meja layanan PPID. Permohonan yang "
                "tidak dilengkapi sampai tanggal tersebut ditutup sebagai tidak diproses; Saudara tetap dapat "
                "mengajukan permohonan baru."
            ),
            paragraph(THANKS),
        ),
        copies=("Arsip",),
    )


def not_processed(request: RequestFacts, why: str) -> Draft:
    """It was not repaired in time, or cannot be a request; how to ask again, and the right to object."""
    return Draft(
        LetterKind.NOT_PROCESSED,
        to_applicant(request),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan ini diberitahukan bahwa permohonan Saudara "
                "ditutup sebagai tidak diproses."
            ),
            facts(reference(request), *what(request), ("Alasan", why)),
            heading("Mengajukan kembali"),
            paragraph(
                "Penutupan ini bukan penolakan atas datanya. Saudara dapat mengajukan permohonan baru setiap waktu "
                "melalui portal atau di meja layanan PPID, tanpa biaya, dengan melengkapi hal tersebut di atas."
            ),
            *rights(request),
            paragraph(THANKS),
        ),
        copies=("Arsip",),
    )


def merged(request: RequestFacts, number: str) -> Draft:
    """The same applicant's older request `number` is answered instead: nothing is missing, and that one is followed."""
    return Draft(
        LetterKind.NOT_PROCESSED,
        to_applicant(request),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan ini diberitahukan bahwa permohonan Saudara "
                "tidak diproses tersendiri."
            ),
            facts(
                reference(request),
                *what(request),
                ("Alasan", f"permohonan yang sama dari Saudara dilayani dengan nomor registrasi {number}"),
            ),
            heading("Mengikuti permohonan"),
            paragraph(
                f"Saudara tidak perlu melengkapi atau mengajukan apa pun. Jawaban disampaikan pada permohonan nomor "
                f"{number}, dan batas waktunya dihitung sejak permohonan itu diterima. Perkembangannya dapat dilihat "
                "pada halaman lacak dengan nomor tersebut dan kode lacaknya, atau ditanyakan di meja layanan "
                f"{request.office}."
            ),
            *rights(request),
            paragraph(THANKS),
        ),
        copies=("Arsip",),
    )


def already_public(request: RequestFacts, link: str) -> Draft:
    """Pemberitahuan Tertulis of the fast end: it lies open to all, and where (UU 14/2008 art. 22(7)a, c, d, f)."""
    return Draft(
        LetterKind.NOTICE,
        to_applicant(request),
        (
            paragraph(
                "Menjawab permohonan data di bawah ini, dengan ini diberitahukan bahwa data yang dimohon sudah "
                "tersedia untuk umum dan dapat langsung diambil tanpa permohonan."
            ),
            facts(
                reference(request),
                *what(request),
                ("Penguasaan", "informasi berada di bawah penguasaan kami atau sudah diumumkan"),
                ("Alamat data", link),
                ("Biaya", "tidak dipungut biaya"),
            ),
            paragraph(
                "Apabila data pada alamat tersebut bukan data yang Saudara maksud, Saudara dapat mengajukan permohonan "
                "baru dengan rincian yang lebih jelas."
            ),
            *rights(request),
            paragraph(THANKS),
        ),
        copies=("Arsip",),
    )


def extension(request: RequestFacts, reason: str, new_due: date) -> Draft:
    """The one extension: the written `reason`, in words, and the new last day (UU 14/2008 art. 22(8))."""
    return Draft(
        LetterKind.EXTENSION,
        to_applicant(request),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan ini diberitahukan bahwa waktu untuk "
                "menyampaikan pemberitahuan tertulis diperpanjang."
            ),
            facts(
                reference(request),
                *what(request),
                ("Batas waktu semula", hari_tanggal(request.due_on)),
                ("Batas waktu baru", hari_tanggal(new_due)),
                ("Alasan", reason),
                ("Dasar", "Pasal 22 ayat (8) UU 14/2008"),
            ),
            paragraph(
                "Perpanjangan ini paling lama 7 hari kerja dan diberikan hanya satu kali. Pemberitahuan tertulis "
                "disampaikan selambat-lambatnya pada batas waktu baru tersebut."
            ),
            paragraph(
                "Apabila sampai batas waktu baru belum ada pemberitahuan tertulis, Saudara dapat mengajukan keberatan "
                "kepada atasan PPID (Pasal 35 ayat (1) UU 14/2008)."
            ),
            paragraph(THANKS),
        ),
        copies=("Atasan PPID", "Arsip"),
    )


def request_to_pembantu(request: RequestFacts, step_due_on: date, note: str) -> Draft:
    """Letter 001-7. Says nothing about who asks: the assistant decides on the data, not on the person."""
    note_blocks = (paragraph(f"Catatan {request.office}: {note}"),) if note else ()
    return Draft(
        LetterKind.REQUEST_PEMBANTU,
        ("Yth. PPID Pembantu", request.producer, "di tempat"),
        (
            paragraph(
                "Berdasarkan permohonan data yang telah diregistrasi dan hasil pemeriksaan Daftar Informasi Publik, "
                "dengan ini dimohon bantuan Saudara untuk menindaklanjuti permohonan berikut."
            ),
            facts(reference(request), *what(request)),
            *note_blocks,
            paragraph(
                "Keputusan pemberian atau penolakan beserta datanya dimohon disampaikan paling lambat "
                f"{hari_tanggal(step_due_on)}."
                + (
                    ""
                    if request.is_government
                    else " Batas waktu pemberitahuan tertulis kepada pemohon menurut undang-undang ialah "
                    f"{hari_tanggal(request.due_on)}."
                )
            ),
            paragraph(
                "Apabila data tidak dapat diberikan, penolakan harus disertai alasan yang jelas menurut Pasal 17 atau "
                "Pasal 6 ayat (3) UU 14/2008; klasifikasi Terbatas saja bukan alasan penolakan."
            ),
            paragraph("Demikian disampaikan, atas perhatian dan kerja sama Saudara diucapkan terima kasih."),
        ),
        copies=("Arsip",),
        unit=request.unit,
    )


def forwarding(request: RequestFacts, body: str) -> Draft:
    """It is not held here; `body` holds it and gets a copy (UU 14/2008 art. 22(7)a and b)."""
    return Draft(
        LetterKind.FORWARDING,
        to_applicant(request),
        (
            paragraph(
                "Menjawab permohonan data di bawah ini, dengan ini diberitahukan bahwa informasi yang dimohon tidak "
                "berada di bawah penguasaan kami."
            ),
            facts(
                reference(request),
                *what(request),
                ("Badan yang menguasai", body),
                ("Dasar", "Pasal 22 ayat (7) huruf a dan b UU 14/2008"),
            ),
            paragraph(
                f"Permohonan Saudara diteruskan dengan tembusan surat ini kepada {body}. Saudara juga dapat "
                "mengajukannya sendiri di sana dengan melampirkan surat ini."
            ),
            *rights(request),
            paragraph(THANKS),
        ),
        copies=(f"PPID {body}", "Arsip"),
    )
