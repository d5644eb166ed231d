"""Courtesy before the law: steps and dispositions are decided in the write path."""

from __future__ import annotations

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of


def satudata_case_reassign(context, data_dict):
    """Every account; `domain.performers` decides."""
    return {"success": True}


def satudata_disposition_report(context, data_dict):
    """Every account; the write path decides."""
    return {"success": True}


def satudata_vacancy_list(context, data_dict):
    """Walidata (system administrators pass anyway)."""
    actor = actor_of(context)
    return {"success": actor.is_sysadmin or actor.has(Role.WALIDATA)}
