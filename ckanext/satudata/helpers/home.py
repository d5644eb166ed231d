"""Numbers, topics and newest releases of the first page; what anybody may see, whoever looks."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search import SearchError
from flask import g

from ckanext.satudata.model.download import Download
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.clock import now
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.publishing import dataset_names

TOPICS = 12
NEWEST = 5
LISTS = {"urusan": "urusan", "cakupan_wilayah": "wilayah"}
"""Facets whose values are codes of a vocabulary."""


def satudata_home_numbers() -> dict[str, Any]:
    """`open`, `limited`, `producers`, `downloads` (this month), `topics` (label, count, url) and `newest` datasets."""
    found = _public()
    facets = found["search_facets"]
    levels = {item["name"]: item["count"] for item in _items(facets, "access_level")}
    topics = sorted(_items(facets, "urusan"), key=lambda item: -item["count"])[:TOPICS]
    return {
        "open": levels.get("terbuka", 0),
        "limited": levels.get("terbatas", 0),
        "producers": len(_items(facets, "organization")),
        "downloads": _downloads_this_month(),
        "newest": found["results"],
        "topics": [
            {
                "label": satudata_facet_label("urusan", item["name"], item["display_name"]),
                "count": item["count"],
                "url": tk.h.url_for("dataset.search", urusan=item["name"]),
            }
            for item in topics
        ],
    }


def _public() -> dict[str, Any]:
    query = {
        "q": "*:*",
        "fq": "+dataset_type:dataset",
        "facet.field": ["access_level", "organization", "urusan"],
        "facet.limit": -1,
        "rows": NEWEST,
        "sort": "metadata_created desc",
    }
    try:
        # An empty user: an officer sees here what a visitor sees.
        return tk.get_action("package_search")({"user": "", "auth_user_obj": None}, query)
    except SearchError:
        return {"search_facets": {}, "results": []}


def satudata_dataset_count(group: dict[str, Any]) -> int:
    """How many datasets of an agency or group the page of it lists for who looks, drafts of his own included.

    CKAN's `package_count` counts what says "withdrawn" too.
    """
    field = "organization" if group.get("is_organization") else "groups"
    if "satudata_dataset_counts" not in g:
        g.satudata_dataset_counts = _counted()
    return g.satudata_dataset_counts.get(field, {}).get(group["name"], 0)


def _counted() -> dict[str, dict[str, int]]:
    query = {
        "fq": f"+dataset_type:dataset -name:{dataset_names.STUB_PREFIX}*",
        "facet.field": ["organization", "groups"],
        "facet.limit": -1,
        "rows": 0,
        "include_private": True,
    }
    try:
        return tk.get_action("package_search")({}, query)["facets"]
    except SearchError:
        return {}


def _items(facets: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return facets.get(name, {}).get("items", [])


def _downloads_this_month() -> int:
    first = now().astimezone(wording.time_zone()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counted = sa.select(sa.func.count()).select_from(Download).where(Download.at >= first, downloads.counted())
    return model.Session.scalar(counted) or 0


def satudata_facet_label(field: str, value: str, display: str | None = None) -> str:
    """A facet's value as people read it: the level's name, the agency's, the topic's."""
    if field == "access_level":
        level = tk.h.satudata_level(value)
        return level["label"] if level else value
    if field == "organization" and not display:
        group = model.Group.get(value)
        return group.title if group and group.title else value
    if field in LISTS:
        return tk.h.satudata_term(LISTS[field], value) or value
    return display or value
