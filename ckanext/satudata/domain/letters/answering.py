"""Letters of the answer: decision, written notice, delivery and refusal at both levels (001-8 to 001-15)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ckanext.satudata.domain.letters.blocks import (
    FORMS,
    OBTAIN,
    THANKS,
    Draft,
    FileFacts,
    Part,
    RequestFacts,
    annexes,
    enclosures,
    facts,
    file_rows,
    hari_tanggal,
    heading,
    listed,
    paragraph,
    part_blocks,
    reason_rows,
    reference,
    rights,
    to_applicant,
    what,
    who,
)
from ckanext.satudata.domain.letters.kinds import LetterKind
from ckanext.satudata.domain.refusal import ReasonGroup, Refusal

NO_COST = "tidak dipungut biaya"
RUPIAH_DIGITS = 12
BY_LINK = "melalui tautan pribadi pada halaman lacak permohonan (nomor registrasi dan kode lacak)"


@dataclass(frozen=True)
class Notice:
    """What the written notice says (UU 14/2008 art. 22(7) a–g).

    `holder`: the body that has it, where this government has not. `ready_on`, `how`: when and how what is given will
    come; `medium` is empty for the form that was asked for.
    """

    parts: tuple[Part, ...]
    held: bool = True
    holder: str = ""
    medium: str = ""
    cost: str = NO_COST
    payment: str = ""
    ready_on: date | None = None
    how: str = ""


def _to_office(request: RequestFacts) -> tuple[str, ...]:
    return f"Yth. {request.office_title}", "di tempat"


def decision(request: RequestFacts, parts: Sequence[Part]) -> Draft:
    """The PPID Pembantu's decision (001-8), part by part. Does not name the applicant."""
    return Draft(
        LetterKind.DECISION,
        (),
        (
            heading("Menimbang"),
            listed(
                f"bahwa telah diterima permohonan data melalui {request.office_title};",
                "bahwa setiap bagian dari data yang dimohon telah diperiksa penguasaan dan klasifikasinya;",
                "bahwa klasifikasi Terbatas saja bukan alasan penolakan.",
            ),
            heading("Mengingat"),
            listed(
                "Undang-Undang Nomor 14 Tahun 2008 tentang Keterbukaan Informasi Publik;",
                "Undang-Undang Nomor 27 Tahun 2022 tentang Pelindungan Data Pribadi;",
                "Peraturan Presiden Nomor 39 Tahun 2019 tentang Satu Data Indonesia;",
                "Peraturan Komisi Informasi Nomor 1 Tahun 2021 tentang Standar Layanan Informasi Publik.",
            ),
            heading("Permohonan"),
            facts(reference(request), *what(request)),
            heading("Memutuskan"),
            *part_blocks(parts),
            paragraph(
                f"Keputusan ini disampaikan kepada {request.office_title} untuk diberitahukan kepada pemohon"
                + ("." if request.is_government else f" paling lambat {hari_tanggal(request.due_on)}.")
            ),
        ),
        copies=(request.office_title, "Arsip"),
        title="Keputusan PPID Pembantu atas Permohonan Data",
    )


def notice(request: RequestFacts, notice: Notice) -> Draft:
    """Pemberitahuan Tertulis: every letter of art. 22(7), with a–g in front so that none is missed."""
    given = [part for part in notice.parts if part.refusal is None]
    withheld = [part for part in notice.parts if part.refusal is not None]
    excluded = _of_group(withheld, ReasonGroup.EXCLUDED)
    outcome = "diterima" if not withheld else "diterima sebagian" if given else "ditolak"
    medium = notice.medium or FORMS.get(request.form, request.form)
    rows = [
        ("a. Penguasaan", _held(notice, _of_group(withheld, ReasonGroup.NOT_HELD))),
        ("b. Badan Publik yang menguasai", _holder(notice)),
        ("c. Permohonan", outcome if notice.held else "tidak dapat dipenuhi oleh kami"),
        ("d. Materi yang diberikan", _names(given) or "tidak ada"),
        (
            "e. Bagian yang dikecualikan",
            f"{_names(excluded)}: dihitamkan atau tidak disertakan, dengan alasan di bawah ini"
            if excluded
            else "tidak ada",
        ),
        ("f. Alat penyampaian dan format", medium if given else "-"),
        ("g. Biaya dan cara pembayaran", _cost(notice) if given else "-"),
    ]
    return Draft(
        LetterKind.NOTICE,
        to_applicant(request),
        (
            paragraph(
                "Menjawab permohonan data di bawah ini, dengan ini disampaikan pemberitahuan tertulis menurut "
                "Pasal 22 ayat (7) UU 14/2008."
            ),
            facts(reference(request), *who(request), *what(request)),
            heading("Pemberitahuan"),
            facts(*rows),
            *((heading("Alasan dan pertimbangan"), *part_blocks(withheld)) if withheld else ()),
            *_coming(request, notice, given),
            *(rights(request) if withheld or not notice.held else ()),
            paragraph(THANKS),
        ),
        attachment=annexes(notice.parts),
        copies=("Arsip",),
        enclosed=enclosures(notice.parts),
    )


