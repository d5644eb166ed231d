"""What pages say of one file's level."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import access, former
from ckanext.satudata.shared.actors import actor_for


def satudata_resource_level(pkg: dict[str, Any], resource: dict[str, Any]) -> str:
    """The level that holds for the file: its own, or its dataset's; the stricter where they contradict."""
    return access.level_of_resource(pkg.get("access_level"), resource).value


def satudata_former_url(package_id: str) -> str:
    """Where the person reads what left the public description of the dataset; empty where there is nothing for him."""
    if not tk.current_user.is_authenticated or not former.has(model.Session(), actor_for(tk.current_user), package_id):
        return ""
    return tk.h.url_for("satudata_former.read", id=package_id)
