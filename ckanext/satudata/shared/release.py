"""The only way to the public: the release of an approved dataset, and its withdrawal.

Called inside the transaction of a process (effect of `publish`); neither commits. What they return must be
finished after the commit, because a search engine elsewhere and the DataStore cannot be rolled back.
"""

from __future__ import annotations

import copy
import io
import json
import logging
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, Level, effective_level
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import (
    approved,
    classification,
    clock,
    datasets,
    grants,
    optional,
    permits,
    raw_writes,
    search_index,
    served,
    store,
    vault,
)

log = logging.getLogger(__name__)


TOMBSTONE = "ditarik-"
"""The name of what was withdrawn begins so."""


@dataclass(frozen=True)
class Released:
    """What a release or a withdrawal did. Call `finish` once after the commit."""

    package_id: str
    name: str
    is_public: bool
    files: int
    gone: tuple[str, ...] = ()
    """Resources that are not served any more."""

    def finish(self) -> None:
        """Brings an index elsewhere up to date; rows of what is open go to the DataStore, of what is gone leave it."""
        search_index.finish(self.package_id)
        _drop_rows(self.gone)
        if self.files:
            optional.load_rows(self.package_id)


def release(context: dict[str, Any], package_id: str, *, actor: Actor) -> Released:
    """Makes an approved dataset public, as far as its level allows. Does not commit.

    Terbuka: files are copied to the public store, addresses are shown. Terbatas: the description is public, files
    stay in the vault. Tertutup resources are taken out of the public description; a Tertutup dataset stays private
    and is `closed` from now on. Raises Conflict where the dataset is not approved, NotThere where it is none.
    """
    session = model.Session()
    package, state = _locked(session, package_id)
    if DatasetStage(state.state) is not DatasetStage.APPROVED:
        raise Conflict(
            "Only an approved dataset can be published.", field="state", mend="Send it through review first."
        )
    if state.access_level == Level.TERTUTUP.value:
        with raw_writes.writing(session, DatasetState):
            state.state = DatasetStage.CLOSED.value
        return Released(package.id, package.name, is_public=False, files=0)
    for link in (*package.relationships_as_subject, *package.relationships_as_object):
        # The other one is not public, or they could not have been related before.
        session.delete(link)
    session.flush()
    session.expire(package)
    data = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False, "user": context.get("user", "")}, {"id": package.id}
    )
    data = copy.deepcopy(data)
    classification.drop_idle(data)
    files = _project(session, data, state)
    data.update(private=False, name=free_name(session, state.final_name, package.id))
    data.pop("metadata_modified", None)
    outer = session.get_nested_transaction()
    with permits.permit(session, package.id):
        _forget_activity(session, package.id)
        tk.get_action("package_update")(
            {
                "ignore_auth": True,
                "defer_commit": True,
                "return_id_only": True,
                "user": context.get("user") or "",
                "session": session,
            },
            data,
        )
        # With `defer_commit` CKAN leaves its savepoint open.
        inner = session.get_nested_transaction()
        if inner is not None and inner is not outer:
            inner.commit()
    now = clock.now()
    if state.first_published_at is None:
        # To the public a dataset begins with its release; when its draft was begun is the office's affair.
        package.metadata_created = now.replace(tzinfo=None)
    with raw_writes.writing(session, DatasetState):
        state.state = DatasetStage.PUBLISHED.value
        state.first_published_at = state.first_published_at or now
        state.published_at = now
    approved.mark(session, package.id, actor)
    search_index.write_along(package.id, hides=False)
    return Released(package.id, data["name"], is_public=True, files=files)


def withdraw(context: dict[str, Any], package_id: str, *, actor: Actor, reason: str = "") -> Released:
    """Takes a published dataset back: a stub that tells harvesters so stays, nothing of before in it. Does not commit.

    The former description is kept in our table, the files in the vault; personal links to them end.
    Raises Conflict where it is not published.
    """
    session = model.Session()
    package, state = _locked(session, package_id)
    if DatasetStage(state.state) is not DatasetStage.PUBLISHED:
        raise Conflict("Only a published dataset can be withdrawn.", field="state")
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package.id})
    former = json.loads(json.dumps(shown, default=str))
    with permits.permit(session, package.id):
        _forget_activity(session, package.id)
        _make_tombstone(session, package)
    gone = tuple(resource.id for resource in package.resources_all)
    _retire_files(session, package.id)
    with raw_writes.writing(session, DatasetState):
        state.state, state.former, state.withdrawn_at = DatasetStage.WITHDRAWN.value, former, clock.now()
    grants.revoke_dataset(session, package.id, actor=actor, reason=reason)
    search_index.write_along(package.id, hides=True)
    return Released(package.id, package.name, is_public=True, files=0, gone=gone)


