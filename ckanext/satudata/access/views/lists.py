"""The generated lists for everybody and for officers, the periods of restrictions, and the rows of the DIK."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, Response

from ckanext.satudata import config
from ckanext.satudata.access.views.decrees import page_number, pages_of
from ckanext.satudata.domain import period
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Table
from ckanext.satudata.shared import actors, clock, wording, words
from ckanext.satudata.shared.documents import sheets
from ckanext.satudata.shared.levels import dik, information_lists, restrictions
from ckanext.satudata.shared.levels.information_lists import InformationList
from ckanext.satudata.views import gate

satudata_lists = Blueprint("satudata_lists", __name__)
satudata_restrictions = Blueprint("satudata_restrictions", __name__, url_prefix="/meja")
PAGE = 100
ROUTES = {
    "dip": "/daftar-informasi-publik",
    "dik": "/daftar-informasi-dikecualikan",
    "terbatas": "/daftar-data/terbatas",
}
CLOSED = "/daftar-data/tertutup"
LAW = {"dik": (2,), "terbatas": (3,), "tertutup": (3,)}
"""Columns whose words are those of Indonesian law or of officers, in every language."""


@satudata_restrictions.before_request
def only_officers():
    """Officers; visitors are asked to log in, others are told that there is no such page."""
    return gate.only("satudata_restriction_list")


# ---------------------------------------------------------------- lists


def _public(name: str) -> None:
    def page():
        return _page(information_lists.of(name, public=True), f"satudata_lists.{name}")

    def file(format_: str):
        return _file(information_lists.of(name, public=True), format_)

    satudata_lists.add_url_rule(ROUTES[name], name, page)
    satudata_lists.add_url_rule(f"{ROUTES[name]}.<any(csv, xlsx):format_>", f"{name}_file", file)


for _name in ROUTES:
    _public(_name)


@satudata_restrictions.route(CLOSED)
def closed():
    """Daftar Data Tertutup."""
    return _page(information_lists.of("tertutup", public=False), "satudata_restrictions.closed", _actor())


@satudata_restrictions.route(f"{CLOSED}.<any(csv, xlsx):format_>")
def closed_file(format_: str):
    """The same as a file."""
    return _file(information_lists.of("tertutup", public=False), format_, _actor())


def _page(wanted: InformationList, endpoint: str, actor: Actor | None = None) -> Any:
    session = model.Session()
    count = information_lists.count(session, wanted, actor)
    page = min(page_number(), pages_of(count, PAGE))
    found = information_lists.lines(session, wanted, actor, offset=(page - 1) * PAGE, limit=PAGE)
    extra = {
        "wanted": wanted,
        "known": set() if wanted.is_public else _known(line.package_id for line in found),
        "heads": [tk._(column.head) for column in wanted.columns],
        "lines": found,
        "count": count,
        "page": page,
        "pages": pages_of(count, PAGE),
        "endpoint": endpoint,
        "file_endpoint": f"{endpoint}_file",
        "law": LAW.get(wanted.name, ()),
        "others": [(f"satudata_lists.{name}", tk._(information_lists.LISTS[name].title)) for name in ROUTES],
        "today": clock.today(),
    }
    return tk.render("access/lists/list.html", extra)


def _file(wanted: InformationList, format_: str, actor: Actor | None = None) -> Response:
    rows = information_lists.lines(model.Session(), wanted, actor)
    table = Table(wanted.name, wanted.title, wanted.columns, tuple(line.cells for line in rows))
    args: dict[str, Any] = {"translate": tk._, "zone": clock.zone()}
    if format_ == "csv":
        content, kind = sheets.as_csv(table, **args), "text/csv; charset=utf-8"
    else:
        notes = [config.government_name(), wording.instant(clock.now())]
        notes += [tk._("Sample data, not official data")] if config.demo() else []
        content = sheets.table_as_xlsx(table, notes, **args)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    head = {
        "Content-Disposition": f'attachment; filename="{wanted.stem}-{clock.today()}.{format_}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, content_type=kind, headers=head)


# ---------------------------------------------------------------- periods


@satudata_restrictions.route("/masa-berlaku")
def periods():
    """Masa berlaku pembatasan: what ends, is to be reviewed, or has no period yet."""
    return _restrictions("access/lists/periods.html", ("stand", "level", "organization_id"), _periods_csv)


@satudata_restrictions.route("/informasi-dikecualikan")
def excluded():
    """What is excluded, and which rows the public list shows."""
    return _restrictions("access/lists/excluded.html", ("dik", "level", "organization_id"), _excluded_csv)


def _periods_csv(rows: list[dict[str, Any]]) -> Response:
    heads = ["Data", "Data producer", "Access level", "Ground of the restriction", "Restricted until", "Review on"]
    lines = [
        (
            *_head(one),
            tk._("permanent") if one["is_permanent"] else one["until"] or "",
            one["review_on"] or "",
            tk._(STANDS[one["stand"]]),
        )
        for one in rows
    ]
    return gate.csv_table("masa-berlaku.csv", [tk._(head) for head in (*heads, "Standing")], lines)


def _excluded_csv(rows: list[dict[str, Any]]) -> Response:
    heads = ["Data", "Data producer", "Access level", "Ground of the restriction", "Public text", "Public list"]
    lines = [
        (*_head(one), one["public_text"], tk._("public") if one["is_public"] else tk._("not public")) for one in rows
    ]
    return gate.csv_table("informasi-dikecualikan.csv", [tk._(head) for head in heads], lines)


def _head(one: dict[str, Any]) -> tuple[str, str, str, str]:
    ground = GROUNDS.get(one["ground"])
    return one["title"], one["agency"], words.LEVELS[one["level"]], ground.basis if ground else ""


def _known(package_ids: Iterable[str]) -> set[str]:
    """Those datasets whose page this person may open."""
    return {one for one in set(package_ids) if tk.h.check_access("package_show", {"id": one})}


def _restrictions(template: str, names: tuple[str, ...], table: Callable[[list[dict[str, Any]]], Response]) -> Any:
    filters = {name: tk.request.args.get(name, "") for name in names}
    page = page_number()
    asked = {**filters, "offset": (page - 1) * PAGE, "limit": PAGE}
    try:
        if tk.request.args.get("format") == "csv":
            return table(gate.every("satudata_restriction_list", filters, "restrictions"))
        found = tk.get_action("satudata_restriction_list")(gate.context(), asked)
    except tk.ValidationError:
        return tk.redirect_to(tk.request.path)
    extra = {
        "found": found,
        "known": _known(one["package_id"] for one in found["restrictions"]),
        "filters": filters,
        "kept": {name: value for name, value in filters.items() if value},
        "page": page,
        "pages": pages_of(found["count"], PAGE),
        "agencies": _agencies(),
        "levels": [("terbatas", "Terbatas"), ("tertutup", "Tertutup")],
        "stands": [(code, tk._(text)) for code, text in STANDS.items()],
        "dik_states": [(code, tk._(text)) for code, text in DIK_STATES.items()],
        "may_write": dik.may_write(_actor()),
    }
    return tk.render(template, extra)


STANDS = {
    period.Stand.PASSED.value: "Reached or over",
    period.Stand.SOON.value: "Within 30 days",
    period.Stand.LATER.value: "Later",
    period.Stand.PERMANENT.value: "Permanent, reviewed later",
    period.Stand.NONE.value: "No period yet",
}
DIK_STATES = {"public": "In the public list", "written": "Written, not public", "missing": "No public text yet"}


def _agencies() -> list[tuple[str, str]]:
    """Agencies for the filter: those of which the officer sees restrictions."""
    found = restrictions.select()
    ids = model.Session.scalars(sa.select(found.c.owner_org).where(restrictions.visible(found, _actor())).distinct())
    titles = information_lists.agency_titles(model.Session(), ids)
    return sorted(((str(key), title) for key, title in titles.items()), key=lambda one: one[1].lower())


@satudata_restrictions.route("/informasi-dikecualikan/<package_id>", methods=["GET", "POST"])
@satudata_restrictions.route("/informasi-dikecualikan/<package_id>/<resource_id>", methods=["GET", "POST"])
def excluded_row(package_id: str, resource_id: str = ""):
    """PPID's words for one restriction."""
    asked = {"package_id": package_id, "limit": 1000}
    listed = tk.get_action("satudata_restriction_list")(gate.context(), asked)["restrictions"]
    row = next((one for one in listed if one["resource_id"] == resource_id), None)
    if row is None or not dik.may_write(_actor()):
        return tk.abort(404)
    values, errors, act = {"public_text": row["public_text"]}, {}, tk.request.form.get("act", "store")
    if tk.request.method == "POST":
        values = {"public_text": tk.request.form.get("public_text", "")}
        try:
            # Words are never public before the row was seen as the public would read it.
            sent = {"id": package_id, "resource_id": resource_id, "is_public": act == "show", **values}
            tk.get_action("satudata_dik_row_set")(gate.context(), sent)
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        else:
            return _stored(package_id, resource_id, act)
    found = restrictions.one(model.Session(), package_id, resource_id)
    shown = information_lists.excluded_cells(found, row["public_text"]) if found and row["public_text"] else ()
    extra = {"row": row, "values": values, "errors": errors, "heads": _excluded_heads(), "shown": shown}
    return tk.render("access/lists/excluded_row.html", extra), 422 if errors else 200


def _stored(package_id: str, resource_id: str, act: str) -> Any:
    if act == "show":
        tk.h.flash_success(tk._("The row stands in the public list now."))
        return tk.redirect_to("satudata_restrictions.excluded")
    tk.h.flash_success(tk._("The text is stored and not public. Below stands how the public would read it."))
    to = {"package_id": package_id, "resource_id": resource_id or None}
    return tk.redirect_to(tk.h.url_for("satudata_restrictions.excluded_row", **to) + "#baris")


def _excluded_heads() -> list[str]:
    return [tk._(column.head) for column in information_lists.of("dik", public=True).columns[1:]]


def _actor() -> Actor:
    return actors.actor_of(gate.context())
