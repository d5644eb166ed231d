"""`/meja/tanda-tangan`: what stands below an officer's signature on letters."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.views import gate

satudata_signature_block = Blueprint("satudata_signature_block", __name__, url_prefix="/meja/tanda-tangan")


@satudata_signature_block.before_request
def _gate():
    return gate.only("satudata_inbox")


def edit():
    """The form, and what it stores."""
    values = tk.get_action("satudata_signature_block_show")(gate.context(), {})
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        values = {name: tk.request.form.get(name, "") for name in values}
        errors = gate.act("satudata_signature_block_update", values)
        if not errors:
            tk.h.flash_success(tk._("Saved."))
            return tk.redirect_to("satudata_desk.index")
    return tk.render("satudata/desk/signature_block.html", {"values": values, "errors": errors}), 422 if errors else 200


satudata_signature_block.add_url_rule("", view_func=edit, methods=["GET", "POST"])
