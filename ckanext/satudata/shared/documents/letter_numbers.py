"""A letter's number: the next of its series, or one that the government's own letter registry gave."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.letters import CODES, LetterKind
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.shared import numbers

FIELD = "letter_number"
"""The payload's field of a command that writes a letter."""
OUTSIDE = "outside"
"""The series that counts typed numbers; its lock keeps two equal ones from being stored at once."""
LONGEST = 200


def is_from_registry(kind: LetterKind) -> bool:
    """Whether letters of the kind carry only numbers of the government's own letter registry."""
    wanted = tk.config["ckanext.satudata.letter.registry_kinds"].split()
    return kind.value in wanted or "*" in wanted


def next_free(session: Session, kind: LetterKind, on: date, organization_id: str | None, unit: str) -> numbers.Number:
    """The next number of the series that no letter carries yet: one that was typed counts the same."""
    while True:
        found = numbers.take(session, kind.value, on, organization_id=organization_id, unit=unit, code=CODES[kind])
        if not _carried(session, found.text, organization_id, Letter.kind == kind.value):
            return found


def typed(session: Session, kind: LetterKind, text: str, on: date, organization_id: str | None) -> numbers.Number:
    """A number given outside the portal. Raises Invalid where it is too long or a letter has it."""
    number = " ".join(text.split())
    if len(number) > LONGEST:
        raise Invalid("The number is too long.", field=FIELD, mend="Use at most 200 characters.")
    # In the order in which `next_free` locks them: the kind's series first.
    numbers.hold(session, kind.value, on.year, organization_id)
    count = numbers.count_up(session, OUTSIDE, on.year, organization_id)
    if _carried(session, number, organization_id):
        raise Invalid(
            "Another letter carries the number {number} already.",
            mend="Look it up in the letter registry.",
            field=FIELD,
            number=number,
        )
    return numbers.Number(count, on.year, number)


def _carried(session: Session, number: str, organization_id: str | None, *only: Any) -> bool:
    same = sa.func.lower(sa.func.regexp_replace(Letter.number, r"\s", "", "g")) == "".join(number.split()).lower()
    found = sa.select(Letter.id).where(same, Letter.organization_id == (organization_id or ""), *only)
    return session.scalars(found.limit(1)).first() is not None
