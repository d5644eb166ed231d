"""Courtesy before the law of `domain.dashboard`."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import dashboard as rules
from ckanext.satudata.reports import boards, dashboards
from ckanext.satudata.shared import actors


@tk.auth_allow_anonymous_access
def satudata_dashboard_show(context, data_dict):
    """Who its file names; without a name, whoever sees one beside those for everybody."""
    actor = actors.actor_of(context)
    if "name" not in (data_dict or {}):
        return {"success": bool(boards.of_officers(actor))}
    spec = dashboards.current().get(str(data_dict["name"]))
    return {"success": spec is None or rules.may_see(actor, spec.audience)}
