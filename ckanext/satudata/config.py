"""Options by function; nothing is read at import."""

import ckan.plugins.toolkit as tk


def government_name() -> str:
    """The government's name, as header, letters and reports print it."""
    return tk.config["ckanext.satudata.government_name"]
