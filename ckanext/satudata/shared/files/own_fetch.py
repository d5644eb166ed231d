"""The portal fetches its own files: xloader makes rows of them, resource_proxy shows them. Neither asked nor counted.

Such a fetch carries a header that this portal alone can make, for one address and some minutes. It tells who asks and
opens nothing: what may be had is asked as ever.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from itsdangerous import BadSignature, URLSafeTimedSerializer

HEADER = "X-Satudata-Internal"
SECONDS = 300


def header_for(url: str) -> dict[str, str]:
    """The header for an address of this portal; nothing for one elsewhere, which must not see it."""
    asked = urlsplit(url)
    own = (urlsplit(str(tk.config.get(name) or "")) for name in ("ckan.site_url", "ckanext.xloader.site_url"))
    if not any(asked.netloc and (asked.scheme, asked.netloc) == (one.scheme, one.netloc) for one in own):
        return {}
    return {HEADER: _signer().dumps(_path(asked.path))}


def is_own(header: str | None, path: str) -> bool:
    """Whether the portal itself asks for this path."""
    if not header:
        return False
    try:
        return bool(_signer().loads(header, max_age=SECONDS) == _path(path))
    except BadSignature:
        return False


def _path(path: str) -> str:
    """From `/dataset/` or `/datastore/` on: root path and language stand before it or not."""
    return path[max(path.find("/dataset/"), path.find("/datastore/"), 0) :]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(tk.config["SECRET_KEY"]), salt="satudata-own-fetch")


class _Requests:
    """The module `requests` as a plugin uses it, with our header for our addresses."""

    def __init__(self, requests: Any):
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._requests, name)
        return _marked(found) if name in ("get", "head") else found


def _marked(ask: Any) -> Any:
    @functools.wraps(ask)
    def asked(url: str, *args: Any, **kw: Any) -> Any:
        mark = header_for(url)
        return ask(url, *args, **({**kw, "headers": {**(kw.get("headers") or {}), **mark}} if mark else kw))

    return asked


def begin() -> None:
    """Puts itself before what these plugins fetch with, where they are loaded; safe to repeat."""
    for plugin, module in (("xloader", "ckanext.xloader.jobs"), ("resource_proxy", "ckanext.resourceproxy.blueprint")):
        if not p.plugin_loaded(plugin):
            continue
        fetching: Any = importlib.import_module(module)
        if not isinstance(fetching.requests, _Requests):
            fetching.requests = _Requests(fetching.requests)
