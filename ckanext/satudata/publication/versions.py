"""The versions of a dataset that were public: listed, compared, brought back as a new change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ckan.model as model
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, level_of
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.revision import Started
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.levels import narrowings
from ckanext.satudata.shared.publishing import approved, datasets
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revision_diff, revisions
from ckanext.satudata.shared.revision import revision_levels as levels


def listed(session: Session, package_id: str) -> list[dict[str, Any]]:
    """`{number, published_at, by, restored, is_current}`, the newest first; none of what was never public here."""
    rows = session.scalars(Revision.versions_of(package_id)).all() or _only(session, package_id)
    numbers = {row.id: row.number for row in rows}
    return [
        {
            "number": row.number,
            "published_at": row.published_at.isoformat() if row.published_at else None,
            "by": row.published_by or _publisher(session, row),
            "restored": numbers[row.restored_id] if row.restored_id else None,
            "is_current": place == 0,
        }
        for place, row in enumerate(rows)
    ]


def _only(session: Session, package_id: str) -> list[Revision]:
    """The version of a dataset that is public and was never changed: it is recorded with its first change only."""
    state = session.get(DatasetState, package_id)
    if state is None or state.state != DatasetStage.PUBLISHED.value:
        return []
    copy = revisions.read(session, package_id)
    files = {id_: file.id for id_, file in copy.public_files.items()}
    at = state.published_at
    return [Revision(id="", package_id=package_id, number=1, content=copy.public, files=files, published_at=at)]


def _publisher(session: Session, row: Revision) -> str:
    """Who published a version whose row does not say so: the first of a dataset, of before that was kept."""
    return approved.released_by(session, row.package_id, row.published_at) if row.published_at else ""


def compared(session: Session, actor: Actor, package_id: str, old: int, new: int) -> dict[str, Any]:
    """What two versions differ in, see `revision_diff.between`. Raises NotThere."""
    sides = [_side(session, version(session, package_id, number)) for number in (old, new)]
    return revision_diff.between(session, actor, sides[0], sides[1])


def version(session: Session, package_id: str, number: int) -> Revision:
    """The version of that number. Raises NotThere."""
    rows = session.scalars(Revision.versions_of(package_id)).all() or _only(session, package_id)
    row = next((one for one in rows if one.number == number), None)
    if row is None:
        raise NotThere("There is no such version.")
    return row


def _side(session: Session, row: Revision) -> revision_diff.Side:
    return row.content, contents.files_of(session, row)


def restore(session: Session, package: model.Package, number: int, user_id: str) -> Revision:
    """Makes a working copy that says what a version said, with its files. Does not commit.

    Levels and restrictions stay those of today; address and agency, too. Raises NotThere, Conflict where a working
    copy is open already, or nothing differs.
    """
    if datasets.lock(session, package).state != DatasetStage.PUBLISHED.value:
        raise Conflict("Only what is published is changed this way.", field="id")
    old = version(session, package.id, number)
    copy = revisions.read(session, package.id)
    if copy.revision is not None:
        raise Conflict(
            "There is a change that is not published yet.",
            field="number",
            mend="Publish or discard it first.",
        )
    revision_id, files = new_id(), contents.files_of(session, old)
    whole = levels.join({**old.content, "opens": {}}, copy.public)
    _keep_closed(session, package.id, whole, {one["id"] for one in copy.public["resources"]})
    here = {one["id"] for one in whole["resources"]}
    pointers = {
        id_: _again(session, file, copy.public_files.get(id_), revision_id)
        for id_, file in files.items()
        if id_ in here
    }
    session.flush()
    saved = revisions.save(session, copy, revision_id, whole, pointers, Started("", 0), user_id)
    if saved is None:
        raise Conflict("Nothing differs from what is public.", field="number", mend="Choose another version.")
    with raw_writes.writing(session, Revision):
        saved.restored_id = old.id
    return saved


def _keep_closed(session: Session, package_id: str, whole: dict[str, Any], public: Collection[str]) -> None:
    """What is not public any more comes back with the level and restriction under which it left."""
    outer = level_of(whole["access_level"])
    for one in whole["resources"]:
        said = None if one["id"] in public else narrowings.said_last(session, package_id, one["id"])
        if said is None:
            continue
        for name in levels.RESTRICTION:
            one.pop(name, None)
        if level_of(said["access_level"]).strictness > outer.strictness:
            one.update(said)


def _again(session: Session, old: ResourceFile, now: ResourceFile | None, revision_id: str) -> ResourceFile:
    """The file of an older version, as the newest; the very one that is public where it is the same."""
    if now is not None and (now.id == old.id or _same(now, old)):
        return now
    kept = session.get(VaultObject, old.vault_object_id) if old.vault_object_id else None
    if kept is not None and kept.deleted_at is not None:
        raise Conflict("A file of that version is not kept any more.", field="number", mend="Choose another version.")
    newest = session.scalars(ResourceFile.newest([old.resource_id])).one()
    row = ResourceFile(
        resource_id=old.resource_id,
        package_id=old.package_id,
        version=newest.version + 1,
        vault_object_id=old.vault_object_id,
        address=old.address,
        real_format=old.real_format,
        revision_id=revision_id,
    )
    session.add(row)
    return row


def _same(one: ResourceFile, other: ResourceFile) -> bool:
    return (one.vault_object_id, one.address, one.real_format) == (
        other.vault_object_id,
        other.address,
        other.real_format,
    )
