"""From a definition and a period to a report: every number is counted over one set of facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.report import (
    Block,
    Cell,
    Chapter,
    Chart,
    Column,
    Drawing,
    Finding,
    Kind,
    Period,
    Report,
    Table,
    month_start,
)
from ckanext.satudata.domain.report_definition import Definition, Sentence, TableSpec
from ckanext.satudata.domain.report_facts import CALLED, FACTS
from ckanext.satudata.domain.report_measure import Measure
from ckanext.satudata.domain.report_spec import BEFORE
from ckanext.satudata.reports import (  # noqa: F401 - bind their facts
    agencies,
    download_facts,
    facts,
    further_facts,
    measuring,
    metadata_facts,
    past_facts,
    request_facts,
    step_facts,
)
from ckanext.satudata.reports.counts import Counts
from ckanext.satudata.shared import clock, wording, words

TOLD = 3
"""Names that share a place, told one by one."""
BARS = 10
"""Bars of a chart, the largest."""
WIDEST = 9
"""Columns that fit side by side on a page."""
NARROWED = {"producer": "Producer", "topic": "Topic", "channel": "Channel"}
"""By what a report is narrowed (msgids)."""
_EMPTY = "Nothing was recorded in this period."


@dataclass(frozen=True)
class _Desk:
    """What one reckoning holds."""

    asked: facts.Asked
    period: Period
    language: str
    counts: Counts

    @classmethod
    def of(cls, session: Any, period: Period, narrowing: facts.Narrowing, language: str) -> _Desk:
        asked = facts.Asked.of(session, period, narrowing)
        return cls(asked, period, language, Counts(asked))

    def wants(self, definition: Definition, specs: Iterable[TableSpec], *, timed: bool = False) -> None:
        """Tells what these tables and all sentences count; `timed`: only what happened in the period."""
        for spec in specs:
            if not (timed and spec.over_months):
                self.counts.want(spec.by, (one for _, _, one in spec.measures if has_time(one) or not timed))
        for sentence in definition.sentences:
            if not timed or all(map(has_time, sentence.values.values())):
                self.counts.want((), sentence.values.values())


def report(
    session: Any,
    definition: Definition,
    period: Period,
    *,
    title: str,
    language: str,
    mark: str,
    narrowing: facts.Narrowing = facts.EVERYTHING,
    compare: bool = False,
    texts: Mapping[str, str] | None = None,
    told: Callable[[], None] = lambda: None,
) -> Report:
    """The report as the tables of the portal stand now, in that language.

    `compare`: beside the period before. `texts`: what officers wrote, by key. `told` is called after each part.
    """
    desk = _Desk.of(session, period, narrowing, language)
    earlier = _Desk.of(session, period.before(), narrowing, language) if compare else None
    as_of_at = clock.now()
    # A single month by month would say nothing.
    several = len(period.months(period.until_on)) > 1
    specs = [spec for spec in definition.tables if several or not spec.over_months]
    desk.wants(definition, specs)
    if earlier is not None:
        earlier.wants(definition, specs, timed=True)
    tables: tuple[Table, ...] = ()
    for spec in specs:
        tables += (*_tables(desk, spec, earlier),)
        told()
    findings = list(_findings(desk, definition, tables))
    if earlier is not None:
        findings += _said_before(earlier, definition, period.before())
    made = Report(
        name=definition.name,
        title=title,
        period=period,
        as_of_at=as_of_at,
        findings=(*findings, *_left_whole(definition, narrowing), *_renamed(earlier or desk, tables)),
        tables=tables,
        mark=mark,
        charts=tuple(_charts(desk, definition, tables)),
        blocks=tuple(_blocks(desk, definition, texts or {})),
        chapters=tuple(_chapters(desk, definition, {table.key for table in tables})),
        version=definition.version,
        facts=definition.facts,
    )
    told()
    return made


def _blocks(desk: _Desk, definition: Definition, texts: Mapping[str, str]) -> Iterable[Block]:
    for spec in definition.blocks:
        hint = spec.hint.said(desk.language) if spec.hint else ""
        yield Block(spec.key, spec.title.said(desk.language), texts.get(spec.key, ""), hint)


def _chapters(desk: _Desk, definition: Definition, tables: Collection[str]) -> Iterable[Chapter]:
    written = {block.key for block in definition.blocks}
    for chapter in definition.chapters:
        yield Chapter(
            chapter.title.said(desk.language),
            tuple(key for held in chapter.holds for key in (held, held + BEFORE) if key in {*tables, *written}),
        )


def _findings(desk: _Desk, definition: Definition, tables: Iterable[Table]) -> Iterable[Finding]:
    if not any(table.rows for table in tables):
        return [Finding(definition.nothing.said(desk.language) if definition.nothing else _EMPTY)]
    told = [_said(desk, sentence, str(place)) for place, sentence in enumerate(definition.sentences)]
    return [one for one in told if _says_something(one)]


def _says_something(finding: Finding) -> bool:
    """Half of no answer, or the longest of none, makes no sentence."""
    return None not in finding.params.values()


def _said(desk: _Desk, sentence: Sentence, key: str) -> Finding:
    values = _singles(desk, sentence.values)
    return Finding(sentence.text.said(desk.language), values, key)


def _said_before(earlier: _Desk, definition: Definition, period: Period) -> Iterable[Finding]:
    """The same sentences of the period before; not those of things as they stand now."""
    days = {"start": wording.day(period.from_on), "end": wording.day(period.until_on)}
    lead = tk._("The period before ({start} to {end}):").format(**days)
    for place, sentence in enumerate(definition.sentences):
        if all(has_time(measure) for measure in sentence.values.values()):
            said = _said(earlier, sentence, f"{place}{BEFORE}")
            if not _says_something(said):
                continue
            yield replace(said, message=f"{lead} {said.message}")


def has_time(measure: Measure) -> bool:
    """Whether it counts what happened in a period, not what stands now."""
    return "at" in FACTS[measure.facts]


def _left_whole(definition: Definition, narrowing: facts.Narrowing) -> Iterable[Finding]:
    """What the report is narrowed by and some of its figures cannot be: nobody may take these for narrowed."""
    for by, label in NARROWED.items():
        value = getattr(narrowing, by)
        whole = [name for name in definition.facts if value and not facts.narrows(name, by, value)]
        if whole:
            told = ", ".join(tk._(CALLED[name]) for name in whole)
            yield Finding("Not narrowed by {what}, but of all: {figures}.", {"what": tk._(label), "figures": told})


def _renamed(first: _Desk, tables: Iterable[Table]) -> Iterable[Finding]:
    """Why agencies stand under other names than today's; `first`: the earliest period that is told of."""
    asked = first.asked
    if not asked.changed:
        return ()
    shown = {cell for table in tables for row in table.rows for cell in row if isinstance(cell, str)}
    return agencies.explained(asked.session, asked.start, shown, asked.narrowing.producer)


