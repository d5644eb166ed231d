"""`satudata_search`: search on PostgreSQL where no `solr_url` is set."""

from __future__ import annotations

import ckan.lib.search as search
import ckan.lib.search.common as common
import ckan.lib.search.index as index
import ckan.lib.search.query as query
import ckan.plugins as p
import pysolr

EMBEDDED = "satudata://postgresql"


class _Nothing:
    """Stands in until the engine is there: keeps nothing, finds nothing."""

    def add(self, *args, **kwargs):
        """Keeps nothing."""

    delete = commit = add

    def search(self, *args, **kwargs):
        """Finds nothing."""
        return pysolr.Results({"response": {"docs": [], "numFound": 0}, "facet_counts": {"facet_fields": {}}})


class SearchPlugin(p.SingletonPlugin):
    """Search on PostgreSQL where no `solr_url` is set."""

    p.implements(p.IConfigurer)

    def update_config(self, config):
        if config.get("solr_url") and config["solr_url"] != EMBEDDED:
            return
        config["solr_url"] = EMBEDDED
        for module in (search, common, index, query):
            module.make_connection = lambda decode_dates=True: _Nothing()
        search.check_solr_schema_version = lambda schema_file=None: True
