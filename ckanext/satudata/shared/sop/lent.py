"""The words of a step at work where a demonstration runs another government's SOP: the portal it names is this one.

The form itself (`/sop`) is quoted as it was signed, with a note that says so.
"""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk

from ckanext.satudata import config

_PORTAL = re.compile(r"\bPortal (?:\w+ ){1,3}?Satu Data\b")


def said(uraian: str) -> str:
    """What a step is, on desk, case and in mails."""
    title = str(tk.config["ckan.site_title"])
    return _PORTAL.sub(lambda _found: title, uraian) if config.demo() else uraian
