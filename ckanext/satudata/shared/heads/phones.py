"""Devices of officers that a mailed code lets in, to read a case and to approve or return it; nothing else.

A code goes to the address that the roles rest on, which is where a link for a new password would go too: it opens no
more than that. The device ends with password, address or any role of the account (`Phone.mark`), and by its owner.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain import phone as rules
from ckanext.satudata.domain.errors import Invalid, NotThere, TooMany
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.phone import Phone
from ckanext.satudata.shared import clock, crypto, journal, limits, notices, periodic, wording
from ckanext.satudata.shared.people import accounts, membership, sessions

KIND = "phone_code"
KEPT = timedelta(days=90)
"""As long as an ended device stays in the table."""


def mark_of(session: Any, user: model.User) -> str:
    """What the device was let in under: password, address, roles in force; empty where the roles count for nothing."""
    roles = sorted(row.id for row in session.scalars(OfficerRole.of_user(user.id, clock.today())))
    if user.state != model.State.ACTIVE or not roles:
        return ""
    return crypto.digest("phone-mark", "\0".join([sessions.mark_of(user), accounts.address_of(user), *roles]))


def known(session: Any, token: str) -> tuple[Phone, model.User] | None:
    """The remembered device of this cookie and whose it is; None where there is none, or it has ended."""
    row = session.scalars(Phone.by_hash(_hash(token))).first() if token else None
    user = session.get(model.User, row.user_id) if row is not None else None
    if row is None or user is None or not rules.may_read(row.proven_at, clock.now()):
        return None
    return (row, user) if _fits(session, row, user) else None


def may_decide(row: Phone) -> bool:
    """Whether a code was typed on the device today."""
    return row.proven_at is not None and rules.may_decide(wording.as_date(row.proven_at), clock.today())


def ask(session: Any, email: str, label: str, network: str) -> str:
    """Queues a code to the officer of that address; what the browser's cookie must hold. No commit.

    `network`: of who asks. For every other address, and above the limits, it does nothing and looks the same.
    """
    token = secrets.token_urlsafe(32)
    address = email.strip().lower()
    users = session.query(model.User).filter(sa.func.lower(model.User.email) == address) if address else []
    user = next((one for one in users if mark_of(session, one)), None)
    if user is not None and _is_within(user, network):
        row = Phone(id=new_id(), token_hash=_hash(token), user_id=user.id, label=label)
        # Whoever floods the officer's box from many networks stops at this, not at what a remembered device may ask.
        _send(session, row, user, Outbox.to_user == user.id, rules.CODES_TO_AN_ACCOUNT)
    return token


def _is_within(user: model.User, network: str) -> bool:
    """Whether that network may ask for one more: others cannot use up what the officer's own one has."""
    try:
        limits.spend("phone-code-to", f"{user.id} {network}", limit=rules.CODES_AN_HOUR, seconds=3600)
    except TooMany:
        return False
    return True


def ask_again(session: Any, row: Phone, user: model.User) -> None:
    """Queues another code for a remembered device. No commit."""
    own = Outbox.key.startswith(f"{KIND}:{row.id}:", autoescape=True)
    _send(session, row, user, own, rules.CODES_AN_HOUR)


def _send(session: Any, row: Phone, user: model.User, counted: Any, most: int) -> None:
    membership.lock_user(session, user.id)
    an_hour_ago = clock.now() - timedelta(hours=1)
    lately = sa.select(sa.func.count()).where(Outbox.kind == KIND, counted, Outbox.created_at > an_hour_ago)
    if session.scalar(lately) >= most:
        return
    row.mark, row.asked_at, row.tries = mark_of(session, user), clock.now(), 0
    session.add(row)
    session.flush()
    notices.queue(session, KIND, to_user=user.id, params={"phone_id": row.id}, key=_key(row))


