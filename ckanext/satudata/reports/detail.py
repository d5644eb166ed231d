"""From a number of a report to the facts that it counts, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Cell, Column, Kind, Question, Table
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.report_facts import CALLED, FACTS, IDS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts, making, measuring
from ckanext.satudata.reports.reckoning import BEFORE
from ckanext.satudata.shared import params, wording, words
from ckanext.satudata.shared.work import about

MOST = 1000
"""Facts that one answer holds."""
_MEND = "Open the report again and follow the number from there."


@dataclass(frozen=True)
class Spot:
    """Which number of a report: what it counts, called how, of which group, whether in the period before."""

    measure: Measure
    head: str
    group: tuple[tuple[str, str], ...]
    """Columns of the facts and what stands in them, as `written` writes it."""
    is_before: bool


@dataclass(frozen=True)
class Filed:
    """What a report said there when it was filed, of a group of which nothing is found now."""

    number: int | float
    at: datetime


@dataclass(frozen=True)
class Facts:
    """The facts behind a number. `count`: how many there are; `table` holds those of this part."""

    asked: Question
    spot: Spot
    count: int
    table: Table
    links: tuple[dict[str, Any], ...]
    """Of each row: `case` (`{id, title}`, where the reader may open it) and `dataset` (its address while public)."""
    filed: Filed | None = None


def places(definition: Definition, table: Table) -> tuple[int, tuple[int, ...]]:
    """How many columns name the group, and which lead to facts: what the definition still has, by the same groups."""
    spec = next((one for one in definition.tables if one.key == table.key.removesuffix(BEFORE) and one.by), None)
    if spec is None or table.names[: len(spec.by)] != spec.by:
        return 0, ()
    counted = {name for name, _, _ in spec.measures}
    names = enumerate(table.names)
    return len(spec.by), tuple(place for place, name in names if name.removesuffix(BEFORE) in counted)


def written(cell: Any) -> str:
    """A cell as an address carries it."""
    return cell.isoformat() if isinstance(cell, (date, datetime)) else "" if cell is None else str(cell)


def spot(definition: Definition, data: Mapping[str, Any], language: str) -> Spot:
    """The number of `table`, `measure` and `cell` (what stands in the columns of its group), or of `sentence` and
    `measure`. Raises `Invalid` at `table`, `sentence`, `measure` or `cell`."""
    name = params.text(data, "measure")
    sentence = params.text(data, "sentence")
    if sentence:
        place = sentence.removesuffix(BEFORE)
        known = {str(number): one for number, one in enumerate(definition.sentences)}
        if place not in known:
            raise Invalid("There is no such sentence in this report.", field="sentence", mend=_MEND)
        said = known[place]
        if name not in said.values:
            raise Invalid("There is no such number in this report.", field="measure", mend=_MEND)
        return Spot(said.values[name], "", (), sentence != place)
    key = params.text(data, "table").removesuffix(BEFORE)
    spec = next((one for one in definition.tables if one.key == key and one.by), None)
    if spec is None:
        raise Invalid("There is no such table in this report.", field="table", mend=_MEND)
    found = next(((head, one) for own, head, one in spec.measures if own == name.removesuffix(BEFORE)), None)
    if found is None:
        raise Invalid("There is no such number in this report.", field="measure", mend=_MEND)
    cells = _cells(data.get("cell"))
    if len(cells) != len(spec.by):
        raise Invalid("The row is not named.", field="cell", mend=_MEND)
    head, measure = found
    return Spot(measure, head.said(language), tuple(zip(spec.by, cells, strict=True)), name.endswith(BEFORE))


def _cells(sent: object) -> list[str]:
    cells = sent if isinstance(sent, (list, tuple)) else [] if sent is None else [sent]
    return [params.text({"cell": str(cell) if isinstance(cell, float) else cell}, "cell") for cell in cells]


def find(session: Any, actor: Actor, data: Mapping[str, Any], *, offset: int, limit: int) -> Facts:
    """The facts behind a number, the earliest first. Raises `NotAllowed`, `Invalid` as `making.question` and `spot`."""
    rules.require_reader(actor, making.process_of(data.get("name")))
    asked = making.question(data)
    language = str(wording.locale_of())
    wanted = spot(making.definition(asked.name), data, language)
    period = asked.period.before() if wanted.is_before else asked.period
    with wording.speaking(language):
        desk = facts.Asked.of(session, period, making.narrowing(asked))
        source = facts.source(desk, wanted.measure.facts)
        columns = FACTS[wanted.measure.facts]
        where = [_same(source.c[name], columns[name], text) for name, text in wanted.group]
        chosen = measuring.condition(source, wanted.measure)
        # A share is made of all of them: what it leaves out stands beside what it counts.
        if chosen is not None and wanted.measure.what is not What.SHARE:
            where.append(chosen)
        every = [source.c[name] for name in columns]
        first = [source.c.at] if "at" in columns else []
        rows = session.execute(sa.select(*every).where(*where).order_by(*first, *every).offset(offset).limit(limit))
        count = session.scalar(sa.select(sa.func.count()).select_from(source).where(*where))
        told = _told(session, actor, replace(asked, period=period), wanted, count, rows.all())
    return told if count or not wanted.group else replace(told, filed=_filed(session, data, wanted))


def _filed(session: Any, data: Mapping[str, Any], wanted: Spot) -> Filed | None:
    """The number as it was filed: groups are found by their names, and those of agencies and data change."""
    row = making.filed_of(session, data)
    key, measure = (params.text(data, name) for name in ("table", "measure"))
    tables = making.as_filed(session, row).tables if row is not None else ()
    group = [text for _, text in wanted.group]
    for table in (one for one in tables if one.key == key and measure in one.names):
        for cells, codes in zip(table.rows, table.codes or table.rows, strict=True):
            number = cells[table.names.index(measure)]
            if [written(code) for code in codes[: len(group)]] == group and isinstance(number, (int, float)):
                return Filed(number, row.as_of_at) if row is not None and number else None
    return None


def _same(column: Any, about_: Column, text: str) -> sa.ColumnElement[bool]:
    if about_.kind in (Kind.DATE, Kind.INSTANT) and text:
        try:
            return column == datetime.fromisoformat(text)
        except ValueError:
            raise Invalid("There is no such row in this report.", field="cell", mend=_MEND) from None
    return sa.func.coalesce(sa.cast(column, sa.Text), "") == (text.lower() if about_.kind is Kind.FLAG else text)


def _told(session: Any, actor: Actor, asked: Question, wanted: Spot, count: int, rows: Sequence[Any]) -> Facts:
    columns = FACTS[wanted.measure.facts]
    # The month says less than the instant beside it.
    shown = [name for name in columns if name not in IDS and not (name == "month" and "at" in columns)]
    table = Table(
        wanted.measure.facts,
        CALLED.get(wanted.measure.facts, wanted.measure.facts),
        tuple(Column(columns[name].head, Kind.TEXT) if _is_flag(columns[name]) else columns[name] for name in shown),
        tuple(tuple(_cell(columns[name], getattr(row, name)) for name in shown) for row in rows),
        names=tuple(shown),
    )
    cases = about.cases(session, (getattr(row, "case", None) for row in rows), actor)
    public = facts.public_names(session, {row.package for row in rows if getattr(row, "package", None)})
    links = []
    for row in rows:
        case = cases.get(getattr(row, "case", None) or "")
        links.append(
            {
                "case": {"id": case["id"], "title": case["title"]} if case and case["kind"] else None,
                "dataset": public.get(getattr(row, "package", None)),
            }
        )
    return Facts(asked, wanted, count, table, tuple(links))


def _is_flag(column: Column) -> bool:
    return column.kind is Kind.FLAG


def _cell(column: Column, value: Any) -> Cell:
    if _is_flag(column):
        return tk._("Yes") if value else tk._("No")
    return round(float(value), 2) if column.kind is Kind.DECIMAL and value is not None else value


def group_words(found: Facts) -> list[tuple[str, str]]:
    """Head and text of each column of the number's group."""
    columns = FACTS[found.spot.measure.facts]
    return [
        (tk._(columns[name].head), words.code_name(columns[name].words, text) if columns[name].words else text)
        for name, text in found.spot.group
    ]
