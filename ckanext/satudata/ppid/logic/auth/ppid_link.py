"""Who ends and renews personal links."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.ppid.requests import is_office
from ckanext.satudata.shared.actors import actor_of


def satudata_ppid_link_end(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The office that sent the link; the action says so to sysadmins too."""
    return {"success": is_office(actor_of(context))}


def satudata_ppid_link_renew(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As the end of the link."""
    return satudata_ppid_link_end(context, data_dict)
