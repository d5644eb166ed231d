"""Addresses of search pages with parts that mean nothing there lead to the same search without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import flask
from flask import Blueprint
from werkzeug.exceptions import HTTPException

from ckanext.satudata.shared import hooks
from ckanext.satudata.shared.finding import search_pages

satudata_search_pages = Blueprint("satudata_search_pages", __name__)


@hooks.before(satudata_search_pages, "dataset", "organization", "group", "user")
def tidy():
    """A redirect to the address without them, or nothing to do."""
    is_list = tk.request.endpoint in search_pages.LISTS
    if not (is_list or tk.request.endpoint in search_pages.PAGES) or tk.request.method not in ("GET", "HEAD"):
        return None
    given = list(tk.request.args.items(multi=True))
    kept = search_pages.without_unknown_page(given) if is_list else search_pages.tidy(given)
    if kept == given:
        return None
    address = tk.h.url_for(tk.request.path)
    return flask.redirect(f"{address}?{urlencode(kept)}" if kept else address)


def require_page(count: int, asked: Mapping[str, Any]) -> None:
    """Leads who asks a search page for a page behind the last one to the last one.

    `count` is how many were found, `asked` the search's own parameters (`start`, `rows`).
    """
    if not tk.request or tk.request.endpoint not in search_pages.PAGES or "page" not in tk.request.args:
        return
    start, rows = int(asked.get("start") or 0), int(asked.get("rows") or 0)
    if rows and 0 < count <= start:
        given = [(name, value) for name, value in tk.request.args.items(multi=True) if name != "page"]
        last = ("page", str(-(-count // rows)))
        raise HTTPException(response=flask.redirect(f"{tk.h.url_for(tk.request.path)}?{urlencode([*given, last])}"))
