"""Who may ask for what about given files; the law itself is `domain.access.may_give`."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain.access import may_give
from ckanext.satudata.shared.actors import actor_of

__all__ = ["satudata_grant_end", "satudata_grant_give", "satudata_grant_list"]


def satudata_grant_give(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Walidata and PPID."""
    return {"success": may_give(actor_of(context))}


def satudata_grant_end(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Walidata and PPID."""
    return {"success": may_give(actor_of(context))}


def satudata_grant_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everybody with an account, about himself; the action looks further."""
    return {"success": actor_of(context).user_id is not None}