def free_name(session: Session, wanted: str, package_id: str) -> str:
    """The wanted name, or the first of `wanted-2`, `wanted-3`, … that no other dataset has.

    Two releases of one name wait for each other.
    """
    base, number = wanted[:95], 1
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"satudata:name:{base}", 0))))
    while True:
        name = base if number == 1 else f"{base}-{number}"
        taken = session.query(model.Package.id).filter(model.Package.name == name, model.Package.id != package_id)
        if taken.first() is None:
            return name
        number += 1


def _locked(session: Session, package_id: str) -> tuple[model.Package, DatasetState]:
    package = model.Package.get(package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    state = datasets.lock(session, package)
    if package.state == "deleted":
        raise NotThere("There is no such dataset.")
    return package, state


def _project(session: Session, data: dict[str, Any], state: DatasetState) -> int:
    """Turns the private description into the public one, in place; returns how many files became public."""
    ids = [resource["id"] for resource in data["resources"]]
    newest = {file.resource_id: file for file in session.scalars(ResourceFile.newest(ids))} if ids else {}
    shown, count, now = [], 0, clock.now()
    for resource in data["resources"]:
        level = effective_level(state.access_level, resource.get("access_level"))
        file = newest.get(resource["id"])
        if level is Level.TERTUTUP:
            _withhold(session, resource, file, data["id"])
            continue
        shown.append(resource)
        if level is not Level.TERBUKA or file is None or not (file.vault_object_id or file.address):
            continue
        kept = vault.get(session, file.vault_object_id) if file.vault_object_id else None
        if kept is not None:
            file.public_location = _copy_out(session, kept)
        file.released_at, file.retired_at = now, None
        served.show(resource, file, kept)
        count += 1
    data["resources"] = shown
    session.flush()
    return count


def _withhold(session: Session, resource: dict[str, Any], file: ResourceFile | None, package_id: str) -> None:
    if file is None:
        file = ResourceFile(resource_id=resource["id"], package_id=package_id, version=1, real_format="")
        session.add(file)
    file.withheld = json.loads(json.dumps(resource, default=str))


def _copy_out(session: Session, kept: VaultObject) -> str:
    """Copies the bytes to a new name in the public store; checks that they are the approved ones."""
    path = store.local_path("vault", kept.location)
    if path is not None:
        with path.open("rb") as stream:
            facts = store.write(session, "public", stream)
    else:
        facts = store.write(session, "public", _Stream(store.open_at("vault", kept.location)))
    if facts["sha256"] != kept.sha256:
        raise Conflict(
            "The file in the vault is not the one that was approved.", field="upload", mend="Upload the file again."
        )
    return str(facts["location"])


class _Stream(io.RawIOBase):
    """A readable stream over blocks."""

    def __init__(self, blocks: Any):
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._blocks, b"")
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


def _retire_files(session: Session, package_id: str) -> None:
    for file in session.scalars(ResourceFile.of_package(package_id)):
        if file.is_released:
            file.retired_at = clock.now()
            if file.public_location:
                store.remove_after_commit(session, "public", file.public_location)


def _drop_rows(resource_ids: tuple[str, ...]) -> None:
    """CKAN's `datastore_delete` would want to change the resource, which is gone; the tables go all the same.

    What is withdrawn is withdrawn even where the DataStore does not answer: nothing serves the rows any more.
    """
    if not p.plugin_loaded("datastore"):
        return
    from ckanext.datastore.backend import DatastoreBackend

    backend = DatastoreBackend.get_active_backend()
    for resource_id in resource_ids:
        try:
            if backend.resource_exists(resource_id):
                backend.delete({}, {"resource_id": resource_id})
        except sa.exc.SQLAlchemyError:
            log.exception("The rows of the withdrawn resource %s are still in the DataStore", resource_id)


def _make_tombstone(session: Session, package: model.Package) -> None:
    package.name = TOMBSTONE + package.id
    package.title = "Data ditarik"
    for attribute in ("notes", "url", "author", "author_email", "maintainer", "maintainer_email", "version"):
        setattr(package, attribute, "")
    package.license_id = "notspecified"
    package.extras = {}
    package.plugin_data = None
    package.metadata_modified = clock.now().replace(tzinfo=None)
    for resource in package.resources_all:
        resource.state = "deleted"
        resource.url, resource.url_type, resource.hash = served.ask_address(resource.id), None, ""
        resource.name = resource.description = ""
        resource.extras = {}
    for link in package.package_tags:
        link.state = "deleted"
    for member in session.query(model.Member).filter_by(table_id=package.id, table_name="package", state="active"):
        if member.capacity != "organization":
            member.state = "deleted"
    for link in (*package.relationships_as_subject, *package.relationships_as_object):
        link.state = "deleted"


def _forget_activity(session: Session, package_id: str) -> None:
    """CKAN's activity rows hold the whole description as it was; what went before is told by our journal."""
    if not p.plugin_loaded("activity"):
        return
    session.execute(
        sa.text("delete from activity_detail where activity_id in (select id from activity where object_id = :id)"),
        {"id": package_id},
    )
    session.execute(sa.text("delete from activity where object_id = :id"), {"id": package_id})
