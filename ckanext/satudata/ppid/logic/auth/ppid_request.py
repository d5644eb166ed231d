"""Who may ask, look and list. What may be done to a request is the process's own law."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid.requests import PROCESS
from ckanext.satudata.shared.actors import actor_of

OFFICERS = (Role.PPID, Role.PPID_PEMBANTU, Role.PPID_SUPERIOR, Role.WALIDATA, Role.AUDITOR)


@tk.auth_allow_anonymous_access
def satudata_ppid_request_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Anybody may ask, without an account (UU 14/2008 art. 4)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_ppid_request_track(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number and code."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_ppid_request_confirm(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number, tracking code and the mailed code."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_ppid_request_repair(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number and tracking code."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_ppid_request_resend(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number and tracking code."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_refusal_reason_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The grounds are law and public."""
    return {"success": True}


def satudata_ppid_request_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Officers of the process; which request, and whether with the applicant's name, the action decides."""
    return {"success": actor_of(context).has_anywhere(*OFFICERS, process=PROCESS)}


def satudata_ppid_request_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As show."""
    return satudata_ppid_request_show(context, data_dict)
