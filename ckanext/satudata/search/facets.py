"""How many documents found have which values.

The values of a document in a field that is counted are kept in each web process under the document's position. A
position names one state of one document, so they stay true; which documents are counted is asked of the index.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from itertools import chain

import sqlalchemy as sa
from ckan.lib.search.common import SearchQueryError

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search.fields import Kind, field
from ckanext.satudata.search.kept import Answer
from ckanext.satudata.search.request import Facets
from ckanext.satudata.search.sql import D

#: Who may see what is nobody's business, not even as a count.
UNCOUNTED = {"permission_labels"}
#: Values of rows that are no more are thrown away when this many more are kept than there are rows.
SPARE = 2_000
#: Different sets of fields whose values are kept.
MOST_COLUMNS = 8


class Column:
    """The values of some fields by position, each pair of field and value as a number."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.numbers: dict[tuple[str, str], int] = {}
        self.rows: dict[int, tuple[int, ...]] = {}
        self.most = 0  # rows that may be here before those of the index are counted again

    def number(self, name: str, value: str) -> int:
        """The number of a pair, a new one if need be."""
        number = self.numbers.get((name, value))
        if number is None:
            number = self.numbers[name, value] = len(self.pairs)
            self.pairs.append((name, value))
        return number


_columns: dict[tuple[str, ...], Column] = {}
_lock = threading.Lock()


def check(facets: Facets) -> None:
    """Raises SearchQueryError for a field that cannot be counted."""
    for name in facets.fields:
        if name in UNCOUNTED or field(name).kind is Kind.KEPT:
            raise SearchQueryError(f"{name} cannot be counted")


def counts(connection: sa.Connection, found: Answer, allowed: Answer | None, facets: Facets) -> dict[str, list]:
    """`{field: [value, count, value, count, ...]}`, the most frequent first.

    Values that no document found has (`facet.mincount=0`) are taken from `allowed`, never from documents the caller
    may not see.
    """
    known = found.counts.get(facets)
    if known is None:
        column, whole = _column(connection, facets.fields, found.positions)
        number = _counted(column, found.positions)
        if allowed is not None:
            column, both = _column(connection, facets.fields, allowed.positions)
            number = {pair: number.get(pair, 0) for pair in _counted(column, allowed.positions)}
            whole = whole and both
        known = {name: _listed(name, number, facets) for name in facets.fields}
        if whole:
            found.counts[facets] = known
    return copy(known)


def copy(counts: dict[str, list]) -> dict[str, list]:
    """CKAN changes the lists it is given."""
    return {name: list(values) for name, values in counts.items()}


def _counted(column: Column, positions: array) -> dict[tuple[str, str], int]:
    rows = filter(None, map(column.rows.get, positions))
    return {column.pairs[number]: count for number, count in Counter(chain.from_iterable(rows)).items()}


def _listed(name: str, number: dict[tuple[str, str], int], facets: Facets) -> list:
    counted = [(value, count) for (field_, value), count in number.items() if field_ == name and count >= facets.least]
    counted.sort(key=lambda pair: (-pair[1], pair[0]))
    return list(chain.from_iterable(counted if facets.limit < 0 else counted[: facets.limit]))


def _column(connection: sa.Connection, names: tuple[str, ...], positions: array) -> tuple[Column, bool]:
    """The fields' values, and whether those at all `positions` are known: a row may be gone meanwhile."""
    with _lock:
        column = _columns.get(names) or Column()
        missing = [position for position in positions if position not in column.rows] if names else []
    if not missing:
        return column, True
    statement = sa.select(D.position, *map(_values, names)).where(D.position == sa.func.any(missing))
    read = connection.execute(statement).all()
    with _lock:
        if len(column.rows) + len(read) > column.most:
            rows = connection.scalar(sa.select(sa.func.count()).select_from(SearchDocument))
            if len(column.rows) + len(read) > rows + SPARE:
                column = Column() if len(read) == len(positions) else _without_old(connection, column)
            column.most = rows + SPARE
        for position, *fields in read:
            pairs = zip(names, fields, strict=True)
            column.rows[position] = tuple(
                column.number(name, value) for name, values in pairs for value in values or ()
            )
        _columns.pop(names, None)
        _columns[names] = column
        while len(_columns) > MOST_COLUMNS:
            _columns.pop(next(iter(_columns)))
    return column, len(read) == len(missing)


def _without_old(connection: sa.Connection, column: Column) -> Column:
    current = set(connection.scalars(sa.select(D.position)))
    kept = Column()
    kept.pairs, kept.numbers = column.pairs, column.numbers
    kept.rows = {position: values for position, values in column.rows.items() if position in current}
    return kept


def _values(name: str) -> sa.ColumnElement:
    if not field(name).is_words:
        return D.fields[name]
    word = sa.func.unnest(sa.func.tsvector_to_array(D.words)).table_valued("value").render_derived()
    return (
        sa.select(sa.func.jsonb_agg(sa.func.substr(word.c.value, len(name) + 2)))
        .select_from(word)
        .where(sa.func.starts_with(word.c.value, sa.literal(f"{name}=", sa.Text)))
        .correlate(D.words.table)
        .scalar_subquery()
    )
