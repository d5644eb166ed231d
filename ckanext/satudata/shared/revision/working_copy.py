"""CKAN's actions on resources, done on the working copy of a published dataset.

CKAN's own look a resource up by its row and its place; in a working copy it may have neither. The ids hold at once in
all of them, in the form and for uploads. Each is called with the dataset locked, and commits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared.actors import is_own_hand
from ckanext.satudata.shared.files import uploads
from ckanext.satudata.shared.finding import harvesting
from ckanext.satudata.shared.publishing import frozen
from ckanext.satudata.shared.revision import revising

Resources = list[dict[str, Any]]


def is_technical(context: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether the portal's own hand writes a resource that is public: CKAN's action decides what of it passes."""
    if not is_own_hand(context):
        return False
    row = model.Resource.get(data.get("id"))
    if row is None or row.state != model.State.ACTIVE or data.get("upload"):
        return False
    shown = tk.get_action("resource_show")({"ignore_auth": True, "use_cache": False}, {"id": row.id})
    return frozen.resource_technical_only(shown, {**shown, **data}) or harvesting.is_harvester(context)


def resource_create(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> dict[str, Any]:
    """Adds a resource. Sent twice with the same `satudata_form_key` it is one."""
    new = _own(data)
    key = new.get("satudata_form_key")
    wanted = uploads.checked_key(key, package.id) if key and not new.get("id") else new.get("id")

    def add(resources: Resources) -> Resources:
        if wanted and any(one["id"] == wanted for one in resources):
            return resources
        return [*resources, new]

    answer = _change(context, package, data, add)
    last = answer["resources"][-1]
    return _answered(answer, next((one for one in answer["resources"] if one["id"] == wanted), last))


def resource_update(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> dict[str, Any]:
    """Puts what was sent in the place of a resource; a file that is not sent anew stays."""
    return _replace(context, package, data, _kept)


def resource_patch(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> dict[str, Any]:
    """Changes the fields of a resource that were sent."""
    return _replace(context, package, data, lambda old: old)


def resource_delete(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> None:
    """Takes a resource out; the public has it until that is published."""
    wanted = _known(package, data)
    _change(context, package, data, lambda resources: [one for one in resources if one["id"] != wanted])


def package_resource_reorder(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> dict[str, Any]:
    """Puts the named resources first, in the order of their names."""
    order = tk.get_or_bust(data, "order")

    def sort(resources: Resources) -> Resources:
        by_id = {one["id"]: one for one in resources}
        unknown = [id_ for id_ in order if id_ not in by_id]
        if unknown:
            raise tk.ValidationError({"order": [tk._("There is no such file in this dataset.")]})
        return [*(by_id[id_] for id_ in order), *(one for one in resources if one["id"] not in order)]

    answer = _change(context, package, data, sort)
    return {
        "id": data["id"],
        "order": [one["id"] for one in answer["resources"]],
        revising.TOKEN: answer[revising.TOKEN],
    }


def _replace(
    context: dict[str, Any], package: model.Package, data: dict[str, Any], keeps: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    wanted, new = _known(package, data), _own(data)

    def put(old: dict[str, Any]) -> dict[str, Any]:
        found = {**keeps(old), **new, "id": wanted}
        if new.get("url") and new["url"] != old.get("url") and "url_type" not in new:
            found["url_type"] = ""  # an address in the place of an uploaded file
        return found

    answer = _change(
        context, package, data, lambda resources: [put(one) if one["id"] == wanted else one for one in resources]
    )
    return _answered(answer, next(one for one in answer["resources"] if one["id"] == wanted))


def _known(package: model.Package, data: dict[str, Any]) -> str:
    """The id of a resource that the working copy has. Raises ObjectNotFound."""
    wanted = str(data.get("id") or "")
    if all(one["id"] != wanted for one in revising.shown(model.Session(), package.id)["resources"]):
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    return wanted


def _change(
    context: dict[str, Any], package: model.Package, data: dict[str, Any], edit: Callable[[Resources], Resources]
) -> dict[str, Any]:
    # A role that ended while its holder waited for the dataset counts no more.
    tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})
    user_id = None if harvesting.is_harvester(context) else _user_id(context)
    answer = revising.change(context, package, user_id, edit, data)
    if not context.get("defer_commit"):
        model.Session.commit()
    return answer


def _user_id(context: dict[str, Any]) -> str | None:
    user = context.get("auth_user_obj") or (model.User.get(context["user"]) if context.get("user") else None)
    return getattr(user, "id", None)


def _own(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in ("package_id", revising.TOKEN, revising.SEEN)}


def _kept(old: dict[str, Any]) -> dict[str, Any]:
    """What an update leaves as it is: where the file lies and what CKAN itself keeps of a resource."""
    return {key: old[key] for key in ("url", "url_type", "format", "data_format", "created") if key in old}


def _answered(answer: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    return {**resource, revising.TOKEN: answer[revising.TOKEN]}
