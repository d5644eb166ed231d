"""Codes of reports in words; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.domain.access import STAGE_WORDS
from ckanext.satudata.domain.post import CHANNELS
from ckanext.satudata.domain.reclassification import KIND_WORDS
from ckanext.satudata.shared.wording import N_

VOCABULARIES = {
    "channel": {channel.value: word for channel, word in CHANNELS.items()},
    "download": {
        "file": N_("File of this portal"),
        "link": N_("Forwarded to an address elsewhere"),
        "rows": N_("Rows of the DataStore"),
        "grant": N_("Personal link after a request"),
    },
    "reclassification": KIND_WORDS,
    "stage": STAGE_WORDS,
}
MAILS = {"report_made": N_("Report made in the background")}
