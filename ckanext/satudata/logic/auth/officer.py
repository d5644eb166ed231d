"""Courtesy for the officers' actions: the law is in `domain/appointment.py`."""

from __future__ import annotations

from ckanext.satudata.domain import appointment
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def _manager(context):
    actor = actor_of(context)
    return {"success": actor.is_sysadmin or actor.has(Role.WALIDATA)}


def satudata_officer_list(context, data_dict):
    """Auditor and Walidata."""
    return {"success": appointment.may_read_journal(actor_of(context))}


def satudata_officer_assign(context, data_dict):
    """Walidata."""
    return _manager(context)


def satudata_officer_end(context, data_dict):
    """Walidata."""
    return _manager(context)


def satudata_officer_import(context, data_dict):
    """Walidata."""
    return _manager(context)


def satudata_officer_invite(context, data_dict):
    """Walidata."""
    return _manager(context)


def satudata_officer_sync(context, data_dict):
    """Walidata."""
    return _manager(context)
