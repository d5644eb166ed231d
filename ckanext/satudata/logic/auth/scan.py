"""Who may have files scanned: it costs the server time."""

from __future__ import annotations

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_scan(context, data_dict):
    """Officers and sysadmins."""
    actor = actor_of(context)
    return {"success": actor.is_sysadmin or actor.has_anywhere(*Role)}
