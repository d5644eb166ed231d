"""Whether an account is in its owner's hand: the address is the one the roles rest on, the password the owner's choice.

Roles of an account that is not count for nothing (`OfficerRole.of_user`), whoever changed it by whatever way. The
owner chooses the password by a link mailed to that address; a new address is confirmed by another Walidata.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, journal, notices, periodic
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.people import membership
from ckanext.satudata.shared.people.sessions import let_in_under, mark_of

FOREIGN = "foreign"
"""Stands for the mark of the password in the row of an account whose password somebody else has set."""


def address_of(user: model.User) -> str:
    """The account's address as it is compared."""
    return (user.email or "").strip().lower()


def proof_of(session: Any, user: model.User) -> AccountProof | None:
    """The row of the account, locked until the transaction ends."""
    return session.get(AccountProof, user.id, with_for_update=True, populate_existing=True)


def is_owners(session: Any, user: model.User) -> bool:
    """Whether address and password are known to be the owner's own."""
    session.flush()
    return bool(session.scalar(sa.select(AccountProof.holds_for(sa.literal(user.id)))))


def state_of(user: model.User, proof: AccountProof | None) -> str:
    """Why the account's roles do not count; `own` where they do.

    `password`: its owner has not chosen one yet; `foreign`: somebody else has set one since; `address`: it was changed.
    """
    if proof is not None and proof.email != address_of(user):
        return "address"
    if proof is None or not proof.password_mark or user.state != model.State.ACTIVE:
        return "password"
    return "own" if proof.password_mark == mark_of(user) else "foreign"


def why_resting(session: Any, user: model.User) -> str:
    """Why the roles that the person holds today count for nothing, as `state_of` says; empty where they count or
    there are none."""
    held = OfficerRole.not_ended(clock.today()).where(OfficerRole.user_id == user.id).limit(1)
    state = state_of(user, session.get(AccountProof, user.id))
    return state if state != "own" and session.scalars(held).first() else ""


def is_kept(session: Any, user: model.User) -> bool:
    """Whether nobody else may set the password: it holds or held a role, or manages the portal."""
    return bool(user.sysadmin) or _has_held(session, user)


def _has_held(session: Any, user: model.User) -> bool:
    held = sa.select(OfficerRole.id).where(OfficerRole.user_id == user.id).limit(1)
    return session.scalar(held) is not None


def pin(session: Any, user: model.User) -> AccountProof:
    """The address that the account has now is the one its roles will rest on; no change where one stands."""
    row = proof_of(session, user)
    if row is None:
        row = AccountProof(user_id=user.id, email=address_of(user), set_at=clock.now())
        session.add(row)
        session.flush()
    return row


def end_tokens(session: Any, user: model.User) -> None:
    """Ends every access token of the account: somebody else may have made it while the account was in other hands.

    Called with each change of the password or the address. The row's lock lets a token that is being made wait
    (`may_make_token`). Who sits at a screen is told.
    """
    proof_of(session, user)
    ended = session.query(model.ApiToken).filter_by(user_id=user.id).delete()
    if ended and has_request_context() and tk.request.blueprint != "api":
        tk.h.flash_notice(
            tk._("The access tokens of this account have ended ({count}). Make new ones on its profile page.").format(
                count=ended
            )
        )


def may_make_token(session: Any, user: model.User) -> bool:
    """Whether the password of an officer is still the proven one that let this request in; the row stays locked."""
    session.flush()
    row = proof_of(session, user)
    known = row is None or row.password_mark == (let_in_under(user) or mark_of(user))
    return known or not _has_held(session, user)


def prove(session: Any, user: model.User) -> None:
    """The owner has just chosen the password, by a link that was mailed to the address the account has.

    Access tokens from before end. Where the roles rest on another address, whoever reads that one is told, and
    the roles go on resting.
    """
    session.flush()
    row = pin(session, user)
    end_tokens(session, user)
    if row.email != address_of(user):
        _tell_of_foreign(session, row, user)
        return
    row.password_mark, row.set_at = mark_of(user), clock.now()
    session.flush()
    membership.project(session, user.id)


def vouch(session: Any, user: model.User) -> None:
    """Address and password are the owner's as they stand: the word of whoever runs the server. No commit."""
    session.flush()
    row = pin(session, user)
    row.email, row.password_mark, row.set_at = address_of(user), mark_of(user), clock.now()
    session.flush()


def keep(session: Any, user: model.User, was_owners: bool) -> None:
    """After the owner's own change of password, of an account that `was_owners` until then."""
    row = proof_of(session, user)
    if row is not None and was_owners:
        row.password_mark = mark_of(user)
        session.flush()


def _tell_of_foreign(session: Any, row: AccountProof, user: model.User) -> None:
    """Journals, once, a password that is not the officer's own, and tells the address the roles rest on."""
    if row.password_mark in ("", FOREIGN):
        return
    row.password_mark = FOREIGN
    entry = journal.append(session, "password_set_outside", actor=SYSTEM, subject=("user", user.id))
    session.flush()
    if row.email:
        notices.queue(session, "account_changed", to_email=row.email, key=f"account:{entry.id}")


def confirm(session: Any, actor: Actor, user: model.User) -> None:
    """Whoever gives the account a link says that the address is the officer's.

    Where it is another than the one its roles rest on, a Walidata who did not change it must say so.
    Raises `Conflict`.
    """
    row = pin(session, user)
    if row.email == address_of(user):
        return
    changed = sa.select(Journal.payload).where(
        Journal.event == "account_changed",
        Journal.subject_id == user.id,
        Journal.actor_id == actor.user_id,
        Journal.at >= row.set_at,
    )
    by_actor = any("email" in (payload or {}).get("fields", ()) for payload in session.scalars(changed))
    if by_actor or actor.user_id == user.id or not actor.has(Role.WALIDATA):
        raise Conflict(
            "The address of this account was changed; until it is confirmed its roles do not count.",
            field="user",
            mend="Let a Walidata who did not change it send the link, or put {email} back.",
            email=row.email,
        )
    journal.append(session, "address_confirmed", actor=actor, subject=("user", user.id))
    row.email, row.password_mark, row.set_at = address_of(user), "", clock.now()
    session.flush()


def make_room(session: Any, user: model.User) -> None:
    """The address is proven to be this account's: another active account that claims it loses it. No commit.

    Raises `Conflict` where the other has proven it too.
    """
    claims = session.query(model.User).filter(
        sa.func.lower(model.User.email) == address_of(user),
        model.User.id != user.id,
        model.User.state == model.State.ACTIVE,
    )
    for other in claims:
        if is_owners(session, other):
            raise Conflict(
                "The account {name} has this address already.",
                field="email",
                mend="Log in with it, and tell who invited you.",
                name=other.name,
            )
        other.email, other.reset_key = None, None
        journal.append(
            session,
            "address_taken_back",
            actor=Actor(user_id=user.id, name=user.name),
            subject=("user", other.id),
        )
    session.flush()


@periodic.every(minutes=10, name="account_proofs")
def find_foreign_passwords() -> None:
    """Journals, once, each password of an officer that was set past the portal (`ckan user setpass`), and tells him."""
    session = model.Session
    changed = sa.select(AccountProof, model.User).where(
        AccountProof.password_mark.not_in(("", FOREIGN)),
        model.User.id == AccountProof.user_id,
        ~AccountProof.holds_for(AccountProof.user_id),
    )
    for row, user in session.execute(changed.with_for_update(of=AccountProof)).all():
        if row.password_mark != mark_of(user):
            _tell_of_foreign(session, row, user)
    session.commit()
