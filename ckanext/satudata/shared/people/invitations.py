"""Links by which an officer chooses the password, a new one the name too.

The token is made from the portal's secret and the invitation's id, so that a mail can be written at any later
time while the table holds a hash only; neither a dump of the database nor the mail queue gives a working link.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, journal, notices, words
from ckanext.satudata.shared.people import accounts, membership

LIFETIME = timedelta(days=7)
MIN_PASSWORD = 10


def token_of(invitation_id: str) -> str:
    """The secret part of the link (64 characters)."""
    key = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"satudata:invitation:{invitation_id}".encode(), hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_user(session: Any, email: str, fullname: str) -> model.User:
    """A user without password who cannot log in before accepting; the login name is made from the address."""
    base = re.sub(r"[^a-z0-9_-]+", "-", email.split("@")[0].lower()).strip("-_")[:40]
    base = base if len(base) >= 2 else f"pejabat-{base}".rstrip("-")
    name = base
    while session.query(model.User).filter(model.User.name == name).first():
        name = f"{base}-{secrets.token_hex(2)}"
    user = model.User(name=name, email=email, fullname=fullname or None)
    user.state = model.State.PENDING
    session.add(user)
    session.flush()
    return user


def invite(session: Any, actor: Actor, user: model.User) -> Invitation:
    """A new link for an officer, or for whoever is invited to be one, mailed through the outbox; an older one ends.

    Raises `Conflict` for other accounts and for a changed address that is not confirmed. No commit.
    """
    membership.lock_user(session, user.id)
    if user.state != model.State.PENDING and not accounts.is_kept(session, user):
        raise Conflict("This person has an account already.", field="user_id", mend="They can log in now.")
    if not user.email:
        raise Conflict("This account has no e-mail address.", field="user", mend="Let its owner enter one.")
    accounts.confirm(session, actor, user)
    for older in session.scalars(Invitation.open_of(user.id)):
        older.replaced_at = clock.now()
    invitation = Invitation(
        id=new_id(),
        user_id=user.id,
        email=user.email,
        created_by_id=actor.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + LIFETIME,
    )
    invitation.token_hash = _hash(token_of(invitation.id))
    session.add(invitation)
    session.flush()
    notices.queue(
        session,
        "invitation",
        to_email=user.email,
        params={"invitation_id": invitation.id},
        key=f"invitation:{invitation.id}",
    )
    journal.append(session, "officer_invited", actor=actor, subject=("user", user.id))
    return invitation


def has_proven(session: Any, user: model.User) -> bool:
    """Whether the account's address is known to be its owner's: it waits for the mail sent there, or opened it.

    CKAN lets everybody write any address into an account of their own.
    """
    return user.state == model.State.PENDING or accounts.is_owners(session, user)


def find(session: Any, token: str) -> tuple[Invitation, model.User]:
    """The invitation behind a link; raises `NotThere` for a foreign, used, replaced or lapsed one."""
    invitation = session.scalars(Invitation.by_hash(_hash(token))).first()
    user = session.get(model.User, invitation.user_id) if invitation else None
    usable = (
        invitation is not None
        and user is not None
        and invitation.accepted_at is None
        and invitation.replaced_at is None
        and clock.now() < invitation.expires_at
        and user.state in (model.State.PENDING, model.State.ACTIVE)
        and user.email == invitation.email
    )
    if not usable:
        raise NotThere(
            "This invitation link is no longer valid.", mend="Ask the person who invited you to send a new one."
        )
    return invitation, user


def faults(user: model.User, fullname: str, password: str) -> Iterator[Invalid]:
    """Everything for which the form cannot be taken, each with its field."""
    fullname = " ".join((fullname if user.state == model.State.PENDING else user.display_name).split())
    if not fullname:
        yield Invalid("Your name is missing.", field="fullname", mend="Enter it as it stands on letters.")
    if len(fullname) > 200:
        yield Invalid("The name is too long.", field="fullname", mend="Use at most 200 characters.")
    if not MIN_PASSWORD <= len(password) <= 200:
        yield Invalid(
            "The password is too short or too long.",
            field="password",
            mend="Use {count} to 200 characters; three or four words are good.",
            count=MIN_PASSWORD,
        )
    elif password.lower() in (user.name.lower(), user.email.lower(), fullname.lower()):
        yield Invalid("The password is too easy to guess.", field="password", mend="Do not use your name or address.")


def accept(session: Any, token: str, fullname: str, password: str) -> model.User:
    """Opens the account, or gives an open one a new password; its officer keeps the name. No commit.

    Raises `NotThere` as `find` does, `Invalid` for the fields and `Conflict` as `accounts.make_room` does.
    """
    invitation, user = find(session, token)
    is_new = user.state == model.State.PENDING
    Several.refuse(faults(user, fullname, password))
    accounts.make_room(session, user)
    user.password, user.state, user.reset_key = password, model.State.ACTIVE, None
    if is_new:
        user.fullname = " ".join(fullname.split())
    invitation.accepted_at = clock.now()
    event = "officer_accepted" if is_new else "password_chosen"
    journal.append(session, event, actor=Actor(user_id=user.id, name=user.name), subject=("user", user.id))
    accounts.prove(session, user)
    return user


@notices.mail("invitation")
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    invitation = model.Session.get(Invitation, params["invitation_id"])
    user = model.User.get(invitation.user_id)
    values = {
        "government": tk.config["ckanext.satudata.government_name"],
        "link": notices.site_url(f"/undangan/{token_of(invitation.id)}"),
        "appointment": _appointment(invitation),
    }
    if user is not None and user.state == model.State.ACTIVE:
        subject = tk._("Choose the password of your account at {government}")
        body = tk._(
            "You work with an account on the open data portal of {government}.\n\n{appointment}"
            "Open this link to choose its password. It works once and for seven days:\n\n{link}\n\n"
            "Your roles count from then on. Nobody but you needs to know the password."
        )
    else:
        subject = tk._("Invitation to {government}")
        body = tk._(
            "You were appointed to work on the open data portal of {government}.\n\n{appointment}"
            "Open this link to choose your password. It works once and for seven days:\n\n{link}\n\n"
            "If you did not expect this letter, do nothing."
        )
    return subject.format(**values), body.format(**values)


def _appointment(invitation: Invitation) -> str:
    """Which roles, by which letters, and who sends the link."""
    query = OfficerRole.not_ended().where(OfficerRole.user_id == invitation.user_id)
    roles = [_role(row) for row in model.Session.scalars(query.order_by(OfficerRole.created_at, OfficerRole.id))]
    sender = model.User.get(invitation.created_by_id) if invitation.created_by_id else None
    told = [tk._("Your role:") + "\n" + "\n".join(f"- {role}" for role in roles)] if roles else []
    if sender is not None and sender.name != tk.config["ckan.site_id"]:
        told.append(tk._("This link is sent by: {name}").format(name=sender.display_name))
    return "".join(f"{part}\n\n" for part in told)


def _role(row: OfficerRole) -> str:
    agency = model.Group.get(row.organization_id) if row.organization_id else None
    whose = agency.display_name if agency else tk._("Whole government")
    parts = [words.acting(row.kind, words.role_name(row.role)), whose]
    if row.valid_from_on:
        parts.append(tk._("from {date}").format(date=words.short_date(row.valid_from_on)))
    if row.valid_until_on:
        parts.append(tk._("until {date}").format(date=words.short_date(row.valid_until_on)))
    if row.letter_number:
        dated = tk._("letter {number} of {date}") if row.letter_on else tk._("letter {number}")
        day = words.short_date(row.letter_on) if row.letter_on else ""
        parts.append(dated.format(number=row.letter_number, date=day))
    return ", ".join(parts)
