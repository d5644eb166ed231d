"""What may become of a column, in words; what the journal says of masked copies joins `shared.words`."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.personal.masking import Method
from ckanext.satudata.shared.wording import N_

METHODS = {
    Method.KEEP: N_("Keep as it is"),
    Method.REMOVE: N_("Remove the column"),
    Method.BLANK: N_("Empty the cells"),
    Method.PARTLY: N_("Hide partly (3573******, S*** A***)"),
    Method.YEAR: N_("Date: the year only"),
    Method.AGE_BAND: N_("Age or date of birth: age band of ten years"),
    Method.DISTRICT: N_("Address: the kecamatan only"),
}
HAPPENED = {
    "file_masked": N_("Masked copy made"),
    "masking_dropped": N_("Masked copy given up for the original"),
    "scan_repeated": N_("Scan for personal data that failed tried once more"),
    "masking_previewed": N_("Preview of a masked copy viewed"),
}
DETAILS = {"made_from": N_("SHA-256 of the original")}
FOLLOW_UPS = {"handover_scan": N_("Scan of a file for personal data")}


def choices() -> list[tuple[str, str]]:
    """(value, label) of every method, for a select."""
    return [(method.value, tk._(text)) for method, text in METHODS.items()]
