"""Words of journal and mail queue for dispositions, steps given to a person, vacant roles; `words` joins them."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "disposition_given": N_("Disposition given"),
    "disposition_reported": N_("Disposition reported on"),
    "stand_in_named": N_("Step given to the stand-in, or back"),
    "step_given": N_("Step given to a person, or back to all"),
}
MAILS = {
    "disposition_reported": N_("Report on a disposition"),
    "roles_vacant": N_("Notice of vacant roles"),
    "step_given": N_("A step was given"),
}
DETAILS = {
    "attachments": N_("SHA-256 of the attachments"),
    "due_on": N_("To be done by"),
    "to_role": N_("Role it goes to"),
    "to_user": N_("Person it goes to"),
}
