"""`/data-terbuka.atom`: the newest open data, for feed readers (RFC 4287)."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, Response

from ckanext.satudata import config
from ckanext.satudata.domain import signs
from ckanext.satudata.shared.publishing import opened

satudata_opened = Blueprint("satudata_opened", __name__)
NAMESPACE = "http://www.w3.org/2005/Atom"
ENTRIES, WORDS = 50, 600
"""Entries of the feed, and signs of a description in it."""
ALWAYS_ASK = "public, no-cache"
"""What is kept elsewhere is asked for anew each time: data may be narrowed at any moment."""


@satudata_opened.route("/data-terbuka.atom")
def feed():
    """The newest, by the day on which they became open; answers 304 to who has the same already."""
    response = Response(_xml(_newest()), mimetype="application/atom+xml", headers={"Cache-Control": ALWAYS_ASK})
    response.add_etag()
    return response.make_conditional(tk.request)


def _newest() -> list[Any]:
    found = opened.opened().subquery()
    agency = sa.orm.aliased(model.Group)
    query = (
        sa.select(model.Package.id, model.Package.name, model.Package.title, model.Package.notes, found.c.at)
        .add_columns(sa.func.coalesce(sa.func.nullif(agency.title, ""), agency.name).label("agency"))
        .join(found, found.c.package_id == model.Package.id)
        .outerjoin(agency, agency.id == found.c.organization_id)
        .where(found.c.at.is_not(None))
        .order_by(found.c.at.desc(), model.Package.id)
        .limit(ENTRIES)
    )
    return list(model.Session.execute(query))


def _xml(rows: list[Any]) -> str:
    own, government = _address("satudata_opened.feed", locale=None), config.government_name()
    feed_ = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": tk.h.lang()})
    _add(feed_, "id", own)
    _add(feed_, "title", tk._("Newly opened data of {government}").format(government=government))
    _add(feed_, "updated", _instant(rows[0].at) if rows else "1970-01-01T00:00:00Z")
    _add(feed_, "link", rel="self", type="application/atom+xml", href=own)
    _add(feed_, "link", rel="alternate", type="text/html", href=_address("dataset.search", locale=None))
    _add(_add(feed_, "author"), "name", government)
    for row in rows:
        entry = _add(feed_, "entry")
        _add(entry, "id", _address("dataset.read", id=row.id))
        _add(entry, "title", row.title or row.name)
        _add(entry, "updated", _instant(row.at))
        _add(entry, "published", _instant(row.at))
        _add(entry, "link", rel="alternate", type="text/html", href=_address("dataset.read", id=row.name, locale=None))
        if row.agency:
            _add(_add(entry, "author"), "name", row.agency)
        text = html.unescape(str(tk.h.markdown_extract(row.notes or "", extract_length=WORDS)))
        _add(entry, "summary", text, type="text")
    return ElementTree.tostring(feed_, encoding="unicode", xml_declaration=True)


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name, attributes)
    child.text = signs.held(text) or None
    return child


def _address(endpoint: str, locale: str | None = "default", **values: str) -> str:
    """The absolute address; with no `locale` in the reader's language."""
    return tk.h.url_for(endpoint, qualified=True, **({"locale": locale} if locale else {}), **values)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
