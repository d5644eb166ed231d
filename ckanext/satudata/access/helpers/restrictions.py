"""What the templates of restrictions and decrees ask for."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def satudata_restriction_pages() -> list[tuple[str, str]]:
    """(endpoint, label) of the officers' pages about restrictions and decrees."""
    return [
        ("satudata_restrictions.periods", tk._("Periods of restrictions")),
        ("satudata_restrictions.closed", tk._("Closed data")),
        ("satudata_restrictions.excluded", tk._("Excluded information")),
        ("satudata_decrees.index", tk._("Decrees")),
        ("satudata_minutes.index", tk._("Minutes")),
        ("satudata_reclassification.index", tk._("Changes of levels")),
    ]
