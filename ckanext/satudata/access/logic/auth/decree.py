"""Courtesy before the law of `domain/decree.py`."""

from __future__ import annotations

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.shared.actors import actor_of


def _writes(context):
    return {"success": rules.may_write(actor_of(context))}


def _reads(context):
    return {"success": rules.may_read(actor_of(context))}


def satudata_decree_create(context, data_dict):
    """Walidata and PPID."""
    return _writes(context)


def satudata_decree_update(context, data_dict):
    """Walidata and PPID."""
    return _writes(context)


def satudata_decree_delete(context, data_dict):
    """Walidata and PPID."""
    return _writes(context)


def satudata_decree_show(context, data_dict):
    """Officers."""
    return _reads(context)


def satudata_decree_list(context, data_dict):
    """Officers."""
    return _reads(context)


def satudata_minutes_create(context, data_dict):
    """Walidata and PPID."""
    return _writes(context)


def satudata_minutes_show(context, data_dict):
    """Officers; the action asks for each."""
    return _reads(context)


def satudata_minutes_list(context, data_dict):
    """Officers; the list holds what each may read."""
    return _reads(context)
