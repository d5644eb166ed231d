"""Drafts of an operator, and the button that sends one to the verifier."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.publication import bulk, review
from ckanext.satudata.publication.effects import PROCESS
from ckanext.satudata.shared import actors, wording
from ckanext.satudata.views import gate

publication = Blueprint("satudata_publication", __name__, url_prefix="/meja/data")


def _context() -> dict[str, Any]:
    return {"user": tk.g.user, "auth_user_obj": tk.g.userobj}


@publication.route("/draf")
def drafts() -> Any:
    """The drafts of the operator's agencies; 404 for who is no operator."""
    actor = actors.actor_of(_context())
    if not actor.has_anywhere(Role.OPERATOR, process=PROCESS):
        tk.abort(404, tk._("Page not found"))
    drafts = review.drafts_of(model.Session, actor)
    if tk.request.args.get("format") == "csv":
        lines = [(row["title"], row["organization"], wording.as_date(row["since"]).isoformat()) for row in drafts]
        return gate.csv_table("draf.csv", [tk._("Dataset"), tk._("Producer"), tk._("Last changed")], lines)
    sent = bulk.awaiting(model.Session(), actor, Command.WITHDRAW)
    return tk.render("publication/drafts.html", {"drafts": drafts, "sent": sent, "key": str(uuid.uuid4())})


@publication.route("/<id>/kirim", methods=["POST"])
def submit(id: str) -> Any:
    """Sends a draft; what is missing is shown on the dataset's own page, with links into the form."""
    data = {"id": id, "note": tk.request.form.get("note", ""), "key": tk.request.form.get("key") or None}
    try:
        case = tk.get_action("satudata_dataset_submit")(_context(), data)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in error.error_dict.values() for text in texts))
    else:
        tk.h.flash_success(tk._("Sent to the verifier. You will be told when it is returned or approved."))
        return tk.redirect_to("satudata_desk.read", case_id=case["id"])
    return tk.redirect_to("dataset.read", id=id)


@publication.route("/<id>/tarik", methods=["GET", "POST"])
def withdraw(id: str) -> Any:
    """Says what a withdrawal does, and carries it out; 404 for everybody but Walidata."""
    context = _context()
    if not actors.actor_of(context).has_anywhere(Role.WALIDATA, process=PROCESS):
        tk.abort(404, tk._("Page not found"))
    try:
        package = tk.get_action("package_show")(context, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    if tk.request.method == "GET":
        return tk.render("publication/withdraw.html", {"pkg": package, "errors": {}, "reason": ""})
    reason = tk.request.form.get("reason", "")
    try:
        tk.get_action("satudata_dataset_withdraw")(context, {"id": package["id"], "reason": reason})
    except tk.ValidationError as error:
        errors = {name: texts for name, texts in error.error_dict.items() if name != "conflict"}
        status = 409 if "conflict" in error.error_dict else 422
        return tk.render("publication/withdraw.html", {"pkg": package, "errors": errors, "reason": reason}), status
    tk.h.flash_success(tk._("The dataset is withdrawn. The public sees only that it was there."))
    return tk.redirect_to("dataset.search")
