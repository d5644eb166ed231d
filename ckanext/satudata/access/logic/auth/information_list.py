"""Courtesy before the law of `domain/decree.py` and `shared/levels/dik.py`."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.levels import dik


@tk.auth_allow_anonymous_access
def satudata_public_list_show(context, data_dict):
    """Anybody."""
    return {"success": True}


def satudata_closed_list_show(context, data_dict):
    """Officers; the list holds what each may read."""
    return {"success": rules.may_read(actor_of(context))}


def satudata_restriction_list(context, data_dict):
    """Officers; the list holds what each may read."""
    return {"success": rules.may_read(actor_of(context))}


def satudata_dik_row_set(context, data_dict):
    """PPID."""
    return {"success": dik.may_write(actor_of(context))}
