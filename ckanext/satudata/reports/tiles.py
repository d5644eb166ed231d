"""From a dashboard's definition to its numbers: each set of facts is asked once, for all tiles that count it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    has_smallest: bool = False
    """Whether groups of which there are none are shown."""


@dataclass(frozen=True)
class Figures:
    """The numbers of a tile, before anything is called by its name: groups by id, so that titles are those of the
    moment at which it is shown."""

    value: Cell
    note: Mapping[str, Cell]
    trend: Sequence[tuple[str, Cell]]
    groups: Sequence[tuple[Any, Cell]]
    left: int
    """How many groups there are beside those that are shown."""


def counted(session: Any, spec: Definition, *, agency_id: str = "") -> dict[str, Figures]:
    """The numbers of each tile as the tables stand now, of all or of one agency."""
    period = _period(spec)
    asked = facts.Asked.of(session, period, facts.Narrowing(producer=agency_id))
    found = {name: _counted(asked, name, need, spec.years) for name, need in _needs(spec.tiles).items()}
    months = None if spec.years else months_until(period.until_on)
    figures = {}
    for one in spec.tiles:
        of = found[one.measure.facts]
        groups, left = _groups(of, one)
        note = {name: of.number(of.whole, measure) for name, measure in one.note.values.items()} if one.note else {}
        trend = _trend(found[one.trend.facts], one.trend, months, period.until_on)
        figures[one.key] = Figures(of.number(of.whole, one.measure), note, trend, groups, left)
    return figures


def told(
    session: Any,
    spec: Definition,
    figures: Mapping[str, Figures],
    as_of_at: datetime,
    *,
    agency: tuple[str, str, str] | None,
    language: str,
    mark: str,
) -> Dashboard:
    """The dashboard in words. `agency`: id, name in addresses and title of the one that it is of."""
    period = _period(spec)
    filled = {"agency": agency[1] if agency else "", "from_on": period.from_on, "until_on": period.until_on}
    return Dashboard(
        name=spec.name,
        title=spec.title.said(language),
        lead=spec.lead.said(language),
        agency=agency[2] if agency else "",
        period=period,
        as_of_at=as_of_at,
        tiles=tuple(_tile(session, one, figures[one.key], language, filled) for one in spec.tiles),
        mark=mark,
    )


def _period(spec: Definition) -> Period:
    today = clock.today()
    return Period(FIRST if spec.years else parse_on(f"{months_until(today)[0]}-01", "from_on"), today)


def _needs(tiles: Iterable[TileSpec]) -> dict[str, _Need]:
    needs: dict[str, _Need] = {}
    for tile in tiles:
        need = needs.setdefault(tile.measure.facts, _Need())
        need.measures |= dict.fromkeys(tile.measures)
        if tile.by:
            need.by[tile.by] = None
        need.has_smallest |= tile.smallest
        trend = needs.setdefault(tile.trend.facts, _Need())
        trend.measures[tile.trend] = None
        trend.by[_TIME] = None
    return needs


def _counted(asked: facts.Asked, name: str, need: _Need, years: bool) -> Counted:
    """One statement: the facts are read once, whatever is counted of them and by what."""
    names = {by: key_of(by, FACTS[name]) for by in need.by}
    columns = [column for column in names.values() if column != _TIME]
    starts = _starts(asked, years) if _TIME in need.by else ()
    source = facts.source(asked.counting(columns, need.measures, starts), name)
    keys = [source.c[column] for column in names.values()]
    measures = [measuring.reckoned(source, measure) for measure in need.measures]
    query = sa.select(sa.func.grouping(*keys) if keys else sa.literal(0), *keys, *measures).select_from(source)
    if (chosen := _common(source, need)) is not None:
        query = query.where(chosen)
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


def _common(source: sa.Subquery, need: _Need) -> sa.ColumnElement[bool] | None:
    """What all measures take: groups in which there is none of it are not even made. None where they differ."""
    first, *others = need.measures
    if need.has_smallest or What.SHARE in {one.what for one in need.measures}:
        return None
    same = all((one.where, one.values) == (first.where, first.values) for one in others)
    return measuring.condition(source, first) if same else None


def key_of(by: str, columns: Collection[str]) -> str:
    """The column by which it is counted: that of the id, where there is one."""
    return _IDS[by] if _IDS.get(by, "") in columns else by


def _starts(asked: facts.Asked, years: bool) -> tuple[datetime, ...]:
    """The beginnings of the months, or years, of the period."""
    return tuple(at for at in asked.months() if at.month == 1 or not years)


def _tile(session: Any, spec: TileSpec, figures: Figures, language: str, filled: Mapping[str, Any]) -> Tile:
    note = ""
    if spec.note:
        params = {name: "–" if value is None else value for name, value in figures.note.items()}
        note = sheets.sentence(Finding(spec.note.text.said(language), params), str, language)
    named = _named(session, spec, [value for value, _ in figures.groups]) if figures.groups else {}
    column = FACTS[spec.measure.facts].get(spec.by)
    return Tile(
        key=spec.key,
        title=spec.title.said(language),
        value=figures.value,
        kind=spec.measure.kind,
        unit=_unit(spec.measure),
        note=note,
        trend=tuple(Point(label, value) for label, value in figures.trend),
        trend_kind=spec.trend.kind,
        trend_unit=_unit(spec.trend),
        trend_title=spec.trend_title.said(language) if spec.trend_title else "",
        groups=tuple(Point(named[value], number) for value, number in figures.groups),
        groups_kind=spec.of.kind,
        groups_unit=_unit(spec.of),
        groups_title=tk._(column.head) if column else "",
        left=figures.left,
        link=spec.link.format(**filled),
        link_text=spec.link_text.said(language),
    )


def _unit(measure: Measure) -> str:
    return "%" if measure.what is What.SHARE else ""


def _trend(counted: Counted, measure: Measure, months: list[str] | None, today: date) -> tuple[tuple[str, Cell], ...]:
    """A number for each month or year, also for those in which nothing was."""
    numbers = {label: counted.number(row, measure) for label, row in counted.groups[_TIME].items()}
    told = {label: value for label, value in numbers.items() if value is not None}
    labels = months or years_until(today, min((label for label, value in told.items() if value), default=None))
    return tuple((label, told.get(label, 0 if measure.kind is Kind.COUNT else None)) for label in labels)


def _groups(counted: Counted, spec: TileSpec) -> tuple[list[tuple[Any, Cell]], int]:
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
    shown = [(value, counted.number(row, spec.of)) for value, row in order[: spec.most]]
    return shown, len(order) - len(shown)


def _named(session: Any, spec: TileSpec, values: list[Any]) -> dict[Any, str]:
    kind = _IDS.get(spec.by)
    if kind in FACTS[spec.measure.facts]:
        known = (further_facts.agency_names if kind == "agency" else further_facts.titles)(session, values)
        unknown = tk._("No single agency") if kind == "agency" else "–"
        return {value: known.get(value, unknown) for value in values}
    column = FACTS[spec.measure.facts][spec.by]
    if column.kind is Kind.CODE:
        return {value: words.code_name(column.words, value) if value else "–" for value in values}
    return {value: str(value) if value else "–" for value in values}
