"""Who acts at the counter; the action says so to sysadmins too."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid.requests import PROCESS
from ckanext.satudata.shared.actors import actor_of


def satudata_ppid_receipt_record(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID."""
    return {"success": actor_of(context).has_anywhere(Role.PPID, process=PROCESS)}
