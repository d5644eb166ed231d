"""Courtesy before the law: who has a desk."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import inbox


def satudata_inbox(context, data_dict):
    """Whoever holds a role."""
    return {"success": inbox.is_officer(actor_of(context))}


def satudata_case_list_ended(context, data_dict):
    """Whoever holds a role."""
    return satudata_inbox(context, data_dict)


def satudata_case_show(context, data_dict):
    """Every account; a case somebody may not know of is not there for him."""
    return {"success": True}


def satudata_case_file_show(context, data_dict):
    """Every account; a case somebody may not know of is not there for him."""
    return {"success": True}


def satudata_case_command(context, data_dict):
    """Every account; the write path decides."""
    return {"success": True}


def satudata_case_command_many(context, data_dict):
    """Every account; the write path decides."""
    return {"success": True}


def satudata_case_override(context, data_dict):
    """Every account; `domain.override` decides."""
    return {"success": True}


def satudata_case_override_answer(context, data_dict):
    """Every account; `domain.override` decides."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_due_date_show(context, data_dict):
    """Everybody."""
    return {"success": True}
