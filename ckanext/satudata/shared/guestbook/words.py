"""Words of the guestbook for journal, mail queue and reports; `shared.words` joins them."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "guestbook_dropped": N_("Persons of the guestbook dropped, their time is over"),
    "guestbook_erased": N_("Entries of the guestbook erased, as the person asked"),
    "guestbook_exported": N_("Entries of the guestbook given to the person"),
    "guestbook_read": N_("Persons of the guestbook looked at"),
    "guestbook_rule_set": N_("Rule of the guestbook set"),
    "guestbook_taken": N_("Persons of the guestbook taken out as a file"),
    "institution_merged": N_("Spellings of an institution merged"),
}
MAILS = {"guestbook_code": N_("Code for own entries of the guestbook")}
SUBJECTS = {"institution": N_("Institution")}
DETAILS = {"after": N_("Afterwards"), "before": N_("Before")}

MODES = {"off": N_("Not asked"), "optional": N_("Offered"), "required": N_("Required")}
SCOPES = {"site": N_("The whole portal"), "agency": N_("An agency"), "dataset": N_("A dataset")}

PROFESSIONS = {
    "pupil": N_("Pupil"),
    "student": N_("University student"),
    "teacher": N_("Teacher or lecturer"),
    "researcher": N_("Researcher"),
    "civil_servant": N_("Civil servant"),
    "armed_forces": N_("Armed forces or police"),
    "employee": N_("Employee of a company"),
    "entrepreneur": N_("Entrepreneur"),
    "journalist": N_("Journalist"),
    "organization": N_("Civil society organization"),
    "developer": N_("Application developer"),
    "other": N_("Other profession"),
}
