"""`/laporan/rincian`: the facts behind a number of a report, and the way back to it."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint
from markupsafe import Markup

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.report import Kind
from ckanext.satudata.reports import detail, form, making
from ckanext.satudata.reports.logic.action.report_detail import PART
from ckanext.satudata.shared import actors, words
from ckanext.satudata.shared.documents import report_page
from ckanext.satudata.views import gate

satudata_report_detail = Blueprint("satudata_report_detail", __name__, url_prefix="/laporan")
PLACE = ("table", "measure", "sentence")
MOST = 50_000
"""Rows that the CSV file holds."""


@satudata_report_detail.before_request
def only_readers():
    """As the reports themselves."""
    return gate.only("satudata_report_detail")


@satudata_report_detail.route("/rincian")
def index():
    """The facts, a page of them."""
    asked, place = _asked()
    page = max(int(number) if (number := tk.request.args.get("page", "1")).isdecimal() else 1, 1)
    try:
        found = _find({**asked, **place}, (page - 1) * PART, PART)
    except SatudataError as error:
        extra = {"asked": asked, "errors": {error.field: [words.error_text(error)]}}
        return tk.render("reports/detail.html", extra), 422
    pages = (found.count + PART - 1) // PART
    url = lambda **more: tk.h.url_for("satudata_report_detail.index", **asked, **place, **more)  # noqa: E731
    extra = {
        "asked": asked,
        "errors": {},
        "title": making.title_of(making.definition(found.asked.name), tk.h.lang()),
        "period": found.asked.period,
        "narrowed": [(tk._(label), text) for label, text in making.narrowed(found.asked)],
        "called": " · ".join(dict.fromkeys(filter(None, [found.spot.head, tk._(found.table.title)]))),
        "group": detail.group_words(found),
        "count": found.count,
        "filed": found.filed,
        "heads": [tk._(column.head) for column in found.table.columns],
        "numeric": [
            number for number, column in enumerate(found.table.columns) if column.kind in (Kind.COUNT, Kind.DECIMAL)
        ],
        "rows": [_row(found, number) for number in range(len(found.table.rows))],
        "csv": tk.h.url_for("satudata_report_detail.csv", **asked, **place),
        "most": MOST if found.count > MOST else 0,
        "back": tk.h.url_for("satudata_reports.index", **asked, _anchor=_anchor(place)),
        "page": page,
        "pages": pages,
        "newer": url(page=page - 1) if 1 < page <= pages else "",
        "older": url(page=page + 1) if page < pages else "",
    }
    return tk.render("reports/detail.html", extra)


@satudata_report_detail.route("/rincian.csv")
def csv():
    """All of them, as a table."""
    asked, place = _asked()
    lines: list[list[str]] = []
    heads: list[str] = []
    try:
        while True:
            found = _find({**asked, **place}, len(lines), detail.MOST)
            heads = [tk._(column.head) for column in found.table.columns]
            lines += [_cells(found, number) for number in range(len(found.table.rows))]
            if len(found.table.rows) < detail.MOST or len(lines) >= MOST:
                break
    except SatudataError:
        return tk.abort(404)
    name = making.filename(found.asked, "csv", tk._("Details"))
    return gate.csv_table(name, heads, lines)


def _anchor(place: dict[str, Any]) -> str:
    return f"table-{place['table']}" if place.get("table") else "report"


def _asked() -> tuple[dict[str, str], dict[str, Any]]:
    args = tk.request.args
    place = {name: args[name] for name in PLACE if args.get(name)}
    return form.typed(args), {**place, **({"cell": args.getlist("cell")} if "cell" in args else {})}


def _find(data: dict[str, Any], offset: int, limit: int) -> detail.Facts:
    actor = actors.actor_of(gate.context())
    return detail.find(model.Session, actor, data, offset=offset, limit=limit)


def _cells(found: detail.Facts, number: int) -> list[str]:
    columns, row = found.table.columns, found.table.rows[number]
    return [report_page.shown(column, cell) for column, cell in zip(columns, row, strict=True)]


def _row(found: detail.Facts, number: int) -> list[Any]:
    """The cells of a row; the dataset leads to its page, and the first other cell to the case."""
    cells: list[Any] = list(_cells(found, number))
    names, links = found.table.names, found.links[number]
    if links["dataset"] and "dataset" in names:
        place = names.index("dataset")
        cells[place] = _link(tk.h.url_for("dataset.read", id=links["dataset"]), cells[place])
    if links["case"]:
        place = next(number for number, name in enumerate(names) if name != "dataset")
        url = tk.h.url_for("satudata_desk.read", case_id=links["case"]["id"])
        cells[place] = _link(url, cells[place] or links["case"]["title"], links["case"]["title"])
    return cells


def _link(url: str, text: str, title: str = "") -> Markup:
    about = Markup(' <span class="visually-hidden">{}</span>').format(title) if title and title != text else ""
    return Markup('<a href="{}">{}{}</a>').format(url, text, about)
