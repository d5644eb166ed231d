"""Compares everything that could give a file away: tables, vault, public store, index, activity, DataStore, CKAN's own.

For `ckan satudata access audit` and the doctor. It reads and never repairs. What it finds are names of files and ids,
never persons or data. Files of a transaction that is not at its end yet look like strays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.model.approval import Approval
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.files import access, served, stock_files, store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.publishing import approved, permits
from ckanext.satudata.shared.publishing import found as found_before

SWEEP: Final = "Run ckan satudata vault sweep; it removes those that are older than an upload lasts."
RESTORE: Final = "Bring them back from the backup, or withdraw the datasets."
CLOSE: Final = (
    "Somebody wrote to the database past CKAN. Make the datasets private again, withdraw them, and look who has "
    "its password."
)
KINDS: Final[dict[str, tuple[str, str]]] = {
    "vault_strays": ("Files in the vault that no row names, as a crash leaves them.", SWEEP),
    "vault_missing": ("Rows whose file is not in the vault.", RESTORE),
    "vault_altered": ("Files in the vault that are not what was stored.", RESTORE),
    "public_strays": ("Files in the public store that nothing released points to.", SWEEP),
    "public_missing": ("Released files that are not in the public store.", RESTORE),
    "public_altered": ("Copies in the public store that are not the approved files.", RESTORE),
    "released_files": (
        "Files that count as released, of datasets that are not published or not Terbuka.",
        "Withdraw the datasets, then run the audit again.",
    ),
    "opened_datasets": ("Datasets that are public in CKAN's table, but that no release made so.", CLOSE),
    "opened_resources": ("Addresses of resources that are not released, and not those of their ask pages.", CLOSE),
    "changed_datasets": (
        "Published datasets that are not as they were approved.",
        "Withdraw them, or restore them from the backup.",
    ),
    "unapproved_datasets": (
        "Published datasets that no approval covers.",
        "Withdraw them, or send them through review as a change. What was here before: run ckan satudata publication "
        "adopt.",
    ),
    "lost_datasets": (
        "Datasets that count as published, but were deleted past the portal: other portals keep their copies.",
        "Walidata withdraws them by the action satudata_dataset_withdraw, which leaves their stub. What is gone from "
        "the table of datasets comes back from the backup only.",
    ),
    "without_agency": (
        "Datasets that are or were public, whose agency is not there any more.",
        "Bring the agency back: under CKAN's trash, or from the backup.",
    ),
    "index_differences": (
        "Datasets whose entry in the search index is not what the tables say.",
        "Wait five minutes, or run ckan search-index rebuild.",
    ),
    "index_addresses": (
        "Entries of the search index with addresses or checksums of files that are not open.",
        "Run ckan search-index rebuild.",
    ),
    "activity_open": (
        "Rows of activity that everybody may read, about datasets that are not public.",
        "Delete these rows of the table activity, and of activity_detail before.",
    ),
    "activity_addresses": (
        "Rows of activity with addresses or checksums of files that are not open, or of withdrawn data.",
        "Delete these rows of the table activity, and of activity_detail before.",
    ),
    "datastore_rows": (
        "Tables of the DataStore whose resources are not open.",
        "Drop these tables in the database of the DataStore.",
    ),
    "datastore_views": (
        "Views of resources that are no more.",
        "Delete these rows of the table resource_view.",
    ),
    "tasks": (
        "Jobs of xloader or datapusher about resources that are not open.",
        "Delete these rows of the table task_status.",
    ),
    "ckan_files": (
        "Files in CKAN's own storage for resources, where nothing but the vault should receive them.",
        "Upload them through the portal, and remove them there.",
    ),
}
"""Kind of difference → what it is, and what to do (msgids)."""


@dataclass(frozen=True)
class Finding:
    """One kind of difference (a key of `KINDS`) and the names or ids it is about, sorted."""

    kind: str
    names: tuple[str, ...]

    @property
    def what(self) -> str:
        """The difference in words, in the language of the request."""
        return str(tk._(KINDS[self.kind][0]))

    @property
    def mend(self) -> str:
        """What to do about it."""
        return str(tk._(KINDS[self.kind][1]))


def examine(session: Session, *, contents: bool = False) -> list[Finding]:
    """Every difference, by kind. With `contents` each file is read and its SHA-256 compared, which takes a while."""
    found: dict[str, Collection[str]] = {**_stores(session, contents)}
    for kind, look in _LOOKS.items():
        found[kind] = list(look(session))
    return [Finding(kind, tuple(sorted(found[kind]))) for kind in KINDS if found.get(kind)]


def stores(session: Session) -> dict[str, Collection[str]]:
    """The part about files, which is quick: kinds that begin with `vault_`, `public_`, and what is open."""
    quick = ("released_files", "opened_datasets", "opened_resources", "changed_datasets", "lost_datasets")
    return {**_stores(session, False), **{kind: list(_LOOKS[kind](session)) for kind in quick}}


def _stores(session: Session, contents: bool) -> dict[str, Collection[str]]:
    kept = {
        row.location: row for row in session.scalars(sa.select(VaultObject).where(VaultObject.deleted_at.is_(None)))
    }
    copies = {
        str(file.public_location): row
        for file, row in session.execute(
            sa.select(ResourceFile, VaultObject)
            .join(VaultObject, VaultObject.id == ResourceFile.vault_object_id)
            .where(ResourceFile.public_location.is_not(None), ResourceFile.retired_at.is_(None))
        )
    }
    found: dict[str, Collection[str]] = {}
    wanted: tuple[tuple[store.StoreName, dict[str, VaultObject]], ...] = (("vault", kept), ("public", copies))
    for name, rows in wanted:
        there = store.entries(name)
        found[f"{name}_strays"] = there.keys() - rows.keys()
        found[f"{name}_missing"] = [_named(name, where, rows[where]) for where in rows.keys() - there.keys()]
        found[f"{name}_altered"] = [
            _named(name, where, rows[where])
            for where in rows.keys() & there.keys()
            if _is_altered(name, where, rows[where], there[where], contents)
        ]
    return found


def _named(name: str, location: str, row: VaultObject) -> str:
    return row.id if name == "vault" else location


def _is_altered(name: store.StoreName, location: str, row: VaultObject, entry: store.Entry, contents: bool) -> bool:
    if entry.size_bytes is not None and entry.size_bytes != row.size_bytes:
        return True
    if not contents:
        return False
    return crypto.sha256_of(store.open_at(name, location)) != row.sha256


def _released_files(session: Session) -> Iterator[str]:
    rows = session.execute(
        sa.select(ResourceFile, DatasetState, model.Resource.extras)
        .outerjoin(DatasetState, DatasetState.package_id == ResourceFile.package_id)
        .outerjoin(model.Resource, model.Resource.id == ResourceFile.resource_id)
        .where(ResourceFile.released_at.is_not(None), ResourceFile.retired_at.is_(None))
    )
    for file, state, extras in rows:
        is_published = state is not None and state.state == DatasetStage.PUBLISHED.value
        own = _as_dict(extras).get("access_level")
        level = access.level_of_resource(state.access_level, {"access_level": own}) if state is not None else None
        if not is_published or level is not Level.TERBUKA:
            yield file.resource_id


def _opened_datasets(session: Session) -> Iterator[str]:
    """What somebody opened past CKAN, by a statement of his own."""
    released = (DatasetStage.PUBLISHED.value, DatasetStage.WITHDRAWN.value)
    rows = session.execute(
        sa.select(model.Package.id, model.Package.type)
        .outerjoin(DatasetState, DatasetState.package_id == model.Package.id)
        .where(
            model.Package.private.is_(False),
            model.Package.state == "active",
            sa.or_(DatasetState.state.is_(None), DatasetState.state.not_in(released)),
        )
    )
    return (found for found, kind in rows if permits.is_governed(kind))


def uncovered(session: Session) -> list[Finding]:
    """Public content that no approval covers: of `examine` what is about approvals."""
    kinds = ("opened_datasets", "opened_resources", "released_files", "changed_datasets", "unapproved_datasets")
    found = {kind: tuple(sorted(_LOOKS[kind](session))) for kind in kinds}
    return [Finding(kind, names) for kind, names in found.items() if names]


def _unapproved(session: Session) -> Iterable[str]:
    """Without a row under which it was published; what waits for its adoption is told by the doctor."""
    served_under = sa.exists().where(Approval.package_id == DatasetState.package_id, Approval.served_at.is_not(None))
    return session.scalars(
        sa.select(DatasetState.package_id)
        .join(model.Package, model.Package.id == DatasetState.package_id)
        .where(
            DatasetState.state == DatasetStage.PUBLISHED.value,
            sa.or_(DatasetState.found_at.is_(None), DatasetState.adopted_at.is_not(None)),
            model.Package.state == "active",
            ~served_under,
        )
    )


def _lost_datasets(session: Session) -> Iterable[str]:
    return session.scalars(
        sa.select(DatasetState.package_id)
        .outerjoin(model.Package, model.Package.id == DatasetState.package_id)
        .where(
            DatasetState.state == DatasetStage.PUBLISHED.value,
            sa.or_(model.Package.id.is_(None), model.Package.state != "active"),
        )
    )


def _without_agency(session: Session) -> Iterable[str]:
    agency = sa.orm.aliased(model.Group)
    return session.scalars(
        sa.select(model.Package.id)
        .join(DatasetState, DatasetState.package_id == model.Package.id)
        .outerjoin(agency, sa.and_(agency.id == model.Package.owner_org, agency.state == "active"))
        .where(
            model.Package.state == "active",
            DatasetState.state.in_((DatasetStage.PUBLISHED.value, DatasetStage.WITHDRAWN.value)),
            agency.id.is_(None),
        )
    )


def _opened_resources(session: Session) -> Iterator[str]:
    rows = session.execute(
        sa.select(model.Resource.id, model.Package.type)
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .where(
            model.Resource.state == "active",
            model.Package.state == "active",
            model.Resource.id.not_in(_released_ids()),
            model.Resource.url.not_like("%/minta-data/" + model.Resource.id),
        )
    )
    return (found for found, kind in rows if permits.is_governed(kind))


def _released_ids() -> sa.Select[tuple[str]]:
    return sa.select(ResourceFile.resource_id).where(
        ResourceFile.released_at.is_not(None), ResourceFile.retired_at.is_(None)
    )


def _index_addresses(session: Session) -> Iterator[str]:
    released = set(session.scalars(_released_ids()))
    for package_id, told in search_index.described():
        if _tells(told, released):
            yield package_id


def _tells(told: dict[str, Any], released: Collection[str]) -> bool:
    """Whether a dataset's dict says of a file that is not open more than where it can be asked for."""
    if not permits.is_governed(told.get("type")):
        return False
    return any(
        resource.get("id") not in released
        and (
            not str(resource.get("url") or "").endswith(f"/minta-data/{resource.get('id')}")
            or any(resource.get(key) for key in ("hash", "size", *served.EDIT_KEYS))
        )
        for resource in told.get("resources") or []
    )


