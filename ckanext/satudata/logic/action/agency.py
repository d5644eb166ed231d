"""CKAN's actions on agencies: their end, not while data of its name are public; and which agency is above which."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import agency
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.logic.action.withdrawal import withdraw_deleted
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import undone_on_error

__all__ = [
    "group_create",
    "group_delete",
    "group_purge",
    "group_update",
    "member_create",
    "member_delete",
    "organization_create",
    "organization_delete",
    "organization_purge",
    "organization_update",
]


_NO = (None, "", False, "false", "False")


@tk.chained_action
@boundary
def organization_create(next_action, context, data_dict):
    """CKAN's `organization_create`. `induk`: id or name of the agency above (CKAN's `groups`), set by Walidata or a
    system administrator; where a procedure says so it stands in for an agency of one officer."""
    tk.check_access("organization_create", context, data_dict)
    return next_action(context, _with_parent(context, data_dict, None))


@tk.chained_action
@boundary
def organization_delete(next_action, context, data_dict):
    """CKAN's `organization_delete`. What the agency has published is withdrawn; its stubs need the agency meanwhile."""
    tk.check_access("organization_delete", context, data_dict)
    return undone_on_error(_without_stubs, next_action, context, data_dict)


@tk.chained_action
@boundary
def organization_purge(next_action, context, data_dict):
    """CKAN's `organization_purge`, under the same rule."""
    tk.check_access("organization_purge", context, data_dict)
    return undone_on_error(_without_stubs, next_action, context, data_dict)


@tk.chained_action
@boundary
def organization_update(next_action, context, data_dict):
    """CKAN's `organization_update`; another `state` than `active` is the end of an agency, under the same rule.

    `induk`: the agency above, as in `organization_create`; empty takes it away. An agency stays one: a mere group's
    data would have no producer.
    """
    if data_dict.get("is_organization", True) not in (True, "true", "True"):
        raise Invalid("An agency stays an agency.", field="is_organization", mend="Leave this out.")
    tk.check_access("organization_update", context, data_dict)
    data_dict = _with_parent(context, data_dict, model.Group.get(tk.get_or_bust(data_dict, "id")))
    if data_dict.get("state", model.State.ACTIVE) == model.State.ACTIVE:
        return next_action(context, data_dict)
    return undone_on_error(_without_stubs, next_action, context, data_dict)


def _with_parent(context, data_dict, organization):
    """The data with the agency above as CKAN keeps it. Raises NotAllowed, Invalid; what is not sent stays."""
    data = dict(data_dict)
    if agency.FIELD in data:
        named = str(data.pop(agency.FIELD) or "").strip()
        data["groups"] = [{"name": named}] if named else []
    if data.get("groups") is None:
        return data
    parents = {_agency(one).id for one in data["groups"]}
    before = _parents(organization) if organization is not None else set()
    if parents == before:
        return data
    if not context.get("ignore_auth"):
        agency.require_setter(actor_of(context))
    above, found = [], next(iter(parents), None)
    while found is not None and found not in above:
        above.append(found)
        found = next(iter(_parents(model.Group.get(found))), None)
    agency.check_parents(organization.id if organization is not None else None, parents, above)
    return {**data, "groups": [{"name": one} for one in parents]}


def _agency(one):
    named = (one.get("id") or one.get("name")) if isinstance(one, dict) else None
    found = model.Group.get(named) if isinstance(named, str) and named else None
    if found is None or not found.is_organization or found.state != model.State.ACTIVE:
        raise Invalid("There is no such agency.", field=agency.FIELD, mend="Choose one from the list.")
    return found


def _parents(organization):
    return {one.id for one in organization.get_parent_groups("organization")}


@tk.chained_action
@boundary
def member_create(next_action, context, data_dict):
    """CKAN's `member_create`; which agency is above another is said with the agency (`induk`)."""
    _refuse_hierarchy(data_dict)
    return next_action(context, data_dict)


@tk.chained_action
@boundary
def member_delete(next_action, context, data_dict):
    """CKAN's `member_delete`, under the same rule."""
    _refuse_hierarchy(data_dict)
    return next_action(context, data_dict)


def _refuse_hierarchy(data_dict):
    group = model.Group.get(str(data_dict.get("id") or "")) if data_dict.get("object_type") == "group" else None
    if group is not None and group.is_organization:
        raise Invalid(
            "The agency above is named in the form of the agency.",
            field="object_type",
            mend="Use organization_patch with induk.",
        )


@tk.chained_action
@boundary
def group_create(next_action, context, data_dict):
    """CKAN's `group_create`, which would fail half-way over an agency."""
    if data_dict.get("type") == "organization" or data_dict.get("is_organization") not in _NO:
        raise Invalid("An agency is no group.", field="type", mend="Use organization_create.")
    return next_action(context, data_dict)


@tk.chained_action
def group_delete(next_action, context, data_dict):
    """CKAN's `group_delete`, which would take an agency too."""
    return next_action(context, _of_a_group(data_dict))


@tk.chained_action
def group_purge(next_action, context, data_dict):
    """CKAN's `group_purge`, which would take an agency too."""
    return next_action(context, _of_a_group(data_dict))


@tk.chained_action
def group_update(next_action, context, data_dict):
    """CKAN's `group_update`, which would write an agency too."""
    return next_action(context, _of_a_group(data_dict))


def _of_a_group(data_dict):
    group = model.Group.get(tk.get_or_bust(data_dict, "id"))
    if group is not None and (group.is_organization or group.type == "organization"):
        raise tk.ObjectNotFound(tk._("Group was not found."))
    return data_dict


def _without_stubs(next_action, context, data_dict):
    """A stub keeps its agency, so that harvesters that filter by agency find it."""
    organization = model.Group.get(tk.get_or_bust(data_dict, "id"))
    if organization is not None:
        _require_nothing_public(context, data_dict, organization)
    return next_action(context, data_dict)


def _require_nothing_public(context, data_dict, organization):
    """Raises Conflict where data of the agency are or were public; what is public it withdraws first, and commits."""
    session = model.Session
    theirs = sa.select(model.Package, DatasetState.state).join(
        DatasetState, DatasetState.package_id == model.Package.id
    )
    rows = session.execute(
        theirs.where(model.Package.owner_org == organization.id, model.Package.state != "deleted")
    ).all()
    published = [package for package, stage in rows if stage == DatasetStage.PUBLISHED.value]
    if published:
        withdraw_deleted(context, data_dict, published)
        raise Conflict(
            "{count} published datasets of this agency were withdrawn now. Their stubs tell other portals so, under "
            "the name of the agency: it stays until they have been purged.",
            field="id",
            mend="A stub can be purged once its term is over.",
            count=len(published),
        )
    if any(stage == DatasetStage.WITHDRAWN.value for _, stage in rows):
        raise Conflict(
            "Stubs of withdrawn data stand under the name of this agency: it stays until they have been purged.",
            field="id",
            mend="A stub can be purged once its term is over.",
        )
