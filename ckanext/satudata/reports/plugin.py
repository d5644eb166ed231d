"""`satudata_reports`: dissemination reports."""

from ckanext.satudata.shared.room import Room


class ReportsPlugin(Room):
    """Dissemination reports."""

    templates = "reports"
