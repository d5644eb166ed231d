"""What a request must tell (UU 14/2008 art. 22(2)-(5); the form of PerKI 1/2021; Malang SOP 001 steps 4-5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from ckanext.satudata.domain import applicant, contact, mail_address
from ckanext.satudata.domain.applicant import ApplicantKind, Demands, Shown
from ckanext.satudata.domain.errors import Conflict, Invalid, too_long
from ckanext.satudata.domain.officer import Role

ANSWERED_BY = MappingProxyType({"request": Role.PPID, "government_request": Role.WALIDATA})
"""Which office answers the requests of a process."""
STATUTORY_DAYS = 10
"""Working days to the written notice, UU 14/2008 art. 22(7)."""
CODE_MINUTES = 15
CODE_TRIES = 5
CODES_MOST = 5
"""Codes sent for one request at most."""
PURPOSE_AT_LEAST = 20
QUESTION_AT_LEAST = 10


class Form(str, Enum):
    """In what form the copy is wanted (register column)."""

    SOFT = "soft"
    HARD = "hard"


class Obtain(str, Enum):
    """How the applicant wants to obtain the data: to look at it, read, listen, note down; or to get a copy."""

    SEE = "see"
    COPY = "copy"


class Sending(str, Enum):
    """How the copy is to reach the applicant."""

    LINK = "link"
    COLLECT = "collect"
    COURIER = "courier"
    POST = "post"


@dataclass(frozen=True)
class Asked:
    """A request as it was typed, checked; empty text where nothing was given."""

    applicant_kind: ApplicantKind
    name: str
    nik: str
    address: str
    phone: str
    email: str
    occupation: str
    institution: str
    legal_number: str
    power_number: str
    question: str
    purpose: str
    form: Form
    obtain: Obtain
    sending: Sending | None


LONGEST = {
    "name": 200,
    "nik": 30,
    "address": 500,
    "phone": 40,
    "email": 254,
    "occupation": 120,
    "institution": 200,
    "legal_number": 100,
    "power_number": 100,
    "question": 4000,
    "purpose": 4000,
    "applicant_kind": 20,
    "form": 10,
    "obtain": 10,
    "sending": 10,
}


def cleaned(values: Mapping[str, object]) -> dict[str, str]:
    """The form's texts, see `contact.cleaned`."""
    return contact.cleaned(values, LONGEST)


def faults(
    text: Mapping[str, str],
    *,
    consent: bool,
    shown: Shown,
    demands: Demands | None = None,
    at_counter: Demands | None = None,
    official: Collection[str] = (),
    trap: str = "",
) -> list[Invalid]:
    """Everything that is wrong with the typed request, in the form's order; empty when it can be taken.

    `demands` None: an officer enters it, who has no form of the applicant's before him; `at_counter`: the applicant;
    `official`: hosts of official addresses, for an office that an officer enters.
    """
    found: list[Invalid] = []
    if len(text["question"]) < QUESTION_AT_LEAST:
        told = "Say which data you need." if demands else "Write which data is asked for."
        found.append(Invalid(told, field="question", mend="Name the subject, the years and the area."))
    found += (
        applicant.faults(text, shown, demands)
        if demands
        else applicant.entered_faults(text, shown, at_counter, official)
    )
    if len(text["purpose"]) < PURPOSE_AT_LEAST or len(set(re.findall(r"[^\W\d_]{2,}", text["purpose"].lower()))) < 3:
        found.append(
            Invalid(
                "Say clearly what you will use the data for, in at least {count} characters."
                if demands
                else "Write what the data will be used for, in at least {count} characters.",
                field="purpose",
                mend="For example: research on access to schools for my thesis."
                if demands
                else "For example: planning of new schools in the district.",
                count=PURPOSE_AT_LEAST,
            )
        )
    if text["form"] not in {form.value for form in Form}:
        found.append(Invalid("Choose how you want to receive the data.", field="form"))
    found += _manner_faults(text)
    if demands and not consent:
        found.append(Invalid("Agree to how your data is used, or we may not take the request.", field="consent"))
    if trap:
        found.append(contact.trap_fault())
    return found + [fault for name, most in LONGEST.items() for fault in too_long(text[name], name, most)]


