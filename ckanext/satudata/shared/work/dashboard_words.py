"""Words of the columns that dashboards count by (`shared.words` joins them)."""

from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.shared.wording import N_

VOCABULARIES = {
    "due": {
        "overdue": N_("Overdue"),
        "today": N_("Due today"),
        "week": N_("Due this week"),
        "later": N_("Later"),
    },
    "fit": {"yes": N_("yes"), "partly": N_("in part"), "no": N_("no")},
    "reason": {code: reason.title for code, reason in REASONS.items()},
}
