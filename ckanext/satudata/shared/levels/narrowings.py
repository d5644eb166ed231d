"""What was narrowed, when, and where else its bytes are: what was approved before a narrowing opens nothing of it.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, Level, effective_level, level_of
from ckanext.satudata.domain.classification import FIELDS, Cause
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.levels import classification


@dataclass(frozen=True)
class Former:
    """Where bytes, or a resource's id, are or were restricted, and how strictly."""

    package_id: str
    resource_id: str
    level: Level


def newest(session: Session, package_id: str, resource_id: str | None = None) -> Reclassification | None:
    """The newest narrowing or withdrawal that concerns a file; None: anything of the dataset."""
    return session.scalars(Reclassification.narrowed(package_id, resource_id).limit(1)).first()


def stamp(session: Session, package_id: str, resource_id: str | None = None) -> str:
    """The id of `newest`, "" where there is none: another one after each narrowing."""
    found = newest(session, package_id, resource_id)
    return found.id if found is not None else ""


def require_tested(session: Session, package_id: str, resource_id: str | None) -> None:
    """Raises Conflict where this file, or its whole dataset, was narrowed at once and is not tested yet."""
    for one in dict.fromkeys((None, resource_id)):
        case = classification.find_case(session, package_id, one)
        if case is not None and case.data.get("cause") == Cause.PROVISIONAL.value:
            raise Conflict(
                "This was narrowed at once: its consequence test comes first.",
                field="access_level",
                mend="Leave the access level as it is now, or wait for the decision.",
            )


def require_tested_when_it_left(session: Session, former: Former) -> None:
    """Raises Conflict where what left was narrowed at once and has not been tested since."""
    narrowed = Reclassification.of(former.package_id).where(Reclassification.resource_id == former.resource_id)
    last = next(reversed(session.scalars(narrowed).all()), None)
    if last is None or not last.provisional or last.kind != Kind.NARROWING.value:
        return
    if session.get(RestrictionTest, (former.package_id, former.resource_id, former.level.value)) is None:
        raise Conflict(
            "What was narrowed at once was taken away before its consequence test.",
            field="access_level",
            mend="Bring it back with the access level that it had; the test comes first.",
        )


# ---------------------------------------------------------------- what left, and the same bytes


def said_last(session: Session, package_id: str, resource_id: str) -> dict[str, str] | None:
    """Level and restriction of a resource in the newest version that has it; None where none has.

    The level is that which held: its own, or the dataset's.
    """
    has_it = Revision.content["resources"].contains([{"id": resource_id}])
    version = session.scalars(Revision.versions_of(package_id).where(has_it).limit(1)).one_or_none()
    if version is None:
        return None
    said = next(one for one in version.content["resources"] if one["id"] == resource_id)
    level = effective_level(version.content["access_level"], said.get("access_level"))
    return {**{name: said[name] for name in FIELDS if said.get(name)}, "access_level": level.value}


def level_when_it_left(session: Session, package_id: str, resource_id: str) -> Level | None:
    """The level under which a resource was public last; None where it never was, or was never changed."""
    said = said_last(session, package_id, resource_id)
    return level_of(said["access_level"]) if said is not None else None


def same_within(session: Session, package_id: str, file: ResourceFile) -> Iterator[str]:
    """The resources of the dataset that have or had the bytes or the address of this file."""
    for row in _same(session, file, ResourceFile.package_id == package_id):
        yield row.resource_id


def elsewhere(session: Session, package_id: str, file: ResourceFile) -> Former | None:
    """The strictest restriction in force of these bytes, or this address, in another dataset of the same agency.

    Of its own only: who learns of it answers for both. What another agency keeps closed nobody finds out by uploading.
    """
    agency = sa.select(model.Package.owner_org).where(model.Package.id == package_id).scalar_subquery()
    others = sa.select(model.Package.id).where(model.Package.owner_org == agency, model.Package.id != package_id)
    found: Former | None = None
    for other, resource_id in {
        (row.package_id or "", row.resource_id) for row in _same(session, file, ResourceFile.package_id.in_(others))
    }:
        level = _in_force(session, other, resource_id)
        if level is not None and (found is None or level.strictness > found.level.strictness):
            found = Former(other, resource_id, level)
    return found if found is not None and found.level is not Level.TERBUKA else None


def of_draft(session: Session, package_id: str) -> dict[str, tuple[Former, Level]]:
    """Files of a first draft that hold what is restricted elsewhere in the agency and would be more open here.

    By resource: where, and the level that it would have here.
    """
    state = session.get(DatasetState, package_id)
    rows = session.query(model.Resource).filter_by(package_id=package_id, state="active").all()
    files = {file.resource_id: file for file in session.scalars(ResourceFile.newest([row.id for row in rows]))}
    found = {}
    for row in rows if state is not None else ():
        after = access.level_of_resource(state.access_level, row.extras or {})
        former = elsewhere(session, package_id, files[row.id]) if row.id in files else None
        if former is not None and after.strictness < former.level.strictness:
            found[row.id] = (former, after)
    return found


def stamped(session: Session, found: Mapping[str, tuple[Former, Level]]) -> dict[str, list[str]]:
    """The same as JSON, each with the narrowing that it knows of."""
    return {
        id_: [former.level.value, after.value, stamp(session, former.package_id, former.resource_id)]
        for id_, (former, after) in found.items()
    }


def require_all_tested(session: Session, formers: Iterable[Former]) -> None:
    """Raises Conflict where one of these was narrowed at once and is not tested yet."""
    for former in formers:
        require_tested(session, former.package_id, former.resource_id)
        require_tested_when_it_left(session, former)


def _same(session: Session, file: ResourceFile, where: sa.ColumnElement[bool]) -> Iterable[ResourceFile]:
    if file.address:
        mine = sa.select(ResourceFile).where(ResourceFile.address == file.address, ResourceFile.revision_id.is_(None))
    elif file.vault_object_id:
        mine = ResourceFile.same_bytes(file.vault_object_id)
    else:
        return ()
    return session.scalars(mine.where(where))


def _in_force(session: Session, package_id: str, resource_id: str) -> Level | None:
    """How strict a file of a dataset that left its review is; None where that is not so."""
    state = session.get(DatasetState, package_id)
    stage = DatasetStage(state.state) if state is not None else None
    if stage is DatasetStage.CLOSED:
        return Level.TERTUTUP
    if stage not in (DatasetStage.PUBLISHED, DatasetStage.WITHDRAWN):
        return None
    try:
        both = [classification.restriction_of(session, package_id, one).level for one in (None, resource_id)]
    except NotThere:
        return level_when_it_left(session, package_id, resource_id)
    return max(both, key=lambda level: level.strictness)
