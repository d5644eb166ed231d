"""Measures as the database counts them, and what it says as a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.report import Cell, Kind
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.reports import facts


def none_of(measure: Measure) -> Cell:
    """What it says of nothing: there are 0 of it, but the longest of none is no number."""
    return 0 if measure.kind is Kind.COUNT and measure.what is not What.LONGEST else None


def number(value: Any, measure: Measure) -> Cell:
    if value is None:
        return none_of(measure)
    # First without what comes of reckoning with fractions: a number midway between two hundredths is always the same.
    return int(value) if measure.kind is Kind.COUNT else round(round(float(value), 9), 2)


def reckoned(source: sa.Subquery, measure: Measure) -> sa.ColumnElement[Any]:
    """The measure as the database counts it."""
    chosen = condition(source, measure)
    if measure.what is What.SHARE:
        assert chosen is not None
        return 100.0 * _count(source, chosen) / sa.func.nullif(_count(source, None), 0)
    if measure.what is What.COUNT:
        return _count(source, chosen)
    column, weight = source.c[measure.of], source.c.get(facts.WEIGHT, 1)
    whole: Mapping[What, Any] = {
        What.DISTINCT: lambda: sa.func.count(sa.distinct(column)),
        What.SUM: lambda: sa.func.sum(column * weight),
        What.LONGEST: lambda: sa.func.max(column),
        What.MEDIAN: lambda: sa.func.percentile_cont(0.5).within_group(column),
    }
    return _filtered(whole[measure.what](), chosen)


def _count(source: sa.Subquery, chosen: sa.ColumnElement[bool] | None) -> Any:
    """How many facts there are: a row may stand for several."""
    if facts.WEIGHT not in source.c:
        return _filtered(sa.func.count(), chosen)
    # The sum of whole numbers would come as a decimal, which costs more to read.
    return sa.func.coalesce(sa.cast(_filtered(sa.func.sum(source.c[facts.WEIGHT]), chosen), sa.BigInteger), 0)


def _filtered(found: Any, chosen: sa.ColumnElement[bool] | None) -> Any:
    return found if chosen is None else found.filter(chosen)


def condition(source: sa.Subquery, measure: Measure) -> sa.ColumnElement[bool] | None:
    """Which facts the measure takes; None for all."""
    if not measure.where:
        return None
    column = source.c[measure.where]
    if FACTS[measure.facts][measure.where].kind is Kind.FLAG:
        return column.is_("true" in measure.values)
    return column.in_(measure.values)
