"""`satudata_search`: search on PostgreSQL where no `solr_url` is set."""

from __future__ import annotations

import ckan.plugins as p

from ckanext.satudata.search import install
from ckanext.satudata.shared.room import Room


class SearchPlugin(Room):
    """Search on PostgreSQL where no `solr_url` is set; with one it stands aside."""

    p.implements(p.IConfigurer)

    def update_config(self, config):
        install.into(config)
