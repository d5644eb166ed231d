"""From a CKAN context or user to an `Actor`; roles come from the officers' table at each call.

Nothing is kept between calls: a role that lapsed at midnight grants nothing a second later, whatever
a job has or has not done (a CKAN membership has no dates).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.officer_role import OfficerRole, held_of
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.people import sessions

ANONYMOUS = Actor(user_id=None, name="")
UNDER_LOCK = "satudata_actor"
"""Key of a context, while a locked dataset is written: who writes, with the roles that were read behind the lock."""
KNOWN = "satudata_known_actor"
"""Key of a context that an action hands to its auth function: who asks, with the roles that the action goes on with."""
VIA = "satudata_via"
"""Key of a context: `Actor.via` of whoever acts in it."""
SYSTEM = Actor(user_id=None, name="system", held=(Held(Role.SYSTEM, None),))
APPLICANT = Actor(user_id=None, name="applicant", held=(Held(Role.APPLICANT, None),))


def actor_of(context: dict[str, Any]) -> Actor:
    """The actor behind an action's context; anonymous where there is no user."""
    if KNOWN in context:
        known_one: Actor = context[KNOWN]
        return known_one
    user = context.get("auth_user_obj")
    if not isinstance(user, model.User):
        user = model.User.get(context["user"]) if context.get("user") else None
    return replace(actor_for(user), via=context.get(VIA, "")) if user else ANONYMOUS


def known(context: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """The context for this one call of `check_access`, so that it need not ask who the actor is again."""
    return {**context, KNOWN: actor}


def actor_for(user: model.User) -> Actor:
    """The user with the roles in force now; one who is deleted or has not yet accepted holds nothing."""
    if user.state != model.State.ACTIVE:
        return Actor(user_id=user.id, name=user.name)
    mark = sessions.let_in_under(user)
    asked = {"user_id": user.id, "on": clock.today(), "mark": mark}
    rows = model.Session.connection().execute(OfficerRole.held_by(mark is not None), asked)
    return Actor(user_id=user.id, name=user.name, held=tuple(map(held_of, rows)), is_sysadmin=bool(user.sysadmin))


def again(actor: Actor) -> Actor:
    """The same person with the roles in force now, for who waited for a lock since they were read."""
    user = model.User.get(actor.user_id) if actor.user_id else None
    return replace(actor_for(user), via=actor.via) if user else actor


def is_own_hand(context: dict[str, Any]) -> bool:
    """Whether the portal itself acts: a job, a plugin told to ask nobody, or its own account (datapusher's token)."""
    return (
        bool(context.get("ignore_auth")) or bool(context.get("user")) and context["user"] == tk.config["ckan.site_id"]
    )


def users_holding(role: Role, organization_id: str | None = None, process: str | None = None) -> list[model.User]:
    """The active users who hold the role for that agency now, for notices and assignment."""
    rows = model.Session.scalars(OfficerRole.holders(role, organization_id, clock.today()))
    ids = {row.user_id for row in rows if not row.processes or process is None or process in row.processes}
    if not ids:
        return []
    users = model.Session.query(model.User).filter(model.User.id.in_(ids), model.User.state == "active")
    return users.order_by(model.User.name).all()
