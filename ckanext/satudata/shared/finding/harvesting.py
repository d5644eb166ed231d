"""Beside ckanext-harvest: sources are Walidata's, an import changes what imports made, and no clearing deletes
what people worked on.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Conflict, NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.hidden import blind, labels
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.transaction import undone_on_error


def actions() -> dict[str, Callable[..., Any]]:
    """The chained actions, where ckanext-harvest is loaded."""
    if not p.plugin_loaded("harvest"):
        return {}
    return {
        "harvest_source_clear": _clear,
        "harvest_source_delete": _delete,
        "harvest_source_list": _list,
        "package_list": _without_sources,
    }


def auth() -> dict[str, Callable[..., Any]]:
    """The chained auth functions, where ckanext-harvest is loaded."""
    if not p.plugin_loaded("harvest"):
        return {}
    return dict.fromkeys(("harvest_object_show", "harvest_object_list", "harvest_source_list"), _stewards_only)


@tk.chained_auth_function
def _stewards_only(next_auth, context, data_dict):
    """What another portal sent as it came, and how it is asked (with keys, maybe): Walidata only."""
    if actor_of(context).has_anywhere(Role.WALIDATA):
        return next_auth(context, data_dict)
    return {"success": False, "msg": tk._("Only Walidata reads what was harvested.")}


def check_import(context: dict[str, Any], package: model.Package, owner_org: object = None) -> None:
    """Raises Conflict where a harvester would write a draft that a person made, or give it to another agency.

    A record names the id of the dataset that it wants to be; that alone must not let it reach any draft.
    """
    if not p.plugin_loaded("harvest") or not is_harvester(context):
        return
    maker = model.User.get(package.creator_user_id) if package.creator_user_id else None
    if maker is None or maker.name not in _hands():
        raise Conflict(
            "This dataset was not made by harvesting; no import changes it.",
            field="id",
            mend="Leave the record out at its source.",
        )
    organization = model.Group.get(str(owner_org)) if owner_org else None
    if organization is not None and organization.id != package.owner_org:
        raise Conflict(
            "An import does not move a dataset to another agency.",
            field="owner_org",
            mend="Walidata moves the draft, or sets the agency of the source.",
        )


def ended_when_refused(action: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates an action: what an import wrote before it was refused is undone, so that its report can be stored.

    ckanext-harvest names the dataset in its record before that is made, and commits both with the report.
    """

    @functools.wraps(action)
    def inner(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
        try:
            return action(next_action, context, data_dict)
        except Exception:
            if p.plugin_loaded("harvest") and is_harvester(context):
                model.Session.rollback()
            raise

    return inner


def is_harvester(context: dict[str, Any]) -> bool:
    """Whether an import, or a program in nobody's name, is at work."""
    user = context.get("user")
    return user in _hands() if user else bool(context.get("ignore_auth"))


def _hands() -> set[str]:
    """The accounts in whose name ckanext-harvest imports."""
    return {tk.config["ckan.site_id"], "harvest", tk.config.get("ckanext.harvest.user_name") or "harvest"}


@tk.chained_action
@boundary
def _clear(next_action, context, data_dict):
    """ckanext-harvest's own, which deletes datasets by SQL: only of drafts that imports made; their files go along."""
    tk.check_access("harvest_source_clear", context, data_dict)
    source_id = str(data_dict.get("id") or "")

    def clear():
        for package in _cleared(source_id):
            datasets.forget(model.Session, package.id)
        model.Session.flush()
        done = next_action(context, data_dict)
        model.Session.commit()
        return done

    return undone_on_error(clear)


@tk.chained_action
@boundary
def _delete(next_action, context, data_dict):
    """ckanext-harvest's own; asked to clear the source too, it does nothing where that is refused."""
    if context.get("clear_source"):
        tk.check_access("harvest_source_delete", context, data_dict)
        try:
            package = model.Package.get(data_dict.get("id"))
            _cleared(package.id if package is not None else "")
        except Conflict as refused:
            # Its page knows no other refusal.
            raise NotAllowed(refused.message, mend=refused.mend, **refused.params) from refused
    return next_action(context, data_dict)


def _cleared(source_id: str) -> list[model.Package]:
    """What would be deleted with a source, locked. Raises Conflict where it is more than untouched drafts."""
    from ckanext.harvest.model import HarvestObject

    session = model.Session
    made = session.query(HarvestObject.package_id).filter(HarvestObject.harvest_source_id == source_id)
    packages = session.query(model.Package).filter(model.Package.id.in_(made.scalar_subquery())).all()
    kept = [package for package in packages if not datasets.may_be_purged(session, package)]
    if kept:
        raise Conflict(
            "Datasets of this source were sent to review or published, and stay: {titles}.",
            field="id",
            mend="Clear the history of its jobs instead. Walidata withdraws what is public; drafts are deleted singly.",
            titles=", ".join(str(package.title or package.id) for package in kept[:5]),
        )
    return packages


@tk.chained_action
@tk.side_effect_free
def _list(next_action, context, data_dict):
    """ckanext-harvest's own, which asks nobody and shows a visitor every source with its configuration."""
    tk.check_access("harvest_source_list", context, data_dict)
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def _without_sources(next_action, context, data_dict):
    """CKAN's own, which looks at `private` only, without the sources that the person may not know of."""
    found = next_action(context, data_dict)
    sources = model.Session.query(model.Package).filter(model.Package.type == labels.SOURCE_TYPE)
    hidden = {mark for one in sources if not blind.sees(context, one) for mark in (one.id, one.name)}
    return [mark for mark in found if mark not in hidden]


_without_sources.auth_audit_exempt = True
