"""`satudata_publication`: preparation, approval, publishing of datasets."""

from ckanext.satudata.publication import desk, effects  # noqa: F401 - register themselves
from ckanext.satudata.shared.room import Room


class PublicationPlugin(Room):
    """Preparation, approval, publishing of datasets."""

    templates = "publication"
