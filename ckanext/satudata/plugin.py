"""`satudata`: what every room stands on — templates, catalogues, tables, roles, the registry."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import periodic
from ckanext.satudata.shared.room import Room


class SatudataPlugin(Room, DefaultTranslation):
    """The base plugin; it cannot be left out."""

    p.implements(p.ITranslation)
    p.implements(p.IConfigurable)

    def configure(self, config):
        periodic.schedule()

    def update_config(self, config):
        super().update_config(config)
        tk.add_public_directory(config, "public/base")
        tk.add_resource("assets", "satudata")

    def get_commands(self):
        super().get_commands()
        return [satudata]

    def i18n_domain(self):
        return "ckanext-satudata"
