"""Actions on the days off; a change moves the due times of open steps within minutes (`calendar/due_dates.py`)."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import appointment, holiday_list, officer_list
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.model.holiday import Holiday
from ckanext.satudata.shared import clock, params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.calendar import holidays
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text

__all__ = [
    "satudata_holiday_add",
    "satudata_holiday_import",
    "satudata_holiday_list",
    "satudata_holiday_remove",
]

OUTCOMES = ("new", "changed", "unchanged", "removed", "error")


def _manager(context: dict[str, Any], data_dict: dict[str, Any]):
    tk.check_access("satudata_admin", context, data_dict)
    actor = actor_of(context)
    appointment.require_manager(actor)
    return actor


@boundary
@tk.side_effect_free
def satudata_holiday_list(context, data_dict):
    """The days off in `year` (default this one), as `[{"on", "name", "kind", "source", "estimated"}]`.

    `kind`: `national`, `collective_leave`, `local`, or `working`: a decree made it a working day again. `source`: the
    decree's number, or `package` for what the portal's own calendar knows; `estimated`: not decreed yet.
    """
    _manager(context, data_dict)
    year = params.whole(data_dict, "year", clock.today().year, 1945, 2200)
    rows = model.Session.scalars(Holiday.in_order().where(sa.extract("year", Holiday.on) == year))
    return [
        {"on": row.on.isoformat(), "name": row.name, "kind": row.kind, "source": row.source, "estimated": row.estimated}
        for row in rows
    ]


@boundary
def satudata_holiday_add(context, data_dict):
    """Adds a day off to come: `on`, `name`, the `decree` that orders it, and `kind` (see the list; default `local`).

    A day that only the portal's own calendar knows is set by the decree from then on.
    """
    actor = _manager(context, data_dict)
    on = officer_list.parse_date(params.text(data_dict, "on"), "on")
    if on is None:
        raise Invalid("The day is missing.", field="on", mend="Enter the day off.")
    name = _needed(data_dict, "name", "The name is missing.", "Say what the day off is for.")
    decree = _decree(data_dict)
    kind = holiday_list.parse_kind(params.text(data_dict, "kind"), "kind")
    with transaction():
        row = holidays.put(model.Session, actor, on, name, kind, decree)
        return {"on": on.isoformat(), "name": row.name, "kind": row.kind, "source": row.source}


@boundary
def satudata_holiday_remove(context, data_dict):
    """Makes the day `on`, which must lie ahead, a working day; `decree` says by what order."""
    actor = _manager(context, data_dict)
    on = officer_list.parse_date(params.text(data_dict, "on"), "on")
    decree = _decree(data_dict)
    with transaction():
        if on is None:
            raise NotThere("This day is not in the list.")
        holidays.open_again(model.Session, actor, on, decree)
    return {"on": on.isoformat()}


@boundary
def satudata_holiday_import(context, data_dict):
    """Stores the days of a CSV list (`csv`: its text, columns `tanggal;nama;jenis;nomor_sk`), all of them or none.

    :param decree: the number for lines that name none
    :param whole: the list is all there is of its years; other days to come in them become working days (default false)
    :param dry_run: only say what would happen (default true)
    :returns: `lines`, `counts` by outcome, and whether it is `stored`. A line has its number `line` (0 for a day that
        the list does not name), `on`, `name`, `kind`, `decree`, its `outcome` (`new`, `changed`, `unchanged`,
        `removed`, `error`) and `errors` (`field`, `error` with the mend)
    """
    actor = _manager(context, data_dict)
    content = data_dict.get("csv") or ""
    if not isinstance(content, (str, bytes)) or not content.strip():
        raise Invalid("There is no list.", field="file", mend="Choose a CSV file.")
    whole, dry_run = params.flag(data_dict, "whole"), params.flag(data_dict, "dry_run", True)
    with transaction() as done:
        found = holidays.import_list(model.Session, actor, content, params.text(data_dict, "decree"), whole)
        counts = {name: sum(one.outcome == name for one in found) for name in OUTCOMES}
        lines = [_line(one) for one in found]
        stored = not dry_run and not counts["error"]
        done.drop = not stored
    return {"lines": lines, "counts": counts, "stored": stored}


def _line(one: holidays.Imported) -> dict[str, Any]:
    line = one.line
    return {
        "line": line.number,
        "on": line.on.isoformat() if line.on else line.cells.get("tanggal", ""),
        "name": line.name,
        "kind": line.kind or line.cells.get("jenis", ""),
        "decree": line.decree,
        "outcome": one.outcome,
        "errors": [{"field": error.field, "error": error_text(error)} for error in one.errors],
    }


def _decree(data_dict: dict[str, Any]) -> str:
    return _needed(data_dict, "decree", "The decree is missing.", "Enter the number of the decree.")


def _needed(data_dict: dict[str, Any], field: str, message: str, mend: str) -> str:
    text = params.text(data_dict, field)
    if not text:
        raise Invalid(message, field=field, mend=mend)
    if len(text) > holiday_list.LONGEST:
        raise Invalid("The text is too long.", field=field, mend="Use at most 300 characters.")
    return text