def _tables(desk: _Desk, spec: TableSpec, earlier: _Desk | None) -> Iterable[Table]:
    """The table, each number beside that of the period before; where no page is so wide, that period's own below."""
    # The months of another period are other months.
    timed = tuple(one for one in spec.measures if has_time(one[2])) if not spec.over_months else ()
    if earlier is None or len(spec.by) + len(spec.measures) + len(timed) <= WIDEST:
        yield _table(desk, spec, earlier, {name for name, _, _ in timed} if earlier is not None else set())
        return
    yield _table(desk, spec, None, set())
    if timed:
        kept = {*spec.by, *(name for name, _, _ in timed)}
        order = tuple(name for name in spec.order if name.lstrip("-") in kept)
        below = _table(earlier, replace(spec, measures=timed, order=order), None, set())
        names = (*spec.by, *(name + BEFORE for name, _, _ in timed))
        title = tk._("{head}, period before").format(head=below.title)
        yield replace(below, key=spec.key + BEFORE, title=title, names=names)


def _table(desk: _Desk, spec: TableSpec, earlier: _Desk | None, beside: set[str]) -> Table:
    heads, names = [*spec.heads], [*spec.columns, *spec.by]
    for name, head, measure in spec.measures:
        said = head.said(desk.language)
        heads.append(Column(said, measure.kind))
        names.append(name)
        if name in beside:
            heads.append(Column(tk._("{head}, period before").format(head=said), measure.kind))
            names.append(name + BEFORE)
    if spec.columns:
        rows = _listed(desk, spec)
    else:
        groups = _grouped(desk, spec)
        if groups and spec.over_months:
            # A line goes through the months in which nothing happened, up to now.
            groups = {(month,): _nothing(spec) for month in desk.period.months(clock.today())} | groups
        rows = _beside(groups, _grouped(earlier, spec, beside) if earlier and beside else {}, spec, beside)
    return Table(
        spec.key,
        spec.title.said(desk.language),
        tuple(heads),
        tuple(_sorted(rows, spec, tuple(names), tuple(heads))),
        spec.empty.said(desk.language) if spec.empty else _EMPTY,
        tuple(names),
    )


def _listed(desk: _Desk, spec: TableSpec) -> list[tuple[Cell, ...]]:
    source = facts.source(replace(desk.asked, columns=frozenset(spec.columns)), spec.facts)
    found = desk.asked.session.execute(sa.select(*(source.c[name] for name in spec.columns)))
    return [tuple(row) for row in found]


_Groups = dict[tuple[Cell, ...], list[Cell]]


def _grouped(desk: _Desk, spec: TableSpec, only: Collection[str] | None = None) -> _Groups:
    """Groups of every set of facts that is counted, put together by what they are grouped by; `only` these measures."""
    found: _Groups = {}
    nothing = _nothing(spec)
    wanted = [(place, one) for place, (name, _, one) in enumerate(spec.measures) if only is None or name in only]
    for name in dict.fromkeys(measure.facts for _, measure in wanted):
        mine = [(place, one) for place, one in wanted if one.facts == name]
        for group, numbers in desk.counts.of(name, spec.by).items():
            cells = found.setdefault(group, [*nothing])
            for place, measure in mine:
                cells[place] = measuring.number(numbers[measure], measure)
    return found


