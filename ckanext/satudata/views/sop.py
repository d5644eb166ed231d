"""`/sop`: how this government works, read from the files that run; `/standar-pelayanan`: what everybody may expect."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata import config
from ckanext.satudata.domain import sop_chart, sop_flow
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.sop import Sop, Step
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.sop import service_standard, sop_forms, sops, step_times
from ckanext.satudata.shared.sop.sop_forms import Printed

LINES, LINE_LENGTH = 4, 38
"""Of the words beside the diagram."""

satudata_sop = Blueprint("satudata_sop", __name__, url_prefix="/sop")
satudata_standard = Blueprint("satudata_standard", __name__)


@satudata_sop.route("")
def index():
    """The processes, whether the government itself orders each, and the form that it is part of."""
    found = [
        {
            "process": name,
            "title": sop.title,
            "form": str(sop.head.get("nama") or ""),
            "name": tk._(words.PROCESSES[name]),
            "own": sops.is_own(name),
        }
        for name, sop in sops.current().items()
    ]
    found.sort(key=lambda one: (not one["own"], one["form"] or "~", one["title"]))
    return tk.render("satudata/sop/index.html", extra_vars={"sops": found})


@satudata_sop.route("/<process>")
def read(process: str):
    """One process: the official form that it is part of, how it runs, and how long its steps take."""
    form = _printed(process)
    sop = sops.running(process)
    extra = {
        "form": form,
        "sop": sop,
        "bands": _bands(form),
        "spoken": _spoken(form),
        "rows_of": _rows_of(form),
        "undrawn": sop_forms.undrawn(form),
        "legend": [(shape.value, tk._(text)) for shape, text in sop_forms.MARKS.items()],
        "diagram": _diagram(sop),
        "steps": _steps(sop),
        "fewest": step_times.FEWEST,
        "lender": _lender(form, sop) if config.demo() and form.own else "",
    }
    return tk.render("satudata/sop/read.html", extra_vars=extra)


def _lender(form: Printed, sop: Sop) -> str:
    """Whose procedure a demonstration shows: as its form says, else by the folder's name; empty for its own."""
    lender = str(sop.head.get("pemerintah") or "") or PurePath(form.government).name.replace("_", " ").title()
    return "" if lender.lower() in config.government_name().lower() else lender


@satudata_sop.route("/<process>.pdf")
def paper(process: str):
    """The form as a PDF."""
    form = _printed(process)
    return _pdf(sop_forms.as_pdf(process), f"SOP-{form.title}")


@satudata_standard.route("/standar-pelayanan")
def standard():
    """The service standard of this government, else that of `default`."""
    return tk.render(
        "satudata/sop/standard.html",
        extra_vars={"standard": service_standard.running(), "names": service_standard.COMPONENTS},
    )


@satudata_standard.route("/standar-pelayanan.pdf")
def standard_paper():
    """The service standard as a PDF."""
    return _pdf(service_standard.as_pdf(), "Standar-Pelayanan")


def _printed(process: str) -> Printed:
    try:
        return sop_forms.printed(process)
    except NotThere:
        return tk.abort(404)


def _pdf(body: bytes, title: str) -> Response:
    name = "-".join("".join(sign if sign.isalnum() else " " for sign in title).split())
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})


def _bands(form: Printed) -> list[dict[str, Any]]:
    """The rows of the procedure table with the drawing of each cell."""
    return [
        {"row": row, "cells": band.cells, "texts": sop_forms.texts_of(row.step)}
        for row, band in zip(form.flow.rows, sop_chart.one_page(form.flow), strict=True)
    ]


def _spoken(form: Printed) -> list[list[str]]:
    """What each cell of the drawing says in words."""
    columns = range(len(form.columns))
    return [[sop_forms.said(form, row, column) for column in columns] for row in range(len(form.flow.rows))]


def _rows_of(form: Printed) -> list[tuple[str, str, str]]:
    """Which process runs which rows of the form: process, title, rows."""
    rows: dict[str, list[str]] = {}
    for row in form.flow.rows:
        if row.step:
            rows.setdefault(row.process, []).append(row.step.no)
    return [(sop.process.value, sop.title, ", ".join(rows.get(sop.process.value, ()))) for sop in form.parts]


def _diagram(sop: Sop) -> dict[str, Any]:
    """The process as it runs: lanes of the performers, and what is in each cell."""
    flow = sop_flow.of_process(sop)
    lanes = [words.role_name(role) for role in flow.columns]
    bands = [
        {"no": flow.number(at), "cells": band.cells, "lines": _lines(flow.rows[at].step)}
        for at, band in enumerate(sop_chart.one_page(flow))
    ]
    return {"lanes": lanes, "bands": bands}


def _lines(step: Step | None) -> list[str]:
    """What is done in a step, in as many lines as the diagram has room for."""
    text = f"{step.no}. {step.uraian}" if step else ""
    return textwrap.wrap(text, LINE_LENGTH, max_lines=LINES, placeholder=" …")


def _steps(sop: Sop) -> list[dict[str, Any]]:
    """The steps in words, with their time limits and the times they took."""
    took, flow = step_times.of(model.Session, sop), sop_flow.of_process(sop)
    return [
        {
            "step": row.step,
            "who": words.role_names(row.step.pelaksana),
            "limit": sop_forms.time_text(sop.time_of(row.step.no), row.step.waktu_text),
            "ways": flow.ways(at),
            "cases": took[row.step.no].cases if row.step.no in took else 0,
            "median": _span(took[row.step.no].median) if row.step.no in took else "",
            "nine_in_ten": _span(took[row.step.no].nine_in_ten) if row.step.no in took else "",
        }
        for at, row in enumerate(flow.rows)
        if row.step
    ]


def _span(time: timedelta) -> str:
    """`2,4 hari`, `3 jam`, `20 menit`: days from one day up, hours from one hour up."""
    minutes = time.total_seconds() / 60
    if minutes >= 24 * 60:
        return tk._("{count} days").format(count=wording.number(round(minutes / 24 / 60, 1)))
    if minutes >= 60:
        return tk._("{count} hours").format(count=wording.number(round(minutes / 60, 1)))
    return tk._("{count} minutes").format(count=wording.number(round(minutes)))
