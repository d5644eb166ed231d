"""From a dashboard's definition to its numbers: each set of facts is asked once, for all tiles that count it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.dashboard import Dashboard, Point, Tile, months_until, years_until
from ckanext.satudata.domain.dashboard_definition import Definition, TileSpec
from ckanext.satudata.domain.report import Cell, Finding, Kind, Period, parse_on
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts, further_facts, measuring
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.documents import sheets

FIRST = date(2000, 1, 1)
"""Before every fact: the beginning of a dashboard of all time."""
_IDS = {"producer": "agency", "dataset": "package"}
"""What is counted by id, so that only the few names that are shown are looked up."""
_TIME = facts.TIME


@dataclass(frozen=True)
class Counted:
    """What was counted of one set of facts."""

    places: Mapping[Measure, int]
    """Where each measure stands in a row."""
    whole: Sequence[Any]
    groups: Mapping[str, Mapping[Any, Sequence[Any]]]
    """By column, of each value a row; by "time", of each month or year, `2026-10` or `2026`."""

    def number(self, row: Sequence[Any], measure: Measure) -> Cell:
        """A measure of a row."""
        return measuring.number(row[self.places[measure]], measure)


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
        groups, left = _groups(session, counted[one.measure.facts], one)
        tiles.append(_tile(one, counted[one.measure.facts], trend, groups, left, language, filled))
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
    names = {by: _IDS[by] if _IDS.get(by, "") in FACTS[name] else by for by in need.by}
    columns = [column for column in names.values() if column != _TIME]
    starts = _starts(asked, years) if _TIME in need.by else ()
    source = facts.source(asked.counting(columns, need.measures, starts), name)
    keys = [source.c[column] for column in names.values()]
    measures = [measuring.reckoned(source, measure) for measure in need.measures]
    query = sa.select(sa.func.grouping(*keys) if keys else sa.literal(0), *keys, *measures).select_from(source)
    if keys:
        query = query.group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
    # One bit for each key, the last key's the lowest: 0 where the row is grouped by it.
    every = (1 << len(keys)) - 1
    by_bits = {every ^ 1 << len(keys) - 1 - at: (by, at + 1) for at, by in enumerate(need.by)}
    whole: Sequence[Any] = ()
    found: dict[str, dict[Any, Sequence[Any]]] = {by: {} for by in need.by}
    for row in asked.session.execute(query).all():
        if row[0] == every:
            whole = row
            continue
        by, at = by_bits[row[0]]
        found[by][row[at]] = row
    if _TIME in found:
        form = "%Y" if years else "%Y-%m"
        found[_TIME] = {f"{starts[value - 1]:{form}}": row for value, row in found[_TIME].items()}
    first = 1 + len(keys)
    return Counted({measure: first + place for place, measure in enumerate(need.measures)}, whole, found)


def _starts(asked: facts.Asked, years: bool) -> tuple[datetime, ...]:
    """The beginnings of the months, or years, of the period."""
    return tuple(at for at in asked.months() if at.month == 1 or not years)


def _tile(
    spec: TileSpec,
    counted: Counted,
    trend: tuple[Point, ...],
    groups: list[Point],
    left: int,
    language: str,
    filled: Mapping[str, Any],
) -> Tile:
    note = ""
    if spec.note:
        values = {name: counted.number(counted.whole, measure) for name, measure in spec.note.values.items()}
        params = {name: "–" if value is None else value for name, value in values.items()}
        note = sheets.sentence(Finding(spec.note.text.said(language), params), str, language)
    column = FACTS[spec.measure.facts].get(spec.by)
    return Tile(
        key=spec.key,
        title=spec.title.said(language),
        value=counted.number(counted.whole, spec.measure),
        kind=spec.measure.kind,
        unit=_unit(spec.measure),
        note=note,
        trend=trend,
        trend_kind=spec.trend.kind,
        trend_unit=_unit(spec.trend),
        trend_title=spec.trend_title.said(language) if spec.trend_title else "",
        groups=tuple(groups),
        groups_kind=spec.of.kind,
        groups_unit=_unit(spec.of),
        groups_title=tk._(column.head) if column else "",
        left=left,
        link=spec.link.format(**filled),
        link_text=spec.link_text.said(language),
    )


def _unit(measure: Measure) -> str:
    return "%" if measure.what is What.SHARE else ""


def _trend(counted: Counted, measure: Measure, months: list[str] | None, today: date) -> tuple[Point, ...]:
    """A number for each month or year, also for those in which nothing was."""
    numbers = {label: counted.number(row, measure) for label, row in counted.groups[_TIME].items()}
    told = {label: value for label, value in numbers.items() if value is not None}
    labels = months or years_until(today, min((label for label, value in told.items() if value), default=None))
    return tuple(Point(label, told.get(label, 0 if measure.kind is Kind.COUNT else None)) for label in labels)


def _groups(session: Any, counted: Counted, spec: TileSpec) -> tuple[list[Point], int]:
    """The groups of a tile that are shown, the largest (or smallest) first, and how many more there are."""
    if not spec.by:
        return [], 0
    # Of many groups few are shown: only these are made into numbers.
    place, sign = counted.places[spec.of], 1 if spec.smallest else -1
    told = [(sign * row[place], str(value), value, row) for value, row in counted.groups[spec.by].items() if row[place]]
    if spec.smallest:
        told += [(0, str(value), value, row) for value, row in counted.groups[spec.by].items() if row[place] == 0]
    told.sort(key=lambda one: one[:2])
    order = [(value, row) for _, _, value, row in told]
    named = _named(session, spec, [value for value, _ in order[: spec.most]])
    shown = [Point(named[value], counted.number(row, spec.of)) for value, row in order[: spec.most]]
    return shown, len(order) - len(shown)


def _named(session: Any, spec: TileSpec, values: list[Any]) -> dict[Any, str]:
    kind = _IDS.get(spec.by)
    if kind in FACTS[spec.measure.facts]:
        known = (further_facts.agency_names if kind == "agency" else further_facts.titles)(session, values)
        return {value: known.get(value, "–") for value in values}
    column = FACTS[spec.measure.facts][spec.by]
    if column.kind is Kind.CODE:
        return {value: words.code_name(column.words, value) if value else "–" for value in values}
    return {value: str(value) if value else "–" for value in values}
