"""What a reclassification would do, counted before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Level, level_of
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.post import REPORT
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import access, downloads, grants
from ckanext.satudata.shared.publishing import answers, posts, traces


@dataclass(frozen=True)
class Touched:
    """One resource whose level changes. `bytes` of the public copy, 0 where there is none."""

    id: str
    name: str
    from_level: str
    to_level: str
    bytes: int = 0
    has_address: bool = False


@dataclass(frozen=True)
class Plan:
    """What a reclassification would do; nothing is changed by making one.

    `counts`: `files` that leave the public store, `links` to addresses elsewhere, `tables` (of the DataStore),
    `views`, `activity`, `tracking`, `followers`, `tasks` that are erased, `posts` that leave the public page,
    `reports` that stay, published `answers` to requests that leave the public pages, `grants` that end, `requests`
    that go on, `downloads` so far and, of these, those by `programs`
    (other portals among them).
    """

    package_id: str
    resource_id: str | None
    organization_id: str | None
    title: str
    kind: str
    from_level: str
    to_level: str
    leaves_stub: bool
    open_left: int
    """Files that everybody may download afterwards."""
    resources: tuple[Touched, ...]
    counts: dict[str, int] = field(default_factory=dict)
    clients: tuple[dict[str, Any], ...] = ()
    """Downloads so far by kind of client, as `downloads.by_client` tells them."""
    hidden: tuple[str, ...] = ()
    """Title and names of files that nobody may know of any more."""

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {name: value for name, value in asdict(self).items() if name != "hidden"}


@dataclass(frozen=True)
class Subject:
    """What is reclassified, read under the lock."""

    session: Session
    package: model.Package
    state: DatasetState
    resource: model.Resource | None
    old: Level

    @property
    def is_whole(self) -> bool:
        return self.resource is None


def plan(session: Session, package_id: str, to_level: str, *, resource_id: str | None = None) -> Plan:
    """What would happen; writes nothing and locks nothing. Raises NotThere, Invalid for a level that is none."""
    package = session.get(model.Package, package_id)
    state = session.get(DatasetState, package_id)
    if package is None or package.state == "deleted" or state is None:
        raise NotThere("There is no such dataset.")
    return plan_of(subject_of(session, package, state, resource_id), level_named(to_level), Kind.NARROWING)


def subject_of(session: Session, package: model.Package, state: DatasetState, resource_id: str | None) -> Subject:
    if not resource_id:
        return Subject(session, package, state, None, level_of(state.access_level))
    resource = session.get(model.Resource, resource_id)
    if resource is None or resource.package_id != package.id or resource.state != "active":
        raise NotThere("There is no such file in this dataset.")
    return Subject(session, package, state, resource, level_of_row(state, resource))


def level_of_row(state: DatasetState, resource: model.Resource) -> Level:
    """The level of a resource as CKAN's row has it."""
    return access.level_of_resource(state.access_level, {"access_level": (resource.extras or {}).get("access_level")})


def level_named(value: str) -> Level:
    """The level of that name. Raises Invalid."""
    if not value:
        raise Invalid("Choose a level.", field="to_level")
    try:
        return Level(value)
    except ValueError:
        raise Invalid(
            "There is no such level.", field="to_level", mend="Choose terbuka, terbatas or tertutup."
        ) from None


def closed_by(subject: Subject, new: Level) -> list[model.Resource]:
    """The resources that become stricter."""
    if subject.resource is not None:
        return [subject.resource]
    active = [resource for resource in subject.package.resources_all if resource.state == "active"]
    return [one for one in active if level_of_row(subject.state, one).strictness < new.strictness]


def _open_left(subject: Subject, closed: list[model.Resource]) -> int:
    gone = {resource.id for resource in closed}
    rest = [one for one in subject.package.resources_all if one.state == "active" and one.id not in gone]
    return sum(level_of_row(subject.state, one) is Level.TERBUKA for one in rest)


