"""Free text of a request without what tells who asked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ckanext.satudata.domain.personal import numbers

GONE = "[…]"
SHORTEST = 4
"""Shorter values (an occupation such as "PNS") stand in other words too, and name nobody."""
NAMING = ("name", "institution", "nik", "phone", "email", "address")


def without_person(text: str, person: Mapping[str, str]) -> str:
    """`text` with the applicant's own values, and every number or address of a person in it, left out."""
    values = [person.get(name, "").strip() for name in NAMING]
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= SHORTEST:
            text = re.sub(_pattern(value), GONE, text, flags=re.IGNORECASE)
    for word in person.get("name", "").split():
        if len(word) >= SHORTEST:
            text = re.sub(rf"\b{re.escape(word)}\b", GONE, text, flags=re.IGNORECASE)
    for _ in range(50):
        found = [said for said in numbers.in_text(text).values() if said]
        if not found:
            break
        before = text
        for said in found:
            text = _out(text, said)
        if text == before:
            break
    return text


def _out(text: str, said: str) -> str:
    said = said.strip()
    return text.replace(said, GONE) if said in text else re.sub(_pattern(said), GONE, text)


def _pattern(value: str) -> str:
    """The value as it may be written: words any blanks between them, numbers also dots and dashes."""
    digits = re.sub(r"[\s.\-+()]", "", value)
    return r"[\s.\-]*".join(digits) if digits.isdigit() else r"\s+".join(map(re.escape, value.split()))
