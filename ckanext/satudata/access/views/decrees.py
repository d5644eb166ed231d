"""`/keputusan` and `/berita-acara`: decrees and minutes, for officers."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.access import case_minutes
from ckanext.satudata.domain import decree as rules
from ckanext.satudata.domain.errors import NotThere, SatudataError
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import actors, process, words
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.levels import decrees, minutes, restrictions
from ckanext.satudata.views import gate

satudata_decrees = Blueprint("satudata_decrees", __name__, url_prefix="/keputusan")
satudata_minutes = Blueprint("satudata_minutes", __name__, url_prefix="/berita-acara")
PAGE = 50
MINUTES_FIELDS = ("kind", "held_on", "subject", "result", "dataset", "decree_id", "case_id")


@satudata_decrees.before_request
@satudata_minutes.before_request
def only_officers():
    """Officers; visitors are asked to log in, others are told that there is no such page."""
    return gate.only("satudata_decree_list")


@satudata_decrees.route("")
def index():
    """The decrees, the latest first."""
    if tk.request.args.get("format") == "csv":
        return _decrees_csv()
    page = page_number()
    found = tk.get_action("satudata_decree_list")(gate.context(), {"offset": (page - 1) * PAGE, "limit": PAGE})
    extra = {"found": found, "page": page, "pages": pages_of(found["count"], PAGE), "may_write": _may_write()}
    return tk.render("access/decrees/index.html", {**extra, "kinds": _words(rules.DECREE_KINDS)})


def _decrees_csv() -> Response:
    heads = ["Number", "About", "Kind", "Dated", "First day in force", "Last day in force"]
    kinds = dict(_words(rules.DECREE_KINDS))
    lines = [
        (
            *(one["number"], one["title"], kinds[one["kind"]]),
            *(one["dated_on"], one["in_force_from_on"], one["in_force_until_on"] or ""),
        )
        for one in gate.every("satudata_decree_list", {}, "decrees", step=100)
    ]
    return gate.csv_table("keputusan.csv", [tk._(head) for head in heads], lines)


@satudata_decrees.route("/baru", methods=["GET", "POST"])
def new():
    """The form of a new decree."""
    _only_writers()
    values = _typed((*decrees.FIELDS, "rows"))
    return _decree_form(values, "satudata_decree_create", {}) if _is_sent() else _decree_page(values, {})


@satudata_decrees.route("/<decree_id>")
def read(decree_id: str):
    """One decree with the lines that this officer may read, and its minutes."""
    context = gate.context()
    decree = _or_404("satudata_decree_show", decree_id)
    about = tk.get_action("satudata_minutes_list")(context, {"decree_id": decree_id, "limit": 100})
    extra = {"decree": decree, "about": about["minutes"], "may_write": _may_write()}
    return tk.render("access/decrees/read.html", {**extra, "kinds": _words(rules.DECREE_KINDS)})


@satudata_decrees.route("/<decree_id>/ubah", methods=["GET", "POST"])
def edit(decree_id: str):
    """The form filled with the decree."""
    _only_writers()
    decree = _or_404("satudata_decree_show", decree_id)
    if _is_sent():
        return _decree_form(_typed((*decrees.FIELDS, "rows")), "satudata_decree_update", decree)
    stored = {name: decree[name] for name in decrees.FIELDS}
    return _decree_page({**stored, "rows": decrees.form_text(model.Session(), decree_id)}, {}, decree)


@satudata_decrees.route("/<decree_id>/hapus", methods=["POST"])
def delete(decree_id: str):
    """Removes a decree that nothing refers to."""
    try:
        tk.get_action("satudata_decree_delete")(gate.context(), {"id": decree_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
        return tk.redirect_to("satudata_decrees.read", decree_id=decree_id)
    tk.h.flash_success(tk._("The decree was removed."))
    return tk.redirect_to("satudata_decrees.index")


@satudata_decrees.route("/<decree_id>/pindaian")
def scan(decree_id: str):
    """The scan of the decree, for who may read every line of it; the look is journalled."""
    session, actor = model.Session(), actors.actor_of(gate.context())
    try:
        row = decrees.find(session, decree_id)
        if not decrees.may_take_scan(session, actor, row):
            raise NotThere("This file is not there.")
        return _file(scans.give(session, row.scan_id, (decrees.SUBJECT, row.id), actor))
    except SatudataError as error:
        return tk.abort(404, words.error_text(error))


def _decree_form(values: dict[str, str], action: str, decree: dict[str, Any]) -> Any:
    upload = tk.request.files.get("scan")
    try:
        done = tk.get_action(action)(gate.context(), {**values, "id": decree.get("id"), "scan": upload})
    except tk.ValidationError as error:
        return _decree_page(values, gate.errors_of(error), decree)
    except tk.NotAuthorized as error:
        return _decree_page(values, {"message": [str(error)]}, decree)
    tk.h.flash_success(tk._("The decree was stored."))
    return tk.redirect_to("satudata_decrees.read", decree_id=done["id"])


def _decree_page(values: dict[str, str], errors: dict[str, Any], decree: dict[str, Any] | None = None) -> Any:
    extra = {"values": values, "errors": errors, "decree": decree or {}, "kinds": _words(rules.DECREE_KINDS)}
    return tk.render("access/decrees/form.html", extra), 422 if errors else 200


# ---------------------------------------------------------------- minutes


@satudata_minutes.route("", endpoint="index")
def minutes_index():
    """The minutes that this officer may read, the latest first."""
    if tk.request.args.get("format") == "csv":
        return _minutes_csv()
    page = page_number()
    found = tk.get_action("satudata_minutes_list")(gate.context(), {"offset": (page - 1) * PAGE, "limit": PAGE})
    extra = {"found": found, "page": page, "pages": pages_of(found["count"], PAGE), "may_write": _may_write()}
    return tk.render("access/minutes/index.html", extra)


def _minutes_csv() -> Response:
    lines = [
        (one["subject"], one["kind_label"], one["held_on"], tk._("stored") if one["has_scan"] else "")
        for one in gate.every("satudata_minutes_list", {}, "minutes", step=100)
    ]
    heads = ["Subject", "Kind", "Held on", "Scan (PDF)"]
    return gate.csv_table("berita-acara.csv", [tk._(head) for head in heads], lines)


@satudata_minutes.route("/baru", methods=["GET", "POST"], endpoint="new")
def minutes_new():
    """The form of new minutes; `dataset`, `decree_id` and `case_id` may come with the address."""
    _only_writers()
    values, errors = _typed(MINUTES_FIELDS), {}
    key = tk.request.form.get("key") or new_id()
    if _is_sent():
        sent = {**values, "key": key, "scan": tk.request.files.get("scan")}
        try:
            done = tk.get_action("satudata_minutes_create")(gate.context(), sent)
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        except tk.NotAuthorized as error:
            errors = {"message": [str(error)]}
        else:
            tk.h.flash_success(tk._("The minutes were stored."))
            if values["case_id"]:
                following = {"test": "record", "discussion": "approve"}[values["kind"]]
                case = {"case_id": values["case_id"], "tindakan": following}
                return tk.redirect_to("satudata_desk.read", _anchor="lakukan", **case)
            return tk.redirect_to("satudata_minutes.read", minutes_id=done["id"])
    extra = {
        "values": values,
        "errors": errors,
        "key": key,
        "kinds": _words(rules.MINUTES_KINDS),
        "decrees": decrees.choices(model.Session(), keep=values["decree_id"]),
        "about": _about(values["case_id"]),
        "datasets": _restricted(),
    }
    return tk.render("access/minutes/form.html", extra), 422 if errors else 200


@satudata_minutes.route("/<minutes_id>", endpoint="read")
def minutes_read(minutes_id: str):
    """One record."""
    extra = {"minutes": _or_404("satudata_minutes_show", minutes_id)}
    case_id = extra["minutes"]["case_id"]
    return tk.render("access/minutes/read.html", {**extra, "case_url": _case_url(case_id)})


@satudata_minutes.route("/<minutes_id>/pindaian", endpoint="scan")
def minutes_scan(minutes_id: str):
    """The scan of the minutes, for who may read them; the look is journalled."""
    session, actor = model.Session(), actors.actor_of(gate.context())
    try:
        row = minutes.find(session, actor, minutes_id)
        if row.scan_id is None:
            raise NotThere("This file is not there.")
        return _file(scans.give(session, row.scan_id, (minutes.SUBJECT, row.id), actor))
    except SatudataError as error:
        return tk.abort(404, words.error_text(error))


def _about(case_id: str) -> str:
    """What the data of the case are called, for who may see the case: its minutes belong to them."""
    case = model.Session.get(Case, case_id) if case_id else None
    if case is None or case.subject_type != "classification":
        return ""
    return case_minutes.title(case) if process.may_see(model.Session, case, actors.actor_of(gate.context())) else ""


def _restricted() -> list[tuple[str, str]]:
    """(name, title) of the restricted datasets that the person may name."""
    found, _count, _stands = restrictions.listed(model.Session(), actors.actor_of(gate.context()), {}, limit=None)
    known = []
    # Of what left a stub the name is the stub's, the title the one that officers know.
    for package_id, title in {row.package_id: row.title for row, _dik in found}.items():
        package = model.Session.get(model.Package, package_id)
        if package is not None and blind.sees(gate.context(), package):
            known.append((package.name, title or package.name))
    return sorted(known, key=lambda pair: pair[1].casefold())


def _case_url(case_id: str | None) -> str:
    return tk.h.url_for("satudata_desk.read", case_id=case_id) if case_id else ""


# ---------------------------------------------------------------- what both do


def page_number() -> int:
    """The page that is asked for; the first where it is none."""
    asked = tk.request.args.get("page", "1")
    return int(asked) if asked.isdecimal() and len(asked) < 6 and int(asked) else 1


def pages_of(count: int, size: int) -> int:
    """How many pages of this size a list has; one at least."""
    return max(-(-count // size), 1)


def _or_404(action: str, found_id: str) -> dict[str, Any]:
    try:
        return tk.get_action(action)(gate.context(), {"id": found_id})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404)


def _file(given: tuple[Any, dict[str, str]]) -> Response:
    stream, headers = given
    return Response(stream, headers=headers)


def _may_write() -> bool:
    return rules.may_write(actors.actor_of(gate.context()))


def _only_writers() -> None:
    if not _may_write():
        tk.abort(404)


def _is_sent() -> bool:
    return tk.request.method == "POST"


def _typed(names: tuple[str, ...]) -> dict[str, str]:
    return {name: tk.request.values.get(name, "") for name in names}


def _words(kinds: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, tk._(text)) for code, text in kinds.items()]
