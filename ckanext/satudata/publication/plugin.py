"""`satudata_publication`: preparation, approval, publishing of datasets."""

from ckanext.satudata.shared.room import Room


class PublicationPlugin(Room):
    """Preparation, approval, publishing of datasets."""

    templates = "publication"
