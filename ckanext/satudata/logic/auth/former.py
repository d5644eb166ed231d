"""Courtesy before the law of `domain.access.may_download`."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.levels import former

__all__ = ["satudata_dataset_former_show"]


def satudata_dataset_former_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Officers of the agency, Walidata and PPID, where something was taken out of the public description."""
    return {"success": former.has(model.Session(), actor_of(context), str((data_dict or {}).get("id") or ""))}
