"""0120 down and up over a filled index: nothing is lost, titles rank as before, no position or state comes twice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from ckanext.satudata.model.search_document import SearchChange, SearchDocument
from ckanext.satudata.search.document import row_of
from ckanext.satudata.tests.search.corpus import documents
from ckanext.satudata.tests.test_migrations import engine, migrations  # noqa: F401

TABLE = SearchDocument.__table__
KEPT = ["exact", "words", "title_words", "fields", "stored", "modified", "title_key"]
STEP = "0120_search_state"


@pytest.fixture
def before(migrations):  # noqa: F811
    """The revision below."""
    return ScriptDirectory.from_config(migrations).get_revision(STEP).down_revision


def rows(connection) -> list:
    return connection.execute(sa.select(*(TABLE.c[name] for name in KEPT)).order_by(TABLE.c.index_id)).all()


def positions(connection) -> list[int]:
    return list(connection.scalars(sa.select(TABLE.c.position)))


def test_down_and_up_over_a_filled_index(engine, migrations, before):  # noqa: F811
    command.upgrade(migrations, STEP)
    filled = [row_of(document, "english") for document in documents(40)]
    with engine.begin() as connection:
        connection.execute(sa.insert(TABLE), filled)
    with engine.connect() as connection:
        whole, old, state = rows(connection), positions(connection), connection.scalar(SearchChange.state())
    assert len(whole) == 40 and all(row.title_words for row in whole)
    command.downgrade(migrations, before)
    with engine.connect() as connection:
        found = connection.execute(sa.text("select stamp, length(heads) n from satudata_search_document")).all()
        assert len({row.stamp for row in found}) == 40
        assert sorted(row.n for row in found) == sorted(row.title_words for row in whole)
        triggers = "select count(*) from pg_trigger where tgrelid = 'satudata_search_document'::regclass"
        assert connection.scalar(sa.text(triggers)) == 0
    command.upgrade(migrations, STEP)
    with engine.connect() as connection:
        assert rows(connection) == whole
        new = positions(connection)
        assert len(set(new)) == 40 and not set(new) & set(old)
        assert connection.scalar(SearchChange.state()) not in (None, state)
