"""The data files of a review, for the case as a file: the draft's, or those of the change that is or was reviewed."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import access as rules
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.work import desk


def of_review(session: Session, case: Case, actor: Actor) -> list[desk.Paper]:
    """One paper for each file in the vault. The agency's officers know of all, others of what they may download."""
    package = session.get(model.Package, case.subject_id)
    if package is None:
        return []
    knows = rules.reads_unpublished(stand_ins.reader(session, actor, package), package.owner_org)
    rows = [(file, session.get(VaultObject, file.vault_object_id or "")) for file in _files(session, case, package)]
    return [
        _paper(file, kept, serves=serves)
        for file, kept in rows
        if kept is not None and kept.deleted_at is None
        if (serves := _serves(session, actor, package, file)) or knows
    ]


def _files(session: Session, case: Case, package: model.Package) -> list[ResourceFile]:
    """Of a change its own; of a first draft those of the first version, or as it stands while there is none."""
    revision = session.get(Revision, case.data["revision"]) if case.data.get("revision") else None
    if revision is None and not case.data.get("revision"):
        revision = next(reversed(session.scalars(Revision.versions_of(package.id)).all()), None)
    if revision is not None:
        return list(contents.files_of(session, revision).values())
    state = session.get_one(DatasetState, package.id)
    newest = {file.resource_id: file for file in session.scalars(ResourceFile.of_package(package.id))}
    here = {one.id for one in package.resources_all if one.state == model.State.ACTIVE}
    return [file for id_, file in newest.items() if id_ in here or access.is_kept(state, file, package.id)]


def _serves(session: Session, actor: Actor, package: model.Package, file: ResourceFile) -> bool:
    """Its officers have it whatever became of it; others where the very file is what they would get now."""
    if access.ask_revision(session, actor, package, file).is_allowed:
        return True
    now = access.ask(session, actor, file.resource_id), access.ask_kept(session, actor, package, file.resource_id)
    return any(one.is_allowed and one.file is not None and one.file.id == file.id for one in now)


def _paper(file: ResourceFile, kept: VaultObject, *, serves: bool) -> desk.Paper:
    return desk.Paper(
        tk._("Data file"),
        filename=kept.original_name,
        vault_id=kept.id,
        sha256=kept.sha256,
        size=kept.size_bytes,
        url=scans.site_url("resource.read", id=file.package_id, resource_id=file.resource_id),
        serves=serves,
    )
