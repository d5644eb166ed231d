"""`/laporan`: the report on the page, its files, filing it, and what was filed."""

from __future__ import annotations

import base64
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from markupsafe import Markup

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.report import Block, Chapter, Chart, Kind, Report, Table
from ckanext.satudata.domain.report_facts import ABOUT, CALLED
from ckanext.satudata.reports import filing, form, jobs, making
from ckanext.satudata.reports.clicks import Clicks
from ckanext.satudata.shared import actors, clock, words
from ckanext.satudata.shared.documents import charts, report_page, sheets
from ckanext.satudata.views import gate

satudata_reports = Blueprint("satudata_reports", __name__, url_prefix="/laporan")
LONG = 15
"""Rows above which a table is folded on the page."""


@satudata_reports.before_request
def only_readers():
    """Walidata and the auditor; visitors are asked to log in, others are told that there is no such page."""
    return gate.only("satudata_report_show")


@satudata_reports.route("")
def index():
    """The report of a period; where none is chosen, of its last one that is over."""
    first = next(iter(making.known(actors.actor_of(gate.context()))), None)
    asked = form.typed(tk.request.args, first.name if first else making.DISSEMINATION)
    job = _in_the_making(asked)
    return tk.redirect_to("satudata_report_jobs.read", id=job) if job else _page(asked)


def _in_the_making(asked: dict[str, str]) -> str | None:
    """The job that makes the report of a long period now; looking starts none."""
    try:
        question = making.question(asked)
        rules.require_reader(actors.actor_of(gate.context()), making.process_of(asked["name"]))
    except SatudataError:
        return None
    return jobs.in_the_making(model.Session, question)


@satudata_reports.route("/unduh/<name>.<format_>")
def download(name: str, format_: str):
    """A file made now; of a long period the one that was made in the background, or the way to have it made."""
    args = tk.request.args
    data = {**form.typed(args), "name": name, "format": format_, "table": args.get("table")}
    if _is_to_be_made(data):
        return tk.redirect_to("satudata_reports.index", **form.typed({**args, "name": name}))
    return _kept(data) or _file(data)


def _is_to_be_made(data: dict[str, Any]) -> bool:
    """Whether nobody has had the report of this long period made."""
    try:
        return jobs.is_awaited(model.Session, making.question(data))
    except SatudataError:
        return False


def _kept(data: dict[str, Any]) -> Response | None:
    """The file of a long period that was made in the background; None where there is none."""
    try:
        row = jobs.done(model.Session, making.question(data))
        if row is None or data["table"] or data["format"] not in row.files:
            return None
        sent = {"id": row.id, "format": data["format"]}
        return sent_file(tk.get_action("satudata_report_job_file")(gate.context(), sent))
    except (SatudataError, tk.ObjectNotFound, tk.NotAuthorized):
        return None


@satudata_reports.route("/arsip/<id>.<format_>")
def archived(id: str, format_: str):
    """A file as it was filed."""
    return _file({"id": id, "format": format_})


@satudata_reports.route("/arsipkan", methods=["POST"])
def file():
    """Files the report of the period on the page."""
    asked = form.typed(tk.request.form)
    if tk.request.form.get("sure") != "true":
        return _page(asked, {"sure": [tk._("Tick the box: a report that is filed changes no more.")]}, 422)
    try:
        tk.get_action("satudata_report_file")(gate.context(), asked)
    except tk.ValidationError as error:
        return _page(asked, gate.errors_of(error), 409 if "conflict" in error.error_dict else 422)
    except tk.NotAuthorized as error:
        return _page(asked, {"message": [str(error)]}, 403)
    tk.h.flash_success(tk._("The report is filed. It stands in the archive below and changes no more."))
    return tk.redirect_to("satudata_reports.index", **asked)


def _file(data: dict[str, Any]) -> Any:
    try:
        made = tk.get_action("satudata_report_render")(gate.context(), data)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        if "format" in error.error_dict and "conflict" not in error.error_dict:
            return tk.abort(404)
        return _page(form.typed({**data, "table": ""}), gate.errors_of(error))
    return sent_file(made)


