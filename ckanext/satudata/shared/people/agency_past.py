"""Keeps what an agency was called and whose data were, whichever way an agency or a dataset is written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy import event

from ckanext.satudata.model.agency_past import FormerName, FormerOwner
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import clock

_GROUP, _PACKAGE = model.Group.__table__, model.Package.__table__
LASTED = timedelta(days=1)
"""A name that stood for less was a slip of the pen, and no name."""


def listen() -> None:
    """Follows every write of agencies and datasets; safe to repeat."""
    for mapped, name, function in (
        (model.Group, "before_update", _name_changes),
        (model.Group, "before_delete", _name_ends),
        (model.Package, "before_update", _owner_changes),
    ):
        if not event.contains(mapped, name, function):
            event.listen(mapped, name, function)


def _name_changes(mapper: Any, connection: sa.Connection, group: model.Group) -> None:
    if group.is_organization and _changes(group, "title", "name"):
        before = connection.execute(sa.select(_GROUP.c.title, _GROUP.c.name).where(_GROUP.c.id == group.id)).one()
        former = before.title or before.name
        if former != (group.title or group.name):
            _keep_name(connection, group, former)


def _name_ends(mapper: Any, connection: sa.Connection, group: model.Group) -> None:
    if group.is_organization:
        _keep_name(connection, group, group.title or group.name)


def _keep_name(connection: sa.Connection, group: model.Group, former: str) -> None:
    since = connection.scalar(
        sa.select(sa.func.max(FormerName.until_at)).where(FormerName.organization_id == group.id)
    ) or _aware(group.created)
    if clock.now() - since >= LASTED:
        row = {"id": new_id(), "organization_id": group.id, "title": former, "until_at": clock.now()}
        connection.execute(sa.insert(FormerName).values(row))


def _owner_changes(mapper: Any, connection: sa.Connection, package: model.Package) -> None:
    if not _changes(package, "owner_org"):
        return
    former = connection.scalar(sa.select(_PACKAGE.c.owner_org).where(_PACKAGE.c.id == package.id))
    was_public = sa.select(DatasetState.first_published_at).where(DatasetState.package_id == package.id)
    if former and former != package.owner_org and connection.scalar(was_public) is not None:
        row = {"id": new_id(), "package_id": package.id, "organization_id": former, "until_at": clock.now()}
        connection.execute(sa.insert(FormerOwner).values(row))


def _changes(row: Any, *names: str) -> bool:
    return any(sa.inspect(row).attrs[name].history.has_changes() for name in names)


def _aware(at: datetime | None) -> datetime:
    """CKAN keeps instants without zone, in UTC."""
    return (at or datetime.min).replace(tzinfo=timezone.utc)
