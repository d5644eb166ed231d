"""How the data of a granted request reaches the applicant, what it costs, and when the case closes (001-13, 001-16).

UU 14/2008 art. 22(7) f and g: medium, format, cost and way of payment are told; the register keeps them
(PerKI 1/2021: form soft or hard, see or copy, date of giving, cost, payment).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from ckanext.satudata.domain.errors import Conflict, Invalid


class Way(str, Enum):
    """By a personal link, or over the counter of the office."""

    LINK = "link"
    COUNTER = "counter"


class Manner(str, Enum):
    """Register column: the applicant looks at the data, or gets a copy."""

    SEE = "see"
    COPY = "copy"


class Form(str, Enum):
    """Register column: a file, or paper."""

    SOFT = "soft"
    HARD = "hard"


PAYMENTS = ("cash", "transfer", "qris")
COST_MOST = 100_000_000
"""Rupiah; more is a slip of the hand."""


@dataclass(frozen=True)
class Giving:
    """The checked way of one answer. `cost` in rupiah; `payment` of `PAYMENTS`, empty where it costs nothing."""

    way: Way
    manner: Manner
    form: Form
    cost: int = 0
    payment: str = ""


def faults(payload: Mapping[str, object]) -> Iterator[Invalid]:
    """What is wrong with a typed way of giving; without any word it is a link, which costs nothing."""
    typed = _typed(payload)
    for name, kind, message in (
        ("way", Way, "Choose how the data is given."),
        ("manner", Manner, "Choose whether the applicant looks at the data or gets a copy."),
        ("copy_form", Form, "Choose whether the data is given as a file or on paper."),
    ):
        if typed[name] not in {one.value for one in kind}:
            yield Invalid(message, field=name)
    if typed["way"] == Way.LINK.value and (typed["manner"], typed["copy_form"]) != ("copy", "soft"):
        yield Invalid("By link a file is given as a copy.", field="way", mend="Choose the counter for anything else.")
    yield from _cost_faults(typed["cost"], typed["payment"])


def _cost_faults(cost: str, payment: str) -> Iterator[Invalid]:
    if not cost.isascii() or not cost.isdigit() or len(cost) > len(str(COST_MOST)) or int(cost) > COST_MOST:
        yield Invalid("Type the cost in whole rupiah, 0 where it costs nothing.", field="cost")
    elif int(cost) and payment not in PAYMENTS:
        yield Invalid("Choose how the cost is paid.", field="payment")


def _typed(payload: Mapping[str, object]) -> dict[str, str]:
    usual = {"way": "link", "manner": "copy", "copy_form": "soft", "cost": "0", "payment": ""}
    return {name: str(payload.get(name) or "").strip() or value for name, value in usual.items()}


def checked(payload: Mapping[str, object]) -> Giving:
    """The way of giving. Raises Invalid, the first of `faults`."""
    for fault in faults(payload):
        raise fault
    typed = _typed(payload)
    cost = int(typed["cost"])
    return Giving(
        Way(typed["way"]), Manner(typed["manner"]), Form(typed["copy_form"]), cost, typed["payment"] if cost else ""
    )


def check_cost(cost: int, told: str | None) -> None:
    """Refuses to take more than the written notice told. For everybody, always. Raises Conflict.

    `told`: the notice's words (art. 22(7)g), with the rupiah in digits where it costs something; None without notice.
    """
    if not cost or told is None:
        return
    if cost > rupiah_told(told):
        raise Conflict(
            "The written notice told the applicant another cost: {told}.",
            field="cost",
            mend="Take no more than it told (UU 14/2008 art. 22(7)g).",
            told=told,
        )


def check_taken(cost: int, told: int) -> None:
    """Refuses to take more at the counter than the answer told. For everybody, always. Raises Conflict."""
    if cost > told:
        raise Conflict(
            "The answer told the applicant another cost: {told}.",
            field="cost",
            mend="Take no more than it told (UU 14/2008 art. 22(7)g).",
            told=f"Rp{told}",
        )


_AMOUNT = re.compile(
    r"(?P<minus>-?)\s*(?P<whole>\d(?:[\d.]*\d)?)(?P<cents>,\d+)?\s*(?P<times>(?:ribu|rb|juta|jt|k)\b)?",
    re.ASCII | re.IGNORECASE,
)


def rupiah_told(text: str) -> int:
    """The first amount in words such as `Rp15.000 tiap lembar`; 0 where there is none that can be.

    Whole rupiah: `1,5` or `1.5` is none, nor is what goes on in words, as in `15 ribu`.
    """
    found = _AMOUNT.search(text)
    if found is None or found["minus"] or found["cents"] not in (None, ",00") or found["times"]:
        return 0
    if not re.fullmatch(r"\d+|\d{1,3}(?:\.\d{3})+", found["whole"]):
        return 0
    digits = found["whole"].replace(".", "").lstrip("0")
    return int(digits) if digits and len(digits) <= len(str(COST_MOST)) and int(digits) <= COST_MOST else 0


def check_receipt(*, is_answered: bool, is_erased: bool, has_receipt: bool, cost: int, paid_on: date | None) -> None:
    """Refuses to record that the data was handed over the counter. For everybody, always.

    `has_receipt`: the receipt that the applicant signed was scanned.
    """
    if not is_answered:
        raise Conflict("The data was not given yet.", mend="Deliver the answer first.")
    if is_erased:
        raise Conflict("The applicant's data was erased; nothing more is recorded about the request.")
    if not has_receipt:
        raise Invalid("Attach the signed receipt.", field="scan", mend="Scan it as PDF.")
    if cost and paid_on is None:
        raise Invalid("Say when the cost was paid.", field="paid_on")


def closes_at(*, due_at: datetime, way: Way, given_at: datetime | None, answered_at: datetime, days: int) -> datetime:
    """When a delivered request closes by itself, if the applicant says nothing (001-16).

    What goes by link: with the time of the step, `due_at`. What lies at the counter: `days` after the answer, the
    time a link would have; nobody is held to have received what nobody fetched. Handed over, the step's time counts.
    """
    if way is Way.COUNTER and given_at is None:
        return max(due_at, answered_at + timedelta(days=days))
    return due_at


FITS = ("yes", "partly", "no")
SERVICE_MOST = 4
"""The best mark; four marks as in the government's own survey of satisfaction (Permenpan RB 14/2017)."""


def check_survey(service: str, fit: str) -> Iterator[Invalid]:
    """What is missing in the two answers."""
    if service not in {str(mark) for mark in range(1, SERVICE_MOST + 1)}:
        yield Invalid("Choose how you found the service.", field="service")
    if fit not in FITS:
        yield Invalid("Choose whether the answer was what you needed.", field="fit")


def terms_file(*, number: str, filename: str, sha256: str, terms: str, government: str) -> str:
    """The text file that goes with the data. Indonesian whatever the reader's language, as letters are."""
    head = "KETENTUAN PENGGUNAAN DATA"
    rows = (
        ("Nomor registrasi permohonan", number),
        ("Diberikan oleh", government),
        ("Nama berkas", filename),
        ("Sidik berkas (SHA-256)", sha256),
    )
    lines = [f"{label}: {value}" for label, value in rows if value]
    return "\r\n".join([head, "=" * len(head), "", *lines, "", terms, ""])
