"""Picking data: only what everybody may have now, in the version that is public now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import chart_kept
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.post import MOST_SOURCES
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import access, chart
from ckanext.satudata.shared.publishing import permits, posts

FOUND = 20
"""Datasets that a search for data shows."""


def picked(session: Session, ids: Sequence[str], before: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The picks of these resources, in this order: what was picked before keeps its version.

    Only a version that was narrowed, in a resource that is open again, gives way to the one that is public now.
    Raises Invalid at `sources` for what is not open, whoever asks: an open post is made of open data.
    """
    ids = list(dict.fromkeys(ids))
    if len(ids) > MOST_SOURCES:
        raise Invalid("These are too many files: at most {most}.", field="sources", most=MOST_SOURCES)
    known = {one["resource_id"]: one for one in before}
    return [known[id_] if id_ in known and _stays(session, known[id_]) else _pick(session, id_) for id_ in ids]


def _stays(session: Session, before: dict[str, Any]) -> bool:
    return posts.is_source_open(session, before) or not access.is_open(session, before["resource_id"])


def _pick(session: Session, resource_id: str) -> dict[str, Any]:
    resource = session.get(model.Resource, resource_id)
    package = session.get(model.Package, resource.package_id) if resource is not None else None
    file = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    governed = package is not None and permits.is_governed(package.type)
    if package is None or file is None or not governed or not access.is_open(session, resource_id):
        raise Invalid(
            "Only files of published open data can be picked.",
            field="sources",
            mend="Pick one from the list; what is limited, closed or a draft is not in it.",
        )
    extras = package.extras or {}
    return {
        "package_id": package.id,
        "resource_id": resource_id,
        "file_id": file.id,
        "version": file.version,
        "picked_at": clock.now().isoformat(),
        "chart": _chart(session, resource_id, extras),
    }


def _chart(session: Session, resource_id: str, extras: dict[str, Any]) -> dict[str, Any] | None:
    """The chart of this version, kept with the pick; None where the file allows none."""
    told = {"unit": str(extras.get("satuan") or ""), "measure_kind": str(extras.get("ukuran") or "")}
    try:
        found = chart.of_resource(session, resource_id, **told)
    except Invalid:
        return None
    return chart_kept.plain(found) if found is not None else None


def search(session: Session, words: str) -> list[dict[str, Any]]:
    """Public datasets found by these words, with their open files: `title`, `organization`, `files`."""
    asked = {"q": words, "fq": "+dataset_type:dataset +access_level:terbuka", "rows": FOUND}
    results = tk.get_action("package_search")({"user": "", "ignore_auth": False}, asked)["results"]
    found = []
    for package in results:
        files = [one for one in package["resources"] if access.is_open(session, one["id"])]
        if files:
            organization = package.get("organization") or {}
            found.append({**package, "organization_title": organization.get("title") or "", "files": files})
    return found
