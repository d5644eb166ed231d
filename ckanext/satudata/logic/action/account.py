"""CKAN's actions on accounts: four eyes are worth nothing where one person can act under another's name.

Who runs the server can still become anybody (docs/security.md); what can be done through the portal is refused or
told to the person and the journal.
"""

from __future__ import annotations

import hmac
from typing import Any

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.shared import journal, notices
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.people import accounts, membership, sessions


@tk.chained_action
@boundary
def api_token_create(next_action, context, data_dict):
    """CKAN's `api_token_create`, for oneself only; `ckan user token add` makes one for a machine."""
    owner = model.User.get(str(data_dict.get("user") or ""))
    if owner is not None and not context.get("ignore_auth"):
        tk.check_access("api_token_create", context, data_dict)
        if actor_of(context).user_id != owner.id:
            raise NotAllowed(
                "A token acts in the name of its owner, so only the owner makes one.",
                field="user",
                mend="Ask {name} to make it on the own profile page, or use the server's command line.",
                name=owner.name,
            )
        if not accounts.may_make_token(model.Session, owner):
            model.Session.rollback()
            raise NotAllowed(
                "This account makes no token while its roles rest.",
                field="user",
                mend="Choose a new password by a mailed link (“Forgotten your password?”), log in and try again.",
            )
    return next_action(context, data_dict)


@tk.chained_action
@boundary
def user_update(next_action, context, data_dict):
    """CKAN's `user_update`: nobody chooses an officer's password but the officer, logged in or by a mailed link; an
    officer's name and e-mail address, which letters and appointments rest on, are changed by somebody else; what
    somebody else changes in an account is journalled and mailed, and with the address the roles lapse."""
    known = model.User.get(str(data_dict.get("id") or data_dict.get("name") or ""))
    if known is None:
        return next_action(context, data_dict)
    if isinstance(data_dict.get("fullname"), str):
        data_dict = {**data_dict, "fullname": " ".join(data_dict["fullname"].split())}
    actor, before = actor_of(context), _kept(known)
    is_own, by_mail = actor.user_id == known.id, _has_reset_key(known, data_dict)
    if is_own and actor.held and not context.get("ignore_auth"):
        _refuse_own(data_dict, before)
    was_owners = accounts.is_owners(model.Session, known)
    inside = context.get("defer_commit", False)
    result = next_action({**context, "defer_commit": True}, data_dict)
    with logic.guard_against_duplicated_email(str(data_dict.get("email"))):
        model.Session.flush()
    changed = [name for name, value in _kept(known).items() if value != before[name]]
    if "password" in changed:
        _keep_in_own_hand(known, is_own, by_mail, was_owners)
    if {"password", "email"} & set(changed) and accounts.proof_of(model.Session, known) is not None:
        accounts.end_tokens(model.Session, known)
    if "email" in changed:
        known.reset_key = None  # it was mailed to the former address
        membership.project(model.Session, known.id)
    if changed and not is_own and not by_mail:
        _tell(known, before["email"], actor, changed)
    if not inside:
        model.Session.commit()
    return result


def _has_reset_key(user: model.User, data: dict[str, Any]) -> bool:
    given = data.get("reset_key")
    return (
        bool(user.reset_key) and isinstance(given, str) and hmac.compare_digest(given.encode(), user.reset_key.encode())
    )


def _keep_in_own_hand(user: model.User, is_own: bool, by_mail: bool, was_owners: bool) -> None:
    """The password was changed: by a mailed link, by its owner, or by another. The last is undone for officers."""
    if by_mail:
        if accounts.is_kept(model.Session, user):
            accounts.prove(model.Session, user)
    elif is_own:
        accounts.keep(model.Session, user, was_owners)
        sessions.renew(user)
    elif accounts.is_kept(model.Session, user):
        name = user.display_name
        model.Session.rollback()
        raise Conflict(
            "Only {name} chooses the password of this account.",
            field="password",
            mend="Send a link for a new password, on the page of officers or by “Forgotten your password?”.",
            name=name,
        )


def _kept(user: model.User) -> dict[str, str]:
    return {name: getattr(user, name) or "" for name in ("email", "fullname", "password")}


def _refuse_own(data: dict[str, Any], before: dict[str, str]) -> None:
    for field in ("fullname", "email"):
        if field in data and str(data[field] or "").strip().lower() != before[field].strip().lower():
            raise Invalid(
                "Officers do not change their own name or e-mail address.",
                field=field,
                mend="Ask the administrator of the portal; letters carry the name, appointments go to the address.",
            )


def _tell(user: model.User, email: str | None, actor: Actor, changed: list[str]) -> None:
    session = model.Session
    entry = journal.append(
        session, "account_changed", actor=actor, subject=("user", user.id), payload={"fields": changed}
    )
    session.flush()
    if email:
        notices.queue(session, "account_changed", to_email=email, key=f"account:{entry.id}")


@notices.mail("account_changed")
def _account_changed(params):
    return (
        tk._("Your account was changed"),
        tk._(
            "An administrator of {government} has changed the name, the e-mail address or the password of your "
            "account. If it is the address, your roles rest until another Walidata has confirmed it. If you did not "
            "ask for it, tell Walidata at once."
        ).format(government=config.government_name()),
    )
