"""`/meja/surel`: how often an officer gets the desk's mail, and in which language."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain import reminders
from ckanext.satudata.shared import words
from ckanext.satudata.views import gate

satudata_mail_choice = Blueprint("satudata_mail_choice", __name__, url_prefix="/meja/surel")

DIGESTS = {
    reminders.DAILY: words.N_("Every working day: all that waits for me, oldest first"),
    reminders.OFF: words.N_("Only reminders of what is due or late"),
}


@satudata_mail_choice.before_request
def _gate():
    return gate.only("satudata_inbox")


def choose():
    """The form, and what it stores."""
    values = tk.get_action("satudata_mail_choice_show")(gate.context(), {})
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        values = {name: tk.request.form.get(name, "") for name in values}
        errors = gate.act("satudata_mail_choice_update", values)
        if not errors:
            tk.h.flash_success(tk._("Saved."))
            return tk.redirect_to("satudata_desk.index")
    usual = tk.config["ckanext.satudata.daily_digest"]
    data = {
        "values": {**values, "digest": values["digest"] or usual, "language": values["language"] or "id"},
        "digests": [(code, tk._(text)) for code, text in DIGESTS.items()],
        "languages": [("id", "Indonesia"), ("en", "English")],
        "errors": errors,
    }
    return tk.render("satudata/desk/mail_choice.html", data), 422 if errors else 200


satudata_mail_choice.add_url_rule("", view_func=choose, methods=["GET", "POST"])
