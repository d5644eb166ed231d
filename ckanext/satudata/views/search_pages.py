"""Addresses of search pages with parts that mean nothing there lead to the same search without them."""

from __future__ import annotations

from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import flask
from flask import Blueprint

from ckanext.satudata.shared import search_pages

satudata_search_pages = Blueprint("satudata_search_pages", __name__)


@satudata_search_pages.before_app_request
def tidy():
    """A redirect to the address without them, or nothing to do."""
    if tk.request.endpoint not in search_pages.PAGES or tk.request.method not in ("GET", "HEAD"):
        return None
    given = list(tk.request.args.items(multi=True))
    kept = search_pages.tidy(given)
    if kept == given:
        return None
    address = tk.h.url_for(tk.request.path)
    return flask.redirect(f"{address}?{urlencode(kept)}" if kept else address)
