"""A head who only has a phone: how long a code counts, a device may read, and a code of today may decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ckanext.satudata.domain.errors import Invalid

DIGITS = 6
CODE_LASTS = timedelta(minutes=15)
TRIES = 5
CODES_AN_HOUR = 5
"""For one remembered device, and for one network that asks for an account."""
CODES_TO_AN_ACCOUNT = 20
"""In an hour, for all devices that are not let in yet."""
REMEMBERED = timedelta(days=30)


def check_code(is_right: bool, *, left_at: datetime | None, tries: int, now: datetime) -> None:
    """Raises Invalid at `code`, with one text for every cause: it tells nobody whether an account was asked for.

    `left_at`: when the mail with it left, None while it waits; `tries`: those before this one.
    """
    lapsed = left_at is not None and left_at + CODE_LASTS < now
    if not is_right or lapsed or tries >= TRIES:
        raise Invalid(
            "The code is not right, or it has run out.",
            field="code",
            mend="Type the six digits of the newest mail, or ask for another code.",
        )


def may_read(proven_at: datetime | None, now: datetime) -> bool:
    """Whether the device is still remembered."""
    return proven_at is not None and now < proven_at + REMEMBERED


def may_decide(proven_on: date | None, today: date) -> bool:
    """Whether a code was typed today: a phone that lies about is read, not signed with."""
    return proven_on == today
