"""How well a document answers: the number results are sorted by when nothing else is asked.

Each word counts once in its best field, times that field's weight; a hit in a short title counts more than one in a
long title; further fields add by `tie`. How often a word stands in the description does not count: reading that
would cost more than the whole search, and equal documents follow the next sort key, the date.

The points of a word in its fields are looked up in the index once and joined to what is found.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatchmethod

import sqlalchemy as sa

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search.clauses import Any_, Best, Bool, Boosted, Everything, Like, Nothing, Phrase, Span, Word
from ckanext.satudata.search.fields import field
from ckanext.satudata.search.sql import CATCH_ALL, Conditions, D

Score = sa.ColumnElement
ONE = sa.cast(sa.literal(1.0), sa.Float)


class Scores:
    """Writes the score; `certain` says that the document is known to fulfil the clause.

    A score is read from `source`, which is whole when `of` has returned.
    """

    def __init__(self, conditions: Conditions):
        self.conditions = conditions
        self.source: sa.FromClause = SearchDocument.__table__

    @singledispatchmethod
    def of(self, clause: object, certain: bool) -> Score | None:
        """The score of a clause, None where it is the same for all."""
        condition = self.conditions.apart(clause)
        return None if condition is None else _points(condition)

    @of.register(Everything)
    @of.register(Nothing)
    @of.register(Any_)
    @of.register(Span)
    @of.register(Like)
    def _(self, clause: object, certain: bool) -> Score | None:
        return None if certain else _points(self.conditions.apart(clause))

    @of.register
    def _(self, clause: Boosted, certain: bool) -> Score | None:
        score = self.of(clause.clause, certain)
        return None if score is None else score * sa.literal(clause.factor, sa.Float)

    @of.register
    def _(self, clause: Word, certain: bool) -> Score | None:
        found = field(clause.field)
        if found.name == "title":
            hit = self.conditions.apart(clause)
            return None if hit is None else sa.case((hit, _title_points(D)), else_=0.0)
        if certain:
            return ONE
        condition = self.conditions.apart(clause)
        return None if condition is None else _points(condition)

    @of.register
    def _(self, clause: Phrase, certain: bool) -> Score | None:
        condition = self.conditions.apart(clause)
        return None if condition is None else ONE if certain else _points(condition)

    @of.register
    def _(self, clause: Best, certain: bool) -> Score | None:
        lookups, scores = [], []
        for choice in clause.choices:
            inner, factor = (choice.clause, choice.factor) if isinstance(choice, Boosted) else (choice, 1.0)
            # A word that is somewhere is also in the catch-all field, which need not be read for it.
            known = certain and isinstance(inner, (Word, Phrase)) and inner.field == CATCH_ALL
            if self.conditions.is_leaf(inner) and not known:
                lookups.append(self.conditions.found_by(inner, _points_of(inner, factor)))
            else:
                scores.append(self.of(choice, known))
        best, total = self._joined([lookup for lookup in lookups if lookup is not None])
        scores = [score for score in scores if score is not None]
        if len(scores) + (best is not None) < 2 and not (best is not None and clause.tie):
            return best if best is not None else scores[0] if scores else None
        highest = sa.func.greatest(*scores, *([] if best is None else [best]))
        if not clause.tie:
            return highest
        whole = sum([*scores, *([] if total is None else [total])][1:], (scores or [total])[0])
        return highest * sa.literal(1.0 - clause.tie, sa.Float) + whole * sa.literal(clause.tie, sa.Float)

    def _joined(self, lookups: list[sa.Select]) -> tuple[Score | None, Score | None]:
        """The most points of any of the lookups, and their sum; None without any."""
        if not lookups:
            return None, None
        found = sa.union_all(*lookups).subquery() if len(lookups) > 1 else lookups[0].subquery()
        best, total = sa.func.max(found.c.points), sa.func.sum(found.c.points)
        points = sa.select(found.c.position, best.label("best"), total.label("total")).group_by(found.c.position)
        table = points.subquery()
        self.source = self.source.outerjoin(table, table.c.position == D.position)
        return tuple(sa.func.coalesce(column, sa.cast(0.0, sa.Float)) for column in (table.c.best, table.c.total))

    @of.register
    def _(self, clause: Bool, certain: bool) -> Score | None:
        every = certain and clause.needed == len(clause.may)
        scores = [self.of(one, certain) for one in clause.must] + [self.of(one, every) for one in clause.may]
        scores = [score for score in scores if score is not None]
        return sum(scores[1:], scores[0]) if scores else None


def _points(condition: sa.ColumnElement) -> Score:
    return sa.case((condition, 1.0), else_=0.0)


def _points_of(clause: Word | Phrase, factor: float) -> Callable[..., Score]:
    weight = sa.literal(factor, sa.Float)
    if isinstance(clause, Word) and clause.field == "title":
        return lambda columns: weight * _title_points(columns)
    return lambda columns: weight


def _title_points(columns) -> Score:
    return sa.cast(1.0 + 1.0 / (1.0 + columns.title_words), sa.Float)
