"""`/sop`: how this government works, read from the files that run."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata import config
from ckanext.satudata.domain.sop import Command, Exit, Sop, Step
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
    roles = list(dict.fromkeys(role for step in sop.steps.values() for role in step.pelaksana))
    extra = {
        "sop": sop,
        "roles": [(role, words.role_name(role)) for role in roles],
        "rows": [_row(sop, step) for step in sop.steps.values()],
        "own": sops.is_own(process),
        "borrowed": config.demo() and sops.is_own(process),
    }
    return tk.render("satudata/sop/read.html", extra_vars=extra)


def _row(sop: Sop, step: Step) -> dict[str, Any]:
    """A row of the procedure table with the mark of its performers: start or end, decision, or plain work."""
    ways = [_way(exit_) for exit_ in step.exits.values() if exit_.command not in (Command.WITHDRAW, Command.LAPSE)]
    ends = any(not exit_.to for exit_ in step.exits.values() if exit_.command is not Command.WITHDRAW)
    forward = [exit_ for exit_ in step.exits.values() if exit_.command not in (Command.WITHDRAW, Command.LAPSE)]
    return {
        "step": step,
        "mark": "bound" if step.no == sop.first or ends else "choice" if len(forward) > 1 else "work",
        "ways": list(dict.fromkeys(ways)),
        "time": _waktu(step),
    }


def _way(exit_: Exit) -> str:
    """Where a command leads, as the arrows of the form: `→ 9`, `↩ 7`, `→ ■` for the end."""
    arrow = "↩" if exit_.command is Command.RETURN else "→"
    return f"{arrow} {', '.join(exit_.to) or '■'}"


def _waktu(step: Step) -> str:
    if step.waktu is None:
        return step.waktu_text or "-"
    texts = {
        Unit.WORKING_DAYS: tk._("{count} working days"),
        Unit.CALENDAR_DAYS: tk._("{count} days"),
        Unit.WORKING_MINUTES: tk._("{count} minutes"),
    }
    return texts[step.waktu.unit].format(count=step.waktu.count)
