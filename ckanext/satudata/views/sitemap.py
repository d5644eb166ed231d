"""`/sitemap.xml`: the pages of what is public, for search engines (sitemaps.org, protocol 0.9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, Response

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.model.dataset_state import DatasetState

satudata_sitemap = Blueprint("satudata_sitemap", __name__)
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000
"""Addresses the protocol allows in one file."""


def _published() -> sa.Select:
    """Name and last change of each published dataset; a withdrawn one's stub is not a page to find."""
    return (
        sa.select(model.Package.name, model.Package.metadata_modified)
        .join(DatasetState, DatasetState.package_id == model.Package.id)
        .where(
            DatasetState.state == DatasetStage.PUBLISHED.value,
            model.Package.state == "active",
            model.Package.private.is_(False),
        )
        .order_by(model.Package.id)
    )


def _agencies() -> sa.Select:
    return (
        sa.select(model.Group.name)
        .where(model.Group.is_organization.is_(True), model.Group.state == "active")
        .order_by(model.Group.name)
    )


def _address(endpoint: str, **values: object) -> str:
    return tk.h.url_for(endpoint, qualified=True, locale="default", **values)


def _xml(root: str, item: str, places: Iterable[tuple[str, datetime | None]]) -> Response:
    tree = ElementTree.Element(root, xmlns=NAMESPACE)
    for address, changed in places:
        entry = ElementTree.SubElement(tree, item)
        ElementTree.SubElement(entry, "loc").text = address
        if changed is not None:
            ElementTree.SubElement(entry, "lastmod").text = f"{changed:%Y-%m-%dT%H:%M:%SZ}"
    text = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return Response(text, content_type="application/xml; charset=utf-8")


@satudata_sitemap.route("/sitemap.xml")
def index():
    """Everything where one file holds it, else the list of files."""
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(_published().subquery()))
    if count <= MOST:
        return _xml("urlset", "url", [*_front(), *_datasets(0)])
    files = [(_address("satudata_sitemap.part", number=number), None) for number in range(1, -(-count // MOST) + 1)]
    return _xml("sitemapindex", "sitemap", files)


@satudata_sitemap.route("/sitemap-<int:number>.xml")
def part(number: int):
    """One file of a long list; the first one begins with the portal's own pages."""
    found = _datasets((number - 1) * MOST) if 0 < number < 10_000 else []
    if not found:
        return tk.abort(404)
    return _xml("urlset", "url", [*(_front() if number == 1 else []), *found])


def _front() -> list[tuple[str, datetime | None]]:
    own = ["home.index", "dataset.search", "organization.index"]
    agencies = model.Session.scalars(_agencies())
    return [
        *((_address(endpoint), None) for endpoint in own),
        *((_address("organization.read", id=name), None) for name in agencies),
    ]


def _datasets(offset: int) -> list[tuple[str, datetime | None]]:
    rows = model.Session.execute(_published().limit(MOST).offset(offset))
    return [(_address("dataset.read", id=row.name), row.metadata_modified) for row in rows]
