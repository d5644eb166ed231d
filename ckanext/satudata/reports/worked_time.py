"""Working days between two instants, reckoned by the database as `domain.workdays.Calendar.worked_days` does.

The stretches in which offices are open are written to a temporary table, each with the working days before it; a time
is then looked up instead of walked through.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ckanext.satudata.shared import clock

_OPEN = sa.Table(
    "satudata_open_hours",
    sa.MetaData(),
    sa.Column("opens_at", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("seconds", sa.Float),
    sa.Column("worth", sa.Float),
    sa.Column("before", sa.Float),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
"""`seconds` long, `worth` working days a second; `before`: working days before it."""


def between(
    session: Any, start: Any, end: Any, wanted: sa.ColumnElement[bool], *, first: Any = None
) -> sa.ColumnElement[float]:
    """Working days from one column to another, 0 where the end lies before the start, none where there is no end.

    `wanted` says which rows will be asked for, so that no more years are looked at than there are since the first;
    `first` is the column of the start as `wanted` knows it, where another stands in the statement.
    """
    _prepare_since(session, start if first is None else first, wanted)
    return _days(start, _place(start), end, _place(end))


def beside(session: Any, found: sa.Select, start: Any, end: Any, wanted: sa.ColumnElement[bool]) -> sa.Select:
    """Facts with `days`, the working days from one column to another as `between` reckons them: for very many of them,
    each instant is looked up once, and each time reckoned once, however many measures are taken of it."""
    _prepare_since(session, start, wanted)
    helpers = {"start": start, "end": end, "start_place": _place(start), "end_place": _place(end)}
    names = {name: f"days_{name}" for name in helpers}
    inner = found.add_columns(*(helpers[name].label(names[name]) for name in helpers)).offset(0).subquery("placed")
    start, end, start_place, end_place = (inner.c[names[name]] for name in ("start", "end", "start_place", "end_place"))
    columns = [one for one in inner.c if one.key not in names.values()]
    return sa.select(*columns, _days(start, start_place, end, end_place).label("days")).offset(0)


def _prepare_since(session: Any, first: Any, wanted: sa.ColumnElement[bool]) -> None:
    now = clock.now()
    since = session.scalar(sa.select(sa.func.min(first)).where(wanted)) or now
    _prepare(session, since, max(since, now))


def _days(start: Any, start_place: Any, end: Any, end_place: Any) -> sa.ColumnElement[float]:
    days = sa.func.greatest(_until(end, end_place) - _until(start, start_place), 0)
    return sa.case((end.is_(None), None), else_=days)


def _place(at: Any) -> sa.ColumnElement[int]:
    """In which stretch an instant lies, from 1. The stretches are read into arrays once for the whole statement, and
    searched by halves for each row."""
    return sa.func.width_bucket(at, _all(_OPEN.c.opens_at), type_=sa.Integer)


def _until(at: Any, place: Any) -> sa.ColumnElement[float]:
    """Working days from the table's first stretch to an instant that lies in that one."""
    opens, seconds, worth, before = map(_all, (_OPEN.c.opens_at, _OPEN.c.seconds, _OPEN.c.worth, _OPEN.c.before))
    # `date_part` and not `extract`, which reckons with decimals: there are as many of them as steps.
    since = sa.func.date_part("epoch", at - _at(opens, place), type_=sa.Float)
    passed = sa.func.least(since, _at(seconds, place))
    return sa.func.coalesce(_at(before, place) + passed * _at(worth, place), 0.0)


def _all(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """The whole column as an array, in the order of time."""
    ordered = sa.func.array_agg(aggregate_order_by(column, _OPEN.c.opens_at), type_=sa.ARRAY(column.type))
    return sa.select(ordered).correlate(None).scalar_subquery()


def _at(array: sa.ScalarSelect[Any], place: Any) -> Any:
    return sa.type_coerce(array, sa.ARRAY(array.type.item_type))[place]


def _prepare(session: Any, first: datetime, last: datetime) -> None:
    """Writes the stretches between two instants, wider than those of before where these are there already."""
    connection = session.connection()
    if connection.scalar(sa.text("SELECT to_regclass('pg_temp.satudata_open_hours')")) is None:
        _OPEN.create(connection)
    held = connection.execute(sa.select(sa.func.min(_OPEN.c.opens_at), sa.func.max(_OPEN.c.opens_at))).one()
    week = timedelta(days=7)
    if held[0] is not None:
        if held[0] <= first and held[1] >= last:
            return
        first, last = min(first, held[0]), max(last, held[1])
        connection.execute(sa.delete(_OPEN))
    rows = [
        {"opens_at": opens, "seconds": seconds, "worth": worth, "before": before}
        for opens, seconds, worth, before in clock.calendar(session).stretches(first - week, last + week)
    ]
    connection.execute(sa.insert(_OPEN), rows)
    connection.execute(sa.text("ANALYZE satudata_open_hours"))
