"""Courtesy before the law: who may begin a process by hand."""

from __future__ import annotations

from ckanext.satudata.shared import inbox
from ckanext.satudata.shared.actors import actor_of


def satudata_case_start(context, data_dict):
    """Whoever holds a role; the SOP says which role begins what."""
    return {"success": inbox.is_officer(actor_of(context))}
