"""Who reads the registers, and who publishes what of requests. The law itself is in the actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.ppid import publishing, register_files
from ckanext.satudata.shared.actors import actor_of


@tk.auth_allow_anonymous_access
def satudata_request_register_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The public register."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_public_answer_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was published."""
    return {"success": True}


def satudata_request_register_full_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID, who keeps it; Walidata of government offices."""
    return {"success": register_files.may_read(actor_of(context), "requests")}


def satudata_objection_register_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID and the superior."""
    return {"success": register_files.may_read(actor_of(context), "objections")}


def satudata_public_answer_propose(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID; Walidata of what a government office asked."""
    return {"success": publishing.may_write(actor_of(context))}


def satudata_public_answer_review(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As propose, and the superior; that it is another person than who wrote it the action decides."""
    return {"success": publishing.may_review(actor_of(context))}


def satudata_public_answer_withdraw(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As review."""
    return satudata_public_answer_review(context, data_dict)
