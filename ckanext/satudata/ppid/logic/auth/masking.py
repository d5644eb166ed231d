"""Who sees where a request's files have been, and who masks them; which file, the actions decide."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid import requests
from ckanext.satudata.ppid.candidates import CANDIDATE
from ckanext.satudata.shared.actors import actor_of


def satudata_handover_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Those who open the files."""
    return {"success": _opens(context)}


def satudata_handover_mask(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The office that checks for personal data, PPID or Walidata; the action says so to sysadmins too."""
    return {"success": requests.is_office(actor_of(context))}


def satudata_handover_scan(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Those who open the files."""
    return {"success": _opens(context)}


def _opens(context: dict[str, Any]) -> bool:
    actor = actor_of(context)
    return requests.is_office(actor) or any(
        actor.has_anywhere(Role.PPID_PEMBANTU, process=process) for process in requests.PROCESSES
    )


def satudata_list_candidate_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Walidata, who keeps the list; PPID, who proposes; the auditor."""
    roles = (Role.WALIDATA, Role.PPID, Role.AUDITOR)
    return {"success": actor_of(context).has_anywhere(*roles, process=CANDIDATE)}
