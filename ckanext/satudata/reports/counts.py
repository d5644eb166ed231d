"""The numbers of a report: each set of facts is read as seldom as can be.

What a report asks of a set of facts is known before the first of it is counted. Numbers of all, or of few columns, are
summed up from finer groups that are asked for anyway; what is left is counted for all its groups in one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.report import Kind
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts, measuring

_TEXTS = (Kind.TEXT, Kind.CODE, Kind.MONTH)
_MANY = {"dataset", "package"}
"""Groups by these are nearly as many as the facts: together with others there would be as many as facts."""

By = tuple[str, ...]
Groups = dict[tuple[Any, ...], dict[Measure, Any]]


@dataclass(frozen=True)
class Counts:
    """The numbers of one period. What is wanted is told by `want` before the first is taken by `of`."""

    asked: facts.Asked
    wanted: dict[str, dict[By, dict[Measure, None]]] = field(default_factory=dict)
    """By set of facts and columns (in the order of their names)."""
    found: dict[str, dict[By, Groups]] = field(default_factory=dict)

    def want(self, by: Sequence[str], measures: Iterable[Measure]) -> None:
        """That these will be taken, of the groups of these columns."""
        for measure in measures:
            self.wanted.setdefault(measure.facts, {}).setdefault(tuple(sorted(by)), {})[measure] = None

    def of(self, name: str, by: Sequence[str]) -> Groups:
        """The numbers of each group of these columns as the database says them, by what stands in them."""
        if name not in self.found:
            self.found[name] = _counted(self.asked, name, self.wanted[name])
        columns = tuple(sorted(by))
        groups = self.found[name][columns]
        places = [columns.index(column) for column in by]
        return {tuple(group[place] for place in places): numbers for group, numbers in groups.items()}


def _counted(asked: facts.Asked, name: str, wanted: Mapping[By, Collection[Measure]]) -> dict[By, Groups]:
    finest: dict[By, dict[Measure, None]] = {}
    within: dict[By, By] = {}
    for by in sorted(wanted, key=len, reverse=True):
        finer = next((other for other in finest if {*by} < {*other}), None)
        if finer is None or not all(map(_adds_up, wanted[by])):
            finest[by] = dict.fromkeys(wanted[by])
        else:
            within[by] = finer
            finest[finer] |= dict.fromkeys(wanted[by])
    found: dict[By, Groups] = {}
    for part in _statements(finest):
        found |= _read(asked, name, part)
    return found | {by: _summed(by, wanted[by], finer, found[finer]) for by, finer in within.items()}


def _statements(finest: Mapping[By, Collection[Measure]]) -> Iterable[Mapping[By, Collection[Measure]]]:
    """What is counted by one statement: groups of data apart; medians, for which all facts are sorted, apart too."""
    parts: dict[Any, dict[By, Collection[Measure]]] = {}
    for by, measures in finest.items():
        has_median = any(one.what is What.MEDIAN for one in measures)
        parts.setdefault(by if _MANY & {*by} else has_median, {})[by] = measures
    return parts.values()


def _read(asked: facts.Asked, name: str, wanted: Mapping[By, Collection[Measure]]) -> dict[By, Groups]:
    """One statement: the facts are read once for the groups of all these columns."""
    measures = [*dict.fromkeys(measure for of in wanted.values() for measure in of)]
    asked = asked.counting({column for by in wanted for column in by}, measures)
    numbered = facts.NUMBERED.get(name)
    if numbered is not None and not _stand_together(numbered.columns, wanted, measures):
        numbered = None
    keys = {by: _keys(by, numbered) for by in wanted}
    columns = [*dict.fromkeys(column for of in keys.values() for column in of)]
    source = facts.source(replace(asked, numbered=numbered is not None), name)
    # Byte by byte: groups need no order, and a median sorts all that it is taken of.
    texts = {column for column in columns if column in FACTS[name] and FACTS[name][column].kind in _TEXTS}
    rows = sa.select(*(sa.collate(one, "C").label(one.key) if one.key in texts else one for one in source.c)).subquery(
        "counted"
    )
    numbers = (measuring.reckoned(rows, measure) for measure in measures)
    if len(keys) == 1:
        query = sa.select(sa.literal(0), *(rows.c[column] for column in columns), *numbers).select_from(rows)
        query = query.group_by(*(rows.c[column] for column in columns))
    else:
        every = [rows.c[column] for column in columns]
        sets = (sa.tuple_(*(rows.c[column] for column in of)) for of in keys.values())
        query = sa.select(sa.func.grouping(*every), *every, *numbers).group_by(sa.func.grouping_sets(*sets))
    found: dict[By, Groups] = {by: {} for by in wanted}
    by_mark = {0: next(iter(keys))} if len(keys) == 1 else {_mark(of, columns): by for by, of in keys.items()}
    named = {by: _named(asked, by, keys[by], columns, numbered) for by in wanted}
    first = 1 + len(columns)
    for row in asked.session.execute(query):
        by = by_mark[row[0]]
        found[by][named[by](row)] = dict(zip(measures, row[first:], strict=True))
    return found


def _stand_together(columns: Collection[str], wanted: Iterable[By], measures: Iterable[Measure]) -> bool:
    """Whether these columns are never asked for one without the others."""
    parts = [{*by} & {*columns} for by in wanted]
    return (
        any(parts)
        and all(not part or part == {*columns} for part in parts)
        and not any({*measure.columns} & {*columns} for measure in measures)
    )


def _keys(by: By, numbered: facts.Numbered | None) -> By:
    """By what is grouped instead: columns that stand together by their number."""
    if numbered is None or not {*by} & {*numbered.columns}:
        return by
    return (facts.NUMBER, *(column for column in by if column not in numbered.columns))


def _mark(of: By, columns: Sequence[str]) -> int:
    """What `grouping` says of a row of these groups: one bit for each column, the last column's the lowest, 0 where
    the row is grouped by it."""
    return sum(1 << len(columns) - 1 - place for place, column in enumerate(columns) if column not in of)


def _named(
    asked: facts.Asked, by: By, of: By, columns: Sequence[str], numbered: facts.Numbered | None
) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """From a row of the statement to what stands in the columns of its group."""
    places = {column: 1 + columns.index(column) for column in of}
    if numbered is None or of == by:
        plain = [places[column] for column in by]
        return lambda row: tuple(row[place] for place in plain)
    texts, inside = numbered.texts(asked.session), numbered.columns

    def name(row: Sequence[Any]) -> tuple[Any, ...]:
        told = texts[row[places[facts.NUMBER]]]
        return tuple(told[inside.index(column)] if column in inside else row[places[column]] for column in by)

    return name


def _adds_up(measure: Measure) -> bool:
    """Whether the number of a whole is told by those of its parts."""
    if measure.what is What.SUM:
        return FACTS[measure.facts][measure.of].kind is Kind.COUNT
    return measure.what in (What.COUNT, What.LONGEST)


def _summed(by: By, measures: Iterable[Measure], finer: By, groups: Groups) -> Groups:
    """The numbers of these groups out of those of finer ones; of all there is one row, also where nothing is."""
    places = [finer.index(column) for column in by]
    parts: dict[tuple[Any, ...], list[Mapping[Measure, Any]]] = {} if by else {(): []}
    for group, numbers in groups.items():
        parts.setdefault(tuple(group[place] for place in places), []).append(numbers)
    return {group: {measure: _sum(measure, of) for measure in measures} for group, of in parts.items()}


def _sum(measure: Measure, parts: Iterable[Mapping[Measure, Any]]) -> Any:
    told = [number for part in parts if (number := part[measure]) is not None]
    if not told:
        return None
    return max(told) if measure.what is What.LONGEST else sum(told)
