"""The reclassification wizard, what was done by it, and what had been open."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.access import records, sheet, wording
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.reclassification import may_narrow
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import process, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.levels import reclassify_plan
from ckanext.satudata.views import gate

satudata_reclassification = Blueprint("satudata_reclassification", __name__)
PAGE = 50
FILES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@satudata_reclassification.route("/dataset/<id>/klasifikasi", methods=["GET", "POST"])
def wizard(id: str) -> Any:
    """Choose a level, see what will happen, confirm; 404 for who may not."""
    package = model.Package.get(id)
    may = package is not None and may_narrow(actor_of(gate.context()), package.owner_org)
    if package is None or not may or not records.knows(gate.context(), package):
        return tk.abort(404, tk._("Dataset not found"))
    state = model.Session.get(DatasetState, package.id)
    if state is None or state.state != DatasetStage.PUBLISHED.value:
        tk.h.flash_error(tk._("Only what is published can be reclassified."))
        return tk.redirect_to("dataset.read", id=package.id)
    if tk.request.method == "POST":
        return _narrow(package, state)
    asked = _asked(tk.request.args)
    if not asked["to_level"]:
        missing = {"to_level": [tk._("Choose a level.")]} if asked["what"] else {}
        return _choose(package, state, asked, missing)
    return _confirm(package, state, asked, {})


@satudata_reclassification.route("/dataset/<id>/klasifikasi/usul", methods=["POST"])
def propose(id: str) -> Any:
    """Opens the case in which a more open level is asked for, and leads there."""
    form = tk.request.form
    try:
        asked = {"id": id, "resource_id": _resource_id(_asked(form))}
        case = tk.get_action("satudata_classification_propose")(gate.context(), asked)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
        return tk.redirect_to("dataset.read", id=id)
    return tk.redirect_to(tk.h.url_for("satudata_desk.read", case_id=case["id"], tindakan="submit") + "#lakukan")


@satudata_reclassification.route("/meja/reklasifikasi")
def index() -> Any:
    """What was narrowed, by whom, on which ground, tested or not."""
    refused = gate.only("satudata_reclassification_list")
    if refused is not None:
        return refused
    kind = tk.request.args.get("jenis", "narrowing")
    page = max(tk.h.get_page_number(tk.request.args), 1)
    asked = {"kind": "" if kind == "semua" else kind, "limit": PAGE, "offset": (page - 1) * PAGE}
    found = tk.get_action("satudata_reclassification_list")(gate.context(), asked)
    extra = {"found": found, "kind": kind, "page": page, "pages": -(-found["count"] // PAGE), "wording": wording}
    return tk.render("access/reclassification/index.html", extra)


@satudata_reclassification.route("/meja/reklasifikasi.<format_>")
def table(format_: str) -> Any:
    """The same as a file, of at most 1000 rows."""
    refused = gate.only("satudata_reclassification_list")
    if refused is not None:
        return refused
    if format_ not in FILES:
        return tk.abort(404)
    kind = tk.request.args.get("jenis", "narrowing")
    asked = {"kind": "" if kind == "semua" else kind, "limit": 1000}
    found = tk.get_action("satudata_reclassification_list")(gate.context(), asked)
    return _file(sheet.of_records(found["results"], format_), "reklasifikasi", format_)


@satudata_reclassification.route("/meja/reklasifikasi/<id>")
def read(id: str) -> Any:
    """What one operation did."""
    refused = gate.only("satudata_reclassification_list")
    if refused is not None:
        return refused
    try:
        found = tk.get_action("satudata_reclassification_show")(gate.context(), {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    case = model.Session.get(Case, found["case_id"] or "")
    may_see = case is not None and process.may_see(model.Session, case, actor_of(gate.context()))
    extra = {"record": found, "wording": wording, "may_see_case": may_see}
    return tk.render("access/reclassification/read.html", extra)


@satudata_reclassification.route("/meja/paparan/<id>")
def exposure(id: str) -> Any:
    """What of a dataset was open from when until when."""
    found = _exposure(id)
    if not isinstance(found, dict):
        return found
    return tk.render("access/reclassification/exposure.html", {"found": found, "words": words})


@satudata_reclassification.route("/meja/paparan/<id>.<format_>")
def exposure_table(id: str, format_: str) -> Any:
    """The same as a file."""
    if format_ not in FILES:
        return tk.abort(404)
    found = _exposure(id)
    if not isinstance(found, dict):
        return found
    return _file(sheet.of_exposure(found, format_), f"paparan-{found['id'][:8]}", format_)


def _exposure(id: str) -> Any:
    refused = gate.only("satudata_reclassification_list")
    if refused is not None:
        return refused
    asked = {"id": id, "resource_id": tk.request.args.get("resource_id", "")}
    try:
        return tk.get_action("satudata_dataset_exposure_show")(gate.context(), asked)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)


def _file(content: bytes, name: str, format_: str) -> Response:
    head = {
        "Content-Disposition": f'attachment; filename="{name}.{format_}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, content_type=FILES[format_], headers=head)


def _asked(form: Any) -> dict[str, str]:
    """What was chosen and typed; `what` is `dataset` or the id of a file."""
    names = ("what", "to_level", "reason", "access_ground", "access_basis", "key")
    return {name: form.get(name, "").strip() for name in names}


def _narrow(package: model.Package, state: DatasetState) -> Any:
    asked = _asked(tk.request.form)
    data = {name: asked[name] for name in ("to_level", "reason", "access_ground", "access_basis", "key")}
    data.update(id=package.id, resource_id=_resource_id(asked))
    try:
        record = tk.get_action("satudata_dataset_reclassify")(gate.context(), data)
    except tk.ValidationError as error:
        status = 409 if "conflict" in error.error_dict else 422
        return _confirm(package, state, asked, gate.errors_of(error)), status
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    tk.h.flash_success(tk._("Done. What stands below is what happened."))
    return tk.redirect_to("satudata_reclassification.read", id=record["id"])


def _resource_id(asked: dict[str, str]) -> str:
    return "" if asked["what"] in ("", "dataset") else asked["what"]


def _choose(package: model.Package, state: DatasetState, asked: dict[str, str], errors: dict[str, list[str]]) -> Any:
    files = [
        {"id": one.id, "name": one.name, "level": reclassify_plan.level_of_row(state, one).value}
        for one in package.resources
    ]
    extra = {
        "pkg": package,
        "level": state.access_level,
        "files": files,
        "asked": asked,
        "errors": errors,
        "levels": [one for one in Level if one.strictness > min(_strictness(state, files))],
        "wording": wording,
    }
    return tk.render("access/reclassification/choose.html", extra)


def _strictness(state: DatasetState, files: list[dict[str, str]]) -> list[int]:
    return [Level(one).strictness for one in (state.access_level, *(file["level"] for file in files))]


def _confirm(package: model.Package, state: DatasetState, asked: dict[str, str], errors: dict[str, list[str]]) -> Any:
    preview = {"id": package.id, "to_level": asked["to_level"], "resource_id": _resource_id(asked)}
    try:
        plan = tk.get_action("satudata_dataset_reclassify_preview")(gate.context(), preview)
        level = reclassify_plan.level_named(plan["to_level"])
    except tk.ValidationError as error:
        return _choose(package, state, asked, gate.errors_of(error))
    except tk.ObjectNotFound:
        return _choose(package, state, asked, {"what": [tk._("There is no such file in this dataset.")]})
    if level.strictness <= Level(plan["from_level"]).strictness and not errors:
        text = tk._("This is not stricter than now ({level}).").format(level=wording.level(plan["from_level"]))
        return _choose(package, state, asked, {"to_level": [text]})
    extra = {
        "pkg": package,
        "plan": plan,
        "file_name": records.file_names(model.Session(), [(package.id, plan["resource_id"])]).get(plan["resource_id"]),
        "asked": {**asked, "key": asked["key"] or uuid.uuid4().hex},
        "errors": errors,
        "grounds": sheet.grounds(),
        "words": words,
        "wording": wording,
    }
    return tk.render("access/reclassification/confirm.html", extra)
