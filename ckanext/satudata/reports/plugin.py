"""`satudata_reports`: reports and their archive."""

import ckan.plugins as p

from ckanext.satudata.reports import dashboards, definitions, desk, effects  # noqa: F401 - register themselves
from ckanext.satudata.shared.room import Room
from ckanext.satudata.shared.sop import sops


class ReportsPlugin(Room):
    """Reports and their archive."""

    p.implements(p.IConfigurable)

    templates = "reports"

    def configure(self, config):
        """Stops the start where a definition of a report or a dashboard is wrong, with file and line."""
        with sops.told_at_start():
            definitions.every()
            dashboards.current()
