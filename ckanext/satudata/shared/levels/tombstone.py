"""What is left of data that were public and are not any more: a stub (tombstone) under the same id and agency.

Harvesters find datasets by `package_search` and never delete: what merely vanishes lives on in other portals with its
links. The stub overwrites their copy. After its term it is private, and answers like a dataset that never was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import clock, journal, periodic
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.publishing import dataset_names


def make(session: Session, package: model.Package) -> None:
    """Turns the public rows into the stub; nothing of before stays in them. Needs the permit; does not commit."""
    package.name = dataset_names.free(session, dataset_names.STUB_PREFIX + package.id, package.id)
    package.title = "Data ditarik"
    for attribute in ("notes", "url", "author", "author_email", "maintainer", "maintainer_email", "version"):
        setattr(package, attribute, "")
    package.license_id = "notspecified"
    # Who made it and when is of before too; what leaves the stub again gets both back.
    package.creator_user_id, package.metadata_created = None, clock.now().replace(tzinfo=None)
    package.extras = {}
    package.plugin_data = None
    package.metadata_modified = clock.now().replace(tzinfo=None)
    for resource in package.resources_all:
        scrub(resource)
    for link in package.package_tags:
        link.state = "deleted"
    for member in session.query(model.Member).filter_by(table_id=package.id, table_name="package", state="active"):
        if member.capacity != "organization":
            member.state = "deleted"
    for link in (*package.relationships_as_subject, *package.relationships_as_object):
        link.state = "deleted"


def scrub(resource: model.Resource) -> None:
    """Takes a resource out of the public description; its row says nothing of before."""
    served.hide_row(resource, "")
    resource.state = "deleted"
    resource.name = resource.description = ""
    resource.extras = {}


def ends_at(state: DatasetState) -> datetime | None:
    """When the stub's term ends; None for what leaves none."""
    if state.state != DatasetStage.WITHDRAWN.value or state.withdrawn_at is None:
        return None
    return state.withdrawn_at + timedelta(days=tk.config["ckanext.satudata.tombstone_days"])


@periodic.every(minutes=60, name="tombstones")
def end_terms() -> int:
    """Makes private the stubs whose term is over, one in a transaction; returns how many."""
    session = model.Session
    before = clock.now() - timedelta(days=tk.config["ckanext.satudata.tombstone_days"])
    over = session.scalars(
        sa.select(DatasetState.package_id)
        .join(model.Package, model.Package.id == DatasetState.package_id)
        .where(
            DatasetState.state == DatasetStage.WITHDRAWN.value,
            DatasetState.withdrawn_at <= before,
            model.Package.private.is_(False),
        )
    ).all()
    for package_id in over:
        state = session.scalars(DatasetState.locked(package_id).execution_options(populate_existing=True)).one()
        package = session.get(model.Package, package_id)
        # Opened again, or withdrawn anew, while this one waited for the lock.
        if package is not None and state.state == DatasetStage.WITHDRAWN.value and state.withdrawn_at <= before:
            package.private = True
            session.flush()
            search_index.write_along(package_id, hides=True)
            journal.append(session, "tombstone_ended", actor=SYSTEM, subject=("dataset", package_id))
        session.commit()
        search_index.finish(package_id)
    return len(over)
