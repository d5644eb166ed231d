"""Puts the embedded engine where CKAN makes its connection to Solr."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import ckan.lib.search as search
import ckan.lib.search.common as common
import ckan.lib.search.index as index
import ckan.lib.search.query as query

from ckanext.satudata.search.client import Client

EMBEDDED = Client.url
HARVEST = "ckanext.harvest.logic.action.update"

_check_schema = search.check_solr_schema_version


def into(config: MutableMapping[str, Any]) -> bool:
    """Makes PostgreSQL the search engine unless the configuration names a Solr; says whether it did.

    CKAN does not start without a `solr_url`, so a sentinel takes its place. What is replaced stays replaced when
    plugins are unloaded, as CKAN's own tests do between two tests.
    """
    if config.get("solr_url") and config["solr_url"] != EMBEDDED:
        return False
    config["solr_url"] = EMBEDDED
    modules = [search, common, index, query]
    if HARVEST in sys.modules:
        modules.append(sys.modules[HARVEST])
    for module in modules:
        module.make_connection = Client
    search.check_solr_schema_version = check_schema
    return True


def check_schema(schema_file: str | None = None) -> bool:
    """There is no schema to check but one that is handed in."""
    return _check_schema(schema_file) if schema_file else True
