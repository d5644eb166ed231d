"""Who may ask, and what the law demands of each (UU 14/2008 art. 1(12); PerKI 1/2021; Perpres 39/2019 art. 37(6), 39).

What rests on practice and not on the wording of an Act is an option of the government (`Demands`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from ckanext.satudata.domain import contact, mail_address
from ckanext.satudata.domain.errors import Invalid


class ApplicantKind(str, Enum):
    """Who may ask."""

    PERSON = "person"
    LEGAL_ENTITY = "legal_entity"
    GROUP = "group"
    GOVERNMENT = "government"
    """An office of the government, for its own work: led to Walidata, not to PPID."""


class FileKind(str, Enum):
    """What a file shows that comes with a request."""

    IDENTITY = "identity"
    """Identity card of a person, decree or deed of a legal entity."""
    POWER = "power"
    """Power of attorney of those in whose name a group asks."""
    EVIDENCE = "evidence"
    """Scan of what came on paper, where an officer enters the request."""


IDENTITY_WAYS = ("off", "optional", "required")


@dataclass(frozen=True)
class Demands:
    """What this government asks of applicants.

    `citizens_only`: who asks declares to be an Indonesian citizen or entity; `other_route` tells everybody else
    where to go. `identity`: one of IDENTITY_WAYS. `official`: hosts of official addresses, `*.` for any part before.
    """

    citizens_only: bool = True
    other_route: str = ""
    identity: str = "optional"
    official: tuple[str, ...] = ("go.id", "*.go.id")


@dataclass(frozen=True)
class Shown:
    """What came beside the texts: declarations, kinds of files, and whether an agency's account is logged in."""

    is_citizen: bool = False
    files: Collection[FileKind] = ()
    has_agency_account: bool = False


_OTHERS_ONLY = {
    ApplicantKind.PERSON: ("institution", "legal_number", "power_number"),
    ApplicantKind.LEGAL_ENTITY: ("power_number",),
    ApplicantKind.GROUP: ("legal_number",),
    ApplicantKind.GOVERNMENT: ("nik", "legal_number", "power_number"),
}


def of_kind(kind: ApplicantKind, text: Mapping[str, str]) -> dict[str, str]:
    """The texts without what only other kinds of applicants give: who changed his mind in the form left it behind."""
    return {name: "" if name in _OTHERS_ONLY[kind] else value for name, value in text.items()}


def is_official(email: str, hosts: Collection[str]) -> bool:
    """Whether an address belongs to an office of the government."""
    host = email.rpartition("@")[2].strip().lower()
    return bool(host) and any(
        host.endswith(known[1:]) if known.startswith("*.") else host == known
        for known in (one.strip().lower() for one in hosts)
        if known
    )


def faults(text: Mapping[str, str], shown: Shown, demands: Demands) -> Iterator[Invalid]:
    """What is wrong with who asks, in the form's order; of the texts only those about the applicant are read."""
    kind = text["applicant_kind"]
    if kind not in {one.value for one in ApplicantKind}:
        yield Invalid("Choose in whose name you ask.", field="applicant_kind")
    if not text["name"]:
        yield Invalid("Enter your full name.", field="name")
    yield from _organization(text, shown)
    if text["nik"] and not re.fullmatch(r"\d{16}", re.sub(r"[\s.-]", "", text["nik"])):
        yield Invalid("An NIK has 16 digits.", field="nik", mend="You may also leave it empty.")
    if kind != ApplicantKind.GOVERNMENT.value:
        yield from _citizen(shown, demands)
    if not text["address"]:
        yield Invalid("Enter your address; it stands on the answer.", field="address")
    if not text["occupation"]:
        yield Invalid("Enter your occupation.", field="occupation", mend="For example: student, journalist, trader.")
    yield from reachable(text)
    yield from _office(text, shown, demands)


def _citizen(shown: Shown, demands: Demands) -> Iterator[Invalid]:
    if demands.identity == "required" and FileKind.IDENTITY not in shown.files:
        yield Invalid("Attach your identity document.", field="identity", mend="A photograph or a scan is enough.")
    if demands.citizens_only and not shown.is_citizen:
        told = "Tick the declaration; below it stands where others can ask."
        yield Invalid(told, field="citizen", route=demands.other_route)


def _organization(text: Mapping[str, str], shown: Shown, *, is_entered: bool = False) -> Iterator[Invalid]:
    """A legal entity names its decree or deed, a group brings the power of attorney (PerKI 1/2021). `is_entered`: an
    officer is told."""
    kind = text["applicant_kind"]
    if kind in ("legal_entity", "group", "government") and not text["institution"]:
        told = _WHO_ASKS[kind] if is_entered else "Enter the name of the organization or group you ask for."
        yield Invalid(told, field="institution")
    if kind == "legal_entity" and not text["legal_number"]:
        yield Invalid(
            "Enter the number of the decree or deed of the legal entity.",
            field="legal_number",
            mend="For example: AHU-0012345.AH.01.07.Tahun 2020.",
        )
    if kind == "group" and not text["power_number"]:
        yield Invalid(
            "Enter the number of the power of attorney.",
            field="power_number",
            mend="Where it has none, write its date.",
        )
    if kind == "group" and FileKind.POWER not in shown.files:
        yield Invalid("Attach the power of attorney.", field="power", mend="A photograph or a scan is enough.")


_WHO_ASKS = {
    "legal_entity": "Enter the name of the legal entity that asks.",
    "group": "Enter the name of the group that asks.",
    "government": "Enter the name of the government office that asks.",
}
"""What an officer is told who enters a request."""


