"""Courtesy for the actions on versions of SOPs; the law is in `domain/appointment.py`."""

from __future__ import annotations

from ckanext.satudata.domain import appointment
from ckanext.satudata.shared.actors import actor_of


def satudata_sop_version_list(context, data_dict):
    """Auditor and Walidata (system administrators pass anyway)."""
    return {"success": appointment.may_read_journal(actor_of(context))}


def satudata_sop_version_compare(context, data_dict):
    """Auditor and Walidata (system administrators pass anyway)."""
    return {"success": appointment.may_read_journal(actor_of(context))}
