"""What a request asks the database for: nothing twice. Statements and calls are counted, not seconds."""

from __future__ import annotations

from contextlib import contextmanager

import ckan.model as model
import pytest
from ckan.tests import helpers
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ckanext.satudata.tests.access.support import as_user, make, operator, publish
from ckanext.satudata.views import compress

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
    # Who holds no role stands in for nobody.
    assert not [one for one in sent if "satudata_case_step" in one]


def test_an_update_asks_for_roles_once_before_and_once_behind_the_lock(app):
    mine = operator()
    draft = make(mine, mine["org"])
    address, token = "/api/3/action/package_update", {"Authorization": mine["token"]}
    shown = helpers.call_action("package_show", as_user(mine), id=draft["id"])
    assert app.post(address, json=shown | {"notes": "Satu"}, headers=token).status_code == 200
    shown = helpers.call_action("package_show", as_user(mine), id=draft["id"])
    with statements() as sent:
        assert app.post(address, json=shown | {"notes": "Dua"}, headers=token).status_code == 200
    lock = next(at for at, one in enumerate(sent) if "FOR UPDATE" in one)
    assert "satudata_dataset_state" in sent[lock] and "JOIN package " in sent[lock]
    roles = [at for at, one in enumerate(sent) if "FROM satudata_officer_role" in one]
    assert len(roles) == 2 and roles[0] < lock < roles[1], roles
    rows = [one for one in sent[: lock + 1] if "FROM package " in one or "JOIN package " in one]
    assert len(rows) == 2, rows
    assert not [one for one in sent[lock + 1 :] if one.startswith("SELECT package.id AS")]
    assert not [one for one in sent if "satudata_vault_object" in one]


def test_no_event_of_the_connection_is_listened_to(app):
    """With one listener SQLAlchemy asks for listeners at every statement, transaction and savepoint."""
    assert not Engine._has_events


def test_what_few_views_need_the_api_does_not_pass(app):
    flask = app.flask_app
    before, after = (
        {one.__name__ for one in hooks[None] if one.__module__.startswith("ckanext.satudata")}
        for hooks in (flask.before_request_funcs, flask.after_request_funcs)
    )
    assert before == {"refuse_impossible", "ask_to_log_in"}
    assert after == {"keep_private", "_compress"}


def test_a_question_of_programs_is_packed_once(app, public, monkeypatch):
    monkeypatch.setattr(compress, "SMALLEST", 100)
    packed = {"Accept-Encoding": "gzip"}
    address = "/api/3/action/help_show?name=package_search"
    compress._repeated.cache_clear()
    first, second = (app.get(address, headers=packed) for _ in range(2))
    assert first.headers["Content-Encoding"] == "gzip" and first.data == second.data
    assert (compress._repeated.cache_info().hits, compress._repeated.cache_info().misses) == (1, 1)
    app.get(address, headers=packed | {"Authorization": operator()["token"]})
    app.get("/dataset/", headers=packed)
    app.post("/api/3/action/help_show", json={"name": "package_search"}, headers=packed)
    assert compress._repeated.cache_info().misses == 1 and compress._repeated.cache_info().hits == 1
