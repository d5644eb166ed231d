"""`satudata_publication`: preparation, approval, publishing of datasets."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk


class PublicationPlugin(p.SingletonPlugin):
    """preparation, approval, publishing of datasets."""

    p.implements(p.IConfigurer)

    def update_config(self, config):
        tk.add_template_directory(config, "../templates/publication")
