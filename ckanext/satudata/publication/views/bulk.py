"""One command for many datasets: chosen in a list, followed on a page of its own."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.bulk import Bulk
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.batch import DONE, LEFT_OUT, REFUSED, STATES, WAITING
from ckanext.satudata.publication import bulk, review
from ckanext.satudata.publication.effects import PROCESS
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.words import N_
from ckanext.satudata.views import gate

satudata_bulk = Blueprint("satudata_bulk", __name__, url_prefix="/meja/data")

PAGE = 200
"""Lines of a list, and of a page of results."""
TITLES = {
    Bulk.SUBMIT: N_("Datasets sent to the verifier"),
    Bulk.WITHDRAW: N_("Datasets taken back"),
    Bulk.PUBLISH: N_("Publication of datasets"),
    Bulk.RETURN: N_("Datasets returned"),
    Bulk.COPY: N_("Datasets copied"),
    Bulk.NARROW: N_("Datasets narrowed"),
}
FIELDS = ("command", "note", "year", "key", "all", "batch", "to_level", "reason")
STATE_WORDS = {WAITING: N_("waits"), DONE: N_("done"), LEFT_OUT: N_("left out"), REFUSED: N_("refused")}


@satudata_bulk.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_bulk.route("/terbit")
def publishing() -> Any:
    """What waits for publication; 404 for who publishes nothing."""
    actor = actor_of(gate.context())
    if not actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        return tk.abort(404, tk._("Page not found"))
    rows = bulk.awaiting(model.Session(), actor, Command.PUBLISH)
    shown = {"rows": rows[:PAGE], "count": len(rows), "key": str(uuid.uuid4()), "errors": {}, "note": ""}
    return tk.render("publication/publishing.html", shown)


@satudata_bulk.route("/salin")
def copying() -> Any:
    """Approved datasets of the operator's agencies, to be copied; 404 for who is no operator."""
    actor, part = actor_of(gate.context()), tk.request.args.get("q", "")[:200]
    if not actor.has_anywhere(Role.OPERATOR, process=PROCESS):
        return tk.abort(404, tk._("Page not found"))
    rows = review.copyable(model.Session(), actor, part.strip(), PAGE)
    return tk.render("publication/copying.html", {"rows": rows, "q": part, "key": str(uuid.uuid4())})


@satudata_bulk.route("/massal", methods=["POST"])
def ask() -> Any:
    """Gives the command for what was chosen, and leads to its page; a fault leads back with its words."""
    form = tk.request.form
    asked = {name: form.get(name, "") for name in FIELDS}
    try:
        made = tk.get_action("satudata_dataset_bulk")(gate.context(), {**asked, "ids": form.getlist("ids")})
    except tk.NotAuthorized:
        return tk.abort(404, tk._("Page not found"))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Page not found"))
    except tk.ValidationError as error:
        if asked["command"] == Bulk.NARROW.value:
            return _page_of(asked["batch"], gate.errors_of(error)), 422
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
        return tk.redirect_to(_list_of(asked["command"]))
    return tk.redirect_to("satudata_bulk.read", id=made["id"])


@satudata_bulk.route("/massal/<id>")
def read(id: str) -> Any:
    """How far the command is, and what became of each dataset; `?status=` one kind, `?format=csv` all lines."""
    if tk.request.args.get("format") != "csv":
        return _page_of(id, {})
    try:
        return _csv(gate.every("satudata_dataset_bulk_show", {"id": id}, "items"))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Page not found"))


def _page_of(id: str, errors: dict[str, list[str]]) -> Any:
    """The page of results; of a publication with the form that undoes it, as it was typed where that was refused."""
    state, page = tk.request.args.get("status", ""), tk.request.args.get("page", "1")
    number = int(page) if page.isdecimal() and 0 < len(page) < 4 and int(page) else 1
    asked = {"id": id, "state": state if state in STATES else "", "limit": PAGE, "offset": (number - 1) * PAGE}
    try:
        found = tk.get_action("satudata_dataset_bulk_show")(gate.context(), asked)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Page not found"))
    title = tk._(TITLES[Bulk(found["command"])])
    words = {name: tk._(word) for name, word in STATE_WORDS.items()}
    back = _list_of(found["command"])
    shown = {"found": found, "title": title, "words": words, "state": asked["state"], "page": number, "back": back}
    undo = {"undoes": found["command"] == Bulk.PUBLISH.value and bool(found["ended_at"] and found["counts"][DONE])}
    undo["narrowed"] = bulk.narrowed_since(model.Session(), found) if undo["undoes"] else set()
    undo |= {"errors": errors, "values": tk.request.form, "chosen": tk.request.form.getlist("ids")}
    undo |= {"key": tk.request.form.get("key") or str(uuid.uuid4())}
    total = found["counts"][asked["state"]] if asked["state"] else found["count"]
    return tk.render("publication/bulk.html", {**shown, **undo, "more": total > number * PAGE})


def _list_of(command: str) -> str:
    """The endpoint of the list from which the command is given."""
    if command in (Bulk.PUBLISH.value, Bulk.RETURN.value, Bulk.NARROW.value):
        return "satudata_bulk.publishing"
    return "satudata_bulk.copying" if command == Bulk.COPY.value else "satudata_publication.drafts"


def _csv(items: list[dict[str, Any]]) -> Any:
    heads = [tk._(head) for head in ("Dataset", "Result", "Why")]
    lines = [(one["title"] or one["id"], tk._(STATE_WORDS[one["state"]]), one["why"]) for one in items]
    return gate.csv_table("hasil.csv", heads, lines)
