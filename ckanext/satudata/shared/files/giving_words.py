"""Words of the journal for how data is given; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "applicant_data_exported": N_("The applicant took a copy of the own data"),
    "letters_erased": N_("Letters that name the applicant erased"),
    "data_given": N_("Data given to the applicant"),
    "data_handed_over_counter": N_("Data handed over at the counter"),
    "grant_terms_accepted": N_("Terms of use accepted"),
}
NAMED = {
    ("erasure", Command.APPROVE): N_("Grant the erasure"),
    ("erasure", Command.REFUSE): N_("Refuse the erasure"),
}
DONE_TO = {
    ("erasure", "approved"): N_("Erasure granted"),
    ("erasure", "refused"): N_("Erasure refused"),
}
SUBJECTS = {"erasure": N_("Erasure of personal data")}
PROCESSES = {
    "erasure": N_("Erasure of applicants' data"),
    "government_erasure": N_("Erasure of data of government offices' requests"),
}
MAILS = {
    "ppid_erasure_granted": N_("Erasure granted, to the applicant"),
    "ppid_erasure_refused": N_("Erasure refused, to the applicant"),
}
DETAILS = {
    "cause": N_("Cause"),
    "count": N_("Number"),
    "cost": N_("Cost in rupiah"),
    "form": N_("Form"),
    "manner": N_("See or copy"),
    "terms": N_("SHA-256 of the terms"),
    "way": N_("How the data is given"),
}

CODES = {
    "way": {"link": N_("by personal link"), "counter": N_("at the counter")},
    "manner": {"copy": N_("gets a copy"), "see": N_("looks at the data")},
    "form": {"soft": N_("file"), "hard": N_("paper")},
}
"""How data was given, by the key of the journal's details."""
