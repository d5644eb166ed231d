"""Codes of reports in words; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.domain import objection
from ckanext.satudata.domain.access import STAGE_WORDS
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.post import CHANNELS
from ckanext.satudata.domain.reclassification import KIND_WORDS
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import asking_words, objection_words

HAPPENED = {"report_text_written": N_("Texts of a report written")}
PROCESSES = {"service_report": N_("Yearly service report")}
DETAILS = {"sent_how": N_("How the copy was sent"), "texts": N_("Texts")}
VOCABULARIES = {
    "applicant": asking_words.KINDS,
    "dispute": objection_words.DISPUTES,
    "dispute_outcome": objection_words.DISPUTE_OUTCOMES,
    "ground": {code: ground.title for code, ground in GROUNDS.items()},
    "intake": asking_words.CHANNELS,
    "objection_ground": {ground.value: text.title for ground, text in objection.GROUNDS.items()},
    "objection_outcome": {**objection_words.OUTCOMES, "open": N_("Not answered yet")},
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
