"""Nightly care for the two stores, and what the doctor says of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import clock, notices, periodic, vault
from ckanext.satudata.shared.care import audit, doctor
from ckanext.satudata.shared.files import object_store, store

log = logging.getLogger(__name__)

STRAY_SECONDS = 24 * 3600
"""No upload lasts so long: a file without a row that is older was left by a kill."""
MOST_NAMED = 50
"""What one mail names."""
AUDIT = "Run ckan satudata access audit; it names each and what to do."


@periodic.every(minutes=24 * 60, name="sweep_stores")
def sweep() -> None:
    """Removes what killed uploads left."""
    removed = vault.sweep(model.Session, older_than_seconds=STRAY_SECONDS)
    if any(removed.values()):
        log.info("Files without a row removed: %s", removed)


@periodic.every(minutes=24 * 60, name="publication_audit")
def look_at_approvals() -> int:
    """Names public content that no approval covers, and tells Walidata and auditor; returns how many."""
    found = audit.uncovered(model.Session)
    ids = [f"{one.kind}: {name}" for one in found for name in one.names]
    day = clock.today().isoformat()
    for role in (Role.WALIDATA, Role.AUDITOR) if ids else ():
        params = {"count": len(ids), "ids": ids[:MOST_NAMED]}
        notices.queue(model.Session, "uncovered_content", to_role=role, params=params, key=f"open:{day}:{role.value}")
    model.Session.commit()
    if ids:
        log.error("%d public things that no approval covers; see ckan satudata publication audit", len(ids))
    return len(ids)


@notices.mail("uncovered_content")
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """Ids, never titles: mails are read in open places."""
    title = tk.config["ckan.site_title"]
    return (
        tk._("Public without an approval: {title}").format(title=title),
        tk._(
            "The nightly check found {count} public datasets or files that no approval covers:\n\n{ids}\n\n"
            "Ask who runs the server for the output of ckan satudata publication audit; it says what to do with each."
        ).format(count=params["count"], ids="\n".join(params["ids"])),
    )


@doctor.check("stores", "The vault and the public store hold what they should, and the vault is closed to others.")
def stores() -> Iterator[doctor.Problem]:
    """Vault and public store hold what the tables say, and nobody else can look into the vault."""
    unusable = list(_reachable())
    yield from unusable
    if unusable:
        return
    yield from _closed()
    found = audit.stores(model.Session)
    for kinds, what in (
        (("vault_missing", "public_missing"), "{count} files are named in the tables but not in the stores."),
        (("vault_altered", "public_altered"), "{count} files in the stores are not what was stored."),
        (
            ("opened_datasets", "opened_resources", "released_files"),
            "{count} datasets or addresses are open in CKAN's tables that no release opened.",
        ),
        (("changed_datasets",), "{count} published datasets are not as they were approved."),
        (("lost_datasets",), "{count} published datasets were deleted past the portal."),
    ):
        count = sum(len(found[kind]) for kind in kinds)
        if count:
            yield doctor.Problem(what, AUDIT, params={"count": count})
    strays = vault.old_strays(model.Session, "public", STRAY_SECONDS) if found["public_strays"] else []
    if strays:
        yield doctor.Problem(
            "{count} files in the public store belong to no released dataset.",
            "Run ckan satudata vault sweep.",
            params={"count": len(strays)},
        )
    if found["vault_strays"] and vault.old_strays(model.Session, "vault", 2 * STRAY_SECONDS):
        yield doctor.Problem("Files of interrupted uploads stay in the vault.", "Run ckan satudata vault sweep.", False)


def _reachable() -> Iterator[doctor.Problem]:
    """Object stores are tried with a file of the doctor's own; folders are looked at by the check `storage`."""
    names: tuple[store.StoreName, ...] = ("vault", "public")
    for name in names:
        made = store.store(name)
        if not object_store.is_one(made):
            continue
        try:
            object_store.try_out(made)
        except Exception as error:
            said = object_store.fault(error, vars(made.settings)) or type(error).__name__
            yield doctor.Problem(
                "The portal cannot write to and read from the store {name}: {said}",
                "Correct ckanext.satudata.{name}.*, or the rights of its key.",
                params={"name": name, "said": said},
            )


def _closed() -> Iterator[doctor.Problem]:
    made = store.store("vault")
    if object_store.is_one(made):
        if object_store.is_public(made):
            yield doctor.Problem(
                "Anybody can read the vault's bucket without a key.",
                "Close the bucket to the public at once (its policy and its access lists), then look into the store's "
                "log.",
            )
        if tk.config["ckan.max_resource_size"] > object_store.MOST_MEGABYTES:
            yield doctor.Problem(
                "Files larger than {most} MB do not go into an S3 store in one piece.",
                "Set ckan.max_resource_size to {most} or less.",
                False,
                {"most": object_store.MOST_MEGABYTES},
            )
        return
    root = store.local_path("vault", ".")
    for folder in store.served_folders() if root is not None else ():
        if store.lies_in(root.resolve(), folder):
            yield doctor.Problem(
                "The vault lies in a folder that the web server gives out: {folder}.",
                "Move it, and set ckanext.satudata.vault.path to where it is then.",
                params={"folder": str(folder)},
            )
    if root is not None and root.exists() and root.stat().st_mode & 0o007:
        yield doctor.Problem("Others on the machine can look into the vault.", "Run chmod o-rwx on its folder.")
