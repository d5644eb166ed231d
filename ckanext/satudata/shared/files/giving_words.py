"""Words of the journal for how data is given; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "data_given": N_("Data given to the applicant"),
    "data_handed_over_counter": N_("Data handed over at the counter"),
    "grant_terms_accepted": N_("Terms of use accepted"),
}
DETAILS = {
    "cost": N_("Cost in rupiah"),
    "form": N_("Form"),
    "manner": N_("See or copy"),
    "terms": N_("SHA-256 of the terms"),
    "way": N_("How the data is given"),
}