def sent_file(made: dict[str, Any]) -> Response:
    """The answer of an action that made a file, to the browser."""
    head = {
        "Content-Disposition": f'attachment; filename="{made["filename"]}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(base64.b64decode(made["content"]), content_type=made["content_type"], headers=head)


def _page(asked: dict[str, str], errors: dict[str, list[str]] | None = None, status: int = 422) -> Any:
    errors, actor = dict(errors or {}), actors.actor_of(gate.context())
    report = question = job = None
    is_awaited = False
    wanted = making.definition(making.DISSEMINATION)
    try:
        wanted = making.definition(asked["name"])
        question = making.question(asked)
        asked = question.params
        rules.require_reader(actor, wanted.process)
        job = jobs.done(model.Session, question)
        is_awaited = job is None and jobs.is_awaited(model.Session, question)
        if job:
            report = jobs.made(model.Session, job)
        elif not is_awaited:
            report = making.standing(model.Session, actor, asked)
    except SatudataError as error:
        errors.setdefault(error.field, [words.error_text(error)])
    listed = tk.get_action("satudata_report_list")(gate.context(), {})
    is_filed_kind = question is not None and question.is_plain and wanted.files
    is_whole = question is not None and question.period.is_one_of(wanted.spans)
    is_over = question is not None and question.period.until_on <= clock.today()
    filed = next((row for row in listed["filed"] if all(row.get(key) == asked[key] for key in asked)), None)
    extra = {
        "asked": asked,
        "errors": errors,
        "names": [(one["name"], one["title"]) for one in listed["reports"]],
        "choices": form.choices(wanted),
        "shortcuts": form.shortcuts(wanted, asked),
        "report": _shown(report, asked, filed is not None) if report else None,
        "archive": listed["filed"],
        "filed": filed,
        "job": job.id if job else "",
        "is_awaited": is_awaited,
        "is_filed_kind": is_filed_kind,
        "is_whole": is_whole,
        "runs": is_filed_kind and not is_over,
        "may_file": is_filed_kind and is_over and is_whole and filing.may_file(actor, wanted),
        "may_write": is_filed_kind and is_whole and bool(wanted.blocks) and rules.may_write(actor, wanted.process),
        "formats": [("xlsx", "XLSX"), ("pdf", "PDF"), ("docx", "DOCX"), ("csv", "CSV"), ("json", "JSON")],
    }
    page = tk.render("reports/index.html", extra)
    return page, status if errors else 200


def _shown(report: Report, asked: dict[str, str], is_filed: bool) -> dict[str, Any]:
    """The report for the template: finished text, and the bars of the chart."""
    clicks = Clicks(making.definition(report.name), asked, report.version)
    return {
        "title": tk._(report.title),
        "from_on": report.period.from_on,
        "until_on": report.period.until_on,
        "as_of_at": report.as_of_at,
        "narrowed": [(tk._(label), text) for label, text in report.narrowed],
        "counted": [(tk._(CALLED[name]), tk._(ABOUT[name])) for name in report.facts if name in ABOUT],
        "findings": [clicks.sentence(finding) for finding in report.findings],
        "charts": [_drawn(chart, clicks) for chart in report.charts],
        "parts": _folded(
            [_part(part, clicks) for part in report.in_order() if not (is_filed and report_page.is_left_out(part))]
        ),
    }


def _folded(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A table and the same of the period before stand both folded or both open."""
    long = {tuple(part["heads"]) for part in parts if part.get("long")}
    return [{**part, "long": tuple(part["heads"]) in long} if part["kind"] == "table" else part for part in parts]


def _part(part: Chapter | Block | Table, clicks: Clicks) -> dict[str, Any]:
    if isinstance(part, Chapter):
        return {"kind": "chapter", "title": part.title}
    if isinstance(part, Block):
        return {"kind": "block", "key": part.key, "title": part.title, "paragraphs": part.paragraphs}
    return {
        "kind": "table",
        "key": part.key,
        "title": tk._(part.title),
        "heads": [tk._(column.head) for column in part.columns],
        "numeric": [number for number, column in enumerate(part.columns) if column.kind in (Kind.COUNT, Kind.DECIMAL)],
        "rows": [clicks.row(part, number) for number in range(len(part.rows))],
        "long": len(part.rows) > LONG,
        "empty": tk._(part.empty),
    }


def _drawn(chart: Chart, clicks: Clicks) -> dict[str, Any]:
    """A chart drawn twice, for wide screens and for phones; one of them is shown. Each bar leads to what it counts."""
    said, links = sheets.sentence(chart.said, tk._), clicks.bars(chart)
    return {
        "title": said,
        "alt": report_page.chart_alt(chart, said),
        # Of our own converter, which escapes what it is given.
        "wide": Markup(charts.on_page(chart, links)),
        "narrow": Markup(charts.on_page(chart, links, wide=charts.NARROW)),
        "left": chart.left,
        "table": chart.table,
    }
