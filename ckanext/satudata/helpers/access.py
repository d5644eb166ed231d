"""What pages say of one file's level."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.shared import access


def satudata_resource_level(pkg: dict[str, Any], resource: dict[str, Any]) -> str:
    """The level that holds for the file: its own, or its dataset's; the stricter where they contradict."""
    return access.level_of_resource(pkg.get("access_level"), resource).value
