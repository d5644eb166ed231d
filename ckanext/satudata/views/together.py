"""`/meja/bersama`: several cases read on one page, decided with one button, each with a result of its own."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import together
from ckanext.satudata.views import gate

satudata_together = Blueprint("satudata_together", __name__, url_prefix="/meja/bersama")


@satudata_together.before_request
def only_officers():
    """Whoever has a desk."""
    return gate.only("satudata_inbox")


@satudata_together.get("")
def review():
    """Each summary, then the button."""
    return _page(tk.request.args.getlist("langkah"))


@satudata_together.post("")
def give():
    """Gives the command to each ticked case; loaded again it answers as the first time."""
    form = tk.request.form
    pairs = [tuple(one.split(":", 1)) for one in form.getlist("langkah") if ":" in one]
    cases = [{"step_id": step_id, "id": case_id} for step_id, case_id in pairs]
    asked = {name: form.get(name, "") for name in ("command", "note", "key")}
    missing = asked["command"] == "return_" and not asked["note"].strip()
    errors = {"note": [tk._("Write a note: what must be changed, or why.")]} if missing else {}
    if not errors:
        try:
            done = tk.get_action("satudata_case_command_many")(gate.context(), {**asked, "cases": cases})
        except tk.ValidationError as refusal:
            errors = gate.errors_of(refusal)
        else:
            return tk.render("satudata/desk/together_done.html", {**done, "note": asked["note"]})
    shown = form.getlist("shown") or [one["step_id"] for one in cases]
    return _page(shown, errors, asked, [one["step_id"] for one in cases]), 422


def _page(
    step_ids: list[str], errors: dict[str, Any] | None = None, typed: dict[str, str] | None = None, ticked=None
) -> str:
    found = together.chosen(model.Session, actor_of(gate.context()), step_ids)
    ready = [one for one in found if one["commands"]]
    commands = {command["command"] for one in ready for command in one["commands"]}
    extra = {
        "ready": ready,
        "gone": [one for one in found if not one["commands"]],
        "commands": commands,
        "ticked": {one["step_id"] for one in ready} if ticked is None else set(ticked),
        "errors": errors or {},
        "note": (typed or {}).get("note", ""),
        "key": str(uuid.uuid4()),
        "most": together.MOST,
        "too_many": len(dict.fromkeys(step_ids)) > together.MOST,
    }
    return tk.render("satudata/desk/together.html", extra)
