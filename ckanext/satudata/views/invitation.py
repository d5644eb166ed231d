"""`/undangan/<token>`: an officer chooses the password, an invited one the name too."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, make_response

from ckanext.satudata.domain.errors import NotThere, SatudataError
from ckanext.satudata.shared.people import invitations
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text
from ckanext.satudata.views import gate

satudata_invitation = Blueprint("satudata_invitation", __name__)


def accept(token: str):
    """The form; a link that is foreign, used, replaced or lapsed says so and tells whom to ask."""
    values = {"fullname": tk.request.form.get("fullname", "")}
    errors: dict[str, list[str]] = {}
    try:
        if tk.request.method == "POST":
            errors = _accept(token, values["fullname"])
            if not errors:
                tk.h.flash_success(tk._("Your account is ready. You can log in now."))
                return tk.redirect_to("user.login")
        with transaction() as looked:
            looked.drop = True
            invitation, user = invitations.find(model.Session, token)
            shown = {"name": user.name, "email": user.email, "expires_at": invitation.expires_at}
            shown["is_new"] = user.state == model.State.PENDING
            values["fullname"] = values["fullname"] or user.fullname or ""
    except NotThere as error:
        return _page("satudata/admin/invitation_gone.html", {"message": error_text(error)}, 404)
    data = {"values": values, "errors": errors, "shown": shown, "least": invitations.MIN_PASSWORD}
    return _page("satudata/admin/invitation.html", data, 422 if errors else 200)


def _accept(token: str, fullname: str) -> dict[str, list[str]]:
    """What is wrong with the form, all at once; nothing where the account is open now."""
    password = tk.request.form.get("password", "")
    with transaction() as looked:
        looked.drop = True
        _, user = invitations.find(model.Session, token)
        found = {fault.field: [error_text(fault)] for fault in invitations.faults(user, fullname, password)}
    if password != tk.request.form.get("password2", ""):
        found["password2"] = [tk._("The two passwords differ. Type them again.")]
    if found:
        return found
    try:
        with transaction():
            invitations.accept(model.Session, token, fullname, password)
    except NotThere:
        raise
    except SatudataError as error:
        return gate.errors_of(tk.ValidationError({error.field: [error_text(error)]}))
    return {}


def _page(template: str, data: dict, status: int):
    response = make_response(tk.render(template, data), status)
    # The address is a secret: it must not travel to other hosts or stay in a cache.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


satudata_invitation.add_url_rule("/undangan/<token>", view_func=accept, methods=["GET", "POST"])
