"""The dispute before the Komisi Informasi after an objection, as it is recorded (UU 14/2008 arts. 37-38, 47-50).

The portal decides nothing here: it keeps dates, numbers, documents and outcomes. Which courts and kinds of outcome
there are rests on general knowledge of the Act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from ckanext.satudata.domain import contact
from ckanext.satudata.domain.errors import Invalid, Several, too_long

BODY = "Komisi Informasi"
LONGEST = {"body": 200, "number": 200, "note": 4000}


class Kind(str, Enum):
    """What can happen in a dispute."""

    FILED = "filed"
    MEDIATION = "mediation"
    HEARING = "hearing"
    RULING = "ruling"
    APPEAL = "appeal"
    CASSATION = "cassation"
    WITHDRAWN = "withdrawn"
    CARRIED_OUT = "carried_out"


_RULED = ("granted", "granted_in_part", "rejected", "not_admitted")
_REVIEWED = ("confirmed", "overturned")
OUTCOMES: Mapping[Kind, tuple[str, ...]] = {
    Kind.MEDIATION: ("agreed", "failed"),
    Kind.RULING: _RULED,
    Kind.APPEAL: _REVIEWED,
    Kind.CASSATION: _REVIEWED,
}
"""How each can end; what is not named has no outcome of its own."""


@dataclass(frozen=True)
class Event:
    """One entry, checked. `body`: the commission or court; `outcome` empty where the kind has none."""

    kind: Kind
    happened_on: date
    body: str
    number: str
    outcome: str
    note: str


def checked(
    values: Mapping[str, object],
    happened_on: date | None,
    before: Sequence[tuple[str, date]],
    *,
    earliest: date,
    today: date,
) -> Event:
    """The entry. `before`: kind and day of those that there are; `earliest`: the day on which the objection was
    answered, or the first after the superior's time where there was no answer by then. Raises Several with every fault
    at its field.
    """
    text = contact.cleaned(values, (*LONGEST, "kind", "outcome"))
    found: list[Invalid] = []
    kind = Kind(text["kind"]) if text["kind"] in {one.value for one in Kind} else None
    if kind is None:
        found.append(Invalid("Choose what happened.", field="kind"))
    found += _wrong_day(kind, happened_on, before, earliest, today)
    outcomes = OUTCOMES.get(kind, ()) if kind else ()
    if outcomes and text["outcome"] not in outcomes:
        found.append(Invalid("Choose how it ended.", field="outcome"))
    for name, most in LONGEST.items():
        found += too_long(text[name], name, most)
    Several.refuse(found)
    assert kind is not None
    assert happened_on is not None
    outcome = text["outcome"] if outcomes else ""
    return Event(kind, happened_on, text["body"] or BODY, text["number"], outcome, text["note"])


def _wrong_day(
    kind: Kind | None, on: date | None, before: Sequence[tuple[str, date]], earliest: date, today: date
) -> list[Invalid]:
    """What is wrong with the day, and with an entry that cannot come first."""
    filed = next((day for known, day in before if known == Kind.FILED.value), None)
    if kind is Kind.FILED and filed:
        return [Invalid("The dispute is recorded already.", field="kind", mend="Choose what happened in it since.")]
    if kind not in (None, Kind.FILED) and filed is None:
        mend = "Choose “brought before the Komisi Informasi” first."
        return [Invalid("Record first that the dispute was brought.", field="kind", mend=mend)]
    if on is None:
        return [Invalid("The date is missing.", field="happened_on", mend="Choose a day.")]
    if on > today:
        return [Invalid("This day is still to come.", field="happened_on", mend="Enter what has happened.")]
    if on < earliest:
        return [
            Invalid(
                "A dispute follows the answer to the objection, or the end of the time for it.",
                field="happened_on",
                mend="Choose a day that is not before {date}.",
                date=earliest,
            )
        ]
    if filed and on < filed:
        return [Invalid("The dispute was brought later than that.", field="happened_on")]
    return []
