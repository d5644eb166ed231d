"""The only way to the public: the release of an approved dataset. The way back is `shared.levels.reclassify`.

Called inside the transaction of a process (effect of `publish`); does not commit. What it returns must be
finished after the commit, because a search engine elsewhere and the DataStore cannot be rolled back.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, Level, effective_level
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, notices, optional, raw_writes, vault
from ckanext.satudata.shared.files import served, store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import classification, narrowings
from ckanext.satudata.shared.publishing import approvals, approved, dataset_names, datasets, licences, permits, traces


@dataclass(frozen=True)
class Released:
    """What a release did. Call `finish` once after the commit."""

    package_id: str
    name: str
    is_public: bool
    files: int

    def finish(self) -> None:
        """Brings an index elsewhere up to date; rows of what is open go to the DataStore."""
        finish({"package_id": self.package_id, "files": self.files})


@notices.work("dataset_released")
def finish(params: Mapping[str, Any]) -> None:
    """The same for the outbox: `package_id`, `files` (how many were opened)."""
    search_index.finish(params["package_id"])
    if params["files"]:
        optional.load_rows(params["package_id"])


def release(context: dict[str, Any], package_id: str, *, actor: Actor) -> Released:
    """Makes an approved dataset public, as far as its level allows. Does not commit.

    Terbuka: files are copied to the public store, addresses are shown. Terbatas: the description is public, files
    stay in the vault. Tertutup resources are taken out of the public description; a Tertutup dataset stays private
    and is `closed` from now on. Raises Conflict where the dataset is not approved exactly as it is, NotThere
    where it is none.
    """
    session = model.Session()
    package, state = datasets.locked(session, package_id)
    if DatasetStage(state.state) is not DatasetStage.APPROVED:
        raise Conflict(
            "Only an approved dataset can be published.", field="state", mend="Send it through review first."
        )
    approval = approvals.require(session, package.id)
    narrowings.require_all_tested(session, [former for former, _ in narrowings.of_draft(session, package.id).values()])
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
    files = project(session, data, state)
    data.update(private=False, name=dataset_names.free(session, state.final_name, package.id))
    write_public(context, package, data)
    now = clock.now()
    if state.first_published_at is None:
        # To the public a dataset begins with its release; when its draft was begun is the office's affair.
        package.metadata_created = now.replace(tzinfo=None)
    # Who harvests what is new since yesterday gets it, however old the draft is.
    package.metadata_modified = now.replace(tzinfo=None)
    with raw_writes.writing(session, DatasetState):
        state.state = DatasetStage.PUBLISHED.value
        state.first_published_at = state.first_published_at or now
        state.published_at = now
    classification.overrule(session, package.id)
    approved.mark(session, package.id, actor)
    approvals.serve(session, approval)
    search_index.write_along(package.id, hides=False)
    return Released(package.id, data["name"], is_public=True, files=files)


def write_public(context: dict[str, Any], package: model.Package, data: dict[str, Any]) -> None:
    """Writes the public description, under the permit, without a commit. CKAN's own validation holds."""
    session = model.Session()
    data.pop("metadata_modified", None)
    outer = session.get_nested_transaction()
    with permits.permit(session, package.id):
        traces.forget_activity(session, package.id)
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


def project(session: Session, data: dict[str, Any], state: DatasetState) -> int:
    """Turns the private description into the public one, in place; returns how many files became public."""
    ids = [resource["id"] for resource in data["resources"]]
    newest = {file.resource_id: file for file in session.scalars(ResourceFile.newest(ids))} if ids else {}
    shown, levels, count, now = [], [], 0, clock.now()
    for resource in data["resources"]:
        served.forget_level(resource)
        level = effective_level(state.access_level, resource.get("access_level"))
        file = newest.get(resource["id"])
        if level is Level.TERTUTUP:
            _withhold(session, resource, file, data["id"])
            levels.append(level)
            continue
        shown.append(resource)
        levels.append(level)
        if file is not None:
            file.withheld = None
        if level is not Level.TERBUKA or file is None or not (file.vault_object_id or file.address):
            served.hide(resource, file.real_format if file is not None else resource.get("data_format") or "")
            if level is not Level.TERBUKA:
                served.state_level(resource, level.value)
            continue
        if file.is_released:
            continue
        kept = vault.get(session, file.vault_object_id) if file.vault_object_id else None
        if kept is not None:
            file.public_location = copy_out(session, kept)
        file.released_at, file.retired_at = now, None
        served.show(resource, file, kept)
        count += 1
    data["resources"] = shown
    stated = data.get("license_id") or ""
    data["license_id"] = licences.to_serve(session, state, state.access_level, levels, stated)
    session.flush()
    return count


def _withhold(session: Session, resource: dict[str, Any], file: ResourceFile | None, package_id: str) -> None:
    if file is None:
        file = ResourceFile(resource_id=resource["id"], package_id=package_id, version=1, real_format="")
        session.add(file)
    file.withheld = json.loads(json.dumps(resource, default=str))


def copy_out(session: Session, kept: VaultObject) -> str:
    """Copies the bytes to a new name in the public store; checks that they are the approved ones."""
    path = store.local_path("vault", kept.location)
    if path is not None:
        with path.open("rb") as stream:
            facts = store.write(session, "public", stream)
    else:
        facts = store.write(session, "public", store.Blocks(store.open_at("vault", kept.location)))
    if facts["sha256"] != kept.sha256:
        raise Conflict(
            "The file in the vault is not the one that was approved.", field="upload", mend="Upload the file again."
        )
    return str(facts["location"])
