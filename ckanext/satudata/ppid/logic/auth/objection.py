"""Who may object, look at objections and record disputes. What is done about one is the process's own law."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.objection import PROCESS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of

SERVE = (Role.PPID_SUPERIOR, Role.PPID)


@tk.auth_allow_anonymous_access
def satudata_objection_ground_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The grounds are law and public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_objection_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number and code of the request."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_objection_track(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As create."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_objection_withdraw(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As create."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_objection_respond(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As create."""
    return {"success": True}


def satudata_objection_enter(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID, at the counter."""
    return {"success": actor_of(context).has_anywhere(Role.PPID, process=PROCESS)}


def satudata_objection_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who serves objections, and auditors, whom the action shows nothing of the person."""
    return {"success": actor_of(context).has_anywhere(*SERVE, Role.AUDITOR, process=PROCESS)}


def satudata_dispute_record(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID and the superior."""
    return {"success": actor_of(context).has_anywhere(*SERVE, process=PROCESS)}