def _manner_faults(text: Mapping[str, str]) -> Iterator[Invalid]:
    """How to obtain it and how to send it; without a word it is a copy, by link or fetched on paper."""
    if text["obtain"] not in {"", *Obtain}:
        yield Invalid("Choose whether you want to look at the data or get a copy.", field="obtain")
    if text["sending"] not in {"", *Sending}:
        yield Invalid("Choose how the copy is to reach you.", field="sending")
    if text["form"] == Form.HARD and text["sending"] == Sending.LINK and text["obtain"] != Obtain.SEE:
        yield Invalid(
            "A copy on paper cannot come by a link.",
            field="sending",
            mend="Choose another way, or take the data as a file.",
        )


def asked(text: Mapping[str, str]) -> Asked:
    """The checked request; call `faults` first."""
    kind, form = ApplicantKind(text["applicant_kind"]), Form(text["form"])
    text = applicant.of_kind(kind, text)
    obtain = Obtain(text["obtain"] or Obtain.COPY)
    usual = Sending.LINK if form is Form.SOFT else Sending.COLLECT
    chosen = {"applicant_kind", "form", "obtain", "sending", "nik"}
    return Asked(
        applicant_kind=kind,
        form=form,
        obtain=obtain,
        sending=Sending(text["sending"] or usual) if obtain is Obtain.COPY else None,
        nik=re.sub(r"[\s.-]", "", text["nik"]),
        **{name: text[name] for name in LONGEST if name not in chosen},
    )


def checked_email(typed: object) -> str:
    """The address alone, as the form takes it. Raises Invalid."""
    address = cleaned({"email": typed})["email"]
    return mail_address.checked(address)


def check_code_usable(*, confirmed: bool, expired: bool, tries: int) -> None:
    """Refuses a confirmation code that cannot count any more, whatever was typed."""
    if confirmed:
        return
    if tries >= CODE_TRIES:
        raise Invalid("The code was entered wrongly too often.", field="code", mend="Ask for a new code.")
    if expired:
        raise Invalid(
            "The code is older than {minutes} minutes.", field="code", mend="Ask for a new code.", minutes=CODE_MINUTES
        )


LINK_NOT_RENEWED = frozenset({"address", "file", "personal_data", "withdrawn"})
"""Why a link was ended for good: a new one would give the same file to the same address."""

LINK_CORRECTED = "address_corrected"
"""What `address` is told as once the right address is confirmed: a new link may go there."""

LINK_NOT_RECEIVED = LINK_NOT_RENEWED - {"withdrawn"} | {LINK_CORRECTED}
"""After these the applicant does not have the data, even where somebody downloaded it."""


def check_link_renewable(*, was_given: bool, causes: Collection[str]) -> None:
    """Refuses a new personal link where none was given, or where one was ended for good. For everybody, always.

    `causes`: why the links of the request that were ended were ended.
    """
    if not was_given:
        raise Conflict("No personal link was given on this request, or it was erased with the applicant's data.")
    if LINK_NOT_RENEWED & set(causes) == {"address"}:
        raise Conflict(
            "The link was ended because the address was wrong.",
            mend="A new one can be issued once the applicant has corrected the address and confirmed it.",
        )
    if LINK_NOT_RENEWED & set(causes):
        raise Conflict(
            "The link was ended for good: the same file may not go to the same address again.", mend=NEW_REQUEST
        )


