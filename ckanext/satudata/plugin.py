"""`satudata`: what every room stands on — templates, catalogues, tables, roles, the registry."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation


@tk.blanket.config_declarations
@tk.blanket.helpers
@tk.blanket.cli
class SatudataPlugin(p.SingletonPlugin, DefaultTranslation):
    """The base plugin; it cannot be left out."""

    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)

    def update_config(self, config):
        tk.add_template_directory(config, "templates/base")
        tk.add_public_directory(config, "public/base")
        tk.add_resource("assets", "satudata")

    def i18n_domain(self):
        return "ckanext-satudata"
