"""Who sees which dataset: permission labels. The base plugin alone implements CKAN's interface; rooms register here.

`public` is given to nothing but what the release made public.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model

from ckanext.satudata.domain.access import AGENCY_READERS, PROCESS, STEWARD_READERS, DatasetStage, Level, level_of
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.publishing import permits

STEWARD = "satudata-steward"
PPID = "satudata-ppid"
SOURCES = "satudata-sources"
SOURCE_TYPE = "harvest"
"""Packages of ckanext-harvest that say where data comes from: their configuration may hold keys of other portals."""
REQUESTS = "request"
"""The process in which PPID needs to know what there is."""

_dataset: list[Callable[[model.Package, DatasetState | None], list[str]]] = []
_user: list[Callable[[model.User], list[str]]] = []


def agency(organization_id: str) -> str:
    """The label of an agency's officers."""
    return f"satudata-agency-{organization_id}"


def for_datasets(function: Callable[[model.Package, DatasetState | None], list[str]]) -> None:
    """Registers a room's labels for datasets that are not public; it can only add readers, never `public`."""
    if function not in _dataset:
        _dataset.append(function)


def for_users(function: Callable[[model.User], list[str]]) -> None:
    """Registers a room's labels for users."""
    if function not in _user:
        _user.append(function)


def of_dataset(package: model.Package) -> list[str]:
    """The labels of a dataset; one of them must be among the user's."""
    if not permits.is_governed(package.type):
        if package.type == SOURCE_TYPE:
            return [SOURCES]
        return ["public"] if package.state == "active" and not package.private else [STEWARD]
    row = model.Session.get(DatasetState, package.id)
    if is_public(package, row):
        return ["public"]
    labels = [STEWARD]
    labels.append(agency(package.owner_org) if package.owner_org else f"creator-{package.creator_user_id}")
    if row is not None and level_of(row.access_level) is not Level.TERBUKA:
        labels.append(PPID)
    if row is not None and row.state == DatasetStage.IN_REVIEW.value:
        labels += stand_ins.labels_of(model.Session, package.id)
    for function in _dataset:
        labels.extend(label for label in function(package, row) if label != "public")
    return labels


def of_user(user: Any, actor: Actor | None = None) -> list[str]:
    """The labels of a person, from the roles in force now; CKAN memberships give none.

    `actor` is that person with the roles that the caller has just read.
    """
    if not user or user.is_anonymous:
        return ["public"]
    actor = actor or actor_for(user)
    labels = ["public", f"creator-{user.id}"]
    if actor.has_anywhere(*STEWARD_READERS, process=PROCESS):
        labels.append(STEWARD)
    if actor.has_anywhere(Role.WALIDATA):
        labels.append(SOURCES)
    if actor.has_anywhere(Role.PPID, process=REQUESTS):
        labels.append(PPID)
    for held in actor.held:
        if held.role in AGENCY_READERS and held.counts_for(PROCESS):
            labels.append(agency(held.organization_id) if held.organization_id else STEWARD)
            labels += [stand_ins.label(held.role, held.organization_id)] if held.organization_id else []
    for function in _user:
        labels.extend(function(user))
    return list(dict.fromkeys(labels))


def knows_everybody(package: model.Package) -> bool:
    """Whether the description is public now."""
    return is_public(package, model.Session.get(DatasetState, package.id))


def is_public(package: model.Package, row: DatasetState | None) -> bool:
    """Whether the release made this public and nothing took it back; a withdrawn one's stub counts."""
    released = row is not None and row.state in (DatasetStage.PUBLISHED.value, DatasetStage.WITHDRAWN.value)
    return released and package.state == "active" and not package.private
