"""From clauses to SQL over `SearchDocument`, every value a bound parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import singledispatchmethod
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search.common import SearchQueryError
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search import analysis
from ckanext.satudata.search.clauses import (
    MOST_WORDS,
    Any_,
    Best,
    Bool,
    Boosted,
    Everything,
    Like,
    Nothing,
    Phrase,
    Span,
    Word,
)
from ckanext.satudata.search.dates import instant
from ckanext.satudata.search.document import key, quoted
from ckanext.satudata.search.fields import COPIES, Field, Kind, field

Condition = sa.ColumnElement
D = SearchDocument.__table__.c
SHORTEST_PART = 2
MOST_IN_PHRASE = 200
"""What a phrase costs PostgreSQL grows with the square of its words."""
CATCH_ALL = "text"
#: A word that is in one of these is in the catch-all field too, split and stemmed in the same way.
IN_CATCH_ALL = {name for name in COPIES[CATCH_ALL] if field(name).kind in (Kind.EXACT, Kind.TEXT)}


class Conditions:
    """Writes what a document must fulfil. A clause without any word in it (`title:"--"`) is None: no condition."""

    def __init__(self, language: str):
        self.language = language
        self._apart = 0
        self._queries: dict[Word | Phrase, str] = {}
        self._asked: Counter[str] = Counter()

    @singledispatchmethod
    def of(self, clause: object) -> Condition | None:
        """The condition of a clause."""
        raise SearchQueryError(f"{type(clause).__name__} is not served")

    @of.register
    def _(self, clause: Everything) -> Condition:
        return sa.true()

    @of.register
    def _(self, clause: Nothing) -> Condition:
        return sa.false()

    @of.register
    def _(self, clause: Boosted) -> Condition | None:
        return self.of(clause.clause)

    @of.register
    def _(self, clause: Word) -> Condition | None:
        found = _searchable(clause.field)
        if found.is_words:
            query = self._words_or_phrase(clause, found)
            return self._with_words(query) if query else None
        if found.kind is Kind.PART:
            parts = [part for part in clause.value.lower().split() if part]
            conditions = [_contains(found.name, part) for part in parts]
            return (sa.and_ if clause.every else sa.or_)(*conditions) if conditions else None
        if found.kind is Kind.EXACT:
            return has_any([key(found.name, clause.value)])
        return D.fields[found.name].has_key(_comparable(found, clause.value))

    def words(self, clause: Word, found: Field) -> list[str]:
        """The lexemes of a word in a text field, each once, as tsquery writes them."""
        analysed = analysis.words(clause.value, found.kind, self.language)
        return list(dict.fromkeys(quoted(f"{found.name}={word}") for _, word in analysed))

    @of.register
    def _(self, clause: Phrase) -> Condition | None:
        found = _searchable(clause.field)
        if found.kind is Kind.PART:
            return _contains(found.name, clause.value.strip().lower())
        if not found.is_words:
            return self.of(Word(clause.field, clause.value))
        query = self._words_or_phrase(clause, found)
        return self._with_words(query) if query else None

    def _phrase(self, name: str, words: Sequence[tuple[int, str]], slop: int) -> str:
        lexemes = [quoted(f"{name}={word}") for _, word in words]
        if slop and len(words) == 2:
            distance = words[1][0] - words[0][0]
            ways = [
                f"{lexemes[0]} <{step}> {lexemes[1]}" for step in range(max(distance - slop, 1), distance + slop + 1)
            ]
            ways += [f"{lexemes[1]} <{step}> {lexemes[0]}" for step in range(1, slop - distance + 1)]
            if slop > 50:
                raise SearchQueryError(tk._("Words more than 50 apart are not served"))
            return " | ".join(f"({way})" for way in ways)
        if slop and len(words) > 2:
            raise SearchQueryError(tk._('Nearness ("..."~n) is served for two words only'))
        text = lexemes[0]
        for (before, _), (at, _), lexeme in zip(words, words[1:], lexemes[1:], strict=False):
            text += f" <{at - before}> {lexeme}"
        return text

    @of.register
    def _(self, clause: Any_) -> Condition:
        found = _searchable(clause.field)
        if found.is_words:
            return self._with_words(quoted(f"{found.name}=") + ":*")
        return D.fields.has_key(found.name)

    @of.register
    def _(self, clause: Like) -> Condition:
        found = _searchable(clause.field)
        if found.is_words:
            pieces = [(kind, analysis.fold(text).lower()) for kind, text in clause.pieces]
            if found.kind is Kind.PLAIN:
                pieces = [(kind, text.lower()) for kind, text in clause.pieces]
            if len(pieces) == 2 and pieces[0][0] == "text" and pieces[1] == ("wild", "*"):
                return self._with_words(quoted(f"{found.name}={pieces[0][1]}") + ":*")
            word = sa.func.unnest(sa.func.tsvector_to_array(D.words)).table_valued("value").render_derived()
            return _exists(word, word.c.value.like(_pattern([("text", f"{found.name}="), *pieces]), escape="\\"))
        if found.kind is Kind.PART:
            raise SearchQueryError(
                tk._("{field} finds any part of a word; wildcards are not served in it").format(field=found.name)
            )
        value = _values(found.name)
        return _exists(value, value.c.value.like(_pattern(clause.pieces), escape="\\"))

    @of.register
    def _(self, clause: Span) -> Condition:
        found = _searchable(clause.field)
        if clause.low is None and clause.high is None:
            return self.of(Any_(clause.field))
        if found.is_words or found.kind is Kind.PART:
            raise SearchQueryError(
                tk._("Ranges are served for dates, numbers and exact fields, not for {field}").format(field=found.name)
            )
        value = _values(found.name)
        compared = value.c.value.collate("C") if found.kind is not Kind.NUMBER else sa.cast(value.c.value, sa.Numeric)
        conditions = []
        for bound, inclusive, upper in ((clause.low, clause.with_low, False), (clause.high, clause.with_high, True)):
            if bound is None:
                continue
            end = _comparable(found, bound)
            bound_end = sa.cast(sa.literal(end), sa.Numeric if found.kind is Kind.NUMBER else sa.Text)
            if upper:
                conditions.append(compared <= bound_end if inclusive else compared < bound_end)
            else:
                conditions.append(compared >= bound_end if inclusive else compared > bound_end)
        return _exists(value, *conditions)

    @of.register
    def _(self, clause: Best) -> Condition | None:
        return self._or([clause])

    @of.register
    def _(self, clause: Bool) -> Condition | None:
        must = [condition for condition in map(self.of, clause.must) if condition is not None]
        may = [one for one in clause.may if self.of(one) is not None]
        never = [condition for condition in map(self.apart, clause.never) if condition is not None]
        if not must and not may:
            return sa.false() if never or not (clause.must or clause.may or clause.never) else None
        needed = Bool(must=tuple(must), may=tuple(may), mm=clause.mm).needed
        conditions = must + [sa.not_(condition) for condition in never]
        if needed > len(may):
            return sa.false()
        if needed == 1:
            conditions.append(self._or(may))
        elif needed == len(may):
            conditions += map(self.of, may)
        elif needed:
            counted = [sa.cast(self.apart(one), sa.Integer) for one in may]
            conditions += [self._or(may), sum(counted) >= needed]
        return sa.and_(*conditions)

    def apart(self, clause: object) -> Condition | None:
        """The condition where it stands under OR, NOT or in a score: what an index can find is found there first.

        Otherwise PostgreSQL reads the words of every document it has found by the filters, which costs far more.
        """
        keys, words, other = self._leaves([clause])
        if not other:
            return _among(keys, words)
        self._apart += 1
        try:
            return self.of(clause)
        finally:
            self._apart -= 1

    def found_by(self, clause: Word | Phrase, points: Callable[..., Any]) -> sa.Select | None:
        """Positions and points of the documents that fulfil a clause, None if there is no word in it.

        `points` gets the columns of the document.
        """
        columns = SearchDocument.__table__.alias().c
        keys, words, _ = self._leaves([clause])
        if not keys and not words:
            return None
        condition = _overlaps(columns, keys) if keys else _fulfils(columns, words[0])
        return sa.select(columns.position, points(columns).label("points")).where(condition)

    @staticmethod
    def is_leaf(clause: object) -> bool:
        """Whether the index finds a clause by itself."""
        if not isinstance(clause, (Word, Phrase)):
            return False
        found = _searchable(clause.field)
        return found.is_words or found.kind is Kind.EXACT

    def _with_words(self, query: str) -> Condition:
        return _among([], [query]) if self._apart else has_words(query)

    def _or(self, clauses: Sequence[object]) -> Condition | None:
        keys, words, other = self._leaves(clauses)
        if keys and not words and not other:
            return has_any(keys)
        if words and not keys and not other:
            return self._with_words(_any_of(words))
        found = _among(keys, words)
        conditions = [condition for condition in map(self.apart, other) if condition is not None]
        if found is not None:
            conditions.append(found)
        return sa.or_(*conditions) if conditions else None

    def _leaves(self, clauses: Sequence[object]) -> tuple[list[str], list[str], list[object]]:
        """What any of the clauses finds, as `field=value`, as tsqueries, and the clauses that are neither."""
        keys: list[str] = []
        queries: list[str] = []
        other: list[object] = []
        for clause in self._choices(clauses):
            if not self.is_leaf(clause):
                other.append(clause)
                continue
            found = field(clause.field)
            if found.is_words:
                query = self._words_or_phrase(clause, found)
                queries += [query] if query else []
            else:
                keys.append(key(found.name, clause.value))
        return keys, queries, other

    def _choices(self, clauses: Iterable[object]) -> Iterator[Any]:
        """Alternatives, without weights and without those that another one includes."""
        for clause in clauses:
            while isinstance(clause, Boosted):
                clause = clause.clause
            if not isinstance(clause, Best):
                yield clause
                continue
            choices = list(self._choices(clause.choices))
            everywhere = {
                (choice.value, choice.every)
                for choice in choices
                if isinstance(choice, Word) and choice.field == CATCH_ALL and self.words(choice, field(CATCH_ALL))
            }
            for choice in choices:
                included = isinstance(choice, Word) and choice.field in IN_CATCH_ALL
                if not included or (choice.value, choice.every) not in everywhere:
                    yield choice

    def _words_or_phrase(self, clause: Word | Phrase, found: Field) -> str:
        """The tsquery, empty where there is no word in the clause."""
        if clause not in self._queries:
            self._queries[clause] = self._tsquery(clause, found)
        return self._queries[clause]

    def _tsquery(self, clause: Word | Phrase, found: Field) -> str:
        words = analysis.words(clause.value, found.kind, self.language)
        self._asked[found.name] += len(words)
        if self._asked[found.name] > MOST_WORDS:
            raise SearchQueryError(tk._("The query has more than {most} words").format(most=MOST_WORDS))
        if isinstance(clause, Word):
            return (" & " if clause.every else " | ").join(self.words(clause, found))
        if len(words) > MOST_IN_PHRASE:
            raise SearchQueryError(
                tk._("A phrase in quotation marks has more than {most} words").format(most=MOST_IN_PHRASE)
            )
        return self._phrase(found.name, words, clause.slop) if words else ""


def has_any(keys: Sequence[str]) -> Condition:
    """Whether one of these `field=value` is in the document."""
    return _overlaps(D, keys)


def has_words(query: str) -> Condition:
    """Whether a tsquery, written with quoted lexemes, is fulfilled."""
    return _fulfils(D, query)


def _any_of(queries: Sequence[str]) -> str:
    return " | ".join(f"({one})" for one in queries)


def _overlaps(columns, keys: Sequence[str]) -> Condition:
    return columns.exact.overlap(sa.cast(sa.literal(list(keys), ARRAY(sa.Text)), ARRAY(sa.Text)))


def _fulfils(columns, query: str) -> Condition:
    return columns.words.op("@@", is_comparison=True)(sa.cast(sa.literal(query, sa.Text), TSQUERY))


def _among(keys: Sequence[str], queries: Sequence[str]) -> Condition | None:
    """Whether the document is one of those that the index finds for any of these; None without any."""
    other = SearchDocument.__table__.alias()
    parts = []
    if keys:
        parts.append(sa.select(other.c.position).where(_overlaps(other.c, keys)))
    if queries:
        parts.append(sa.select(other.c.position).where(_fulfils(other.c, _any_of(queries))))
    return D.position.in_(sa.union_all(*parts) if len(parts) > 1 else parts[0]) if parts else None


def _searchable(name: str) -> Field:
    found = field(name)
    if found.kind is Kind.KEPT:
        raise SearchQueryError(f"{name} is kept, not searched")
    return found


def _contains(name: str, part: str) -> Condition:
    if len(part) < SHORTEST_PART:
        return sa.false()
    return D.fields[name][0].astext.contains(part, autoescape=True)


def _values(name: str):
    return sa.func.jsonb_array_elements_text(sa.cast(D.fields[name], JSONB)).table_valued("value").render_derived()


def _exists(source, *conditions: Condition) -> Condition:
    return sa.exists(
        sa.select(sa.literal(1)).select_from(source).where(*conditions).correlate(SearchDocument.__table__)
    )


def _pattern(pieces: Sequence[tuple[str, str]]) -> str:
    return "".join(
        {"*": "%", "?": "_"}[text]
        if kind == "wild"
        else text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        for kind, text in pieces
    )


def _comparable(found: Field, value: str) -> str:
    if found.kind is Kind.DATE:
        return instant(value)
    if found.kind is Kind.NUMBER:
        try:
            return str(int(value))
        except ValueError as error:
            raise SearchQueryError(f"{found.name} is a number, {value!r} is none") from error
    return value
