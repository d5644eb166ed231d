"""Courtesy for the administration's actions; the law is in `domain/appointment.py`."""

from __future__ import annotations

from ckanext.satudata.domain import appointment
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_admin(context, data_dict):
    """Who sees the administration: Walidata (system administrators pass anyway)."""
    actor = actor_of(context)
    return {"success": actor.is_sysadmin or actor.has(Role.WALIDATA)}


def satudata_journal_search(context, data_dict):
    """Auditor and Walidata."""
    return {"success": appointment.may_read_journal(actor_of(context))}


def satudata_journal_export(context, data_dict):
    """Auditor (and system administrators)."""
    return {"success": appointment.may_export_journal(actor_of(context))}


def satudata_journal_note_erase(context, data_dict):
    """Walidata and PPID."""
    return {"success": appointment.may_erase_notes(actor_of(context))}
