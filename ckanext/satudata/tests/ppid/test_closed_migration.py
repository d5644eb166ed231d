"""0329 over filled tables: an ended case closes its request on that day; what is open or closed already stays."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from ckanext.satudata.tests.test_migrations import engine, migrations, value  # noqa: F401

STEP = "0329_ppid_refused_closed"
ENDED = datetime.datetime(2026, 11, 3, 4, 0, tzinfo=datetime.timezone.utc)
EARLIER = ENDED - datetime.timedelta(days=2)
ROWS = {
    "refused": (ENDED, None, ENDED),
    "open": (None, None, None),
    "taken up again": (None, None, None),
    "withdrawn": (ENDED, EARLIER, EARLIER),
}
"""Of each request: when its case ended, when it was closed, and what stands there afterwards."""


@pytest.fixture
def before(migrations):  # noqa: F811
    """The revision below."""
    return ScriptDirectory.from_config(migrations).get_revision(STEP).down_revision


def insert(connection, name: str, number: int, **given) -> None:
    found = sa.inspect(connection)
    needed = [one for one in found.get_columns(name) if not one["nullable"] and one["default"] is None]
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    connection.execute(table.insert().values({**{one["name"]: value(one, number) for one in needed}, **given}))


def closed(engine) -> dict:  # noqa: F811
    with engine.connect() as connection:
        return dict(connection.execute(sa.text("SELECT id, closed_at FROM satudata_ppid_request")).all())


def test_ended_cases_close_their_requests_up_and_down(engine, migrations, before):  # noqa: F811
    command.upgrade(migrations, before)
    with engine.begin() as connection:
        connection.execute(sa.text("set local session_replication_role = replica"))
        for number, (name, (ended_at, closed_at, _after)) in enumerate(ROWS.items(), 1):
            insert(connection, "satudata_case", number, id=f"case {name}", ended_at=ended_at)
            insert(connection, "satudata_ppid_request", number, id=name, case_id=f"case {name}", closed_at=closed_at)
        insert(connection, "satudata_ppid_request", 9, id="without a case", case_id=None)
    wanted = {name: after for name, (_ended, _closed, after) in ROWS.items()} | {"without a case": None}
    command.upgrade(migrations, STEP)
    assert closed(engine) == wanted
    command.downgrade(migrations, before)
    assert closed(engine) == wanted, "what is known is not forgotten"
    command.upgrade(migrations, STEP)
    assert closed(engine) == wanted