def reachable(text: Mapping[str, str]) -> Iterator[Invalid]:
    """An e-mail address or a telephone number, each as it must be."""
    if not text["email"] and not text["phone"]:
        yield Invalid("Enter an e-mail address or a telephone number, so that we can answer.", field="email")
    wrong = mail_address.fault_of(text["email"]) if text["email"] else None
    if wrong:
        yield wrong
    wrong = contact.phone_fault(text["phone"]) if text["phone"] else None
    if wrong:
        yield wrong


def check_still_office(kind: str, email: str, hosts: Collection[str]) -> None:
    """Refuses another address for an office that is none of an office: its route rests on it. Raises Invalid."""
    if kind == ApplicantKind.GOVERNMENT.value and not is_official(email, hosts):
        raise _not_official(hosts)


def _not_official(hosts: Collection[str]) -> Invalid:
    return Invalid(
        "This is not an official address of a government office.",
        field="email",
        mend="Use an address that ends in {hosts}, or log in with the account of your office.",
        hosts=ends(hosts),
    )


def ends(hosts: Collection[str]) -> str:
    """How official addresses end, without the signs of the option."""
    return ", ".join(dict.fromkeys(one.strip().lower().removeprefix("*.") for one in hosts))


def _office(text: Mapping[str, str], shown: Shown, demands: Demands) -> Iterator[Invalid]:
    """Offices go the Walidata's way and nobody else does: an agency's account, or an official address to confirm."""
    official = is_official(text["email"], demands.official)
    if text["applicant_kind"] == ApplicantKind.GOVERNMENT.value:
        if not shown.has_agency_account and not official:
            yield _not_official(demands.official)
    elif official:
        yield Invalid(
            "This is the address of a government office.",
            field="applicant_kind",
            mend="Choose “government office”; as a private person, give your own address.",
        )


def entered_faults(
    text: Mapping[str, str], shown: Shown, at_counter: Demands | None, official: Collection[str] = ()
) -> Iterator[Invalid]:
    """The same for what an officer enters: a letter may leave out what the completeness check asks for afterwards
    (`gaps`).

    Never left out are the kind, the name, a way to answer; an office is answered where its letter comes from.
    `at_counter`: who asks stands before the officer, and gives what the law demands of his kind. `official`: hosts of
    official addresses.
    """
    if at_counter:
        yield from _given_at_counter(text, shown, at_counter)
    if text["applicant_kind"] == ApplicantKind.GOVERNMENT.value:
        yield from _entered_office(text, shown, at_counter, official)
    elif text["applicant_kind"] not in {one.value for one in ApplicantKind}:
        yield Invalid("Choose in whose name the applicant asks.", field="applicant_kind")
    if not text["name"]:
        yield Invalid("Enter the applicant's name.", field="name")
    if text["nik"] and not re.fullmatch(r"\d{16}", re.sub(r"[\s.-]", "", text["nik"])):
        yield Invalid("An NIK has 16 digits.", field="nik", mend="You may also leave it empty.")
    is_office_letter = text["applicant_kind"] == ApplicantKind.GOVERNMENT.value and FileKind.EVIDENCE in shown.files
    if (text["address"] or is_office_letter) and not text["email"] and not text["phone"]:
        return
    yield from reachable(text)


def _entered_office(
    text: Mapping[str, str], shown: Shown, at_counter: Demands | None, official: Collection[str]
) -> Iterator[Invalid]:
    """An office is known by its name, and by its letter; who brings none has an official address to confirm."""
    if not text["institution"] and not at_counter:
        yield Invalid(_WHO_ASKS["government"], field="institution")
    if FileKind.EVIDENCE not in shown.files and not is_official(text["email"], official):
        yield Invalid(
            "Without a scan of its letter an office is known by its official e-mail address alone.",
            field="email",
            mend="Attach the letter, or enter an address that ends in {hosts}; it is confirmed with the code from the "
            "mail.",
            hosts=ends(official),
        )


def _given_at_counter(text: Mapping[str, str], shown: Shown, demands: Demands) -> Iterator[Invalid]:
    yield from _organization(text, shown, is_entered=True)
    if not text["address"]:
        yield Invalid("Enter the applicant's address; it stands on the answer.", field="address")
    if not text["occupation"]:
        yield Invalid("Enter the applicant's occupation.", field="occupation")
    if text["applicant_kind"] == ApplicantKind.GOVERNMENT.value:
        return
    if demands.citizens_only and not shown.is_citizen:
        yield Invalid("Have the applicant declare to be an Indonesian citizen or entity.", field="citizen")
    if demands.identity == "required" and FileKind.IDENTITY not in shown.files:
        yield Invalid("Attach the identity document.", field="identity")


def gaps(text: Mapping[str, str], shown: Shown, demands: Demands) -> tuple[str, ...]:
    """What the law demands of this kind of applicant and was not given: codes of `ppid_request.MISSING`."""
    kind = text["applicant_kind"]
    if kind == ApplicantKind.GOVERNMENT.value:
        return ()
    lacking = {
        "institution": kind in ("legal_entity", "group") and not text["institution"],
        "legal_number": kind == "legal_entity" and not text["legal_number"],
        "power": kind == "group" and not (text["power_number"] and FileKind.POWER in shown.files),
        "identity": demands.identity == "required" and FileKind.IDENTITY not in shown.files,
        "citizen": demands.citizens_only and not shown.is_citizen,
        "address": not text["address"],
        "occupation": not text["occupation"],
        "contact": not text["email"] and not text["phone"],
    }
    return tuple(code for code, is_lacking in lacking.items() if is_lacking)
