"""The vault (brankas): the private store of files that are not open, or not open yet.

A file and its row are made in the caller's transaction: rolled back, both are gone. Only a kill between
file and row leaves a file without a row; `sweep` finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from ckanext.satudata.domain import media_type
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.model.look import Look
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.shared.files import store


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
    """The bytes of a file, block by block. Raises NotThere. Ask `shared.files.access` first: this asks nobody."""
    return store.open_at("vault", get(session, object_id).location)


def read_bytes(session: Session, object_id: str) -> bytes:
    """The whole of a small file, such as a letter. Raises NotThere."""
    return b"".join(open_stream(session, object_id))


def sha256_of(session: Session, object_id: str) -> str:
    """The hash of the bytes as they lie in the store now. Raises NotThere."""
    return crypto.sha256_of(open_stream(session, object_id))


def delete(session: Session, object_id: str) -> None:
    """Marks the row now and removes the file when the transaction is committed, with what was seen in it.

    Raises NotThere.
    """
    row = get(session, object_id)
    row.deleted_at = clock.now()
    session.execute(Look.forget(object_id))
    session.flush()
    store.remove_after_commit(session, "vault", row.location)


def sweep(session: Session, *, older_than_seconds: int = 3600) -> dict[str, int]:
    """Removes files without a row that are older than any upload lasts; returns how many in each store."""
    removed: dict[str, int] = {}
    names: tuple[store.StoreName, ...] = ("vault", "public")
    for name in names:
        old = old_strays(session, name, older_than_seconds)
        for location in old:
            store.remove(name, location)
        removed[name] = len(old)
    return removed


def old_strays(session: Session, name: store.StoreName, older_than_seconds: int) -> list[str]:
    """Files without a row in this store that are at least so old.

    Where a store does not tell the age, files count as new: only a sweep of everything (0) takes them.
    """
    there = store.entries(name)
    # Asked after the files were listed: a row that is committed meanwhile is found, and its file is left.
    rows = VaultObject.live_locations() if name == "vault" else ResourceFile.public_locations()
    strays = there.keys() - set(session.scalars(rows))
    now = clock.now()
    return sorted(location for location in strays if _age(there[location], now) >= older_than_seconds)


def _age(entry: store.Entry, now: datetime) -> float:
    return (now - entry.written_at).total_seconds() if entry.written_at else 0


def clean_name(name: str) -> str:
    """A file name without folders and control characters, 200 characters at most, its ending kept."""
    base = re.sub(r"[\x00-\x1f\x7f\"]", "", re.split(r"[\\/]", name or "")[-1]).strip(". ") or "berkas"
    path = Path(base)
    return f"{path.stem[: 200 - len(path.suffix[:20])]}{path.suffix[:20]}"
