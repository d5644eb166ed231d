"""Counts that are kept until the index changes.

The page that everybody opens, without a query, counts every document five times. Counts are kept in each web process
under the statement that made them, and hold as long as the index is the one they were made of: every row carries a
random number renewed at each write, and the exclusive or of all rows that a snapshot sees names its state.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.search import facets as facet_sql
from ckanext.satudata.search.request import Facets
from ckanext.satudata.search.sql import D

Counts = tuple[int, dict[str, list]]

_kept: OrderedDict[Any, tuple[str | None, Counts]] = OrderedDict()
_lock = threading.Lock()


def counts(connection: sa.Connection, found: Sequence, allowed: Sequence, facets: Facets) -> Counts:
    """`(number found, {field: [value, count, value, count, ...]})`."""
    statement = facet_sql.statement(found, allowed, facets)
    compiled = statement.compile(connection)
    name = (str(compiled), repr(sorted(compiled.params.items())))
    known = _kept.get(name)
    if known is not None:
        stamp = connection.scalar(sa.select(sa.cast(sa.func.bit_xor(D.stamp), sa.Text)))
        if stamp == known[0]:
            return _copy(known[1])
    # The stamp comes with the counts, in one statement and so of one snapshot.
    stamp, answer = _read(connection, statement, facets)
    _keep(name, stamp, answer)
    return _copy(answer)


def _copy(answer: Counts) -> Counts:
    """CKAN changes the lists it is given."""
    return answer[0], {name: list(values) for name, values in answer[1].items()}


def _read(connection: sa.Connection, statement: sa.Select, facets: Facets) -> tuple[str | None, Counts]:
    stamp, number = None, 0
    values: dict[str, list] = {name: [] for name in facets.fields}
    for kind, value, count in connection.execute(statement):
        if kind == facet_sql.STAMP and count is None:
            stamp = value
        elif kind == "found" and value is None:
            number = count
        else:
            values[kind] += [value, count]
    return stamp, (number, values)


def _keep(name: Any, stamp: str | None, answer: Counts) -> None:
    most = int(tk.config.get("ckanext.satudata.search.kept_answers") or 0)
    with _lock:
        _kept[name] = (stamp, answer)
        _kept.move_to_end(name)
        while len(_kept) > most:
            _kept.popitem(last=False)
