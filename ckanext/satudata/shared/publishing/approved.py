"""What the public sees, as one hash: journalled by the release, so that the audit finds what was changed past it.

The hash is made of the stored rows. Fields that no reviewer decides are left out, as everywhere
(`shared.publishing.frozen`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import journal, raw_writes
from ckanext.satudata.shared.publishing import frozen

EVENT = "content_released"

_AT_ONCE = 500
_ONE_RELEASE = timedelta(minutes=10)
"""Within this a release, which is one transaction, reaches its entry in the journal."""


def digests(session: Session, package_ids: Collection[str]) -> dict[str, str]:
    """The sha256 of each dataset's public description: its row, tags and resources."""
    package, resource, link = model.Package.__table__, model.Resource.__table__, model.PackageTag.__table__
    columns = sorted({*raw_writes.CONTENT["package"], "type", "owner_org"})
    rows = session.execute(
        sa.select(package.c.id, *(package.c[name] for name in columns)).where(package.c.id.in_(package_ids))
    )
    said: dict[str, dict[str, Any]] = {
        row.id: {**{name: _plain(row._mapping[name]) for name in columns}, "tags": [], "resources": []} for row in rows
    }
    tags = session.execute(
        sa.select(link.c.package_id, model.Tag.name, model.Tag.vocabulary_id)
        .join(model.Tag, model.Tag.id == link.c.tag_id)
        .where(link.c.package_id.in_(package_ids), link.c.state == "active")
    )
    for package_id, name, vocabulary in tags:
        said[package_id]["tags"].append([name, vocabulary or ""])
    columns = sorted({*raw_writes.CONTENT["resource"], "id"})
    files = session.execute(
        sa.select(resource.c.package_id, *(resource.c[name] for name in columns))
        .where(resource.c.package_id.in_(package_ids), resource.c.state == "active")
        .order_by(resource.c.package_id, resource.c.position, resource.c.id)
    )
    for package_id, mine in groupby(files, key=lambda row: row.package_id):
        said[package_id]["resources"] = [{name: _plain(row._mapping[name]) for name in columns} for row in mine]
    return {package_id: _sha(description) for package_id, description in said.items()}


def mark(session: Session, package_id: str, actor: Actor) -> None:
    """Journals what the public sees from now on."""
    payload = {"sha256": digests(session, [package_id])[package_id]}
    journal.append(session, EVENT, actor=actor, subject=("dataset", package_id), payload=payload)


def released_by(session: Session, package_id: str, at: datetime) -> str:
    """The name of who released what became public at that moment; empty for what was public before this portal."""
    entry = (
        sa.select(Journal.actor_name)
        .where(Journal.event == EVENT, Journal.subject_type == "dataset", Journal.subject_id == package_id)
        .where(Journal.at >= at, Journal.at < at + _ONE_RELEASE)
        .order_by(Journal.at, Journal.id)
    )
    return session.scalars(entry.limit(1)).first() or ""


def changed(session: Session) -> Iterator[str]:
    """Ids of published datasets whose public description is not the one that was released.

    What was released before releases were marked so is passed over.
    """
    newest = (
        sa.select(Journal.subject_id, Journal.payload["sha256"].astext.label("sha256"))
        .join(DatasetState, DatasetState.package_id == Journal.subject_id)
        .where(
            Journal.event == EVENT,
            Journal.subject_type == "dataset",
            DatasetState.state == DatasetStage.PUBLISHED.value,
        )
        .distinct(Journal.subject_id)
        .order_by(Journal.subject_id, Journal.id.desc())
    )
    released = {str(row.subject_id): row.sha256 for row in session.execute(newest)}
    ids = list(released)
    for start in range(0, len(ids), _AT_ONCE):
        found = digests(session, ids[start : start + _AT_ONCE])
        for package_id in ids[start : start + _AT_ONCE]:
            if found.get(package_id) != released[package_id]:
                yield package_id


def _plain(value: Any) -> Any:
    """The value without what only its way through CKAN changes: empty is empty."""
    if isinstance(value, dict):
        return {
            key: item for key, item in value.items() if item not in (None, "") and key not in frozen.TECHNICAL_RESOURCE
        }
    return value if value not in (None, "") else None


def _sha(description: dict[str, Any]) -> str:
    description["tags"].sort()
    return hashlib.sha256(json.dumps(description, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