def _activities(session: Session) -> Iterable[Any]:
    if not p.plugin_loaded("activity"):
        return
    yield from session.execute(
        sa.text(
            "select a.id, a.data, a.permission_labels, p.private, p.type, s.state, p.title from activity a "
            "join package p on p.id = a.object_id left join satudata_dataset_state s on s.package_id = p.id"
        ),
        execution_options={"yield_per": 500},
    )


def _activity_open(session: Session) -> Iterator[str]:
    for row in _activities(session):
        labels = row.permission_labels or []
        labels = labels if isinstance(labels, list) else labels.strip("{}").split(",")
        if "public" in labels and row.private and permits.is_governed(row.type):
            yield row.id


def _activity_addresses(session: Session) -> Iterator[str]:
    released = set(session.scalars(_released_ids()))
    for row in _activities(session):
        told = _as_dict(_as_dict(row.data).get("package"))
        is_of_before = row.state == DatasetStage.WITHDRAWN.value and told.get("title") not in (None, row.title)
        if permits.is_governed(row.type) and (is_of_before or _tells(told, released)):
            yield row.id


def _as_dict(stored: Any) -> dict[str, Any]:
    found = json.loads(stored) if isinstance(stored, str) and stored else stored
    return found if isinstance(found, dict) else {}


def _datastore_rows(session: Session) -> Iterator[str]:
    if not p.plugin_loaded("datastore"):
        return
    from ckanext.datastore.backend import DatastoreBackend

    for resource_id in DatastoreBackend.get_active_backend().get_all_ids():
        if not access.is_open(session, resource_id):
            yield resource_id


