"""From a dashboard's definition to its numbers: each set of facts is asked once, for all tiles that count it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.dashboard import Dashboard, Point, Tile, months_until, years_until
from ckanext.satudata.domain.dashboard_definition import Definition, TileSpec
from ckanext.satudata.domain.report import Cell, Finding, Kind, Period, parse_on
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts, further_facts, reckoning
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.documents import sheets

FIRST = date(2000, 1, 1)
"""Before every fact: the beginning of a dashboard of all time."""
_IDS = {"producer": "agency", "dataset": "package"}
"""What is counted by id, so that only the few names that are shown are looked up."""
_TIME = "time"

Counted = Mapping[tuple[str, Any], Mapping[Measure, Cell]]
"""By ("", None) for all, (column, value) for a group, ("time", "2026-10") or ("time", "2026") for a month or year."""


@dataclass
class _Need:
    """What is wanted of one set of facts: measures, each of all, of groups, of times."""

    measures: dict[Measure, None] = field(default_factory=dict)
    by: dict[str, None] = field(default_factory=dict)


def made(session: Any, spec: Definition, *, agency: tuple[str, str, str] | None, language: str, mark: str) -> Dashboard:
    """The dashboard as the tables stand now. `agency`: id, name in addresses and title of the one that it is of."""
    today = clock.today()
    months = months_until(today)
    period = Period(FIRST if spec.years else parse_on(f"{months[0]}-01", "from_on"), today)
    narrowing = facts.Narrowing(producer=agency[0] if agency else "")
    asked = facts.Asked.of(session, period, narrowing)
    as_of_at = clock.now()
    counted = {name: _counted(asked, name, need, spec.years) for name, need in _needs(spec.tiles).items()}
    filled = {"agency": agency[1] if agency else "", "from_on": period.from_on, "until_on": period.until_on}
    tiles = []
    for one in spec.tiles:
        trend = _trend(counted[one.trend.facts], one.trend, None if spec.years else months, today)
        groups = _groups(session, counted[one.measure.facts], one)
        tiles.append(_tile(one, counted[one.measure.facts], trend, groups, language, filled))
    return Dashboard(
        name=spec.name,
        title=spec.title.said(language),
        lead=spec.lead.said(language),
        agency=agency[2] if agency else "",
        period=period,
        as_of_at=as_of_at,
        tiles=tuple(tiles),
        mark=mark,
    )


def _needs(tiles: Iterable[TileSpec]) -> dict[str, _Need]:
    needs: dict[str, _Need] = {}
    for tile in tiles:
        need = needs.setdefault(tile.measure.facts, _Need())
        need.measures |= dict.fromkeys(tile.measures)
        if tile.by:
            need.by[tile.by] = None
        trend = needs.setdefault(tile.trend.facts, _Need())
        trend.measures[tile.trend] = None
        trend.by[_TIME] = None
    return needs


def _counted(asked: facts.Asked, name: str, need: _Need, years: bool) -> Counted:
    """One statement: the facts are read once, whatever is counted of them and by what."""
    source = facts.source(asked, name)
    if _TIME in need.by:
        at = sa.func.timezone(str(clock.zone()), source.c.at)
        source = sa.select(source, sa.func.to_char(at, "YYYY" if years else "YYYY-MM").label(_TIME)).subquery()
    keys = [source.c[_IDS[by] if _IDS.get(by, "") in source.c else by] for by in need.by]
    measures = [reckoning.reckoned(source, measure) for measure in need.measures]
    query = sa.select(sa.func.grouping(*keys) if keys else sa.literal(0), *keys, *measures).select_from(source)
    if keys:
        query = query.group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
    found: dict[tuple[str, Any], dict[Measure, Cell]] = {}
    for row in asked.session.execute(query):
        # One bit for each key, the last key's the lowest: 0 where the row is grouped by it.
        place = next((at for at in range(len(keys)) if not row[0] >> (len(keys) - 1 - at) & 1), None)
        group = ("", None) if place is None or not keys else ([*need.by][place], row[1 + place])
        cells = row[1 + len(keys) :]
        found[group] = {
            measure: reckoning.number(cell, measure) for measure, cell in zip(need.measures, cells, strict=True)
        }
    return found


def _tile(
    spec: TileSpec,
    counted: Counted,
    trend: tuple[Point, ...],
    groups: list[Point],
    language: str,
    filled: Mapping[str, Any],
) -> Tile:
    whole = counted[("", None)]
    note = ""
    if spec.note:
        values = {name: whole[measure] for name, measure in spec.note.values.items()}
        params = {name: "–" if value is None else value for name, value in values.items()}
        note = sheets.sentence(Finding(spec.note.text.said(language), params), str, language)
    column = FACTS[spec.measure.facts].get(spec.by)
    return Tile(
        key=spec.key,
        title=spec.title.said(language),
        value=whole[spec.measure],
        kind=spec.measure.kind,
        unit=_unit(spec.measure),
        note=note,
        trend=trend,
        trend_kind=spec.trend.kind,
        trend_unit=_unit(spec.trend),
        trend_title=spec.trend_title.said(language) if spec.trend_title else "",
        groups=tuple(groups[: spec.most]),
        groups_kind=spec.of.kind,
        groups_unit=_unit(spec.of),
        groups_title=tk._(column.head) if column else "",
        left=max(len(groups) - spec.most, 0),
        link=spec.link.format(**filled),
        link_text=spec.link_text.said(language),
    )


def _unit(measure: Measure) -> str:
    return "%" if measure.what is What.SHARE else ""


def _trend(counted: Counted, measure: Measure, months: list[str] | None, today: date) -> tuple[Point, ...]:
    """A number for each month or year, also for those in which nothing was."""
    told = {
        label: cells[measure] for (by, label), cells in counted.items() if by == _TIME and cells[measure] is not None
    }
    labels = months or years_until(today, min((label for label, value in told.items() if value), default=None))
    return tuple(Point(label, told.get(label, 0 if measure.kind is Kind.COUNT else None)) for label in labels)


def _groups(session: Any, counted: Counted, spec: TileSpec) -> list[Point]:
    """The groups of a tile, the largest (or smallest) first, with the names of as many as are shown."""
    if not spec.by:
        return []
    numbers = {value: cells[spec.of] for (by, value), cells in counted.items() if by == spec.by}
    told = [
        (value, float(str(number)), number)
        for value, number in numbers.items()
        if number or number == 0 and spec.smallest
    ]
    told.sort(key=lambda one: (one[1] if spec.smallest else -one[1], str(one[0])))
    order = [(value, number) for value, _, number in told]
    named = _named(session, spec, [value for value, _ in order[: spec.most]])
    return [Point(named.get(value, ""), number) for value, number in order]


def _named(session: Any, spec: TileSpec, values: list[Any]) -> dict[Any, str]:
    kind = _IDS.get(spec.by)
    if kind in FACTS[spec.measure.facts]:
        known = (further_facts.agency_names if kind == "agency" else further_facts.titles)(session, values)
        return {value: known.get(value, "–") for value in values}
    column = FACTS[spec.measure.facts][spec.by]
    if column.kind is Kind.CODE:
        return {value: words.code_name(column.words, value) if value else "–" for value in values}
    return {value: str(value) if value else "–" for value in values}