def confirm(session: Any, token: str, code: str) -> tuple[Phone | None, Invalid | None]:
    """Checks a code; the caller commits in any case, so that a wrong try counts. The device, or the refusal."""
    row = session.scalars(Phone.by_hash(_hash(token)).with_for_update()).first() if token else None
    user = session.get(model.User, row.user_id) if row is not None else None
    is_right = row is not None and user is not None and _fits(session, row, user)
    typed = "".join((code or "").split())
    is_right = is_right and hmac.compare_digest(_code(row).encode(), typed.encode())
    left_at = session.scalar(sa.select(Outbox.sent_at).where(Outbox.key == _key(row))) if row is not None else None
    try:
        rules.check_code(is_right, left_at=left_at, tries=row.tries if row is not None else 0, now=clock.now())
    except Invalid as refusal:
        if row is not None:
            row.tries += 1
        return None, refusal
    assert row is not None and user is not None
    row.proven_at, row.tries = clock.now(), rules.TRIES
    if row.first_at is None:
        row.first_at = row.proven_at
        journal.append(
            session,
            "phone_let_in",
            actor=Actor(user_id=user.id, name=user.name),
            subject=("user", user.id),
            payload={"device": row.label},
        )
    return row, None


def of_user(session: Any, user_id: str) -> list[Phone]:
    """The person's remembered devices, the last used first."""
    return list(session.scalars(Phone.of_user(user_id, clock.now() - rules.REMEMBERED)))


def read_until(row: Phone) -> datetime:
    """Until when a device is remembered that is not ended before."""
    return (row.proven_at or row.asked_at) + rules.REMEMBERED


def end(session: Any, actor: Actor, phone_id: str) -> None:
    """Forgets a device of one's own. No commit. Raises NotThere."""
    row = session.get(Phone, phone_id, with_for_update=True)
    if row is None or row.user_id != actor.user_id or row.ended_at is not None:
        raise NotThere("There is no such device.")
    row.ended_at = clock.now()
    journal.append(session, "phone_ended", actor=actor, subject=("user", row.user_id), payload={"device": row.label})


def _fits(session: Any, row: Phone, user: model.User) -> bool:
    now = mark_of(session, user)
    return bool(now) and hmac.compare_digest(now, row.mark)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: Phone) -> str:
    return f"{KIND}:{row.id}:{row.asked_at.timestamp()}"


def _code(row: Phone) -> str:
    return crypto.digits("phone-code", f"{row.token_hash}:{row.asked_at.timestamp()}", rules.DIGITS)


@notices.mail(KIND)
def code_mail(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """`params`: phone_id. Nothing once the account is in other hands, or for a code that was used."""
    row = model.Session.get(Phone, params["phone_id"])
    user = model.Session.get(model.User, row.user_id) if row is not None else None
    if row is None or user is None or row.tries >= rules.TRIES or not _fits(model.Session, row, user):
        return None
    minutes = int(rules.CODE_LASTS.total_seconds()) // 60
    lines = [
        tk._("Your code: {code}").format(code=_code(row)),
        tk._("It works once, for {minutes} minutes, on the device that asked for it ({device}).").format(
            minutes=minutes, device=row.label
        ),
        tk._("Give it to nobody, not to your staff either: with it somebody else would sign in your name."),
        tk._("If you did not ask for it, do nothing."),
        config.government_name(),
    ]
    return tk._("Code for your phone"), "\n\n".join(lines)


@periodic.every(minutes=60 * 24, name="phones")
def forget() -> None:
    """Deletes devices on which no code was ever typed, and those that ended long ago."""
    now, session = clock.now(), model.Session
    unproven = sa.and_(Phone.proven_at.is_(None), Phone.asked_at < now - timedelta(days=1))
    over = sa.or_(Phone.ended_at < now - KEPT, Phone.proven_at < now - rules.REMEMBERED - KEPT)
    session.execute(sa.delete(Phone).where(sa.or_(unproven, over)))
    session.commit()
