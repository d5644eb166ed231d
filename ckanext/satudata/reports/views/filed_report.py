"""What officers write in a report, what changed since one was filed, and the page of those that everybody reads."""

from __future__ import annotations

import base64
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.report import Question
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import copies, form, making, prose
from ckanext.satudata.shared import actors, wording
from ckanext.satudata.views import gate

satudata_report_texts = Blueprint("satudata_report_texts", __name__, url_prefix="/laporan")
satudata_public_reports = Blueprint("satudata_public_reports", __name__, url_prefix="/laporan-layanan")
SHOWN = 200
"""Changes that the page names one by one."""


@satudata_report_texts.before_request
def only_readers():
    """As for the reports themselves."""
    return gate.only("satudata_report_show")


@satudata_report_texts.route("/uraian")
def write():
    """The texts of a report, each in its box; an empty one offers what was written the period before."""
    return _boxes(form.typed(tk.request.args))


@satudata_report_texts.route("/uraian", methods=["POST"])
def save():
    """Keeps what was typed; where that is refused, every box still holds it."""
    asked = form.typed(tk.request.form)
    typed = {name.removeprefix("text-"): text for name, text in tk.request.form.items() if name.startswith("text-")}
    data = {**asked, "texts": typed, "seen": tk.request.form.get("seen", "")}
    try:
        tk.get_action("satudata_report_write")(gate.context(), data)
    except tk.ValidationError as error:
        status = 409 if "conflict" in error.error_dict else 422
        return _boxes(asked, typed, gate.errors_of(error), status)
    except tk.NotAuthorized as error:
        return _boxes(asked, typed, {"message": [str(error)]}, 403)
    tk.h.flash_success(tk._("The texts are saved. They stand in the report from now on."))
    return tk.redirect_to("satudata_reports.index", **asked)


def _boxes(
    asked: dict[str, str], typed: dict[str, str] | None = None, errors: dict[str, list[str]] | None = None, status=200
) -> Any:
    try:
        question = making.question({name: asked[name] for name in ("name", "from_on", "until_on")})
    except SatudataError:
        return tk.abort(404)
    wanted = making.definition(question.name)
    if not wanted.blocks or not rules.may_write(actors.actor_of(gate.context()), wanted.process):
        return tk.abort(404)
    extra = {
        "asked": question.params,
        "title": making.title_of(wanted, str(wording.locale_of())),
        "is_public": wanted.is_public,
        "period": question.period,
        "boxes": _box_list(wanted, question, typed or {}),
        "seen": prose.mark(prose.texts(model.Session, wanted, question.period)),
        "errors": {f"text-{key}" if key in _keys(wanted) else key: texts for key, texts in (errors or {}).items()},
    }
    return tk.render("reports/texts.html", extra), status


def _keys(wanted: Definition) -> set[str]:
    return {block.key for block in wanted.blocks}


def _box_list(wanted: Definition, question: Question, typed: dict[str, str]) -> list[dict[str, Any]]:
    """Each box: what was typed, else what is kept, else what an earlier period said (`offered`)."""
    language = str(wording.locale_of())
    kept, before = (read(model.Session, wanted, question.period) for read in (prose.texts, prose.before))
    boxes = []
    for block in wanted.blocks:
        earlier = before.get(block.key)
        offers = block.key not in kept and block.key not in typed and earlier is not None
        boxes.append(
            {
                "name": f"text-{block.key}",
                "title": block.title.said(language),
                "hint": block.hint.said(language) if block.hint else "",
                "optional": block.optional,
                "text": earlier.text if offers and earlier else typed.get(block.key, kept.get(block.key, "")),
                "offered": earlier.until_on.year if offers and earlier else None,
                "kept": kept.get(block.key, "") if typed and typed.get(block.key) != kept.get(block.key) else "",
            }
        )
    return boxes


@satudata_report_texts.route("/arsip/<id>/beda")
def compare(id: str):
    """What a filed report would say differently now."""
    try:
        found = tk.get_action("satudata_report_compare")(gate.context(), {"id": id})
        row = making.filed(model.Session, id)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    except tk.ValidationError as error:  # its definition is gone
        tk.h.flash_error(" ".join(error.error_dict["conflict"]))
        return tk.redirect_to("satudata_reports.index")
    extra = {**found, "report": making.listed(row), "shown": found["changes"][:SHOWN], "count": len(found["changes"])}
    return tk.render("reports/compare.html", extra)


@satudata_public_reports.route("")
def index():
    """The reports that everybody reads, with their files and when the Komisi Informasi got its copy."""
    rows = tk.get_action("satudata_public_report_list")(gate.context(), {})
    sent = copies.sent(model.Session, [row["id"] for row in rows])
    shown = [{**row, "sent": sent.get(row["id"])} for row in rows]
    return tk.render("reports/public.html", {"reports": shown, "formats": ("pdf", "xlsx", "docx", "csv", "json")})


@satudata_public_reports.route("/<id>.<format_>")
def file(id: str, format_: str):
    """A file of one, as it was filed."""
    row = model.Session.get(FiledReport, id)
    if row is None or not row.is_public or format_ not in row.files:
        return tk.abort(404)
    made = tk.get_action("satudata_report_render")(gate.context(), {"id": id, "format": format_})
    head = {
        "Content-Disposition": f'attachment; filename="{made["filename"]}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(base64.b64decode(made["content"]), content_type=made["content_type"], headers=head)
