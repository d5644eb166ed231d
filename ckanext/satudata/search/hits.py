"""Which documents a search finds, and in which order."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

import sqlalchemy as sa

from ckanext.satudata.model.search_document import SearchChange
from ckanext.satudata.search import kept, sorting
from ckanext.satudata.search.clauses import Everything
from ckanext.satudata.search.ranking import Scores
from ckanext.satudata.search.request import Request
from ckanext.satudata.search.sql import Condition, Conditions, D

# The planner does not know that reading a column of words costs more than the index, and would read every document's.
_PLANNER = {"enable_seqscan": "off", "jit": "off", "work_mem": "64MB"}


def kept_page(connection: sa.Connection, asked: Request, language: str) -> tuple[kept.Answer, list] | None:
    """A kept answer with the rows of the page, where the index is still in the state it was found in.

    One statement, so that state and rows are of one snapshot.
    """
    answer = kept.get(_name(asked, language)) if asked.is_timeless else None
    if answer is None or answer.state is None:
        return None
    wanted = page(answer, asked)
    state = SearchChange.state().scalar_subquery()
    if not wanted:
        return (answer, []) if connection.scalar(sa.select(state)) == answer.state else None
    rows = connection.execute(_rows(asked, language, wanted).add_columns(state.label("state"))).all()
    if len(rows) != len(wanted) or rows[0].state != answer.state:
        return None
    return answer, _in_order(wanted, rows)


def found_page(connection: sa.Connection, asked: Request, language: str) -> tuple[kept.Answer, list]:
    """An answer found now, with the rows of the page."""
    answer = _find(connection, asked, language)
    wanted = page(answer, asked)
    return answer, _in_order(wanted, connection.execute(_rows(asked, language, wanted)).all() if wanted else [])


def allowed(connection: sa.Connection, asked: Request, language: str) -> kept.Answer:
    """All documents that the filters admit."""
    return _find(connection, replace(asked, query=Everything(), sort="name asc"), language)


def page(answer: kept.Answer, asked: Request) -> list[int]:
    """The positions of the documents to be shown."""
    return answer.positions[asked.start : asked.start + asked.rows].tolist()


def _name(asked: Request, language: str) -> tuple:
    return language, asked.query, asked.filters, asked.sort


def _find(connection: sa.Connection, asked: Request, language: str) -> kept.Answer:
    write = _statement if asked.is_timeless else _statement.__wrapped__
    statement, values = write(connection.dialect, *_name(asked, language))
    with _planner(connection):
        state, positions = connection.exec_driver_sql(statement, values).one()
    answer = kept.Answer(state, _numbers(positions))
    if asked.is_timeless:
        kept.put(_name(asked, language), answer)
    return answer


@lru_cache(maxsize=512)
def _statement(dialect: sa.Dialect, language: str, query: object, filters: tuple, sort: str) -> tuple[str, dict]:
    """What finds positions and state, as text and values: writing it takes as long as many an answer."""
    conditions = Conditions(language)
    keys = sorting.keys(sort)
    scores = Scores(conditions)
    by = scores.of(query, True) if any(name == "score" for name, _ in keys) else None
    found = sa.select(D.position).select_from(scores.source).where(*_where((query, *filters), conditions))
    ordered = found.order_by(*sorting.clauses(keys, by)).subquery()
    positions = sa.select(sa.func.string_agg(sa.func.int8send(ordered.c.position), sa.literal_column("''::bytea")))
    # One statement and so one snapshot for the answer and for the state it belongs to.
    statement = sa.select(SearchChange.state().scalar_subquery(), positions.scalar_subquery())
    compiled = statement.compile(dialect=dialect)
    return compiled.string, compiled.params


def _numbers(sent: memoryview | None) -> array:
    """Positions as PostgreSQL sends them in binary: eight bytes each, the highest first."""
    positions = array("q", bytes(sent or b""))
    if sys.byteorder == "little":
        positions.byteswap()
    return positions


def _where(clauses: Iterable[object], conditions: Conditions) -> list[Condition]:
    found = [conditions.of(clause) for clause in clauses]
    # A clause without any word in it finds nothing.
    return [sa.false() if condition is None else condition for condition in found]


def _rows(asked: Request, language: str, positions: list[int]) -> sa.Select:
    columns = [D[name] for name in ("stored", "data_dict", "validated_data_dict") if asked.wants(name)]
    scores = Scores(Conditions(language))
    if asked.wants_score:
        score = scores.of(asked.query, True)
        columns.append((sa.literal(1.0, sa.Float) if score is None else score).label("score"))
    return sa.select(D.position, *columns).select_from(scores.source).where(D.position == sa.func.any(positions))


def _in_order(positions: list[int], rows: Sequence[sa.Row]) -> list:
    """A row written again meanwhile has another position: it is left out rather than shown as what it is not."""
    by_position = {row.position: row._mapping for row in rows}
    return [by_position[position] for position in positions if position in by_position]


@contextmanager
def _planner(connection: sa.Connection) -> Iterator[None]:
    """Within the caller's transaction, and back to what the caller had."""
    before = connection.execute(_exchange, _PLANNER).one()
    yield
    connection.execute(_set, dict(zip(_PLANNER, before, strict=False)))


_settings = [sa.func.set_config(name, sa.bindparam(name), True) for name in _PLANNER]
_set = sa.select(*_settings)
_exchange = sa.select(*(sa.func.current_setting(name) for name in _PLANNER), *_settings)  # in this order
