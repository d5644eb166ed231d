"""From a dashboard's definition to its numbers: each set of facts is asked once, for all tiles that count it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.dashboard import Dashboard, Point, Tile, months_until, years_until
from ckanext.satudata.domain.dashboard_definition import Definition, TileSpec
from ckanext.satudata.domain.report import Cell, Finding, Kind, Period, parse_on
from ckanext.satudata.domain.report_facts import FACTS, SINCE_KEPT
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts, further_facts, measuring
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.documents import sheets

FIRST = date(2000, 1, 1)
"""Before every fact: the beginning of a dashboard of all time."""
_IDS = {"producer": "agency", "dataset": "package"}
"""What is counted by id, so that only the few names that are shown are looked up."""
_Names = Mapping[str, Mapping[str, str]]
"""Of agencies and of data, by id."""
_LOOKED_UP = {"agency": further_facts.agency_names, "package": further_facts.titles}
_LONG = "package"
"""There are as many groups by it as data of which anything is told."""
_TIME = facts.TIME


@dataclass(frozen=True)
class Counted:
    """What was counted of one set of facts."""

    places: Mapping[Measure, int]
    """Where each measure stands in a row."""
    whole: Sequence[Any]
    groups: Mapping[str, Mapping[Any, Sequence[Any]]]
    """By column, of each value a row; by "time", of each month or year, `2026-10` or `2026`."""

    left: Mapping[str, int]
    """By column, how many groups of it there are in which anything is, where only the first of them came."""

    def number(self, row: Sequence[Any], measure: Measure) -> Cell:
        """A measure of a row."""
        return measuring.number(row[self.places[measure]], measure)


@dataclass
class _Need:
    """What is wanted of one set of facts: measures, each of all, of groups, of times."""

    measures: dict[Measure, None] = field(default_factory=dict)
    by: dict[str, tuple[Measure, int] | None] = field(default_factory=dict)
    """Of many groups only the first are read: by what they are ordered and how many are shown. None: of all."""
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
    period, named = _period(spec), _names(session, spec.tiles, figures)
    filled = {"agency": agency[1] if agency else "", "from_on": period.from_on, "until_on": period.until_on}
    return Dashboard(
        name=spec.name,
        title=spec.title.said(language),
        lead=spec.lead.said(language),
        agency=agency[2] if agency else "",
        period=period,
        as_of_at=as_of_at,
        tiles=tuple(_tile(one, figures[one.key], named, language, filled) for one in spec.tiles),
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
            is_long = key_of(tile.by, FACTS[tile.measure.facts]) == _LONG and not tile.smallest
            first = (tile.of, tile.most) if is_long else None
            need.by[tile.by] = first if need.by.get(tile.by, first) == first else None
        need.has_smallest |= tile.smallest
        trend = needs.setdefault(tile.trend.facts, _Need())
        trend.measures[tile.trend] = None
        trend.by[_TIME] = None
    return needs


def _counted(asked: facts.Asked, name: str, need: _Need, years: bool) -> Counted:
    """What is wanted of one set of facts."""
    whole: Sequence[Any] = ()
    groups: dict[str, dict[Any, Sequence[Any]]] = {}
    left: dict[str, int] = {}
    for part in _statements(asked, name, need):
        whole, found = _read(asked, name, part, years)
        groups |= found
        # A row: by what it is grouped, the measures, the keys, then of each shortened column how many groups there are.
        counts = whole[1 + len(part.measures) + len(part.by) :]
        left |= dict(zip([by for by, first in part.by.items() if first], counts, strict=True))
    return Counted({measure: 1 + place for place, measure in enumerate(need.measures)}, whole, groups, left)


def _statements(asked: facts.Asked, name: str, need: _Need) -> list[_Need]:
    """One statement reads the facts once, whatever is counted of them and by what.

    Of downloads by data and by time it takes longer to tell data apart in each month than to read them twice.
    """
    names = {by: key_of(by, FACTS[name]) for by in need.by}
    of_data = {by: first for by, first in need.by.items() if names[by] == _LONG}
    others = {by: first for by, first in need.by.items() if by not in of_data}
    read = {*(names[by] for by in others), *(column for one in need.measures for column in one.columns)}
    is_narrowed = asked.narrowing.producer or asked.narrowing.topic
    if not (of_data and others) or is_narrowed or not read <= facts.DIRECT.get(name, set()) | {_TIME}:
        return [need]
    return [replace(need, by=by) for by in (of_data, others)]


def _read(
    asked: facts.Asked, name: str, need: _Need, years: bool
) -> tuple[Sequence[Any], dict[str, dict[Any, Sequence[Any]]]]:
    """Rows of one statement: of all, and of each group by its columns."""
    names = {by: key_of(by, FACTS[name]) for by in need.by}
    columns = [column for column in names.values() if column != _TIME]
    starts = _starts(asked, years) if _TIME in need.by else ()
    source = facts.source(asked.counting(columns, need.measures, starts), name)
    keys = [source.c[column] for column in names.values()]
    measures = [measuring.reckoned(source, measure) for measure in need.measures]
    mark = sa.func.grouping(*keys) if keys else sa.literal(0)
    query = sa.select(mark, *measures, *keys).select_from(source)
    if (chosen := _common(source, need)) is not None:
        query = query.where(chosen)
    if keys:
        query = query.group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
    # One bit for each key, the last key's the lowest: 0 where the row is grouped by it.
    every = (1 << len(keys)) - 1
    by_bits = {every ^ 1 << len(keys) - 1 - at: (by, 1 + len(measures) + at) for at, by in enumerate(need.by)}
    for bits, (by, at) in by_bits.items():
        if (first := need.by[by]) is not None:
            query = _first(query, bits, at, 1 + [*need.measures].index(first[0]), first[1])
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
    return whole, found


def _first(query: sa.Select, bits: int, at: int, place: int, most: int) -> sa.Select:
    """Of the groups with these bits the first that `_groups` would show, and in a last column how many it would count;
    all others as they are."""
    columns = [one.label(f"c{number}") for number, one in enumerate(query.selected_columns)]
    every = query.with_only_columns(*columns, maintain_column_froms=True).cte("every")
    mark, number, key = (list(every.c)[number] for number in (0, place, at))
    is_there = sa.and_(mark == bits, number != 0)
    count = sa.select(sa.func.count()).select_from(every).where(is_there).scalar_subquery()
    order = (number.desc(), sa.collate(sa.func.coalesce(key, "None"), "C"))
    shown = sa.select(every).where(is_there).order_by(*order).limit(most).subquery("shown")
    both = sa.union_all(sa.select(every).where(mark != bits), sa.select(shown)).subquery("both")
    return sa.select(both, count)


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


def _tile(spec: TileSpec, figures: Figures, names: _Names, language: str, filled: Mapping[str, Any]) -> Tile:
    note = ""
    if spec.note:
        params = {name: "–" if value is None else value for name, value in figures.note.items()}
        note = sheets.sentence(Finding(spec.note.text.said(language), params), str, language)
    named = _named(spec, [value for value, _ in figures.groups], names)
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
    none = 0 if measure.kind is Kind.COUNT and measure.facts not in SINCE_KEPT else None
    return tuple((label, told.get(label, none)) for label in labels)


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
    return shown, counted.left.get(spec.by, len(order)) - len(shown)


def _names(session: Any, tiles: Iterable[TileSpec], figures: Mapping[str, Figures]) -> _Names:
    """What is called by its name on the dashboard, each kind looked up at once for all tiles."""
    ids: dict[str, set[Any]] = {}
    for one in tiles:
        if (kind := key_of(one.by, FACTS[one.measure.facts])) in _LOOKED_UP and kind != one.by:
            ids.setdefault(kind, set()).update(value for value, _ in figures[one.key].groups)
    return {kind: _LOOKED_UP[kind](session, values) for kind, values in ids.items() if values}


def _named(spec: TileSpec, values: list[Any], names: _Names) -> dict[Any, str]:
    if not spec.by:
        return {}
    kind = key_of(spec.by, FACTS[spec.measure.facts])
    if kind != spec.by:
        unknown = tk._("No single agency") if kind == "agency" else "–"
        return {value: names[kind].get(value, unknown) for value in values}
    column = FACTS[spec.measure.facts][spec.by]
    if column.kind is Kind.CODE:
        return {value: words.code_name(column.words, value) if value else "–" for value in values}
    return {value: str(value) if value else "–" for value in values}
