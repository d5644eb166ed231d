"""`satudata_reports`: dissemination reports."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk


class ReportsPlugin(p.SingletonPlugin):
    """dissemination reports."""

    p.implements(p.IConfigurer)

    def update_config(self, config):
        tk.add_template_directory(config, "../templates/reports")
