"""Who reads what was said of harvested records."""

from __future__ import annotations

import ckan.model as model

from ckanext.satudata.domain import access
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_harvest_report_show(context, data_dict):
    """Officers of the agency and Walidata."""
    package = model.Package.get((data_dict or {}).get("id"))
    return {"success": package is not None and access.reads_unpublished(actor_of(context), package.owner_org)}


def satudata_harvest_report_list(context, data_dict):
    """Walidata and sysadmins."""
    actor = actor_of(context)
    return {"success": actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA)}
