"""`/meja` and `/meja/<case>`: the officers' desk, the same for every process."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, SatudataError
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import desk, inbox, process, words
from ckanext.satudata.shared.actors import actor_of

satudata_desk = Blueprint("satudata_desk", __name__, url_prefix="/meja")


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


@satudata_desk.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_desk.route("")
def index():
    """The desk."""
    try:
        data = tk.get_action("satudata_inbox")(_context(), {"process": tk.request.args.get("process") or None})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only officers with a role have a desk."))
    titles = {
        inbox.OVERDUE: tk._("Overdue"),
        inbox.TODAY: tk._("Due today"),
        inbox.WEEK: tk._("Due this week"),
        inbox.LATER: tk._("Later"),
        inbox.WAITING: tk._("Waiting for others"),
    }
    groups = [
        {"name": name, "title": titles[name], "rows": [row for row in data["rows"] if row["group"] == name]}
        for name in inbox.GROUPS
    ]
    return tk.render("satudata/desk/index.html", extra_vars={"groups": groups, "count": data["count"]})


@satudata_desk.route("/mulai")
def start():
    """Where the login leads (`ckan.auth.route_after_login`): officers to their desk, others to CKAN's page."""
    try:
        tk.get_action("satudata_inbox")(_context(), {})
    except tk.NotAuthorized:
        return tk.redirect_to("dashboard.datasets")
    return tk.redirect_to("satudata_desk.index")


@satudata_desk.route("/<case_id>")
def read(case_id: str):
    """One case."""
    return _page(case_id)


@satudata_desk.route("/<case_id>/<command>", methods=["POST"])
def command(case_id: str, command: str):
    """Gives a command; whatever is refused comes back with what was typed."""
    form, context = tk.request.form, _context()
    case = model.Session.get(Case, case_id)
    if case is None:
        return tk.abort(404)
    try:
        payload = desk.presenter(case.process).read_payload(command, form, tk.request.files)
        process.apply(context, case_id, command, payload, form.get("key") or None, step_id=form.get("step_id") or None)
    except NotThere:
        return tk.abort(404)
    except SatudataError as error:
        model.Session.rollback()
        status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, NotAllowed) else 422
        return _page(case_id, command=command, error=error), status
    tk.h.flash_success(tk._("Done. The case has moved on."))
    return tk.redirect_to("satudata_desk.read", case_id=case_id)


def _page(case_id: str, command: str = "", error: SatudataError | None = None) -> str:
    context = _context()
    try:
        shown = tk.get_action("satudata_case_show")(context, {"id": case_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    case = model.Session.get(Case, case_id)
    actor = actor_of(context)
    presenter = desk.presenter(case.process)
    form = tk.request.form
    text = words.error_text(error) if error else ""
    commands = []
    for item in shown["commands"]:
        mine = item["command"] == command and form.get("step_id") in (None, "", item["step_id"])
        commands.append(
            {
                **item,
                "open": mine,
                "key": (form.get("key") if mine and isinstance(error, Invalid) else None) or str(uuid.uuid4()),
                "form": presenter.form(case, item["command"], item["step"]),
                "data": presenter.form_data(case, item["command"], actor),
                "errors": {error.field: [text]} if mine and isinstance(error, Invalid) else {},
                "values": form if mine else {},
            }
        )
    left = [] if any(item["open"] for item in commands) else [
        (name, value) for name, value in form.items() if value and name not in ("key", "step_id") and "csrf" not in name
    ]  # fmt: skip
    extra = {
        "case": shown,
        "commands": commands,
        "error": "" if isinstance(error, Invalid) else text,
        "typed": left if error else [],
        "timeline": _timeline(shown),
        "facts": [(fact["label"], fact["value"]) for fact in shown["facts"]],
        "panel": presenter.panel(case, actor),
        "panel_data": presenter.panel_data(case, actor),
        "subject_url": presenter.subject_url(case),
    }
    return tk.render("satudata/desk/read.html", extra_vars=extra)


def _timeline(shown: dict[str, Any]) -> list[dict[str, str]]:
    """The case's past, present and future for `ui.timeline`; steps closed by another one's command are left out."""
    items = []
    for step in shown["steps"]:
        if step["done_at"] and not step["command"]:
            continue
        who = step["role_name"] + (f": {step['done_by_title']}" if step["done_by"] else "")
        items.append({"title": step["uraian"], "who": who, "note": step["note"] or "", **_when(step)})
    for step in shown["to_come"]:
        items.append({"state": "todo", "title": step["uraian"], "who": words.role_names(step["roles"])})
    return items


def _when(step: dict[str, Any]) -> dict[str, str]:
    if step["done_at"]:
        text = f"{words.event_name(step['event'])}, {tk.h.satudata_datetime(step['done_at'])}"
        return {"state": "done", "when": text + (f" ({tk._('late')})" if step["late"] else "")}
    if not step["due_on"]:
        return {"state": "now", "when": tk._("no time is set")}
    text = tk._("due {date}").format(date=tk.h.satudata_date(step["due_on"], weekday=True))
    if step["due_provisional"]:
        text += f" ({tk._('provisional')})"
    return {"state": "late" if step["late"] else "now", "when": text, "why": step["due_explanation"]}
