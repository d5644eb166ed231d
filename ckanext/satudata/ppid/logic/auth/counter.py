"""Who acts at the counter; the action says so to sysadmins too."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.ppid.requests import is_office
from ckanext.satudata.shared.actors import actor_of


def satudata_ppid_receipt_record(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The office that answers; which request, the action decides."""
    return {"success": is_office(actor_of(context))}
