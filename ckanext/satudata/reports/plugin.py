"""`satudata_reports`: dissemination reports."""

from ckanext.satudata.reports import desk, effects  # noqa: F401 - register themselves
from ckanext.satudata.shared.room import Room


class ReportsPlugin(Room):
    """Dissemination reports."""

    templates = "reports"
