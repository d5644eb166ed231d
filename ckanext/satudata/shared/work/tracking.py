"""What citizens send without an account and follow with a number and a code: requests for data, complaints.

The code is made from the row's id by this portal's secret, so that it is stored nowhere; the row keeps its keyed hash.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import clock, crypto, journal


def marks(session: Any, scope: str, key: str, said: str) -> list[str]:
    """Hashes under which the same form was stored before, the first of them for a new one; holds back a second sender
    of the same words until the transaction ends.

    `key` is the form's own; without one the same words within a minute are the same. `scope` names the form.
    """
    minute = int(clock.now().timestamp()) // 60
    keys = [f"key {key}"] if key else [f"minute {minute}", f"minute {minute - 1}"]
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(crypto.digest(f"{scope}-lock", said)))))
    return [crypto.digest(f"{scope}-key", f"{one}\0{said}") for one in keys]


def code_of(id_: str) -> str:
    """The code that belongs to the row of this id."""
    return crypto.derived_code("tracking", id_)


def hash_of(code: str) -> str:
    """What the row keeps of a code, however it is typed."""
    return crypto.digest("tracking-code", "".join(sign for sign in code.upper() if sign.isalnum()))


def find(session: Any, table: Any, number: str, code: str) -> Any:
    """The row of that number and code; a wrong one of the two looks the same. Raises Invalid at `code`."""
    plain = "".join((number or "").split()).upper()
    row = session.scalars(
        sa.select(table).where(sa.func.upper(sa.func.replace(table.number, " ", "")) == plain)
    ).first()
    if row is None or not hmac.compare_digest(hash_of(code or ""), row.tracking_hash):
        raise Invalid(
            "Number and code do not belong together.",
            field="code",
            mend="Both were shown when the request was sent.",
        )
    return row


def note_look(session: Any, case_id: str | None, subject: tuple[str, str], actor: Actor) -> None:
    """Journals that an officer saw who it is, and commits: once for each officer, case and day.

    UU 27/2022 art. 31: a record of who processed personal data.
    """
    last = session.scalar(
        sa.select(sa.func.max(Journal.at)).where(
            Journal.chain == case_id, Journal.event == "identity_viewed", Journal.actor_id == actor.user_id
        )
    )
    if last is None or _day(last) != clock.today():
        journal.append(session, "identity_viewed", actor=actor, case_id=case_id, subject=subject)
        session.commit()


def _day(at: datetime) -> Any:
    return at.astimezone(clock.zone()).date()
