"""`/dasbor` for officers, `/statistik` for everybody: tiles, and the same figures as CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.dashboard import Dashboard, Point
from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.report import Cell, Column, Kind
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.reports import boards
from ckanext.satudata.shared import actors, wording
from ckanext.satudata.shared.documents import report_page, sheets
from ckanext.satudata.views import gate

satudata_dashboards = Blueprint("satudata_dashboards", __name__)
HEIGHT, STEP = 48, 12
"""Of the drawing of a trend: how high it is, and how wide a column with its gap."""


@satudata_dashboards.route("/statistik")
def public():
    """What everybody may know, year by year."""
    return _page(_shown(boards.PUBLIC))


@satudata_dashboards.route("/statistik.csv")
def public_csv():
    """The same figures."""
    return _csv(_shown(boards.PUBLIC))


@satudata_dashboards.route("/dasbor")
def index():
    """The first dashboard of the person."""
    refused = gate.only("satudata_dashboard_show")
    if refused is not None:
        return refused
    first = boards.of_officers(actors.actor_of(gate.context()))[0]
    return tk.redirect_to("satudata_dashboards.read", name=first.name)


@satudata_dashboards.route("/dasbor/<name>")
def read(name: str):
    """One of them."""
    return _only(name) or _page(_shown(name))


@satudata_dashboards.route("/dasbor/<name>.csv")
def read_csv(name: str):
    """Its figures."""
    return _only(name) or _csv(_shown(name))


def _only(name: str) -> Any:
    """Nothing for who may see it; the login page for a visitor, 404 for everybody else."""
    try:
        tk.check_access("satudata_dashboard_show", gate.context(), {"name": name})
    except tk.NotAuthorized:
        return gate.only("satudata_dashboard_show") or tk.abort(404)
    return None


def _shown(name: str) -> Dashboard:
    try:
        asked = {"name": name, "producer": tk.request.args.get("producer", "")}
        return boards.show(model.Session, actors.actor_of(gate.context()), asked)
    except (NotThere, NotAllowed, Invalid):
        return tk.abort(404)


def _page(board: Dashboard) -> str:
    actor, spec = actors.actor_of(gate.context()), boards.definition(board.name)
    known = boards.agencies(actor, spec)
    # Names of data, agencies and steps are Indonesian in every language.
    of_data = {one.key for one in spec.tiles if one.by and FACTS[one.measure.facts][one.by].kind is Kind.TEXT}
    extra = {
        "board": board,
        "years": spec.years,
        "is_public": spec.audience.is_public,
        "tiles": [{**_tile(tile), "is_indonesian": tile.key in of_data} for tile in board.tiles],
        "others": [] if spec.audience.is_public else boards.of_officers(actor),
        "agencies": [(one.name, one.title or one.name) for one in known] if len(known) > 1 else [],
        "producer": tk.request.args.get("producer", ""),
        "language": tk.h.lang(),
        "csv": _csv_address(board),
    }
    return tk.render("reports/dashboard.html", extra)


def _csv_address(board: Dashboard) -> str:
    if board.name == boards.PUBLIC:
        return tk.h.url_for("satudata_dashboards.public_csv")
    chosen = tk.request.args.get("producer") or None
    return tk.h.url_for("satudata_dashboards.read_csv", name=board.name, producer=chosen)


def _csv(board: Dashboard) -> Response:
    rows = boards.rows(board, tk._("all"))
    text = "".join(sheets.rows_as_csv(boards.COLUMNS, rows, translate=tk._, zone=wording.time_zone()))
    return gate.csv_file(text, f"{'statistik' if board.name == boards.PUBLIC else f'dasbor-{board.name}'}.csv")


def _tile(tile: Any) -> dict[str, Any]:
    """A tile for the template: finished texts, and the drawing of its trend as columns."""
    return {
        "key": tile.key,
        "title": tile.title,
        "value": _number(tile.kind, tile.value, tile.unit),
        "note": tile.note,
        "trend_title": tile.trend_title or tile.title,
        "trend": [(_time(point.label), _number(tile.trend_kind, point.value, tile.trend_unit)) for point in tile.trend],
        "columns": _columns(tile.trend, tile.trend_unit),
        "width": STEP * len(tile.trend),
        "height": HEIGHT,
        "groups": _bars(tile),
        "left": tile.left,
        "link": tk.h.url_for(tile.link),
        "link_text": tile.link_text,
    }


def _number(kind: Kind, value: Cell, unit: str) -> str:
    if value is None:
        return "–"
    text = wording.number(value) if isinstance(value, float) else report_page.shown(Column("", kind), value)
    return f"{text} %" if unit else text


def _time(label: str) -> str:
    return label if len(label) == 4 else wording.month(date.fromisoformat(f"{label}-01"))


def _most(points: tuple[Point, ...], unit: str) -> float:
    """What the longest bar would stand for: shares are drawn of the whole."""
    return 100 if unit else max((float(str(point.value)) for point in points if point.value), default=1)


def _columns(points: tuple[Point, ...], unit: str) -> list[dict[str, float]]:
    """Place and height of each column; what has no number has none."""
    most = _most(points, unit)
    found = []
    for place, point in enumerate(points):
        if point.value:
            high = max(round(HEIGHT * float(str(point.value)) / most, 1), 1)
            found.append({"x": place * STEP + 1, "y": round(HEIGHT - high, 1), "high": high})
    return found


def _bars(tile: Any) -> list[dict[str, Any]]:
    most = _most(tile.groups, tile.groups_unit)
    return [
        {
            "label": point.label,
            "count": _number(tile.groups_kind, point.value, tile.groups_unit),
            "percent": max(round(100 * float(str(point.value or 0)) / most, 1), 0.5),
        }
        for point in tile.groups
    ]
