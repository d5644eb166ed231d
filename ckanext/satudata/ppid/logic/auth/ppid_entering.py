"""Who enters requests; the actions say so to sysadmins too."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.ppid.requests import is_office, is_ppid
from ckanext.satudata.shared.actors import actor_of


def satudata_ppid_request_enter(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID; Walidata for government offices."""
    return {"success": is_office(actor_of(context))}


def satudata_ppid_request_import(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID."""
    return {"success": is_ppid(actor_of(context))}
