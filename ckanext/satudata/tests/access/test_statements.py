"""What a look at public data asks the database for: nothing twice. Statements are counted, not seconds."""

from __future__ import annotations

from contextlib import contextmanager

import ckan.model as model
import pytest
from sqlalchemy import event

from ckanext.satudata.tests.access.support import make, operator, publish

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@contextmanager
def statements():
    """The statements that CKAN's engine sends meanwhile."""
    sent: list[str] = []

    def note(conn, cursor, statement, parameters, context, many):
        sent.append(statement)

    event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(model.meta.engine, "before_cursor_execute", note)


@pytest.fixture
def public():
    mine = operator()
    return publish(make(mine, mine["org"])["id"])


@pytest.mark.parametrize("key", ["id", "name"])
def test_what_is_shown_to_everybody_is_read_once(app, public, key):
    address = f"/api/3/action/package_show?id={public[key]}"
    app.get(address)
    with statements() as sent:
        assert app.get(address).json["result"]["id"] == public["id"]
    rows = [one for one in sent if "FROM package " in one or "satudata_dataset_state" in one]
    assert len(rows) == 1, rows
    assert not [one for one in sent if "satudata_officer_role" in one]


def test_a_download_reads_resource_dataset_and_state_once(app, public):
    address = public["resources"][0]["url"]
    app.get(address)
    with statements() as sent:
        assert app.get(address).status_code == 200
    for table in ("resource", "package", "satudata_dataset_state"):
        # A select of the table alone; the one that joins all three is the first look.
        assert not [one for one in sent if f"FROM {table} \n" in one or f"FROM {table}\n" in one], table
    assert len([one for one in sent if "satudata_dataset_state" in one]) == 1
