"""`satudata_ppid`: requests for limited data."""

from ckanext.satudata.shared.room import Room


class PpidPlugin(Room):
    """Requests for limited data."""

    templates = "ppid"
