"""The stage of a dataset, for every room: what is a draft, in review, approved, published, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import STAGE_EXITS, DatasetStage
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.harvest_report import HarvestReport
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import raw_writes, vault
from ckanext.satudata.shared.files import served


def state_of(session: Session, package_id: str) -> DatasetState:
    """The row of a dataset. Raises NotThere."""
    row = session.get(DatasetState, package_id)
    if row is None:
        raise NotThere("There is no such dataset.")
    return row


def stage_of(session: Session, package_id: str) -> DatasetStage:
    """Where the dataset stands; one that was never seen by the gate is a draft."""
    row = session.get(DatasetState, package_id)
    return DatasetStage(row.state) if row else DatasetStage.DRAFT


def move(session: Session, package_id: str, to: DatasetStage) -> DatasetState:
    """Moves a dataset to the next stage inside the caller's transaction, for the effects of the review.

    draft → in_review → approved, and back to draft from both, and from closed. `published`, `closed` and `withdrawn`
    are reached through `shared.publishing.release` only. Raises Conflict for a way that does not exist, NotThere.
    """
    row = session.execute(
        DatasetState.locked(package_id).execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise NotThere("There is no such dataset.")
    if (
        to in (DatasetStage.PUBLISHED, DatasetStage.CLOSED, DatasetStage.WITHDRAWN)
        or to not in STAGE_EXITS[DatasetStage(row.state)]
    ):
        raise Conflict("The dataset is not in the state that this step needs.", field="state")
    with raw_writes.writing(session, DatasetState):
        row.state = to.value
    return row


def file_of(session: Session, resource_id: str) -> tuple[ResourceFile | None, VaultObject | None]:
    """The newest version of a resource's file and its vault row (None for an address or an empty resource)."""
    file = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    if file is None or file.vault_object_id is None:
        return file, None
    return file, session.get(VaultObject, file.vault_object_id)


def for_edit(session: Session, shown: dict[str, Any]) -> dict[str, Any]:
    """Adds to a shown dataset, in place, what its editors may see: final name, own file names, addresses.

    The caller has asked whether the person may edit. The keys are dropped on save.
    """
    row = session.get(DatasetState, shown["id"])
    shown["satudata_stage"] = row.state if row else DatasetStage.DRAFT.value
    shown["satudata_final_name"] = row.final_name if row else shown["name"]
    if row is not None and row.former:
        shown["satudata_former"] = row.former
    listed = {resource["id"]: resource for resource in shown["resources"]}
    newest = session.scalars(ResourceFile.newest(_ids(session, shown["id"]))).all()
    for file in newest:
        resource = listed.get(file.resource_id)
        if resource is None and file.withheld and row is not None and row.state == DatasetStage.PUBLISHED.value:
            resource = dict(file.withheld)
            shown.setdefault("satudata_withheld", []).append(resource)
        if resource is None:
            continue
        add_file(session, resource, file)
    return shown


def add_file(session: Session, resource: dict[str, Any], file: ResourceFile) -> None:
    """Adds to a resource, in place, what its officers may know of the file or the address behind it."""
    kept = session.get(VaultObject, file.vault_object_id) if file.vault_object_id else None
    if kept is not None:
        resource["satudata_file"] = {
            "id": kept.id,
            "version": file.version,
            "name": kept.original_name,
            "format": file.real_format,
            "size": kept.size_bytes,
            "sha256": kept.sha256,
            "content_type": kept.content_type,
            "uploaded_at": file.created_at.isoformat(),
        }
    elif file.address:
        resource["satudata_address"] = file.address


def for_form(session: Session, shown: dict[str, Any]) -> dict[str, Any]:
    """As `for_edit`, with the editor's own file or address where the public is shown the ask page.

    `url`, `url_type` and `format` are then what the form sends back; the gate knows them again as nothing new.
    """
    return as_typed(for_edit(session, shown))


def as_typed(shown: dict[str, Any]) -> dict[str, Any]:
    """What editors see, in place, as their forms send it back: with file names and addresses."""
    for resource in shown["resources"]:
        if resource.get("url") != served.ask_address(resource["id"]) and resource.get("url_type") != "upload":
            continue
        kept, address = resource.get("satudata_file"), resource.get("satudata_address")
        resource["url"] = kept["name"] if kept else address or ""
        resource["url_type"] = "upload" if kept else ""
        resource["format"] = resource.get("data_format") or ""
    return shown


def may_be_purged(session: Session, package: model.Package) -> bool:
    """Whether the dataset is a draft that was never public; its row is locked from now on."""
    state = lock(session, package)
    return state.first_published_at is None and DatasetStage(state.state) is DatasetStage.DRAFT


def forget(session: Session, package_id: str) -> None:
    """Deletes our rows of a dataset that is purged; its files leave the vault with the commit."""
    files = session.scalars(select(ResourceFile).where(ResourceFile.package_id == package_id)).all()
    # A version that was brought back shares its bytes with the older one.
    for object_id in {file.vault_object_id for file in files if file.vault_object_id}:
        vault.delete(session, object_id)
    for file in files:
        session.delete(file)
    session.execute(delete(HarvestReport).where(HarvestReport.package_id == package_id))
    with raw_writes.writing(session, DatasetState, RestrictionTest, Revision):
        for revision in session.scalars(Revision.of_package(package_id).order_by(Revision.created_at.desc())).all():
            session.delete(revision)
            session.flush()
        session.delete(state_of(session, package_id))
        for test in session.scalars(RestrictionTest.of_package(package_id)).all():
            session.delete(test)


def _ids(session: Session, package_id: str) -> list[str]:
    return list(session.scalars(ResourceFile.of_package(package_id).with_only_columns(ResourceFile.resource_id)))


def locked(session: Session, package_id: str) -> tuple[model.Package, DatasetState]:
    """A dataset that is there, and its row, locked as by `lock`. Raises NotThere."""
    package = model.Package.get(package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    state = lock(session, package)
    if package.state == "deleted":
        raise NotThere("There is no such dataset.")
    return package, state


FirstTouch = Callable[[Session, model.Package, DatasetState], None]
_first_touch: list[FirstTouch] = []


def at_first_touch(function: FirstTouch) -> FirstTouch:
    """Registers what happens to a dataset of before this portal when somebody is about to change it."""
    _first_touch.append(function)
    return function


def lock(session: Session, package: model.Package, *, touches: bool = True, with_row: bool = False) -> DatasetState:
    """The row of a dataset, locked until the transaction ends; made as a draft's for one the gate never saw.

    Whoever reads a dataset in order to write it holds this lock meanwhile. What the session knew before is read
    anew: another transaction may have changed it while this one waited. What was here before this portal is adopted
    now, unless the caller does (`touches`). `with_row` locks and reads CKAN's row along, for who is about to write it.
    """
    package_id, name = package.id, package.name
    session.flush()
    session.expire_all()
    wanted = DatasetState.locked(package_id)
    if with_row:
        wanted = wanted.add_columns(model.Package).join(model.Package, model.Package.id == DatasetState.package_id)
    row = session.scalars(wanted).one_or_none()
    if row is not None:
        for function in _first_touch if touches and row.waits_for_adoption else ():
            function(session, package, row)
        return row
    new = insert(DatasetState).values(
        package_id=package_id,
        state=DatasetStage.DRAFT.value,
        access_level="tertutup",
        final_name=name,
        editors=[],
    )
    with raw_writes.writing(session, DatasetState):
        session.execute(new.on_conflict_do_nothing())
    return session.scalars(DatasetState.locked(package_id)).one()
