"""What CKAN had before this portal came: found once, served as it was, and adopted.

At its first start the portal writes one row for each dataset and file that is there. What was public stays public
because of that row, and of nothing else: it is written once, by `arrive`, and no dataset that is made afterwards gets
one. Adoption is what makes it the portal's own: its files come to the vault, its level is stated, and an approval row
says that it was public before. It happens to all by `ckan satudata publication adopt`, to each before its first change.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.arrival import Arrival
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, crypto, journal, notices, raw_writes, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import doctor
from ckanext.satudata.shared.files import served, stock_files, store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.publishing import approvals, approved, datasets, permits, release

log = logging.getLogger(__name__)

EVENT = "dataset_adopted"
NO_FILE = "files:"
"""Begins what is noted of a resource whose file CKAN does not have."""

_DATASETS = """
insert into satudata_dataset_state
    (package_id, state, access_level, final_name, first_published_at, published_at, editors, changed_at, found_at)
select id, case when shown then 'published' else 'draft' end, case when shown then 'terbuka' else 'tertutup' end, name,
    case when shown then coalesce(metadata_created at time zone 'UTC', :at) end,
    case when shown then coalesce(metadata_modified at time zone 'UTC', :at) end, '[]', :at, :at
from (select *, not coalesce(private, false) and state not like 'draft%' as shown from package) stock
where coalesce(type, 'dataset') <> all(:excepted) and length(id) <= 100
"""
_FILES = """
insert into satudata_resource_file (id, resource_id, package_id, version, address, real_format, created_at, released_at)
select md5(r.id || random()::text)::uuid::text, r.id, r.package_id, 1,
    case r.url_type when 'upload' then null when 'datastore' then :dump || r.id else nullif(r.url, '') end,
    left(coalesce(r.format, ''), 40), :at, case s.state when 'published' then s.published_at end
