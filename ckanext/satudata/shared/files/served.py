"""What the core row of a resource may say: the page where it can be asked for, or the released file."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.lib import munge

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject

EDIT_KEYS = ("satudata_file", "satudata_address")
"""Under these keys an editor sees the secret values; they are dropped on every save."""

LEVEL_FROM = "access_level_from"
"""`dataset` where the level that a resource states is its dataset's, and no stricter one of its own."""

_FACTS = ("hash", "size", "mimetype", "mimetype_inner", "cache_url", "cache_last_updated", "url_type")

_OF_THE_FILE = frozenset(
    {"datastore_active", "datastore_contains_all_records_of_source_file", "original_url", "ckan_url", "ignore_hash"}
)
"""What loaders write into a resource."""


def ask_address(resource_id: str) -> str:
    """The absolute address of the page that tells how to get this resource."""
    return tk.url_for("satudata_data.ask", resource_id=resource_id, _external=True, locale="default")


def state_level(resource: dict[str, Any], level: str) -> None:
    """Makes a resource that has no level of its own state its dataset's: who reads it alone sees why it is not open."""
    if not resource.get("access_level"):
        resource.update({"access_level": level, LEVEL_FROM: "dataset"})


def forget_level(resource: dict[str, Any]) -> None:
    """Takes out what `state_level` wrote: the resource follows its dataset again."""
    if resource.pop(LEVEL_FROM, None):
        resource["access_level"] = ""


def hide(resource: dict[str, Any], real_format: str) -> None:
    """Makes the dict say only what may be served of a file that is not open. Touches nothing that is so already."""
    wanted = {"url": ask_address(resource["id"]), "format": "HTML", "data_format": real_format}
    for key, value in wanted.items():
        if resource.get(key) != value and (value or resource.get(key)):
            resource[key] = value
    for key in _FACTS:
        if resource.get(key):
            resource[key] = None if key == "size" else ""
    for key in EDIT_KEYS:
        resource.pop(key, None)


def hide_row(resource: Any, real_format: str) -> None:
    """`hide` for CKAN's row of a resource that was public: from now on it says where to ask."""
    resource.url, resource.url_type, resource.format = ask_address(resource.id), None, "HTML"
    resource.hash, resource.size, resource.mimetype, resource.mimetype_inner = "", None, None, None
    resource.cache_url = resource.cache_last_updated = None
    kept = {key: value for key, value in (resource.extras or {}).items() if key not in _OF_THE_FILE}
    resource.extras = {**kept, "data_format": real_format}


def show(resource: dict[str, Any], file: ResourceFile, kept: VaultObject | None) -> None:
    """Makes the dict say where the released file is."""
    resource["format"] = resource["data_format"] = file.real_format
    if kept is None:
        resource.update(url=file.address or "", url_type="", hash="", size=None, mimetype="")
        return
    resource.update(
        # CKAN makes the absolute download address of this when it shows the resource.
        url=munge.munge_filename(kept.original_name),
        url_type="upload",
        hash=kept.sha256,
        size=kept.size_bytes,
        mimetype=kept.content_type,
    )


def checked_address(url: str) -> str:
    """An external address as it may be kept. Raises Invalid."""
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https", "ftp") or not parts.hostname:
        raise Invalid(
            "This is not an address of the web.",
            field="url",
            mend="Write the whole address, beginning with https://, or upload the file.",
        )
    if parts.username or parts.password:
        raise Invalid(
            "The address contains a user name or a password.",
            field="url",
            mend="Leave them out of the address; it may be shown to the public.",
        )
    return url.strip()


def format_of(name_or_address: str) -> str:
    """The format that the ending of a file name or an address tells, in capitals; empty where it tells none."""
    ending = PurePosixPath(urlsplit(name_or_address).path).suffix.lstrip(".").upper()
    return ending if re.fullmatch("[A-Z0-9]{1,20}", ending) else ""


def clean_format(typed: object) -> str:
    """A format as somebody wrote it, on one line and without signs that no format has; 40 characters at most."""
    return " ".join(re.sub(r"[^\w .,+/():;=-]", " ", str(typed or "")).split())[:40]
