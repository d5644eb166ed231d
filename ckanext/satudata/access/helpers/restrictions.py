"""What the templates of restrictions and decrees ask for."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.access import records
from ckanext.satudata.domain import decree as rules
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.views import gate


def satudata_restriction_pages() -> list[tuple[str, str]]:
    """(endpoint, label) of those officers' pages about restrictions and decrees that this person may open."""
    actor = actor_of(gate.context())
    found = []
    if rules.may_read(actor):
        found = [
            ("satudata_restrictions.periods", tk._("Periods of restrictions")),
            ("satudata_restrictions.closed", tk._("List of closed data")),
            ("satudata_restrictions.excluded", tk._("Excluded information")),
            ("satudata_decrees.index", tk._("Decrees")),
            ("satudata_minutes.index", tk._("Minutes")),
        ]
    if records.reads_any(actor):
        found.append(("satudata_reclassification.index", tk._("Changes of levels")))
    return found
