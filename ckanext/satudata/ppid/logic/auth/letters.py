"""Who may bring letters back; which letter is the law's own matter (`domain.letters.returning`)."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid.requests import PROCESS
from ckanext.satudata.shared.actors import actor_of


def satudata_letter_sign(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """PPID, PPID Pembantu and the superior."""
    actor = actor_of(context)
    roles = (Role.PPID, Role.PPID_PEMBANTU)
    may = actor.has_anywhere(*roles, process=PROCESS) or actor.has_anywhere(Role.PPID_SUPERIOR, process="objection")
    return {"success": may}
