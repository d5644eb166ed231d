"""What citizens type into forms that need no account: cleaned texts, telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ckanext.satudata.domain import signs
from ckanext.satudata.domain.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Also what turns the direction of the letters after it: a name must read as it was typed."""
PHONE_LEAST, PHONE_MOST = 7, 15
"""Digits, with those of the country."""
_PHONE = re.compile(r"\+?[\d\s().-]{8,}")


def cleaned(values: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """The form's texts without control characters and outer blanks; what is not text counts as empty."""
    return {
        name: seen(str(values.get(name) or "")).replace("\r\n", "\n").strip()
        if isinstance(values.get(name), (str, int))
        else ""
        for name in names
    }


def seen(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("", signs.held(text))


def phone_fault(typed: str) -> Invalid | None:
    """Why nobody could be called at it; None where nothing speaks against it."""
    if typed.isascii() and _PHONE.fullmatch(typed) and PHONE_LEAST <= sum(map(str.isdigit, typed)) <= PHONE_MOST:
        return None
    return Invalid("This is not a telephone number.", field="phone", mend="Use digits, for example 0812 3456 7890.")


def trap_fault() -> Invalid:
    """The refusal of a form whose hidden field was filled in."""
    return Invalid(
        "Leave this field empty.",
        field="website",
        mend="It is there to stop programs that fill in every field.",
    )
