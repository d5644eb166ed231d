"""`/meja/baru`: beginning a process by hand; the documents that its steps bring."""

from __future__ import annotations

import uuid

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import case_view, starts
from ckanext.satudata.views import gate

satudata_work = Blueprint("satudata_work", __name__, url_prefix="/meja")


@satudata_work.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_work.route("/baru", methods=["GET", "POST"])
def new():
    """What this officer may begin, and beginning it."""
    actor, form = actor_of(gate.context()), tk.request.form
    found = starts.choices(actor)
    if not found:
        return tk.abort(403, tk._("No role of yours begins a process by hand."))
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        try:
            case = tk.get_action("satudata_case_start")(gate.context(), {**dict(form), **gate.attachments()})
        except tk.ValidationError as refusal:
            errors = gate.errors_of(refusal)
        except (tk.NotAuthorized, tk.ObjectNotFound) as refusal:
            errors = {"process": [str(refusal)]}
        else:
            tk.h.flash_success(tk._("The process has begun."))
            return tk.redirect_to("satudata_desk.read", case_id=case["id"])
    extra = {
        "processes": [(sop.process.value, sop.title) for sop in found],
        "agencies": [(agency.id, agency.title or agency.name) for agency in starts.agencies(model.Session, actor)],
        "whole": starts.for_the_whole(actor),
        "order": starts.order_asked(actor),
        "values": form or {"process": tk.request.args.get("process", "")},
        "key": form.get("key") or str(uuid.uuid4()),
        "errors": errors,
    }
    return tk.render("satudata/desk/new.html", extra_vars=extra), 422 if errors else 200


@satudata_work.route("/<case_id>/keluaran/<output_id>")
def output(case_id: str, output_id: str):
    """The document that a step brought."""
    try:
        body, headers = case_view.output_file(model.Session, case_id, output_id, actor_of(gate.context()))
    except SatudataError:
        return tk.abort(404)
    return Response(body, headers=headers)
