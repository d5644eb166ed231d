"""Words of journal and mail queue for decisions by phone and on paper; `words` joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import PAPER, PHONE
from ckanext.satudata.shared.wording import N_

WAYS = {PHONE: N_("by phone code"), PAPER: N_("on paper")}
"""How somebody acted where it was not by a login."""
HAPPENED = {
    "phone_let_in": N_("Phone let in by a mailed code"),
    "phone_ended": N_("Phone forgotten"),
    "sheet_entered": N_("Signed approval sheet entered"),
    "sheet_made": N_("Approval sheet printed"),
}
MAILS = {
    "phone_code": N_("Code for a phone"),
    "sheet_entered": N_("A decision was entered from paper"),
}
DETAILS = {
    "device": N_("Device"),
    "sheet": N_("Number of the approval sheet"),
    "via": N_("How"),
}


def by_way(said: str, payload: Mapping[str, Any]) -> str:
    """What happened, with the way it was done: `Approved (on paper)`."""
    way = WAYS.get(str(payload.get("via") or ""))
    return f"{said} ({tk._(way)})" if way else said
