"""What a complaint about the service must tell (UU 25/2009 art. 36): little, so that nobody is kept from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ckanext.satudata.domain import contact, mail_address
from ckanext.satudata.domain.errors import Invalid, too_long

TEXT_AT_LEAST, ANSWER_AT_LEAST = 20, 20
LONGEST = {"name": 200, "email": 254, "phone": 40, "text": 4000}
ENDINGS = (".pdf", ".jpg", ".jpeg", ".png")
MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Complaint:
    """A complaint as it was typed, checked; empty text where nothing was given. `name` may be empty."""

    name: str
    email: str
    phone: str
    text: str


def cleaned(values: Mapping[str, object]) -> dict[str, str]:
    """The form's texts, see `contact.cleaned`."""
    return contact.cleaned(values, LONGEST)


def faults(text: Mapping[str, str], *, consent: bool, trap: str = "", filename: str = "") -> list[Invalid]:
    """Everything that is wrong with what was typed, in the form's order; empty when it can be taken."""
    found: list[Invalid] = []
    if len(text["text"]) < TEXT_AT_LEAST:
        found.append(
            Invalid(
                "Say what happened, in at least {count} characters.",
                field="text",
                mend="Name the day, the page or the office, and what you expected.",
                count=TEXT_AT_LEAST,
            )
        )
    if filename and not filename.lower().endswith(ENDINGS):
        found.append(Invalid("Only PDF, JPG and PNG are taken.", field="upload", mend="Save it as PDF and choose it."))
    if not text["email"] and not text["phone"]:
        found.append(Invalid("Enter an e-mail address or a telephone number, so that we can answer.", field="email"))
    wrong = (
        mail_address.fault_of(text["email"]) if text["email"] else None,
        contact.phone_fault(text["phone"]) if text["phone"] else None,
    )
    found += [fault for fault in wrong if fault]
    if not consent:
        found.append(Invalid("Agree to how your data is used, or we may not take the complaint.", field="consent"))
    if trap:
        found.append(contact.trap_fault())
    for name, most in LONGEST.items():
        found += too_long(text[name], name, most)
    return found


def checked_answer(text: str) -> str:
    """The office's answer. Raises Invalid for one that says nothing."""
    if len(text) < ANSWER_AT_LEAST:
        raise Invalid(
            "Write the answer, in at least {count} characters.",
            field="answer",
            mend="It goes to the person who complained: say what was found and what is done.",
            count=ANSWER_AT_LEAST,
        )
    return text
