"""What pages say of one file's level."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import Level
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.levels import former


def satudata_resource_level(pkg: dict[str, Any], resource: dict[str, Any]) -> str:
    """The level that holds for the file: its own, or its dataset's; the stricter where they contradict."""
    return access.level_of_resource(pkg.get("access_level"), resource).value


def satudata_former_url(package_id: str) -> str:
    """Where the person reads what left the public description of the dataset; empty where there is nothing for him."""
    if not tk.current_user.is_authenticated or not former.has(model.Session(), actor_for(tk.current_user), package_id):
        return ""
    return tk.h.url_for("satudata_former.read", id=package_id)


def satudata_held_files(pkg: dict[str, Any]) -> dict[str, Any]:
    """Files of an open dataset that are given on request only: `count`, `all` (nothing is left to download, or there
    is no file at all) and `words` for the badge and `meaning` for the facts, both empty where there are none."""
    resources = pkg.get("resources") or []
    held = sum(satudata_resource_level(pkg, one) != Level.TERBUKA.value for one in resources)
    if pkg.get("access_level") == Level.TERBUKA.value and not resources:
        # Why there is none is not told: a closed file is not there.
        meaning = tk._("Anyone may read the description. There is no file to download.")
        return {"count": 0, "all": True, "words": tk._("no open file"), "meaning": meaning}
    if pkg.get("access_level") != Level.TERBUKA.value or not held:
        return {"count": 0, "all": False, "words": "", "meaning": ""}
    if held == len(resources):
        words = tk._("files on request")
        meaning = tk._("Anyone may read the description. The files are given on request.")
        return {"count": held, "all": True, "words": words, "meaning": meaning}
    numbers = {"count": wording.number(held), "total": wording.number(len(resources))}
    words = tk._("{count} of {total} files on request").format(**numbers)
    meaning = tk._("Anyone may download these data, but {count} of {total} files are given on request.")
    return {"count": held, "all": False, "words": words, "meaning": meaning.format(**numbers)}