def _cost(notice: Notice) -> str:
    """Letter g. A nought is no cost, whatever stands around it; what costs nothing is not paid."""
    cost = cost_said(notice.cost)
    return cost if cost == NO_COST else "; ".join(filter(None, (cost, notice.payment)))


def cost_said(typed: str) -> str:
    """A typed cost as letters print it: bare rupiah get their sign, nought and nothing are no cost."""
    bare = re.sub(r"[\s.]|,(?:-|\d\d)?$|^rp", "", typed.strip(), flags=re.IGNORECASE)
    if not bare.strip("0"):
        return NO_COST
    is_bare = typed.strip().isascii() and typed.strip().isdigit() and len(bare) <= RUPIAH_DIGITS
    return f"Rp{int(bare):,}".replace(",", ".") if is_bare else typed


def _of_group(withheld: Sequence[Part], group: ReasonGroup) -> list[Part]:
    return [part for part in withheld if part.refusal and part.refusal.reason.group == group]


def _held(notice: Notice, not_held: Sequence[Part]) -> str:
    """Letter a. What is not held stands here and under b; it is no exclusion (e)."""
    if not notice.held:
        return "informasi tidak berada di bawah penguasaan kami"
    kept = "informasi berada di bawah penguasaan kami"
    return f"{kept}, kecuali: {_names(not_held)}" if not_held else kept


def _holder(notice: Notice) -> str:
    """Who has the information; with several agencies one part may be held and another not."""
    if not notice.held:
        return notice.holder or "tidak kami ketahui"
    return f"kami; bagian yang tidak kami kuasai: {notice.holder}" if notice.holder else "kami"


def _names(parts: Sequence[Part]) -> str:
    return "; ".join(part.what if part.agency in part.what else f"{part.what} ({part.agency})" for part in parts)


def _coming(request: RequestFacts, notice: Notice, given: Sequence[Part]) -> tuple[dict[str, Any], ...]:
    """When and how what is given will come."""
    if not given:
        return ()
    return (
        heading("Penyampaian data"),
        paragraph(
            "Surat ini belum memuat datanya. Data disampaikan setelah diperiksa terkait pelindungan data pribadi."
        ),
        facts(
            ("Waktu", f"paling lambat {hari_tanggal(notice.ready_on)}" if notice.ready_on else "segera setelah siap"),
            ("Cara penyampaian", notice.how or _wanted(request)),
        ),
    )


def _wanted(request: RequestFacts) -> str:
    """The way the applicant asked for; by link where he asked for none."""
    if request.obtain == "see":
        return f"{OBTAIN['see']} di loket {request.office}"
    return BY_LINK if request.sending in ("", "link") else request.sent_how(BY_LINK)


def delivery_to_ppid(request: RequestFacts, file: FileFacts | Sequence[FileFacts], note: str) -> Draft:
    """Letter 001-9, with the hashes of the files that are handed over inside the vault."""
    files = (file,) if isinstance(file, FileFacts) else tuple(file)
    return Draft(
        LetterKind.DELIVERY_PPID,
        _to_office(request),
        (
            paragraph(
                "Menindaklanjuti permohonan data di bawah ini, dengan ini disampaikan data yang dimohon melalui "
                "brankas berkas portal."
            ),
            facts(reference(request), *what(request)),
            *(facts(*file_rows(one)) for one in files[:-1]),
            facts(*file_rows(files[-1]), ("Catatan", note)),
            paragraph(
                "Data tersebut mohon diperiksa terkait pelindungan data pribadi sebelum disampaikan kepada pemohon."
            ),
            paragraph(THANKS),
        ),
        attachment=f"{len(files)} berkas digital",
        copies=("Arsip",),
    )


