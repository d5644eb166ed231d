"""CKAN's actions on accounts: four eyes are worth nothing where one person can act under another's name.

Who runs the server can still become anybody (docs/security.md); what can be done through the portal is refused or
told to the person and the journal.
"""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.shared import journal, notices
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary


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
    return next_action(context, data_dict)


@tk.chained_action
def user_update(next_action, context, data_dict):
    """CKAN's `user_update`; another's change of an account's e-mail address or password is journalled and mailed."""
    known = model.User.get(str(data_dict.get("id") or data_dict.get("name") or ""))
    before = (known.email, known.password) if known is not None else (None, None)
    inside = context.get("defer_commit", False)
    result = next_action({**context, "defer_commit": True}, data_dict)
    actor = actor_of(context)
    if known is not None and actor.user_id not in (None, known.id):
        after = zip(("email", "password"), before, (known.email, known.password), strict=True)
        changed = [name for name, old, new in after if old != new]
        if changed:
            _tell(known, before[0], actor, changed)
    if not inside:
        model.Session.commit()
    return result


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
            "An administrator of {government} has changed the e-mail address or the password of your account. If you "
            "did not ask for it, tell Walidata at once."
        ).format(government=config.government_name()),
    )
