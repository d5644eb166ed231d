"""The vault (brankas): the private store of files that are not open, or not open yet.

A file and its row are made in the caller's transaction: rolled back, both are gone. Only a kill between
file and row leaves a file without a row; `sweep` finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import media_type
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import approved, clock, permits, store


def put(
    session: Session,
    stream: IO[bytes],
    *,
    name: str,
    content_type: str | None = None,
    purpose: str,
    created_by: str | None,
    max_bytes: int | None = None,
) -> VaultObject:
    """Stores the stream in the vault, in the caller's transaction; returns its row (flushed).

    `name` is the sender's own file name; it is kept in the table only. `purpose`: resource, letter, attachment,
    handover, … `created_by` a user id, or None for the portal and for applicants.
    Raises Invalid for an empty file, or for one of more than `max_bytes`.
    """
    facts = store.write(session, "vault", stream, max_bytes=max_bytes)
    clean = clean_name(name)
    row = VaultObject(
        **{**facts, "content_type": content_type or media_type.of_name(clean) or facts["content_type"]},
        original_name=clean,
        purpose=purpose,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, object_id: str) -> VaultObject:
    """The row of a file that is there. Raises NotThere."""
    row = session.execute(VaultObject.live(object_id)).scalar_one_or_none()
    if row is None:
        raise NotThere("This file is not there any more.")
    return row


def open_stream(session: Session, object_id: str) -> Iterator[bytes]:
    """The bytes of a file, block by block. Raises NotThere. Ask `shared.access` first: this asks nobody."""
    return store.open_at("vault", get(session, object_id).location)


def read_bytes(session: Session, object_id: str) -> bytes:
    """The whole of a small file, such as a letter. Raises NotThere."""
    return b"".join(open_stream(session, object_id))


def delete(session: Session, object_id: str) -> None:
    """Marks the row now and removes the file when the transaction is committed. Raises NotThere."""
    row = get(session, object_id)
    row.deleted_at = clock.now()
    session.flush()
    store.remove_after_commit(session, "vault", row.location)


@dataclass(frozen=True)
class Difference:
    """What tables and stores do not agree on: names of files, never of persons or data."""

    vault_strays: tuple[str, ...]
    """Files in the vault without a row."""
    vault_missing: tuple[str, ...]
    """Rows without their file: ids."""
    public_strays: tuple[str, ...]
    """Files in the public store that nothing released points to."""
    public_missing: tuple[str, ...]
    opened_datasets: tuple[str, ...] = ()
    """Ids of datasets that are public in CKAN's table but that no release made so."""
    opened_resources: tuple[str, ...] = ()
    """Ids of resources whose address is not their ask page, without a released file."""
    changed_datasets: tuple[str, ...] = ()
    """Ids of published datasets that are not as their release left them (fields, tags, contact, resources)."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def compare(session: Session) -> Difference:
    """Compares tables and stores. Files of a transaction that is not at its end yet look like strays."""
    expected: dict[str, set[str]] = {
        "vault": set(session.scalars(VaultObject.live_locations())),
        "public": {location for location in session.scalars(ResourceFile.public_locations()) if location},
    }
    there = {name: store.locations(name) for name in ("vault", "public")}
    return Difference(
        vault_strays=tuple(sorted(there["vault"] - expected["vault"])),
        vault_missing=tuple(sorted(expected["vault"] - there["vault"])),
        public_strays=tuple(sorted(there["public"] - expected["public"])),
        public_missing=tuple(sorted(expected["public"] - there["public"])),
        opened_datasets=_opened_datasets(session),
        opened_resources=_opened_resources(session),
        changed_datasets=tuple(sorted(approved.changed(session))),
    )


def _opened_datasets(session: Session) -> tuple[str, ...]:
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
        .order_by(model.Package.id)
    )
    return tuple(found for found, kind in rows if permits.is_governed(kind))


def _opened_resources(session: Session) -> tuple[str, ...]:
    released = sa.exists().where(
        ResourceFile.resource_id == model.Resource.id,
        ResourceFile.released_at.is_not(None),
        ResourceFile.retired_at.is_(None),
    )
    rows = session.execute(
        sa.select(model.Resource.id, model.Package.type)
        .join(model.Package, model.Package.id == model.Resource.package_id)
        .where(
            model.Resource.state == "active",
            model.Package.state == "active",
            sa.not_(released),
            model.Resource.url.not_like("%/minta-data/" + model.Resource.id),
        )
        .order_by(model.Resource.id)
    )
    return tuple(found for found, kind in rows if permits.is_governed(kind))


def sweep(session: Session, *, older_than_seconds: int = 3600) -> dict[str, int]:
    """Removes files without a row that are older than any upload lasts; returns how many in each store."""
    found = compare(session)
    removed: dict[str, int] = {}
    for name in ("vault", "public"):
        old = old_strays(found, name, older_than_seconds)
        for location in old:
            store.remove(name, location)
        removed[name] = len(old)
    return removed


def old_strays(found: Difference, name: store.StoreName, older_than_seconds: int) -> list[str]:
    """Files without a row in this store that are at least so old."""
    strays = found.vault_strays if name == "vault" else found.public_strays
    return [location for location in strays if _age_seconds(name, location) >= older_than_seconds]


def clean_name(name: str) -> str:
    """A file name without folders and control characters, 200 characters at most, its ending kept."""
    base = re.sub(r"[\x00-\x1f\x7f\"]", "", re.split(r"[\\/]", name or "")[-1]).strip(". ") or "berkas"
    path = Path(base)
    return f"{path.stem[: 200 - len(path.suffix[:20])]}{path.suffix[:20]}"


def _age_seconds(name: Any, location: str) -> float:
    path = store.local_path(name, location)
    if path is None:
        # Stores elsewhere have rules of their own for age; an explicit sweep there takes what it finds.
        return float("inf")
    try:
        return clock.now().timestamp() - path.stat().st_mtime
    except FileNotFoundError:  # its transaction ended meanwhile
        return 0