def delivery_to_applicant(
    request: RequestFacts,
    file: FileFacts | Sequence[FileFacts],
    until: date | None,
    terms: str,
    withheld: Refusal | None = None,
    *,
    by_mail: bool = True,
    parts: Sequence[Part] = (),
    how: str = "",
    cost: str = "tidak ada",
) -> Draft:
    """Letter 001-13. The link itself goes by mail and on the tracking page: a letter may be passed on.

    `withheld`, or the `parts` of the decision: why a part is not given; then the letter tells of objection and
    dispute too. `by_mail` is false where no address was confirmed. `how`: how it is given where it is not by link
    (`until` None): at the counter, on paper.
    """
    files = (file,) if isinstance(file, FileFacts) else tuple(file)
    where = "tautan pribadi pada halaman lacak permohonan"
    by_link = f"{where} dan dalam surel" if by_mail else f"{where} (nomor dan kode lacak)"
    refused = part_blocks(part for part in parts if part.refusal)
    if not refused and withheld:
        refused = (facts(*reason_rows(withheld)),)
    granted = "dikabulkan sebagian" if refused else "dikabulkan"
    return Draft(
        LetterKind.DELIVERY_APPLICANT,
        to_applicant(request),
        (
            paragraph(f"Sehubungan dengan permohonan data Saudara, dengan ini disampaikan bahwa permohonan {granted}."),
            facts(reference(request), *what(request)),
            paragraph("Data yang diberikan:"),
            *(facts(*file_rows(one)) for one in files),
            facts(
                ("Cara memperoleh", how or by_link),
                ("Tautan berlaku sampai", hari_tanggal(until) if until else ""),
                ("Biaya", cost),
            ),
            paragraph(_checked(files, request.office)),
            *((paragraph("Bagian yang tidak diberikan:"), *refused, *rights(request)) if refused else ()),
            heading("Ketentuan penggunaan"),
            paragraph(terms),
            paragraph(THANKS),
        ),
        attachment="; ".join(filter(None, (f"{len(files)} berkas digital", annexes(parts, "")))),
        copies=("Produsen data", "Arsip"),
        enclosed=enclosures(parts),
        unit=request.unit,
    )


def _checked(files: Sequence[FileFacts], office: str) -> str:
    """What is true of the personal data in the files: masked, or given whole on a ground that each file names. What the
    scan found is never denied: the letter says what it is, and what the person says who judged it."""
    done = f"Data telah diperiksa oleh {office} terkait pelindungan data pribadi menurut UU 27/2022"
    told = []
    if any(file.whole for file in files):
        told.append("Data pribadi yang diberikan utuh disebut pada berkasnya di atas bersama dasarnya.")
    if found := [file for file in files if file.found]:
        said = " bersama pernyataan petugas yang memeriksanya" if all(file.stated for file in found) else ""
        told.append(f"Temuan pemindaian yang dapat merupakan data pribadi disebut pada berkasnya di atas{said}.")
    if not told:
        return f"{done} dan tidak memuat data pribadi yang belum disamarkan."
    duty = "Penerima wajib melindungi data pribadi di dalamnya dan memakainya hanya untuk tujuan permohonan."
    return " ".join((f"{done}.", *told, "Selain itu tidak ditemukan data pribadi yang belum disamarkan.", duty))


def _whole(request: RequestFacts, refusal: Refusal, parts: Sequence[Part], annex: str) -> tuple[Part, ...]:
    """What is refused, part by part; the whole where it was decided as one."""
    return tuple(parts) or (Part("seluruh data yang dimohon", refusal, annex),)


def refusal_to_ppid(request: RequestFacts, refusal: Refusal, parts: Sequence[Part] = (), annex: str = "") -> Draft:
    """Letter 001-14, with a clear reason. `annex`: the decree of exclusion, by name."""
    refused = _whole(request, refusal, parts, annex)
    return Draft(
        LetterKind.REFUSAL_PPID,
        _to_office(request),
        (
            paragraph(
                "Menindaklanjuti permohonan data berikut, dengan ini disampaikan bahwa data tidak dapat diberikan."
            ),
            facts(reference(request), *what(request)),
            paragraph("Alasan penolakan:"),
            *part_blocks(refused),
            paragraph(THANKS),
        ),
        attachment=annexes(refused),
        copies=("Arsip",),
    )


def refusal_to_applicant(request: RequestFacts, refusal: Refusal, parts: Sequence[Part] = (), annex: str = "") -> Draft:
    """Letter 001-15: who asked, what, the statutory ground, objection and dispute rights.

    `annex`: the decree of exclusion, by name; PerKI 1/2021 wants it with the letter.
    """
    refused = _whole(request, refusal, parts, annex)
    return Draft(
        LetterKind.REFUSAL_APPLICANT,
        to_applicant(request),
        (
            paragraph(
                "Sehubungan dengan permohonan data di bawah ini, dengan menyesal disampaikan bahwa permohonan tidak "
                "dapat dikabulkan."
            ),
            facts(reference(request), *who(request), *what(request)),
            paragraph("Dasar dan alasan penolakan:"),
            *part_blocks(refused),
            paragraph("Tidak ada bagian dari data yang diberikan dengan surat ini."),
            *rights(request),
            paragraph(THANKS),
        ),
        attachment=annexes(refused),
        copies=("Arsip",) if request.is_government else ("Atasan PPID", "Arsip"),
        unit=request.unit,
        enclosed=enclosures(refused),
    )
