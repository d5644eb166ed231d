"""What left the public description and is kept: of a dataset that left a stub, of single files that are Tertutup.

Officers test and decide about these data, and the agency still owns them: whoever may have the files reads them here.
"""

from __future__ import annotations

import copy
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.publishing import datasets


def of(session: Session, actor: Actor, package: model.Package | None) -> dict[str, Any]:
    """`id`, `stage`, `withdrawn_at`, `description` (as it was public; None where it still is) and `resources`.

    A resource is as it was described, with `url` (where the officer downloads it) and `satudata_file` or
    `satudata_address`. Raises NotThere for everybody else, and where nothing is kept.
    """
    state = session.get(DatasetState, package.id) if package is not None else None
    if package is None or state is None or not access.reads_kept(session, actor, package):
        raise _nothing()
    former = copy.deepcopy(state.former) if state.state == DatasetStage.WITHDRAWN.value else None
    listed = {one["id"]: one for one in (former or {}).pop("resources", [])}
    files = session.scalars(ResourceFile.of_package(package.id)).all()
    newest = {file.resource_id: file for file in files}
    found = [_described(session, package, listed.get(id_), file) for id_, file in newest.items() if _is(state, file)]
    if former is None and not found:
        raise _nothing()
    order = {id_: place for place, id_ in enumerate(listed)}
    return {
        "id": package.id,
        "stage": state.state,
        "withdrawn_at": state.withdrawn_at.isoformat() if former is not None and state.withdrawn_at else None,
        "description": former,
        "resources": sorted(found, key=lambda one: order.get(one["id"], len(order))),
    }


def has(session: Session, actor: Actor, package_id: str) -> bool:
    """Whether there is anything for this person to read here."""
    package = session.get(model.Package, package_id)
    if actor.user_id is None or package is None or not access.reads_kept(session, actor, package):
        return False
    state = datasets.state_of(session, package_id)
    if state.state == DatasetStage.WITHDRAWN.value and state.former:
        return True
    return any(_is(state, file) for file in session.scalars(ResourceFile.of_package(package_id)))


def _is(state: DatasetState, file: ResourceFile) -> bool:
    return access.is_kept(state, file, state.package_id)


def _described(
    session: Session, package: model.Package, described: dict[str, Any] | None, file: ResourceFile
) -> dict[str, Any]:
    resource = dict(described or file.withheld or {}, id=file.resource_id, format=file.real_format)
    resource.pop("data_format", None)
    resource["url"] = tk.url_for(
        "satudata_former.download", id=package.id, resource_id=file.resource_id, _external=True, locale="default"
    )
    datasets.add_file(session, resource, file)
    return resource


def _nothing() -> NotThere:
    return NotThere("There is no such dataset.")
