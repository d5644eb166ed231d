"""Who sees where a request's files have been, and who masks them; which file, the actions decide."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid.candidates import CANDIDATE
from ckanext.satudata.ppid.requests import PROCESS
from ckanext.satudata.shared.actors import actor_of


def satudata_handover_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Those who open the files."""
    return {"success": actor_of(context).has_anywhere(Role.PPID, Role.PPID_PEMBANTU, process=PROCESS)}


def satudata_handover_mask(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID, who checks for personal data; the action says so to sysadmins too."""
    return {"success": actor_of(context).has_anywhere(Role.PPID, process=PROCESS)}


def satudata_handover_scan(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Those who open the files."""
    return {"success": actor_of(context).has_anywhere(Role.PPID, Role.PPID_PEMBANTU, process=PROCESS)}


def satudata_list_candidate_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Walidata, who keeps the list; PPID, who proposes; the auditor."""
    roles = (Role.WALIDATA, Role.PPID, Role.AUDITOR)
    return {"success": actor_of(context).has_anywhere(*roles, process=CANDIDATE)}
