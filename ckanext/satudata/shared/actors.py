"""From a CKAN context or user to an `Actor`; roles come from the officers' table at each call."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ckanext.satudata.domain.officer import Actor, Held, Role

ANONYMOUS = Actor(user_id=None, name="")
SYSTEM = Actor(user_id=None, name="system", held=(Held(Role.SYSTEM, None),))
APPLICANT = Actor(user_id=None, name="applicant", held=(Held(Role.APPLICANT, None),))


def actor_of(context: dict[str, Any]) -> Actor:
    """The actor behind an action's context; anonymous where there is no user."""
    user = context.get("auth_user_obj") or (model.User.get(context["user"]) if context.get("user") else None)
    return actor_for(user) if user else ANONYMOUS


def actor_for(user: model.User) -> Actor:
    """The user with the roles in force now."""
    return Actor(user_id=user.id, name=user.name, held=(), is_sysadmin=bool(user.sysadmin))
