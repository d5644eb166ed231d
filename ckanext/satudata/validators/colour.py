"""Checks of the theme's options."""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk


def satudata_colour(value: str) -> str:
    """A colour as `#rrggbb`; anything else could carry CSS into every page."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value or ""):
        raise tk.Invalid(tk._("A colour is written as #rrggbb, for example #12406b."))
    return value.lower()
