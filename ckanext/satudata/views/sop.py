"""`/sop`: how this government works, read from the files that run."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.sop import Step
from ckanext.satudata.domain.workdays import Unit
from ckanext.satudata.shared import sops, words

satudata_sop = Blueprint("satudata_sop", __name__, url_prefix="/sop")


@satudata_sop.route("")
def index():
    """The processes with their titles."""
    found = [{"process": name, "title": sop.title, "own": sops.is_own(name)} for name, sop in sops.current().items()]
    return tk.render("satudata/sop/index.html", extra_vars={"sops": found})


@satudata_sop.route("/<process>")
def read(process: str):
    """One process as the official form: its head and the procedure table."""
    sop = sops.current().get(process)
    if sop is None:
        return tk.abort(404)
    rows = [
        [
            step.no,
            step.uraian,
            words.role_names(step.pelaksana),
            "; ".join(step.kelengkapan),
            _waktu(step),
            "; ".join(step.output),
            step.keterangan,
        ]
        for step in sop.steps.values()
    ]
    return tk.render("satudata/sop/read.html", extra_vars={"sop": sop, "rows": rows, "own": sops.is_own(process)})


def _waktu(step: Step) -> str:
    if step.waktu is None:
        return step.waktu_text or "-"
    texts = {
        Unit.WORKING_DAYS: tk._("{count} working days"),
        Unit.CALENDAR_DAYS: tk._("{count} days"),
        Unit.WORKING_MINUTES: tk._("{count} minutes"),
    }
    return texts[step.waktu.unit].format(count=step.waktu.count)
