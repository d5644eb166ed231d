"""Template helpers of the desk."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.people import accounts
from ckanext.satudata.shared.work import inbox


def satudata_desk_count() -> int | None:
    """How many steps wait for who is logged in; None for a person without a role, who has no desk."""
    user = tk.current_user
    if not getattr(user, "is_authenticated", False):
        return None
    actor = actor_for(user)
    return inbox.count(model.Session, actor) if inbox.is_officer(actor) else None


def satudata_roles_rest() -> str:
    """Why the roles of who is logged in count for nothing: `password`, `foreign` or `address`; else empty."""
    user = tk.current_user
    return accounts.why_resting(model.Session, user) if getattr(user, "is_authenticated", False) else ""