def plan_of(subject: Subject, new: Level, kind: Kind) -> Plan:
    session, closed = subject.session, closed_by(subject, new)
    made_of = session, subject.package.id, [resource.id for resource in closed]
    files = {file.resource_id: file for file in released(session, closed)}
    sizes = _sizes(session, files.values())
    touched = tuple(
        Touched(
            id=resource.id,
            name=resource.name or "",
            from_level=level_of_row(subject.state, resource).value,
            to_level=new.value,
            bytes=sizes.get(resource.id, 0),
            has_address=resource.id in files and files[resource.id].vault_object_id is None,
        )
        for resource in closed
    )
    counts = {
        "resources": len(closed),
        "files": sum(bool(file.public_location) for file in files.values()),
        "links": sum(one.has_address for one in touched),
        "tables": sum(has_rows(resource.id) for resource in closed),
        **traces.count(session, scope_of(subject, new, closed)),
        "posts": len(posts.using(*made_of)),
        "reports": len(posts.using(*made_of, process=REPORT)),
        "answers": answers.count(session, subject.package.id, _hidden(subject, new, touched)),
        "grants": _links(subject) if new is Level.TERTUTUP else 0,
        "requests": _requests(subject),
        **_downloads(subject),
    }
    return Plan(
        package_id=subject.package.id,
        resource_id=subject.resource.id if subject.resource else None,
        organization_id=subject.package.owner_org,
        title=subject.package.title or subject.package.name,
        kind=kind.value,
        from_level=subject.old.value,
        to_level=new.value,
        leaves_stub=subject.is_whole and new is Level.TERTUTUP,
        open_left=_open_left(subject, closed),
        resources=touched,
        counts=counts,
        clients=tuple(downloads.by_client(session, _fetched(subject))),
        hidden=_hidden(subject, new, touched),
    )


def _hidden(subject: Subject, new: Level, touched: Iterable[Touched]) -> tuple[str, ...]:
    """What nobody may know of any more: the title of data that become Tertutup, the names of their files."""
    if new is not Level.TERTUTUP:
        return ()
    files = (one.name for one in touched)
    return (subject.package.title or "", *files) if subject.is_whole else tuple(files)


def released(session: Session, resources: list[model.Resource]) -> list[ResourceFile]:
    ids = [resource.id for resource in resources]
    return [file for file in session.scalars(ResourceFile.newest(ids)) if file.is_released] if ids else []


def _sizes(session: Session, files: Iterable[ResourceFile]) -> dict[str, int]:
    kept = {file.vault_object_id: file.resource_id for file in files if file.vault_object_id}
    rows = session.execute(sa.select(VaultObject.id, VaultObject.size_bytes).where(VaultObject.id.in_(kept)))
    return {kept[id_]: size for id_, size in rows}


def scope_of(subject: Subject, new: Level, closed: list[model.Resource]) -> traces.Scope:
    files = subject.session.scalars(ResourceFile.of_package(subject.package.id)).all()
    ids = tuple(resource.id for resource in closed)
    return traces.Scope(
        package_id=subject.package.id,
        name=subject.package.name,
        resource_ids=ids,
        addresses=tuple({file.address for file in files if file.address and file.resource_id in ids}),
        is_whole=subject.is_whole and new is Level.TERTUTUP,
    )


def _links(subject: Subject) -> int:
    return grants.alive(subject.session, subject.package.id, subject.resource.id if subject.resource else None)


def _requests(subject: Subject) -> int:
    """Requests for these data that are not answered yet: they go on."""
    asked = sa.select(sa.func.count(PpidRequest.id)).where(
        PpidRequest.dataset_id == subject.package.id, PpidRequest.closed_at.is_(None)
    )
    if subject.resource is not None:
        asked = asked.where(sa.or_(PpidRequest.resource_id == subject.resource.id, PpidRequest.resource_id.is_(None)))
    return subject.session.scalar(asked) or 0


def _fetched(subject: Subject) -> Any:
    wanted = (Download.package_id == subject.package.id) & Download.channel.in_(downloads.OPEN)
    if subject.resource is not None:
        wanted &= Download.resource_id == subject.resource.id
    return wanted


def _downloads(subject: Subject) -> dict[str, int]:
    wanted = _fetched(subject)
    programs = sa.func.count().filter(Download.client.in_(("script", "harvester", "robot")))
    row = subject.session.execute(sa.select(sa.func.count(), programs).select_from(Download).where(wanted)).one()
    return {"downloads": row[0], "programs": row[1]}


def has_rows(resource_id: str, *, strictly: bool = False) -> bool:
    """Whether the DataStore has a table for it. A DataStore that does not answer has none, unless asked `strictly`."""
    if not p.plugin_loaded("datastore"):
        return False
    from ckanext.datastore.backend import DatastoreBackend

    try:
        return bool(DatastoreBackend.get_active_backend().resource_exists(resource_id))
    except sa.exc.SQLAlchemyError:
        if strictly:
            raise
        return False
