"""Courtesy before the law: who may begin a process by hand."""

from __future__ import annotations

from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import inbox


def satudata_case_start(context, data_dict):
    """Whoever holds a role; the SOP says which role begins what."""
    return {"success": inbox.is_officer(actor_of(context))}
