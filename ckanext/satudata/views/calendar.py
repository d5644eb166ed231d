"""`/admin/satudata/hari-libur` and `/jam-layanan`: the days and hours that due times count."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain import holiday_list, list_file, reminders, service_hours, workdays
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared import clock, settings, words
from ckanext.satudata.views import gate

satudata_calendar = Blueprint("satudata_calendar", __name__, url_prefix="/admin/satudata")

FOLLOWS = words.N_("Due times follow within a minute or two.")
DAYS = dict(
    zip(
        workdays.DAY_NAMES,
        (
            words.N_("Monday"),
            words.N_("Tuesday"),
            words.N_("Wednesday"),
            words.N_("Thursday"),
            words.N_("Friday"),
            words.N_("Saturday"),
            words.N_("Sunday"),
        ),
        strict=True,
    )
)


@satudata_calendar.before_request
def _gate():
    return gate.only("satudata_admin")


def holidays():
    """The days off of a year; one can be added by decree. `format=csv` gives a list that can be imported again."""
    year = tk.request.values.get("year", "")
    values = {name: tk.request.form.get(name, "") for name in ("on", "name", "kind", "decree")}
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        errors = gate.act("satudata_holiday_add", values)
        if not errors:
            tk.h.flash_success(tk._("The day off was added.") + " " + tk._(FOLLOWS))
            _tell_moves()
            return tk.redirect_to("satudata_calendar.holidays", year=year)
    this = clock.today().year
    shown = int(year) if re.fullmatch(r"[0-9]{4}", year) and 1945 <= int(year) <= 2200 else this
    rows = [
        {
            **row,
            "kind_name": tk._(words.HOLIDAY_KINDS.get(row["kind"], row["kind"])),
            "source_name": tk._("Calendar of the portal") if row["source"] == "package" else row["source"],
        }
        for row in tk.get_action("satudata_holiday_list")(gate.context(), {"year": shown})
    ]
    if tk.request.args.get("format") == "csv":
        return _csv(rows, shown)
    data = {
        "rows": rows,
        "year": shown,
        "years": sorted({this - 1, this, this + 1, shown}),
        "today": clock.today().isoformat(),
        "is_final": shown in clock.calendar().decreed_years,
        "kinds": [(code, tk._(text)) for code, text in words.HOLIDAY_KINDS.items() if code != "working"],
        "values": values,
        "errors": errors,
    }
    return tk.render("satudata/admin/holidays.html", data), 422 if errors else 200


def _csv(rows: list[dict[str, Any]], year: int):
    lines = ((row["on"], row["name"], row["kind"], "" if row["source"] == "package" else row["source"]) for row in rows)
    return gate.csv_file(holiday_list.written_out(lines), f"hari-libur-{year}.csv")


def holiday_remove(on: str):
    """Asks by what order, and makes the day a working day."""
    values, errors = {"decree": tk.request.form.get("decree", "")}, {}
    try:
        rows = tk.get_action("satudata_holiday_list")(gate.context(), {"year": on[:4]})
    except tk.ValidationError:
        rows = []
    found = [row for row in rows if row["on"] == on and row["kind"] != "working"]
    if not found:
        tk.abort(404)
    if tk.request.method == "POST":
        errors = gate.act("satudata_holiday_remove", {"on": on, **values})
        if not errors:
            tk.h.flash_success(tk._("The day off was removed.") + " " + tk._(FOLLOWS))
            _tell_moves()
            return tk.redirect_to("satudata_calendar.holidays", year=on[:4])
    page = tk.render("satudata/admin/holiday_remove.html", {"row": found[0], "values": values, "errors": errors})
    return page, 422 if errors else 200


def holiday_import():
    """Upload, preview with errors by line, then store."""
    form = tk.request.form
    report, errors, text = None, {}, form.get("csv", "")
    values = {"decree": form.get("decree", ""), "whole": form.get("whole", "")}
    if tk.request.method == "POST":
        upload = tk.request.files.get("file")
        try:
            content = upload.read(list_file.MAX_BYTES + 1) if upload and upload.filename else text
            text = list_file.decode(content)
            store = form.get("step") == "store" and not (upload and upload.filename)
            asked = {"csv": text, "dry_run": not store, **values}
            report = tk.get_action("satudata_holiday_import")(gate.context(), asked)
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        except Invalid as error:
            errors = {error.field: [words.error_text(error)]}
        if report and report["stored"]:
            tk.h.flash_success(tk._("The list was stored.") + " " + tk._(FOLLOWS))
            _tell_moves()
            first = min((line["on"] for line in report["lines"]), default="")
            return tk.redirect_to("satudata_calendar.holidays", year=first[:4])
    kinds = {code: tk._(text) for code, text in words.HOLIDAY_KINDS.items()}
    data = {"report": report, "errors": errors, "csv": text, "values": values, "kinds": kinds, "day": _day}
    return tk.render("satudata/admin/holiday_import.html", data), 422 if errors else 200


def _day(text: str) -> str:
    """A line's day in words; what is no date as it was typed."""
    try:
        return words.long_date(date.fromisoformat(text))
    except ValueError:
        return text


def template():
    """The empty list."""
    return gate.csv_file(holiday_list.template(), "templat-hari-libur.csv")


def hours():
    """Service hours of each weekday, time zone and reminders."""
    mine = settings.current()
    own = {one.field: mine[one.field] for one in settings.CALENDAR}
    values = {**own, **service_hours.by_day(workdays.parse_hours(own["service_hours"]))}
    errors: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        values = {name: tk.request.form.get(name, "") for name in values}
        errors = _store_hours({name: values[name] for name in own} | {day: values[day] for day in DAYS})
        if not errors:
            tk.h.flash_success(tk._("Saved."))
            _tell_moves()
            return tk.redirect_to("satudata_calendar.hours")
    data = {
        "days": [(name, tk._(text)) for name, text in DAYS.items()],
        "zones": list(workdays.ZONES.items()),
        "digests": [(reminders.DAILY, tk._("on every working day")), (reminders.OFF, tk._("not at all"))],
        "values": values,
        "errors": errors,
    }
    return tk.render("satudata/admin/hours.html", data), 422 if errors else 200


def _store_hours(values: dict[str, str]) -> dict[str, list[str]]:
    """Stores what was typed; errors by field, those of weekdays by their own."""
    try:
        values["service_hours"] = service_hours.from_days(values)
    except Invalid as error:
        return words.errors_by_field(error)
    asked = {name: text for name, text in values.items() if name not in DAYS}
    return gate.act("satudata_settings_update", asked)


def _tell_moves() -> None:
    tk.h.flash_notice(
        tk._("Due times of running cases follow within minutes; whose steps move to another day gets a mail.")
    )


satudata_calendar.add_url_rule("/hari-libur", view_func=holidays, methods=["GET", "POST"])
satudata_calendar.add_url_rule("/hari-libur/impor", view_func=holiday_import, methods=["GET", "POST"])
satudata_calendar.add_url_rule("/hari-libur/impor/templat.csv", view_func=template)
satudata_calendar.add_url_rule("/hari-libur/<on>/hapus", view_func=holiday_remove, methods=["GET", "POST"])
satudata_calendar.add_url_rule("/jam-layanan", view_func=hours, methods=["GET", "POST"])
