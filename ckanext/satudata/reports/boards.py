"""From a dashboard's name and a person to what he may see of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain import dashboard as rules
from ckanext.satudata.domain.dashboard import Dashboard
from ckanext.satudata.domain.dashboard_definition import Definition
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Cell, Column, Kind, may_read
from ckanext.satudata.reports import dashboards, kept_boards, moment, tiles
from ckanext.satudata.reports.making import SAMPLE
from ckanext.satudata.shared import params, wording

PUBLIC = "public"
"""The name of the dashboard that `/statistik` shows."""
COLUMNS = (
    Column("Tile"),
    Column("What the number is of"),
    Column("Month, year or group"),
    Column("Figure", Kind.DECIMAL),
)


def definition(name: object) -> Definition:
    """The dashboard of that name. Raises `NotThere`."""
    found = dashboards.current().get(str(name))
    if found is None:
        raise NotThere("There is no such dashboard.")
    return found


def of_officers(actor: Actor) -> list[Definition]:
    """The dashboards that this person sees beside the public ones, in the order of their files' names.

    That of an agency only where one is his own, or he reads every agency's.
    """
    found = [one for one in dashboards.current().values() if not one.audience.is_public]
    seen = [one for one in found if rules.may_see(actor, one.audience)]
    return sorted(seen, key=lambda one: (one.audience.of_agency, one.name != "walidata", one.name))


def agencies(actor: Actor, spec: Definition) -> list[model.Group]:
    """The agencies of which this person sees the dashboard."""
    if not spec.audience.of_agency:
        return []
    query = model.Session.query(model.Group).filter(
        model.Group.is_organization.is_(True), model.Group.state == model.State.ACTIVE
    )
    if not may_read(actor):
        query = query.filter(model.Group.id.in_(rules.own_agencies(actor, spec.audience)))
    return query.order_by(model.Group.title, model.Group.name).all()


def show(session: Any, actor: Actor, data: Mapping[str, Any]) -> Dashboard:
    """The dashboard `name`, of the agency `producer` (name or id; without it the first that is the person's own).

    Raises `NotThere`, `NotAllowed`, and `Invalid` at `producer`.
    """
    spec = definition(params.text(data, "name"))
    agency = _agency(actor, spec, params.text(data, "producer"))
    rules.require(actor, spec.audience, agency.id if agency else None)
    tongue = str(wording.locale_of())
    with wording.speaking(tongue), moment.held() as counting:
        figures, as_of_at = kept_boards.figures(counting, spec, agency.id if agency else "")
        return tiles.told(
            counting,
            spec,
            figures,
            as_of_at,
            agency=(agency.id, agency.name, agency.title or agency.name) if agency else None,
            language=tongue,
            mark=SAMPLE if config.demo() else "",
        )


def _agency(actor: Actor, spec: Definition, given: str) -> model.Group | None:
    if given:
        found = model.Group.get(given)
        if found is None or not found.is_organization:
            raise Invalid("There is no such agency.", field="producer", mend="Choose one from the list.")
        return found
    if not spec.audience.of_agency:
        return None
    own = rules.own_agencies(actor, spec.audience)
    known = agencies(actor, spec)
    return next((one for one in known if one.id in own), known[0] if known else None)


def as_dict(board: Dashboard) -> dict[str, Any]:
    """For the API: real numbers, ISO dates."""
    return {
        "name": board.name,
        "title": board.title,
        "mark": board.mark,
        "agency": board.agency,
        "from_on": board.period.from_on.isoformat(),
        "until_on": board.period.until_on.isoformat(),
        "as_of_at": board.as_of_at.isoformat(),
        "tiles": [
            {
                "key": tile.key,
                "title": tile.title,
                "value": tile.value,
                "unit": tile.unit,
                "note": tile.note,
                "trend_title": tile.trend_title,
                "trend": [{"label": point.label, "value": point.value} for point in tile.trend],
                "groups": [{"label": point.label, "value": point.value} for point in tile.groups],
                "left": tile.left,
                "link": tile.link,
            }
            for tile in board.tiles
        ],
    }


def rows(board: Dashboard, all_: str) -> Iterator[tuple[Cell, ...]]:
    """The figures of the page one below the other, as `COLUMNS` are; `all_` stands for the number of the whole tile."""
    for tile in board.tiles:
        yield (tile.title, tile.title, all_, tile.value)
        for point in tile.trend:
            yield (tile.title, tile.trend_title or tile.title, point.label, point.value)
        for point in tile.groups:
            yield (tile.title, tile.groups_title, point.label, point.value)
    if board.mark:
        yield (tk._(board.mark), "", "", None)
