"""The search index follows the tables: with the transaction where it can, after a kill by itself.

On PostgreSQL an entry is written in the transaction of its dataset. A Solr knows no transactions: there an entry that
is to be hidden is taken out before the commit, one that is to be shown is written after it, and `catch_up` mends what
a kill in between left.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import ckan.lib.search.common as search
import ckan.logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from dateutil.parser import isoparse

from ckanext.satudata.shared import notices, periodic

log = logging.getLogger(__name__)

PAGE = 5_000
MOST_SECONDS = 60
"""As long as one run of `catch_up` may keep other periodic work waiting; the next run goes on."""

Facts = tuple[Any, ...]


def is_transactional() -> bool:
    """Whether the index is written with the caller's transaction and falls with it."""
    return bool(getattr(search.make_connection(), "is_transactional", False))


def write_along(package_id: str, *, hides: bool) -> None:
    """Call in the transaction that changes who may see a dataset, after the flush; does not commit.

    With `hides` nobody finds the former entry from the commit on, in any engine. Call `finish` after the commit.
    """
    if is_transactional():
        _index(package_id)
    elif hides:
        ckan.logic.index_remove_package(package_id)


def finish(package_id: str) -> None:
    """After the commit: brings the entry up to date where `write_along` could not. Commits."""
    if not is_transactional():
        refresh(package_id)


@notices.work("dataset_indexed")
def _finish_later(params: Mapping[str, Any]) -> None:
    """`finish` for the outbox: `package_id`."""
    finish(params["package_id"])


def refresh(package_id: str) -> None:
    """Makes one entry what its dataset says. Commits.

    The dataset's row is locked meanwhile, so that what was read before somebody's change is not written after it.
    """
    package = model.Session.execute(
        sa.select(model.Package).where(model.Package.id == package_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if package is None or package.state == model.State.DELETED and tk.config["ckan.search.remove_deleted_packages"]:
        ckan.logic.index_remove_package(package_id)
    else:
        _index(package_id)
    model.Session.commit()


def differences() -> list[str]:
    """Ids of datasets whose entry is not what the tables say, those without an entry last."""
    indexed, stored = _indexed(), _stored()
    wrong = [package_id for package_id, facts in indexed.items() if stored.get(package_id) != facts]
    return wrong + [package_id for package_id in stored if package_id not in indexed]


@periodic.every(minutes=5, name="search_index")
def catch_up() -> int:
    """Mends the differences, one dataset in a transaction; returns how many were mended."""
    mended, until = 0, time.monotonic() + MOST_SECONDS
    for package_id in differences():
        if time.monotonic() > until:
            break
        try:
            refresh(package_id)
            mended += 1
        except Exception:
            model.Session.rollback()
            log.exception("The search index has no true entry of the dataset %s", package_id)
    if mended:
        log.info("%d entries of the search index were out of date", mended)
    return mended


def _index(package_id: str) -> None:
    ckan.logic.index_update_package({"ignore_auth": True, "use_cache": False, "validate": True}, package_id)


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """The dicts of each dataset that the index holds for answers, with its id; for the audit."""
    for entry in _entries("id,data_dict,validated_data_dict", 200):
        for key in ("data_dict", "validated_data_dict"):
            if entry.get(key):
                yield entry["id"], json.loads(entry[key])


def _indexed() -> dict[str, Facts]:
    """What the index says of each dataset of this portal."""
    found: dict[str, Facts] = {}
    for entry in _entries("id,metadata_modified,capacity,organization,state", PAGE):
        modified = _instant(isoparse(entry["metadata_modified"])) if entry.get("metadata_modified") else None
        found[entry["id"]] = modified, entry.get("capacity"), entry.get("organization"), entry.get("state")
    return found


def _entries(fields: str, at_once: int) -> Iterator[dict[str, Any]]:
    client, seen = search.make_connection(decode_dates=False), 0
    wanted = {
        "q": "*:*",
        "fq": [f'+site_id:"{tk.config["ckan.site_id"]}"', "+entity_type:package"],
        "fl": fields,
        "sort": "index_id asc",
        "rows": at_once,
    }
    while page := list(client.search(**wanted, start=seen)):
        yield from page
        seen += len(page)
        if len(page) < at_once:
            break


def _stored() -> dict[str, Facts]:
    """What the tables say, in the same words."""
    package, agency = model.Package, model.Group
    rows = sa.select(package.id, package.metadata_modified, package.private, agency.name, package.state)
    rows = rows.outerjoin(agency, agency.id == package.owner_org)
    if tk.config["ckan.search.remove_deleted_packages"]:
        rows = rows.where(package.state != model.State.DELETED)
    return {
        package_id: (_instant(modified), "private" if private else "public", organization, state)
        for package_id, modified, private, organization, state in model.Session.execute(rows)
    }


def _instant(value: datetime | None) -> tuple[datetime, int] | None:
    """As far as engines keep it alike: to the hundredth of a second, as CKAN compares it."""
    return None if value is None else (value.replace(tzinfo=None, microsecond=0), value.microsecond // 10_000)