def _nothing(spec: TableSpec) -> list[Cell]:
    return [measuring.none_of(measure) for _, _, measure in spec.measures]


def _beside(now: _Groups, before: _Groups, spec: TableSpec, beside: set[str]) -> list[tuple[Cell, ...]]:
    """Rows of all groups of both periods; a number of `beside` has that of the period before next to it."""
    if not beside:
        return [(*group, *cells) for group, cells in now.items()]
    rows = []
    for group in dict.fromkeys((*now, *before)):
        cells: list[Cell] = []
        pairs = zip(now.get(group, _nothing(spec)), before.get(group, _nothing(spec)), strict=True)
        for (name, _, _), pair in zip(spec.measures, pairs, strict=True):
            cells += pair if name in beside else pair[:1]
        rows.append((*group, *cells))
    return rows


def _singles(desk: _Desk, measures: Mapping[str, Measure]) -> dict[str, Cell]:
    """Numbers of all facts."""
    return {key: measuring.number(desk.counts.of(one.facts, ())[()][one], one) for key, one in measures.items()}


def _sorted(
    rows: list[tuple[Cell, ...]], spec: TableSpec, names: tuple[str, ...], heads: tuple[Column, ...]
) -> list[tuple[Cell, ...]]:
    """In the order that the file asks for, and always in the same: the last orders are applied first."""
    rows = sorted(rows, key=lambda row: tuple(map(str, row)))
    for name in reversed(spec.order):
        place = names.index(name.lstrip("-"))
        # Each text is looked at once, however many rows it stands in.
        ranks = {cell: _rank(cell, heads[place]) for cell in {row[place] for row in rows}}
        rows.sort(key=lambda row: ranks[row[place]], reverse=name.startswith("-"))
    return rows


def _rank(cell: Cell, column: Column) -> tuple[Any, ...]:
    """Numbers and times as they are, codes in the order of their vocabulary, texts as people count: 8 before 10."""
    if cell is None:
        return (0,)
    if column.kind is Kind.CODE:
        known = [*words.VOCABULARIES.get(column.words, ())]
        return (1, known.index(cell) if cell in known else len(known), str(cell))
    if isinstance(cell, str):
        return (
            1,
            *((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", cell) if part),
        )
    return (1, cell)


def _charts(desk: _Desk, definition: Definition, tables: tuple[Table, ...]) -> Iterable[Chart]:
    """The largest groups of a table, or all its months, with the finding as the chart's sentence."""
    specs = {spec.key: spec for spec in definition.tables}
    for chart in definition.charts:
        table = next((one for one in tables if one.key == chart.table), None)
        if table is None:
            continue
        spec, place = specs[chart.table], table.names.index(chart.measure)
        width = len(spec.by)
        bars = [(_label(table, row, range(width)), _float(row[place]), row[:width]) for row in table.rows]
        largest = sorted((bar for bar in bars if bar[1]), key=lambda bar: (-(bar[1] or 0), bar[0]))
        if not largest:
            continue
        (_, count, _), head = largest[0], table.columns[place]
        assert count is not None
        tied = [label for label, number, _ in largest if number == count]
        if spec.over_months:
            tied = [wording.month(month_start(label), locale=desk.language) for label in tied]
        said = {
            "label": together(tied),
            "count": int(count) if head.kind is Kind.COUNT else count,
            "share": round(100 * count / sum(number or 0 for _, number, _ in largest)),
        }
        if not spec.over_months:
            bars = largest
        shown = len(bars) if spec.over_months else BARS
        yield Chart(
            Finding(chart.text.said(desk.language), said),
            f"{head.head} · {table.title}",
            head.kind,
            tuple((label, number) for label, number, _ in bars[:shown]),
            len(bars[shown:]),
            Drawing.LINE if spec.over_months else Drawing.BARS,
            table.key,
            chart.measure,
            tuple(group for _, _, group in bars[:shown]),
        )


def together(labels: Sequence[str]) -> str:
    """Those that share the first place: the first of them alone would be told as the only one."""
    first, *others = labels
    if not others:
        return first
    if len(others) < TOLD:
        named = ", ".join(labels[:-1])
        return tk._("{labels} and {last} (each)").format(labels=named, last=labels[-1])
    return tk._("{first} and {count} others (each)").format(first=first, count=len(others))


def _float(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, (int, float)) else None


def _label(table: Table, row: tuple[Cell, ...], groups: Iterable[int]) -> str:
    """What the row is grouped by, in words."""
    cells = ((table.columns[place], str(row[place] or "–")) for place in groups)
    return " · ".join(
        words.code_name(column.words, text) if column.kind is Kind.CODE else text for column, text in cells
    )