def _dead_views(session: Session) -> Iterator[str]:
    gone = sa.select(model.ResourceView.id).outerjoin(
        model.Resource, model.Resource.id == model.ResourceView.resource_id
    )
    yield from session.scalars(gone.where(sa.or_(model.Resource.id.is_(None), model.Resource.state == "deleted")))


def _tasks(session: Session) -> Iterator[str]:
    rows = session.execute(
        sa.select(model.TaskStatus.id, model.TaskStatus.entity_id).where(model.TaskStatus.entity_type == "resource")
    )
    for task_id, resource_id in rows.all():
        if not access.is_open(session, resource_id):
            yield task_id


def _ckan_files(session: Session) -> Iterator[str]:
    """But for what was there before this portal, and waits for its adoption."""
    waiting = set(found_before.waits_in_storage(session))
    return (place for place in stock_files.places() if place not in waiting)


_LOOKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "released_files": _released_files,
    "opened_datasets": _opened_datasets,
    "opened_resources": _opened_resources,
    "changed_datasets": approved.changed,
    "unapproved_datasets": _unapproved,
    "lost_datasets": _lost_datasets,
    "without_agency": _without_agency,
    "index_differences": lambda session: search_index.differences(),
    "index_addresses": _index_addresses,
    "activity_open": _activity_open,
    "activity_addresses": _activity_addresses,
    "datastore_rows": _datastore_rows,
    "datastore_views": _dead_views,
    "tasks": _tasks,
    "ckan_files": _ckan_files,
}