NEW_REQUEST = "Other data is given on a new request."
MISSING: dict[str, tuple[str, str]] = {
    "question": ("Which data is meant: subject, years, area", "rincian data yang dimohon: pokok, tahun, wilayah"),
    "purpose": ("What the data will be used for", "tujuan penggunaan data yang jelas"),
    "identity": ("Proof of identity, or of the legal entity", "bukti identitas pemohon atau pengesahan badan hukum"),
    "power": ("Power of attorney of the group", "surat kuasa bagi yang mewakili kelompok atau orang lain"),
    "institution": ("Name of the legal entity or group", "nama badan hukum atau kelompok"),
    "legal_number": ("Number of the decree or deed of the legal entity", "nomor pengesahan atau akta badan hukum"),
    "citizen": (
        "Declaration to be an Indonesian citizen or entity",
        "pernyataan sebagai warga negara atau badan hukum Indonesia",
    ),
    "address": ("Full address", "alamat lengkap"),
    "occupation": ("Occupation of the applicant", "pekerjaan pemohon"),
    "contact": ("Telephone number or e-mail address", "nomor telepon atau alamat surel yang dapat dihubungi"),
    "other": ("Something else, see the note", ""),
}
"""What an incomplete request can lack: msgid, and what the letter prints."""
MISSING_OF = {
    "power": ("group",),
    "institution": ("legal_entity", "group"),
    "legal_number": ("legal_entity",),
    "citizen": ("person", "legal_entity", "group"),
}
"""What only some kinds of applicants can lack."""
REPAIRABLE = (
    *("question", "purpose", "name", "institution", "legal_number", "power_number"),
    *("address", "occupation", "phone"),
)
"""What the applicant may write anew on the tracking page; an e-mail address is corrected where it is confirmed."""


def lackable(kind: str, found: Collection[str] = ()) -> list[str]:
    """What an applicant of this kind can be asked for, and what of `found` the portal sees missing beside it."""
    return [code for code in MISSING if code in found or kind in MISSING_OF.get(code, (kind,))]


def missing_codes(value: object) -> tuple[str, ...]:
    """The codes of a payload: a list of them, or one text with commas."""
    parts = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part or "").strip()))


def repaired(payload: Mapping[str, object]) -> dict[str, str]:
    """What the applicant wrote anew, cleaned; what he left empty stays as it was."""
    sent = {name: payload.get(name) for name in REPAIRABLE}
    return {name: text for name, text in cleaned(sent).items() if name in REPAIRABLE and text}


def repair_faults(given: Mapping[str, str], attached: Collection[str] = ()) -> list[Invalid]:
    """What is wrong with it, by the rules of the form; of what was not written nothing is asked.

    `attached`: the kinds of documents that came with it; one of them suffices.
    """
    found = []
    if not given and not attached:
        found.append(Invalid("Nothing was filled in.", field="question", mend="Write what the letter asks for."))
    if len(given.get("question", "x" * QUESTION_AT_LEAST)) < QUESTION_AT_LEAST:
        found.append(
            Invalid("Say which data you need.", field="question", mend="Name the subject, the years and the area.")
        )
    if len(given.get("purpose", "x" * PURPOSE_AT_LEAST)) < PURPOSE_AT_LEAST:
        found.append(
            Invalid(
                "Say clearly what you will use the data for, in at least {count} characters.",
                field="purpose",
                mend="For example: research on access to schools for my thesis.",
                count=PURPOSE_AT_LEAST,
            )
        )
    wrong = contact.phone_fault(given["phone"]) if given.get("phone") else None
    if wrong:
        found.append(wrong)
    for name, text in given.items():
        found += too_long(text, name, LONGEST[name])
    return found


DIP_RESULTS = ("listed", "not_listed", "excluded")
"""What the public information list says about the data (001-6)."""


def check_deliverable(*, decision: str, handed_over: str, attested: str) -> None:
    """Refuses a delivery that was not decided, or of bytes that nobody attested. For everybody, always."""
    if not decision:
        raise Conflict(
            "A part of this request is not decided yet.", mend="Wait for the other agency, or route its part again."
        )
    if decision not in ("granted", "granted_in_part"):
        raise Conflict("The request was not granted.")
    if not handed_over or attested != handed_over:
        raise Conflict(
            "The personal-data check of this file is not confirmed.", mend="Confirm the check of exactly this file."
        )
