"""`satudata_access`: levels, their lists and reclassification."""

from ckanext.satudata.access import desk, effects, jobs, widening  # noqa: F401 - register themselves
from ckanext.satudata.shared.room import Room


class AccessPlugin(Room):
    """Levels, their lists and reclassification."""

    templates = "access"
