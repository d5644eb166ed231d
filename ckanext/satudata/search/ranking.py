"""How well a document answers: the number results are sorted by when nothing else is asked.

Each word counts once in its best field, times that field's weight; a hit in a short title counts more than one in a
long title; further fields add by `tie`. How often a word stands in the description does not count: reading that
would cost more than the whole search, and equal documents follow the next sort key, the date.
"""

from __future__ import annotations

from functools import singledispatchmethod

import sqlalchemy as sa

from ckanext.satudata.search.clauses import Any_, Best, Bool, Boosted, Everything, Like, Nothing, Phrase, Span, Word
from ckanext.satudata.search.fields import field
from ckanext.satudata.search.sql import Conditions, D

Score = sa.ColumnElement
CATCH_ALL = "text"
ONE = sa.cast(sa.literal(1.0), sa.Float)


class Scores:
    """Writes the score; `certain` says that the document is known to fulfil the clause."""

    def __init__(self, conditions: Conditions):
        self.conditions = conditions

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
            return None if hit is None else sa.case((hit, 1.0 + 1.0 / (1.0 + D.title_words)), else_=0.0)
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
        # A word that is somewhere is also in the catch-all field, which need not be read for it.
        scores = [self.of(choice, certain and _is_catch_all(choice)) for choice in clause.choices]
        scores = [score for score in scores if score is not None]
        if len(scores) < 2:
            return scores[0] if scores else None
        best = sa.func.greatest(*scores)
        return best + (sum(scores[1:], scores[0]) - best) * sa.literal(clause.tie, sa.Float)

    @of.register
    def _(self, clause: Bool, certain: bool) -> Score | None:
        every = certain and clause.needed == len(clause.may)
        scores = [self.of(one, certain) for one in clause.must] + [self.of(one, every) for one in clause.may]
        scores = [score for score in scores if score is not None]
        return sum(scores[1:], scores[0]) if scores else None


def _is_catch_all(clause: object) -> bool:
    inner = clause.clause if isinstance(clause, Boosted) else clause
    return isinstance(inner, (Word, Phrase)) and inner.field == CATCH_ALL


def _points(condition: sa.ColumnElement) -> Score:
    return sa.case((condition, 1.0), else_=0.0)
