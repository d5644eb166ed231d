"""CKAN's actions that read a dataset, change a part and write the whole: each dataset's take turns.

Without a lock before the reading, of two files added in one moment one is lost. Those on resources of what is published
work on its working copy (`shared.revision.revising`), which CKAN's own do not know; the portal's own hands go on.
"""

from __future__ import annotations

import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.shared import shapes
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import uploads
from ckanext.satudata.shared.publishing import datasets, frozen, permits
from ckanext.satudata.shared.revision import revising, working_copy
from ckanext.satudata.shared.transaction import undone_on_error

__all__ = [
    "package_patch",
    "package_resource_reorder",
    "package_revise",
    "resource_create",
    "resource_delete",
    "resource_patch",
    "resource_update",
]


@tk.chained_action
@boundary
def package_patch(next_action, context, data_dict):
    """CKAN's `package_patch`, one after the other.

    CKAN puts what stands now to what was sent; what was narrowed is opened again only by who names what he started from
    (`satudata_revision`, or `metadata_modified`), as in `package_update`.
    """
    shapes.dataset(data_dict)
    named = revising.Named.of(data_dict)
    return _in_turn(_with(next_action, named), context, data_dict, model.Package.get(data_dict.get("id")))


@tk.chained_action
@boundary
def package_revise(next_action, context, data_dict):
    """CKAN's `package_revise`, one after the other; `match` may name `metadata_modified`, see `package_patch`."""
    shapes.revision(data_dict)
    named = revising.Named.of({**_part(data_dict, "match"), **_part(data_dict, "update")})
    return _in_turn(_with(next_action, named), context, data_dict, model.Package.get(_matched(data_dict)))


@tk.chained_action
@boundary
def package_resource_reorder(next_action, context, data_dict):
    """CKAN's `package_resource_reorder`, one after the other."""
    shapes.order(data_dict)

    def reorder(context, data_dict):
        if revising.is_published(model.Session, package):
            return working_copy.package_resource_reorder(context, package, data_dict)
        return next_action(context, data_dict)

    package = model.Package.get(data_dict.get("id"))
    return _in_turn(reorder, context, data_dict, package)


@tk.chained_action
@boundary
def resource_create(next_action, context, data_dict):
    """CKAN's `resource_create`, one after the other: files added in one moment are all there.

    Needs `upload` (multipart/form-data) or `url`: without either 409 names the field `upload`.
    """

    shapes.resource(data_dict)

    def create(context, data_dict):
        uploads.refuse_empty(data_dict)
        if revising.is_published(model.Session, package):
            return working_copy.resource_create(context, package, data_dict)
        return next_action(context, data_dict)

    package = model.Package.get(data_dict.get("package_id"))
    governed = package is not None and permits.is_governed(package.type)
    return _in_turn(create if governed else next_action, context, data_dict, package)


@tk.chained_action
@boundary
def resource_update(next_action, context, data_dict):
    """CKAN's `resource_update`, one after the other."""
    return _of_resource(next_action, context, data_dict, working_copy.resource_update)


@tk.chained_action
@boundary
def resource_patch(next_action, context, data_dict):
    """CKAN's `resource_patch`, one after the other."""
    return _of_resource(next_action, context, data_dict, working_copy.resource_patch)


@tk.chained_action
@boundary
def resource_delete(next_action, context, data_dict):
    """CKAN's `resource_delete`, which fails over any refusal that is not about one of the resources."""

    def delete(context, data_dict):
        if revising.is_published(model.Session, package):
            return working_copy.resource_delete(context, package, data_dict)
        stage = datasets.stage_of(model.Session, package.id)
        if stage is not DatasetStage.DRAFT:
            raise frozen.refusal(stage)
        return next_action(context, data_dict)

    package = _package_of(context, data_dict)
    governed = package is not None and permits.is_governed(package.type)
    return _in_turn(delete if governed else next_action, context, data_dict, package)


def _in_turn(call: Any, context: Any, data_dict: dict[str, Any], package: model.Package | None) -> Any:
    session = model.Session
    if package is None or not permits.is_governed(package.type) or permits.is_permitted(session, package.id):
        return call(context, data_dict)
    # Who may not write makes nobody wait.
    tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})

    def locked():
        datasets.lock(session, package)
        # As CKAN's own: who keeps none of its topics may still change a dataset that is in one.
        context["package"] = package
        return call(context, data_dict)

    return undone_on_error(locked)


def _of_resource(next_action: Any, context: Any, data_dict: dict[str, Any], changes: Any) -> Any:
    """A change of one resource: of the working copy of what is published, or by CKAN's own action."""
    shapes.resource(data_dict)
    package = _package_of(context, data_dict)

    def call(context, data_dict):
        if revising.is_published(model.Session, package) and not working_copy.is_technical(context, data_dict):
            return changes(context, package, data_dict)
        return _still_there(next_action)(context, data_dict)

    return _in_turn(call, context, data_dict, package)


def _still_there(call: Any) -> Any:
    """CKAN looks for a resource at its place in the list, and fails where a withdrawal took the list away meanwhile."""

    def checked(context, data_dict):
        resource = model.Resource.get(data_dict.get("id"))
        if resource is None or resource.state != model.State.ACTIVE:
            raise tk.ObjectNotFound(tk._("Resource was not found."))
        return call(context, data_dict)

    return checked


def _package_of(context: Any, data_dict: dict[str, Any]) -> model.Package | None:
    resource = model.Resource.get(data_dict.get("id"))
    if resource is not None:
        return resource.package
    package = revising.package_of_new(model.Session, data_dict.get("id"))
    try:
        if package is not None:
            tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})
    except tk.NotAuthorized:
        return None  # to everybody else there is no such resource
    return package


def _with(call: Any, named: revising.Named) -> Any:
    """CKAN's action, which reads the dataset itself, with what its caller named."""
    return lambda context, data_dict: call({**context, revising.NAMED: named}, data_dict)


def _matched(data_dict: dict[str, Any]) -> str | None:
    match = _part(data_dict, "match")
    return next((str(match[name]) for name in ("id", "name") if match.get(name)), None)


def _part(data_dict: dict[str, Any], name: str) -> dict[str, Any]:
    """One part of what `package_revise` takes: as an object, as JSON, or in keys that begin with its name."""
    part = data_dict.get(name) or {}
    if isinstance(part, str):
        try:
            part = json.loads(part)
        except ValueError:
            part = {}
    flat = {key.removeprefix(f"{name}__"): value for key, value in data_dict.items() if key.startswith(f"{name}__")}
    return {**(part if isinstance(part, dict) else {}), **flat}
