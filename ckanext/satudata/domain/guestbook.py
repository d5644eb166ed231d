"""The guestbook of downloads (001-3): when it is asked for, what it asks, who reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ckanext.satudata.domain import contact, mail_address
from ckanext.satudata.domain.errors import Invalid, NotAllowed, too_long
from ckanext.satudata.domain.officer import Actor, Role

PROFESSIONS = (
    "pupil",
    "student",
    "teacher",
    "researcher",
    "civil_servant",
    "armed_forces",
    "employee",
    "entrepreneur",
    "journalist",
    "organization",
    "developer",
    "other",
)
"""The vocabulary of professions, in the order of the form; its words stand in `shared/guestbook/words.py`."""

LONGEST = {"name": 200, "institution": 200, "email": 254, "purpose": 1000}
FIELDS = ("name", "profession", "institution", "email", "purpose")
NONE = "Perorangan"
"""What is counted for who comes for no institution."""
_NONE = frozenset({"", "perorangan", "pribadi", "perseorangan", "personal", "tidak ada", "tidak", "none", "umum"})


class Mode(str, Enum):
    """Whether a download asks who it is for."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Scope(str, Enum):
    """What a rule is set for; of several the nearest to the dataset counts."""

    DATASET = "dataset"
    AGENCY = "agency"
    SITE = "site"


def nearest(rules: Mapping[Scope, Mode], otherwise: Mode) -> Mode:
    """The rule nearest to the dataset; without any what the government's SOP says."""
    return next((rules[scope] for scope in Scope if scope in rules), otherwise)


@dataclass(frozen=True)
class Signed:
    """Behind a valid mark: what a count keeps of the entry, or nothing where it was optional and left out."""

    guest_id: str | None = None
    profession: str | None = None
    spelling_id: str | None = None


NOBODY = Signed()


class Ask(str, Enum):
    """What a download is answered with."""

    SERVE = "serve"
    FORM = "form"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Asked:
    """How a file or rows of an open dataset are asked for.

    `wants_page`: a browser shows what comes (Accept names text/html); `from_own_page`: a link of this portal was
    followed; `is_piece`: what resumes, begun before; `has_signed`: a valid mark of the guestbook came along.
    """

    wants_page: bool
    from_own_page: bool
    is_piece: bool
    has_signed: bool


def answer(mode: Mode, asked: Asked, *, strict: bool) -> Ask:
    """Whether the file is given, the form shown, or a program refused.

    Optional binds the buttons of this portal's pages only; required binds every browser; programs, link checkers and
    other portals' loaders are bound by `strict` alone.
    """
    if mode is Mode.OFF or asked.has_signed:
        return Ask.SERVE
    if mode is Mode.OPTIONAL:
        return Ask.FORM if asked.wants_page and asked.from_own_page and not asked.is_piece else Ask.SERVE
    if asked.wants_page and not asked.is_piece:
        return Ask.FORM
    return Ask.REFUSE if strict else Ask.SERVE


@dataclass(frozen=True)
class Entry:
    """What somebody wrote, checked. `institution` is `NONE` for who comes for none; `purpose` may be empty."""

    name: str
    profession: str
    institution: str
    email: str
    purpose: str


def cleaned(values: Mapping[str, object]) -> dict[str, str]:
    """The form's texts, on one line but for the purpose."""
    found = contact.cleaned(values, FIELDS)
    return {name: text if name == "purpose" else one_line(text) for name, text in found.items()}


def one_line(name: str) -> str:
    """A name as it is kept: without what nobody sees or types, on one line."""
    return " ".join(contact.seen(name).split())


def faults(text: Mapping[str, str], *, consent: bool, trap: str = "") -> list[Invalid]:
    """Everything that is wrong with what was typed, in the form's order; empty when it can be taken."""
    found: list[Invalid] = []
    if len(text["name"]) < 2:
        found.append(Invalid("Enter your name.", field="name"))
    if text["profession"] not in PROFESSIONS:
        found.append(Invalid("Choose a profession from the list.", field="profession"))
    if not text["institution"]:
        found.append(
            Invalid("Enter your institution.", field="institution", mend="Write Perorangan if you come for none.")
        )
    wrong = (
        mail_address.fault_of(text["email"])
        if text["email"]
        else Invalid("Enter your e-mail address.", field="email", mend="It should look like name@example.com.")
    )
    found += [wrong] if wrong else []
    if not consent:
        found.append(Invalid("Agree to how your data is used, or we may not keep it.", field="consent"))
    if trap:
        found.append(contact.trap_fault())
    for name, most in LONGEST.items():
        found += too_long(text[name], name, most)
    return found


def entry(text: Mapping[str, str]) -> Entry:
    """What was typed, once `faults` finds nothing."""
    institution = NONE if normalised(text["institution"]) in _NONE else text["institution"]
    return Entry(text["name"], text["profession"], institution, text["email"], text["purpose"])


def normalised(institution: str) -> str:
    """An institution's name without what people write differently: case, accents, points, blanks."""
    plain = unicodedata.normalize("NFKD", institution).casefold()
    letters = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", letters).strip()


def plain_email(email: str) -> str:
    """The address as two people would write the same one."""
    return email.strip().casefold()


PERSON_READERS = (Role.WALIDATA,)
"""Who keeps the guestbook, and so may know who wrote in it."""
COUNT_READERS = (Role.WALIDATA, Role.AUDITOR, Role.PRODUCER_HEAD)
"""Who reads its figures; the head of an agency those of the own agency."""


def reads_persons(actor: Actor) -> bool:
    """Whether the officer may see who wrote; a system administrator needs the role for it."""
    return actor.has_anywhere(*PERSON_READERS)


def reads_counts(actor: Actor) -> bool:
    """Whether the officer reads figures, of whatever agency."""
    return actor.is_sysadmin or actor.has_anywhere(*COUNT_READERS)


def agencies_of(actor: Actor) -> frozenset[str] | None:
    """Whose figures the officer reads: None for all, else the ids of agencies."""
    if actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA, Role.AUDITOR):
        return None
    held = (one for one in actor.held if one.role is Role.PRODUCER_HEAD)
    return frozenset(one.organization_id for one in held if one.organization_id)


def require_persons(actor: Actor) -> None:
    """Raises NotAllowed for whoever may not know who wrote."""
    if not reads_persons(actor):
        raise NotAllowed("Only {roles} may do this.", roles=PERSON_READERS)


def require_counts(actor: Actor) -> None:
    """Raises NotAllowed for whoever reads no figures of the guestbook."""
    if not reads_counts(actor):
        raise NotAllowed("Only {roles} may do this.", roles=COUNT_READERS)


def require_keeper(actor: Actor) -> None:
    """Raises NotAllowed for whoever does not decide on the guestbook: its rules, its institutions."""
    require_persons(actor)
