"""Nightly care for the two stores, and what the doctor says of them.

Stores on another machine are left to `ckan satudata vault sweep` and `audit`: listing them may take long, and the
age of a file there is not known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import ckan.model as model

from ckanext.satudata.shared import doctor, periodic, store, vault

log = logging.getLogger(__name__)

STRAY_SECONDS = 24 * 3600
"""No upload lasts so long: a file without a row that is older was left by a kill."""


def _local_root(name: store.StoreName) -> Path | None:
    return store.local_path(name, ".")


@periodic.every(minutes=24 * 60, name="sweep_stores")
def sweep() -> None:
    """Removes what killed uploads left."""
    if not all(_local_root(name) for name in ("vault", "public")):
        return
    removed = vault.sweep(model.Session, older_than_seconds=STRAY_SECONDS)
    if any(removed.values()):
        log.info("Files without a row removed: %s", removed)


@doctor.check("stores", "The vault and the public store hold what they should, and the vault is closed to others.")
def stores() -> Iterator[doctor.Problem]:
    """Vault and public store hold what the tables say, and nobody else can look into the vault."""
    root = _local_root("vault")
    if root is None or _local_root("public") is None:
        return
    if root.exists() and root.stat().st_mode & 0o007:
        yield doctor.Problem("Others on the machine can look into the vault.", "Run chmod o-rwx on its folder.")
    found = vault.compare(model.Session)
    if found.vault_missing or found.public_missing:
        yield doctor.Problem(
            "{count} files are named in the tables but not in the stores.",
            "Run ckan satudata vault audit, and bring them back from the backup.",
            params={"count": len(found.vault_missing) + len(found.public_missing)},
        )
    opened = len(found.opened_datasets) + len(found.opened_resources)
    if opened:
        yield doctor.Problem(
            "{count} datasets or addresses are open in CKAN's tables that no release opened.",
            "Run ckan satudata vault audit; somebody writes to the database past CKAN.",
            params={"count": opened},
        )
    if found.changed_datasets:
        yield doctor.Problem(
            "{count} published datasets are not as they were approved.",
            "Run ckan satudata vault audit; withdraw them, or restore them from the backup.",
            params={"count": len(found.changed_datasets)},
        )
    strays = len(found.public_strays)
    if strays and vault.old_strays(found, "public", STRAY_SECONDS):
        yield doctor.Problem(
            "{count} files in the public store belong to no released dataset.",
            "Run ckan satudata vault sweep.",
            params={"count": strays},
        )
    if vault.old_strays(found, "vault", 2 * STRAY_SECONDS):
        yield doctor.Problem("Files of interrupted uploads stay in the vault.", "Run ckan satudata vault sweep.", False)
