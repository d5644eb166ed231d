"""Why a request may be refused (UU 14/2008 arts. 6(3), 17; UU 27/2022), and what must be said with it.

"Data Terbatas" alone is no ground: every refusal names a code. `text` is what the letter prints, in the
words of Indonesian law; `title` is the msgid officers choose by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ckanext.satudata.domain.errors import Invalid, Several, too_long


class ReasonGroup(str, Enum):
    """What kind of ground it is."""

    EXCLUDED = "excluded"
    """Art. 17: the information is excluded; needs the consequence test."""
    NOT_HELD = "not_held"
    """Art. 6(3)e: not held or not yet documented."""
    ADMINISTRATIVE = "administrative"
    """No refusal in law: the request cannot be processed as it stands."""


@dataclass(frozen=True)
class Reason:
    """One ground. `needs` names what else must be given: `act`, `body` or `link`."""

    code: str
    group: ReasonGroup
    title: str
    text: str
    basis: str
    needs: str = ""


def _excluded(letter: str, title: str, text: str, needs: str = "") -> Reason:
    return Reason(f"17{letter}", ReasonGroup.EXCLUDED, title, text, f"Pasal 17 huruf {letter} UU 14/2008", needs)


def _administrative(code: str, title: str, text: str, needs: str = "") -> Reason:
    return Reason(code, ReasonGroup.ADMINISTRATIVE, title, text, "alasan administratif", needs)


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        _excluded("a", "It would hinder law enforcement", "dapat menghambat proses penegakan hukum"),
        _excluded(
            "b",
            "It would harm intellectual property or fair competition",
            "dapat mengganggu kepentingan perlindungan hak atas kekayaan intelektual dan perlindungan dari "
            "persaingan usaha tidak sehat",
        ),
        _excluded("c", "It would endanger defence and security", "dapat membahayakan pertahanan dan keamanan negara"),
        _excluded("d", "It would reveal natural wealth", "dapat mengungkapkan kekayaan alam Indonesia"),
        _excluded("e", "It would harm economic resilience", "dapat merugikan ketahanan ekonomi nasional"),
        _excluded("f", "It would harm foreign relations", "dapat merugikan kepentingan hubungan luar negeri"),
        _excluded(
            "g",
            "It would reveal a private authentic deed or a will",
            "dapat mengungkapkan isi akta autentik yang bersifat pribadi dan kemauan terakhir ataupun wasiat seseorang",
        ),
        _excluded(
            "h",
            "It would reveal personal secrets (family, health, finance, evaluation, education)",
            "dapat mengungkap rahasia pribadi seseorang",
        ),
        _excluded(
            "i",
            "It is a secret memorandum between or within public bodies",
            "merupakan memorandum atau surat antar-Badan Publik atau intra-Badan Publik yang menurut sifatnya "
            "dirahasiakan",
        ),
        _excluded(
            "j",
            "Another Act forbids it",
            "merupakan informasi yang tidak boleh diungkapkan berdasarkan Undang-Undang",
            needs="act",
        ),
        Reason(
            "6(3)e",
            ReasonGroup.NOT_HELD,
            "It is not held or not yet documented",
            "informasi yang diminta belum dikuasai atau belum didokumentasikan",
            "Pasal 6 ayat (3) huruf e UU 14/2008",
            needs="body",
        ),
        _administrative(
            "incomplete",
            "The request is incomplete and was not repaired",
            "permohonan tidak lengkap dan tidak dilengkapi dalam waktu yang diberikan",
        ),
        _administrative("withdrawn", "The applicant withdrew the request", "permohonan dicabut oleh pemohon"),
        _administrative(
            "duplicate",
            "The same request is already being served",
            "permohonan yang sama sedang atau telah dilayani",
            needs="link",
        ),
        _administrative(
            "already_public",
            "The data is already public",
            "data yang diminta sudah tersedia untuk umum",
            needs="link",
        ),
    )
}

OF_A_PART = {code: reason for code, reason in REASONS.items() if code not in ("incomplete", "withdrawn", "duplicate")}
"""What a single part of a request can be refused on; the others are about the request as a whole."""
EXPLANATION_AT_LEAST = 20
"""Characters of a reason that says something (001 step 14: "Penolakan harus disertai alasan yang jelas")."""

_ACT = re.compile(r"(?:undang-undang|uu)\b.{0,100}\d", re.IGNORECASE | re.DOTALL)
DETAIL_MOST = 500


def names_act(text: str) -> bool:
    """Whether the text names an Act: "UU 27/2022", "Undang-Undang Nomor 16 Tahun 1997"."""
    return bool(_ACT.search(text))


@dataclass(frozen=True)
class Refusal:
    """A ground with all it needs. `detail` is the Act, the body or the link that the ground asks for."""

    reason: Reason
    explanation: str
    detail: str = ""


def checked(code: str, explanation: str, detail: str = "") -> Refusal:
    """The refusal. Raises what is wrong with it, all at once."""
    Several.refuse(faults(code, explanation, detail))
    return Refusal(REASONS[code.strip()], explanation.strip(), (detail or "").strip())


def faults(code: str, explanation: str, detail: str = "") -> Iterator[Invalid]:
    """What is wrong: unknown code, no clear words, or the named Act, body or link missing."""
    reason = REASONS.get((code or "").strip())
    if reason is None:
        yield Invalid(
            "Choose the ground of the refusal from the list.",
            mend="That data is Terbatas is no ground by itself.",
            field="reason_code",
        )
    if len((explanation or "").strip()) < EXPLANATION_AT_LEAST:
        yield Invalid(
            "Explain the reason in at least {count} characters, so that the applicant understands it.",
            field="note",
            count=EXPLANATION_AT_LEAST,
        )
    detail = (detail or "").strip()
    yield from too_long(detail, "detail", DETAIL_MOST)
    needs = reason.needs if reason else ""
    if needs == "act" and not names_act(detail[:DETAIL_MOST]):
        yield Invalid(
            "Name the Act that forbids it.",
            mend="For example: UU 27/2022 on personal data protection.",
            field="detail",
        )
    if needs == "body" and not detail:
        yield Invalid("Name the body that holds the information, or write that none is known.", field="detail")
    if needs == "link" and not detail:
        yield Invalid("Give the address of the data or the number of the other request.", field="detail")
