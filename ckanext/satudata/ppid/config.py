"""Options of the room by function."""

import ckan.plugins.toolkit as tk
from flask import has_request_context

from ckanext.satudata.domain.applicant import IDENTITY_WAYS, Demands
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


def requests_per_network() -> int:
    """How many requests one network (/24, of IPv6 /64) may send in an hour."""
    return tk.config["ckanext.satudata.ppid.requests_per_network"]


def requests_per_contact() -> int:
    """How many requests may name the same e-mail address or telephone number in a day."""
    return tk.config["ckanext.satudata.ppid.requests_per_contact"]


def draft_days() -> int:
    """How many days a request that was not sent is kept."""
    return tk.config["ckanext.satudata.ppid.draft_days"]


def unconfirmed_days() -> int:
    """After how many days a request lapses whose only address nobody confirmed; 0: never."""
    return tk.config["ckanext.satudata.ppid.unconfirmed_days"]


def intake_days() -> int:
    """How many days ago a request may have been received that an officer enters."""
    return tk.config["ckanext.satudata.ppid.intake_days"]


def demands() -> Demands:
    """What is asked of applicants. Raises ValueError at the start for an unknown way."""
    way = str(tk.config["ckanext.satudata.ppid.identity_document"]).strip()
    if way not in IDENTITY_WAYS:
        raise ValueError(f"ckanext.satudata.ppid.identity_document is {way}; it must be one of {IDENTITY_WAYS}.")
    return Demands(
        citizens_only=tk.config["ckanext.satudata.ppid.citizens_only"],
        other_route=_other_route(),
        identity=way,
        official=tuple(tk.config["ckanext.satudata.ppid.official_domains"]),
    )


def _other_route() -> str:
    """In the reader's language; Indonesian where the site gives no other."""
    english = tk.config["ckanext.satudata.ppid.other_route_en"]
    is_english = has_request_context() and str(tk.h.lang()).startswith("en")
    return english if english and is_english else tk.config["ckanext.satudata.ppid.other_route"]
