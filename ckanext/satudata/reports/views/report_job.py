"""`/laporan/antrean` and `/laporan/jadwal`: reports made in the background, and when they are made by themselves."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.report import Span
from ckanext.satudata.domain.report_job import FACTS
from ckanext.satudata.reports import making
from ckanext.satudata.reports.views.report import sent_file
from ckanext.satudata.shared.documents import report_files
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.views import gate

satudata_report_jobs = Blueprint("satudata_report_jobs", __name__, url_prefix="/laporan/antrean")
satudata_report_schedules = Blueprint("satudata_report_schedules", __name__, url_prefix="/laporan/jadwal")

PAGE = 20
STATES = {
    "waiting": (N_("Waiting for its turn"), "neutral"),
    "running": (N_("Being made"), "info"),
    "interrupted": (N_("Interrupted"), "warn"),
    "done": (N_("Ready"), "good"),
    "failed": (N_("Failed"), "bad"),
    "cancelled": (N_("Stopped"), "neutral"),
}
SPANS = {
    Span.MONTH: N_("Each month"),
    Span.QUARTER: N_("Each quarter"),
    Span.SEMESTER: N_("Each half-year"),
    Span.YEAR: N_("Each year"),
}


@satudata_report_jobs.before_request
def only_readers():
    """Who reads reports; visitors are asked to log in, others are told that there is no such page."""
    return gate.only("satudata_report_job_list")


@satudata_report_schedules.before_request
def only_readers_of_all():
    """Walidata and the auditor; as above."""
    return gate.only("satudata_report_schedule_list")


@satudata_report_jobs.route("")
def index():
    """What is being made, and what was made in the last days."""
    return _listed({}, 200)


@satudata_report_jobs.route("", methods=["POST"])
def create():
    """Has a report made; who asks twice is led to the same page."""
    form = tk.request.form
    data = {**form.to_dict(), "formats": form.getlist("formats")}
    try:
        made = tk.get_action("satudata_report_job_create")(gate.context(), data)
    except tk.ValidationError as error:
        return _listed(gate.errors_of(error), 422)
    return tk.redirect_to("satudata_report_jobs.read", id=made["id"])


@satudata_report_jobs.route("/<id>")
def read(id: str):
    """How far it is; the page loads itself anew until the report is there."""
    return _page(id)


@satudata_report_jobs.route("/<id>.<format_>")
def download(id: str, format_: str):
    """A file of it."""
    try:
        made = tk.get_action("satudata_report_job_file")(gate.context(), {"id": id, "format": format_})
    except tk.ObjectNotFound:
        return tk.abort(404)
    return sent_file(made)


@satudata_report_jobs.route("/<id>/batal", methods=["POST"])
def cancel(id: str):
    """Stops it."""
    try:
        tk.get_action("satudata_report_job_cancel")(gate.context(), {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized as error:
        return _page(id, {"message": [str(error)]}, 403)
    except tk.ValidationError as error:
        return _page(id, gate.errors_of(error), 409)
    return tk.redirect_to("satudata_report_jobs.read", id=id)


def _page(id: str, errors: dict[str, list[str]] | None = None, status: int = 200) -> Any:
    try:
        job = tk.get_action("satudata_report_job_show")(gate.context(), {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404)
    extra = {"job": job, "errors": errors or {}, "stage": _stage(job), "left": _left(job), **_words()}
    extra |= {"narrowed": _narrowed(job), "stands": "tetap" in tk.request.args}
    return tk.render("reports/job.html", extra), status


def _listed(errors: dict[str, list[str]], status: int) -> Any:
    text = tk.request.args.get("page", "")
    page = max(1, int(text)) if re.fullmatch("[0-9]{1,4}", text) else 1
    asked = {"limit": PAGE + 1, "offset": (page - 1) * PAGE}
    found = tk.get_action("satudata_report_job_list")(gate.context(), asked)["jobs"]
    extra = {"jobs": found[:PAGE], "more": len(found) > PAGE, "page": page, "errors": errors, **_words()}
    return tk.render("reports/jobs.html", extra), status


def _words() -> dict[str, Any]:
    return {"states": {name: (tk._(word), tone) for name, (word, tone) in STATES.items()}}


def _narrowed(job: dict[str, Any]) -> list[tuple[str, str]]:
    """What tells it from another of the same period; nothing where the site has no such report any more."""
    try:
        asked = making.question(job["asked"])
    except SatudataError:
        return []
    compared = [(tk._("Comparison"), tk._("With the period before"))] if asked.compare else []
    return [(tk._(label), text) for label, text in making.narrowed(asked)] + compared


def _stage(job: dict[str, Any]) -> str:
    if job["is_interrupted"]:
        return tk._("The server stopped meanwhile. The work goes on by itself within a few minutes.")
    if job["stage"] in report_files.FORMATS:
        return tk._("The file is being written: {format}").format(format=job["stage"].upper())
    return tk._("The figures are being counted") if job["stage"] == FACTS else tk._("Waiting for its turn")


def _left(job: dict[str, Any]) -> str:
    if job["seconds_left"] is None:
        return ""
    minutes = -(-job["seconds_left"] // 60)
    return tk._("less than a minute more") if minutes < 2 else tk._("about {count} minutes more").format(count=minutes)


# ---------------------------------------------------------------- schedules


@satudata_report_schedules.route("")
def listing():
    """When which report is made by itself."""
    return _schedules({}, {}, 200)


@satudata_report_schedules.route("", methods=["POST"])
def add():
    """Sets when a report is made."""
    asked = {name: tk.request.form.get(name, "").strip() for name in ("name", "span", "day")}
    errors = gate.act("satudata_report_schedule_create", asked)
    if errors:
        return _schedules(asked, errors, 422)
    tk.h.flash_success(tk._("The report will be made by itself; Walidata's officers are told by mail."))
    return tk.redirect_to("satudata_report_schedules.listing")


@satudata_report_schedules.route("/<id>/hapus", methods=["POST"])
def remove(id: str):
    """The report is not made by itself any more."""
    try:
        tk.get_action("satudata_report_schedule_delete")(gate.context(), {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404)
    tk.h.flash_success(tk._("This report is not made by itself any more."))
    return tk.redirect_to("satudata_report_schedules.listing")


def _schedules(asked: dict[str, str], errors: dict[str, list[str]], status: int) -> Any:
    listed = tk.get_action("satudata_report_list")(gate.context(), {})["reports"]
    extra = {
        "schedules": tk.get_action("satudata_report_schedule_list")(gate.context(), {})["schedules"],
        "asked": asked,
        "errors": errors,
        "names": [(one["name"], one["title"]) for one in listed],
        "spans": [(span.value, tk._(word)) for span, word in SPANS.items()],
        "may_set": tk.h.check_access("satudata_report_schedule_create"),
    }
    return tk.render("reports/schedules.html", extra), status
