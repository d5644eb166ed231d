"""Options by function; nothing is read at import."""

import ckan.plugins.toolkit as tk


def government_name() -> str:
    """The government's name, as header, letters and reports print it."""
    return tk.config["ckanext.satudata.government_name"]


MARK = "/satudata/logo.svg"
"""Path of the mark that header and browser tab show where no logo is set."""


def logo() -> str:
    """Path of the government's logo on this portal; empty where it was taken away (letters then have none)."""
    return tk.config["ckanext.satudata.logo"]


def colours() -> tuple[str, str]:
    """Primary and accent colour, each `#rrggbb`."""
    return tk.config["ckanext.satudata.colour_primary"], tk.config["ckanext.satudata.colour_accent"]


def contact() -> dict[str, str]:
    """`address`, `email` and `phone` of the data service; empty where not given."""
    return {name: tk.config[f"ckanext.satudata.contact_{name}"] for name in ("address", "email", "phone")}


def demo() -> bool:
    """True where the data are invented and every page must say so."""
    return tk.config["ckanext.satudata.demo"]


def walidata_name() -> str:
    """The data steward a new dataset names."""
    return tk.config["ckanext.satudata.walidata_name"]


def area_code() -> str:
    """The government's own area code, level 1 or 2; "" if not set."""
    return tk.config["ckanext.satudata.area_code"]


def complaint_months() -> int:
    """How long what tells who complained is kept after the case ended, as the form says."""
    return tk.config["ckanext.satudata.complaint_months"]
