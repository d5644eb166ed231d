"""Courtesy before the law: who is shown the ways to change a dataset."""

from __future__ import annotations

import ckan.authz as authz
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_dataset_show_for_edit(context, data_dict):
    """Whoever may change the dataset."""
    return authz.is_authorized("package_update", context, data_dict)


def satudata_dataset_withdraw(context, data_dict):
    """Walidata."""
    return {"success": actor_of(context).has_anywhere(Role.WALIDATA)}


@tk.auth_allow_anonymous_access
def satudata_withdrawn_list(context, data_dict):
    """Everyone: harvesters ask it."""
    return {"success": True}
