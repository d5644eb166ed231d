"""What a restriction must name: ground, reference, period, review (UU 14/2008 arts. 17, 19, 20; 000-1, 000-2).

Wrong values (`faults`) are refused whoever saves them; missing ones (`gaps`) only once a restriction is to count:
before the verifier sees the dataset, in a consequence test, in a reclassification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

from ckanext.satudata.domain import refusal, written
from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.grounds import GROUNDS

FIELDS = ("access_ground", "access_basis", "access_until", "access_permanent", "access_review_on", "access_decree")
"""The fields of a restriction, on a dataset and on a resource that is stricter than its dataset."""

ENDS_WITHIN = timedelta(days=30)
AT_MOST_YEARS = 100
"""A period longer than that is permanent under another name (art. 20)."""


class Fault(NamedTuple):
    """What is wrong or missing. `message` and `mend` are msgids with `{named}` fields filled from `params`."""

    field: str
    message: str
    mend: str = ""
    params: Mapping[str, object] = {}

    def error(self) -> Invalid:
        """The refusal of one fault."""
        return Invalid(self.message, field=self.field, mend=self.mend, **self.params)


class Faulty(Several):
    """A restriction that cannot count; `faults` are all of them."""

    def __init__(self, faults: Sequence[Fault]):
        super().__init__([fault.error() for fault in faults])
        self.faults = list(faults)


class Standing(str, Enum):
    """Where a restriction stands today."""

    OPEN = "open"
    """Nothing is restricted."""
    UNTESTED = "untested"
    """Menunggu uji konsekuensi: no test with the word of PPID has decided what is stated, or something is missing."""
    PROVISIONAL = "provisional"
    """Sementara: narrowed at once; test and decree are still to come."""
    HELD = "held"
    ENDING = "ending"
    """Ends within 30 days."""
    ENDED = "ended"
    """The period is over. That opens nothing: Walidata and PPID decide anew."""


class Cause(str, Enum):
    """Why a case of classification is open, the weakest first: a stronger one takes the place of a weaker."""

    PROPOSED = "proposed"
    UNTESTED = "untested"
    PERIOD = "period"
    PROVISIONAL = "provisional"


@dataclass(frozen=True)
class Restriction:
    """A restriction as it is stored or sent. `unreadable`: fields with values that are no date, yes or no."""

    level: Level
    ground: str = ""
    basis: str = ""
    until: date | None = None
    is_permanent: bool = False
    own_review_on: date | None = None
    decree: str = ""
    unreadable: Mapping[str, str] | None = None

    @property
    def review_on(self) -> date | None:
        """When it is looked at again: at its end, unless an earlier day is named."""
        return self.own_review_on or self.until

    @property
    def values(self) -> dict[str, str]:
        """The fields as they are stored; what could not be read stands as it was sent."""
        read = {
            "access_ground": self.ground,
            "access_basis": self.basis,
            "access_until": self.until.isoformat() if self.until else "",
            "access_permanent": "true" if self.is_permanent else "",
            "access_review_on": self.own_review_on.isoformat() if self.own_review_on else "",
            "access_decree": self.decree,
        }
        return {**read, **(self.unreadable or {})}


def read(values: Mapping[str, Any], level: Level) -> Restriction:
    """The restriction that these fields say, in any usual spelling (`17 H`, `31/12/2030`, `ya`)."""
    unreadable: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for field in ("access_until", "access_review_on"):
        text = _text(values.get(field))
        try:
            days[field] = _day(text) if text else None
        except ValueError:
            days[field], unreadable[field] = None, text
    said = _text(values.get("access_permanent"))
    permanent = _YES_NO.get(said.lower())
    if permanent is None:
        unreadable["access_permanent"] = said
    return Restriction(
        level=level,
        ground=_code(_text(values.get("access_ground"))),
        basis=_text(values.get("access_basis")),
        until=days["access_until"],
        is_permanent=bool(permanent),
        own_review_on=days["access_review_on"],
        decree=_text(values.get("access_decree")),
        unreadable=unreadable,
    )


_YES_NO = dict.fromkeys(("true", "1", "on", "yes", "y", "ya", "tetap", "permanen", "permanent"), True) | dict.fromkeys(
    ("", "false", "0", "off", "no", "n", "tidak", "none"), False
)


def _day(text: str) -> date:
    """The day as officers write it; an ISO date of any year is one too, and what is too far away is refused as such."""
    try:
        return written.day(text)
    except ValueError:
        return date.fromisoformat(text)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _code(typed: str) -> str:
    """`17h` for `17 H`, `17(h)`, `Pasal 17 huruf h`; what is no such ground stays as it is."""
    found = _LETTER.fullmatch(typed.lower())
    return f"17{found[1]}" if found else typed


_LETTER = re.compile(r"(?:pasal\s*)?17\s*(?:huruf\s*)?[(.]?([a-j])\)?")


def faults(restriction: Restriction, today: date, before: Restriction | None = None) -> list[Fault]:
    """What is wrong with the values that are there; nothing for what is open.

    `before`: what is stored already. A day that it names may have passed meanwhile.
    """
    if restriction.level is Level.TERBUKA:
        return []
    return [*_wrong_ground(restriction), *_unreadable(restriction), *_wrong_period(restriction, today, before)]


def beyond_decree(restriction: Restriction, last_day: date | None) -> list[Fault]:
    """What is wrong where a restriction would outlive the decree it names; `last_day` None: it has none."""
    if restriction.until is None or last_day is None or restriction.until <= last_day:
        return []
    message = "The decree is in force until {day} only; the restriction would outlive it."
    mend = "Choose that day or an earlier one, or name another decree."
    return [Fault("access_until", message, mend, {"day": last_day})]


def _wrong_ground(restriction: Restriction) -> list[Fault]:
    code, found = restriction.ground, []
    if code and code not in GROUNDS:
        if code in refusal.REASONS:
            found.append(
                Fault(
                    "access_ground",
                    "“{code}” is a reason to refuse one request, not a ground to restrict data.",
                    "Choose a ground of article 17, letters a to j.",
                    {"code": code},
                )
            )
        else:
            found.append(
                Fault(
                    "access_ground",
                    "“{code}” is no ground of article 17 of Act 14/2008.",
                    "Choose one of 17a to 17j.",
                    {"code": code},
                )
            )
    elif code and GROUNDS[code].needs_act and restriction.basis and not refusal.names_act(restriction.basis):
        found.append(
            Fault(
                "access_basis",
                "Name the Act that forbids it.",
                "For example: UU 27/2022 on personal data protection.",
            )
        )
    return found


def _unreadable(restriction: Restriction) -> list[Fault]:
    found = []
    for field, value in (restriction.unreadable or {}).items():
        if field == "access_permanent":
            found.append(Fault(field, "“{value}” says neither yes nor no.", "Write true or false.", {"value": value}))
        else:
            message = '"{value}" is not a date. Write it as 2024-05-31 or 31/05/2024.'
            found.append(Fault(field, message, "", {"value": value}))
    return found


def _wrong_period(restriction: Restriction, today: date, before: Restriction | None) -> list[Fault]:
    found: list[Fault] = []
    until, review = restriction.until, restriction.own_review_on
    if restriction.is_permanent and until:
        found.append(
            Fault(
                "access_permanent",
                "A restriction is either permanent or ends on a day.",
                "Take one of the two out.",
            )
        )
    elif (
        restriction.is_permanent and restriction.ground in GROUNDS and not GROUNDS[restriction.ground].may_be_permanent
    ):
        found.append(
            Fault(
                "access_permanent",
                "What {basis} excludes is not excluded for ever (article 20 of Act 14/2008).",
                "Name the day on which the restriction ends.",
                {"basis": GROUNDS[restriction.ground].basis},
            )
        )
    if until and until != (before.until if before else None):
        if until < today:
            found.append(
                Fault("access_until", "This day has passed.", "Name the day until which the data stays restricted.")
            )
        elif until.year - today.year > AT_MOST_YEARS:
            found.append(
                Fault(
                    "access_until",
                    "A period of more than {years} years has no end that anybody will see.",
                    "Name an earlier day, or choose permanent where the ground allows it.",
                    {"years": AT_MOST_YEARS},
                )
            )
    if review and until and review > until:
        found.append(
            Fault(
                "access_review_on",
                "The restriction ends before it is looked at again.",
                "Name a day before its end, or leave this empty: then it is looked at again at its end.",
            )
        )
    elif review and review.year - today.year > AT_MOST_YEARS:
        found.append(
            Fault(
                "access_review_on",
                "Nobody will look at it again after more than {years} years.",
                "Choose an earlier day.",
                {"years": AT_MOST_YEARS},
            )
        )
    elif review and review < today and review != (before.own_review_on if before else None):
        found.append(Fault("access_review_on", "This day has passed.", "Name a day to come."))
    return found


def gaps(restriction: Restriction) -> list[Fault]:
    """What a restriction that is to count still lacks; nothing for what is open."""
    if restriction.level is Level.TERBUKA:
        return []
    found = []
    if not restriction.ground:
        found.append(
            Fault(
                "access_ground",
                "The ground of the restriction is missing.",
                "Choose one of 17a to 17j. The level by itself is no ground.",
            )
        )
    if not restriction.basis:
        found.append(
            Fault(
                "access_basis",
                "The legal basis is missing.",
                "Name the decree, the minutes or the Act on which the restriction rests.",
            )
        )
    if not restriction.until and not restriction.is_permanent:
        found.append(
            Fault(
                "access_until",
                "The period of the restriction is missing.",
                "Name the day on which it ends, or choose permanent where the ground allows it.",
            )
        )
    if restriction.is_permanent and not restriction.own_review_on:
        found.append(
            Fault(
                "access_review_on",
                "The day on which a permanent restriction is looked at again is missing.",
                "Name a day to come.",
            )
        )
    return found


def lacks(restriction: Restriction, today: date) -> list[Fault]:
    """All that is missing or wrong in a restriction that is to count, each once: where it may not be permanent, no day
    is asked for on which the permanent one is looked at again."""
    wrong = faults(restriction, today)
    refused = {fault.field for fault in wrong}
    missing = [gap for gap in gaps(restriction) if gap.field != "access_review_on" or "access_permanent" not in refused]
    return [*missing, *wrong]


def covers(tested: Restriction, now: Restriction) -> bool:
    """Whether what was tested decided what is stated now: level, ground and legal basis are the same, and it neither
    lasts longer nor is looked at again later. A decree named since then changes nothing: it follows the test."""
    if (tested.level, tested.ground, tested.basis) != (now.level, now.ground, now.basis):
        return False
    if now.is_permanent and not tested.is_permanent:
        return False
    return _no_later(now.until, tested.until) and _no_later(now.review_on, tested.review_on)


def _no_later(day: date | None, other: date | None) -> bool:
    return other is None or (day is not None and day <= other)


def standing(
    restriction: Restriction, today: date, *, tested: Restriction | None, is_provisional: bool = False
) -> Standing:
    """Where it stands on that day.

    `tested`: what the newest decided test of this level stated; None where there was none. `is_provisional`: it was
    narrowed at once and the test is still to come.
    """
    if restriction.level is Level.TERBUKA:
        return Standing.OPEN
    if is_provisional:
        return Standing.PROVISIONAL
    if gaps(restriction) or tested is None or not covers(tested, restriction):
        return Standing.UNTESTED
    until = restriction.until
    if until is None:
        return Standing.HELD
    if until < today:
        return Standing.ENDED
    return Standing.ENDING if until - today <= ENDS_WITHIN else Standing.HELD
