"""Options of the room by function."""

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.statutory import Reading


def requests_per_hour() -> int:
    """How many requests one network address may send in an hour."""
    return tk.config["ckanext.satudata.ppid.requests_per_hour"]


def clock_reading() -> Reading:
    """From when the statutory clock runs."""
    return Reading(tk.config["ckanext.satudata.ppid.clock_from"])


def handover_megabytes() -> int:
    """The largest file that may be handed over."""
    return tk.config["ckanext.satudata.ppid.handover_megabytes"]


def small_cells() -> int:
    """Counts of fewer rows than this are not told in a masked copy."""
    return tk.config["ckanext.satudata.ppid.small_cells"]


def retention_months() -> int:
    """How long an applicant's data is kept after the request is closed, as the privacy notice says."""
    return tk.config["ckanext.satudata.ppid.retention_months"]


def letters_months() -> int:
    """How long letters that name the applicant are kept after the request ended, by the archive schedule."""
    return tk.config["ckanext.satudata.ppid.letters_months"]


def downloads_most() -> int:
    """How many completed downloads a personal link allows."""
    return tk.config["ckanext.satudata.ppid.link_downloads"]


def link_days() -> int:
    """How many days a personal link lasts."""
    return tk.config["ckanext.satudata.ppid.link_days"]


def terms() -> str:
    """Terms of use printed in the delivery letter."""
    return tk.config["ckanext.satudata.ppid.terms"]
