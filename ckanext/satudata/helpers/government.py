"""Template helpers of the base plugin."""

from ckanext.satudata import config


def satudata_government_name() -> str:
    """The government's name for headers and footers."""
    return config.government_name()