from resource r join satudata_dataset_state s on s.package_id = r.package_id
where r.state = 'active' and length(r.id) <= 100
"""


def arrive() -> int:
    """Finds what is there, at the first start of this portal; returns how many datasets. Commits.

    Nothing where it was here before, or its tables are not made yet. Types that are no data stay CKAN's own.
    """
    with model.meta.engine.begin() as connection:
        if connection.scalar(sa.text("select to_regclass('satudata_arrival')")) is None:
            return 0
        if connection.scalar(sa.select(sa.exists(sa.select(Arrival)))):
            return 0
        with raw_writes.hand(connection, "arrival", "dataset_state"):
            # Of several processes that start at once one finds.
            now = clock.now()
            first = insert(Arrival).values(id=1, at=now).on_conflict_do_nothing()
            if not connection.execute(first).rowcount or connection.scalar(
                sa.select(sa.exists(sa.select(DatasetState)))
            ):
                return 0
            given = {"at": now, "excepted": list(tk.config["ckanext.satudata.ungoverned_types"])}
            count = connection.execute(sa.text(_DATASETS), given).rowcount
            root = str(tk.config.get("ckan.root_path") or "").replace("/{{LANG}}", "").rstrip("/")
            dump = f"{tk.config['ckan.site_url'].rstrip('/')}{root}/datastore/dump/"
            connection.execute(sa.text(_FILES), {"at": now, "dump": dump})
    if count:
        log.warning("%d datasets were here before. Run ckan satudata publication adopt.", count)
    return count


def waiting(session: Session, organization_id: str | None = None) -> list[str]:
    """Ids of what was found and is not adopted yet, of one agency or all."""
    query = (
        sa.select(model.Package.id)
        .join(DatasetState, DatasetState.package_id == model.Package.id)
        .where(DatasetState.found_at.is_not(None), DatasetState.adopted_at.is_(None), model.Package.state != "deleted")
        .order_by(model.Package.owner_org, model.Package.name)
    )
    if organization_id is not None:
        query = query.where(model.Package.owner_org == organization_id)
    return list(session.scalars(query))


def complete(shown: dict[str, Any]) -> dict[str, Any]:
    """Adds the level to a shown dataset, in place, that was public before there were levels."""
    if not shown.get("access_level") and permits.is_governed(shown.get("type")):
        row = model.Session.get(DatasetState, shown["id"])
        if row is not None and row.waits_for_adoption and row.state == DatasetStage.PUBLISHED.value:
            shown["access_level"] = row.access_level
    return shown


@dataclass(frozen=True)
class Adopted:
    """What adoption does to a dataset: `files` that come to the vault, `lacks` as in `model.Approval`."""

    package_id: str
    title: str
    organization_id: str | None
    is_public: bool
    files: int
    lacks: tuple[str, ...]


def plan(package_id: str) -> Adopted:
    """What `adopt` would do; nothing is changed."""
    package = model.Session.get_one(model.Package, package_id)
    state = model.Session.get_one(DatasetState, package_id)
    uploads = [one for one in _resources(package) if one.url_type == "upload"]
    there = [one for one in uploads if (found := stock_files.blocks(one.id)) is not None and any(True for _ in found)]
    gone = [one.id for one in uploads if one not in there]
    return _told(package, state, len(there), gone)


def adopt(session: Session, package_id: str, *, actor: Actor = SYSTEM) -> Adopted | None:
    """Makes what was found the portal's own; None where that was done before. Does not commit.

    Files come to the vault, those of what is public are served from the public store; CKAN's own go with the commit.
    """
    package = session.get_one(model.Package, package_id)
    state = datasets.lock(session, package, touches=False)
    return _adopt(session, package, state, actor) if state.waits_for_adoption else None


@datasets.at_first_touch
def _touch(session: Session, package: model.Package, state: DatasetState) -> None:
    if package.state != "deleted":
        _adopt(session, package, state, SYSTEM)


def _adopt(session: Session, package: model.Package, state: DatasetState, actor: Actor) -> Adopted:
    is_public = state.state == DatasetStage.PUBLISHED.value
    with permits.permit(session, package.id), raw_writes.writing(session, DatasetState):
        taken, gone = _take_files(session, package, is_public)
        if is_public:
            package.extras = {**(package.extras or {}), "access_level": Level.TERBUKA.value}
        state.adopted_at = clock.now()
    session.flush()
    told = _told(package, state, len(taken), gone)
    journal.append(
        session,
        EVENT,
        actor=actor,
        subject=("dataset", package.id),
        payload={"is_public": is_public, "taken": len(taken), "lacks": list(told.lacks)},
    )
    if is_public:
        approved.mark(session, package.id, actor)
        approvals.served_at_once(session, package.id, approvals.Kind.ADOPTION, lacks=told.lacks)
    search_index.write_along(package.id, hides=False)
    if not search_index.is_transactional():
        notices.follow_up(session, "dataset_indexed", {"package_id": package.id})
    for resource_id in taken:
        store.after_commit(session, partial(stock_files.remove, resource_id))
    return told


def _take_files(session: Session, package: model.Package, is_public: bool) -> tuple[list[str], list[str]]:
    """Brings the files of a dataset to the vault; the ids of those that came, and of those that are not there."""
    taken: list[str] = []
    gone: list[str] = []
    newest = {file.resource_id: file for file in session.scalars(ResourceFile.of_package(package.id))}
    for resource in _resources(package):
        file = newest.get(resource.id)
        if file is not None and resource.url_type == "upload":
            (taken if _take(session, resource, file, is_public) else gone).append(resource.id)
        if not is_public:
            served.hide_row(resource, file.real_format if file is not None else resource.format or "")
    return taken, gone


def _take(session: Session, resource: model.Resource, file: ResourceFile, is_public: bool) -> bool:
    """Brings a file to the vault, and what is public to the public store; False where there is none."""
    found = stock_files.blocks(resource.id)
    if found is None:
        return False
    name = PurePosixPath(unquote(resource.url or "")).name or resource.id
    try:
        kept = vault.put(session, store.Blocks(found), name=name, purpose="resource", created_by=None)
    except Invalid:
        return False  # an empty file
    file.vault_object_id = kept.id
    if is_public:
        file.public_location = release.copy_out(session, kept)
        shown: dict[str, Any] = {}
        served.show(shown, file, kept)
        resource.hash, resource.size, resource.mimetype = shown["hash"], shown["size"], shown["mimetype"]
    session.flush()
    return True


def _told(package: model.Package, state: DatasetState, files: int, gone: Sequence[str]) -> Adopted:
    is_public = state.state == DatasetStage.PUBLISHED.value
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package.id})
    if is_public:
        shown["access_level"] = state.access_level
    lacks = [gap.field for gap in metadata.missing(shown)] + [NO_FILE + id_ for id_ in gone]
    return Adopted(package.id, package.title or package.name, package.owner_org, is_public, files, tuple(sorted(lacks)))


def _resources(package: model.Package) -> list[model.Resource]:
    return [one for one in package.resources_all if one.state == "active"]


def sweep(session: Session) -> int:
    """Removes from CKAN's storage what a kill left there after its adoption; returns how many files."""
    left = [id_ for id_ in stock_files.ids() if _is_kept(session, id_)]
    for resource_id in left:
        stock_files.remove(resource_id)
    return len(left)


def _is_kept(session: Session, resource_id: str) -> bool:
    """Whether the vault has, as its first version of a resource that was found, exactly what CKAN's storage has."""
    query = (
        sa.select(VaultObject.sha256)
        .join(ResourceFile, ResourceFile.vault_object_id == VaultObject.id)
        .join(DatasetState, DatasetState.package_id == ResourceFile.package_id)
        .where(
            ResourceFile.resource_id == resource_id,
            ResourceFile.version == 1,
            VaultObject.deleted_at.is_(None),
            DatasetState.adopted_at.is_not(None),
        )
    )
    kept = session.scalar(query)
    return kept is not None and crypto.sha256_of(stock_files.blocks(resource_id) or ()) == kept


def waits_in_storage(session: Session) -> Iterator[str]:
    """Places in CKAN's storage of files that were found there and are not adopted yet."""
    ids = sa.select(ResourceFile.resource_id).join(DatasetState, DatasetState.package_id == ResourceFile.package_id)
    found = set(session.scalars(ids.where(DatasetState.found_at.is_not(None), DatasetState.adopted_at.is_(None))))
    return (place for place in stock_files.places() if place.replace("/", "") in found)


@doctor.check("adoption", "Nothing waits that was here before this portal came.")
def _adoption() -> Iterator[doctor.Problem]:
    """What was public before is public still, but not under this portal's rules yet."""
    count = len(waiting(model.Session))
    if count:
        yield doctor.Problem(
            "{count} datasets were here before this portal came. They are served as they were; no approval covers them "
            "yet.",
            "Run ckan satudata publication adopt; it says first what it would do.",
            False,
            {"count": count},
        )
