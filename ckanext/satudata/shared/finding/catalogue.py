"""What a harvester may ask of the DCAT catalogue, read by us: ckanext-dcat fails on an instant with a zone.

`modified_since` is any ISO 8601 day or instant; one without a zone is UTC, as all times of the API are.
"""

from __future__ import annotations

from datetime import timezone
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchError
from dateutil.parser import isoparse

from ckanext.satudata.shared.boundary import is_storable

ASKED = ("page", "modified_since", "q", "fq")
LAST_PAGE = 100_000


class _NotUnderstood(tk.ValidationError):
    """ckanext-dcat prints the error on its page as it stands, so it must read as a sentence."""

    def __str__(self) -> str:
        return " ".join(text for texts in self.error_dict.values() for text in texts)


@tk.chained_action
@tk.side_effect_free
def catalogue(next_action, context, data_dict):
    """ckanext-dcat's own, with `modified_since` as a day or an instant of any zone."""
    for name in ASKED:
        if not isinstance(data_dict.get(name) or "", (str, int)) or not is_storable(data_dict.get(name)):
            raise _NotUnderstood({name: [tk._("This must be text.")]})
    page = str(data_dict.get("page") or 1)
    if not page.isdecimal() or not 1 <= int(page) <= LAST_PAGE:
        raise _NotUnderstood({"page": [tk._("Pages are counted from 1.")]})
    since = data_dict.get("modified_since")
    if since:
        data_dict = {**data_dict, "modified_since": _as_utc(str(since))}
    try:
        return _written(next_action, context, data_dict)
    except SearchError:
        raise _NotUnderstood({"q": [tk._("The search could not be understood.")]}) from None


@tk.chained_action
def dataset(next_action, context, data_dict):
    """ckanext-dcat's own description of one dataset, in a format and with profiles that it knows."""
    return _written(next_action, context, data_dict)


catalogue.auth_audit_exempt = dataset.auth_audit_exempt = True


def formats() -> list[str]:
    """The endings of addresses that ckanext-dcat answers."""
    from ckanext.dcat.utils import CONTENT_TYPES

    return list(CONTENT_TYPES)


def _written(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    from ckanext.dcat.processors import RDFProfileException
    from ckanext.dcat.utils import url_to_rdflib_format

    known = {name for ending in formats() for name in (ending, url_to_rdflib_format(ending))}
    if data_dict.get("format") and (not isinstance(data_dict["format"], str) or data_dict["format"] not in known):
        said = tk._("This format is not known. Choose one of: {formats}.").format(formats=", ".join(formats()))
        raise _NotUnderstood({"format": [said]})
    profiles = data_dict.get("profiles") or None
    if isinstance(profiles, str):
        profiles = profiles.split(",")
    try:
        if profiles and not (isinstance(profiles, list) and all(isinstance(name, str) for name in profiles)):
            raise RDFProfileException()
        return next_action(context, {**data_dict, "profiles": profiles})
    except RDFProfileException:
        raise _NotUnderstood({"profiles": [tk._("This profile is not known.")]}) from None


def _as_utc(text: str) -> str:
    """The instant in UTC without its zone, as ckanext-dcat writes it into its query. Raises ValidationError."""
    try:
        # In an address an unescaped + is a blank.
        at = isoparse(text.strip().replace(" ", "+"))
        return (at.astimezone(timezone.utc) if at.tzinfo else at).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        said = tk._("Write a date as 2026-01-31, or an instant as 2026-01-31T09:00:00Z.")
        raise _NotUnderstood({"modified_since": [said]}) from None


def chains(loaded: Any) -> dict[str, Any]:
    """The chained actions for the dcat plugins that `loaded` says are there."""
    found: dict[str, Any] = {}
    if loaded("dcat"):
        found.update(dcat_catalog_show=catalogue, dcat_catalog_search=catalogue, dcat_dataset_show=dataset)
    if loaded("dcat_json_interface"):
        found.update(dcat_datasets_list=catalogue)
    return found
