"""Who writes and reads messages of a request; whose, the actions decide."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.ppid.requests import is_office
from ckanext.satudata.shared.actors import actor_of


@tk.auth_allow_anonymous_access
def satudata_ppid_message_send(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who has number and code, and the office that answers."""
    return {"success": not data_dict.get("id") or is_office(actor_of(context))}


def satudata_ppid_message_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The office that answers; the applicant reads them with the request."""
    return {"success": is_office(actor_of(context))}
