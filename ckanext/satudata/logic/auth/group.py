"""CKAN's groups: public pages that gather published datasets, so Walidata's; and the end of an agency, also hers."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


@tk.chained_auth_function
def group_create(next_auth, context, data_dict=None):
    """Walidata; what anybody writes there would be public without a review. CKAN lets every account do it."""
    actor = actor_of(context)
    if actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        return {"success": True}
    return {"success": False, "msg": tk._("Only Walidata makes groups.")}


@tk.chained_auth_function
def organization_delete(next_auth, context, data_dict=None):
    """Walidata too: with the agency its public data are withdrawn, and nobody else withdraws."""
    if actor_of(context).has_anywhere(Role.WALIDATA, process=PROCESS):
        return {"success": True}
    return next_auth(context, data_dict)
