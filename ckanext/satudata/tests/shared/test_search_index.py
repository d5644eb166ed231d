"""What is withdrawn is not found from the commit on, and a kill between commit and index is mended by itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search import client
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.shared.publishing import release
from ckanext.satudata.tests.access.support import make, publish

TABLE = SearchDocument.__table__
pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "clean_index")


def found() -> list[str]:
    """The titles a visitor finds, and nothing of a description that is not theirs."""
    results = helpers.call_action("package_search", {"user": "", "ignore_auth": False})["results"]
    return [dataset["title"] for dataset in results]


def entries() -> str:
    """All that the index holds, as another connection sees it."""
    with model.meta.engine.connect() as other:
        return str(other.execute(sa.select(TABLE.c.validated_data_dict, TABLE.c.stored, TABLE.c.exact)).all()).lower()


@pytest.fixture
def public():
    """A public dataset."""
    made = publish(make(factories.Sysadmin(), factories.Organization())["id"])
    assert found() == ["Gaji pegawai rahasia"]
    return made


@pytest.fixture
def elsewhere(monkeypatch):
    """The index as a server of its own would keep it: each write stays, whatever becomes of the transaction."""

    @contextmanager
    def alone(failure):
        with model.meta.engine.begin() as own:
            yield own

    monkeypatch.setattr(client, "_writing", alone)
    monkeypatch.setattr(client.Client, "is_transactional", False)


def withdrawn(dataset):
    """The withdrawal, not committed."""
    return reclassify.withdraw(model.Session, dataset["id"], actor=SYSTEM)


def test_a_withdrawal_and_its_entry_are_one_commit(public):
    withdrawn(public)
    assert "gaji" in entries()
    model.Session.commit()
    assert found() == ["Data ditarik"] and "gaji" not in entries()


def test_a_withdrawal_that_fails_hides_nothing(public):
    withdrawn(public)
    model.Session.rollback()
    assert found() == ["Gaji pegawai rahasia"]


def test_elsewhere_it_is_hidden_before_the_commit(public, elsewhere):
    withdrawn(public)
    assert "gaji" not in entries()
    model.Session.rollback()
    assert search_index.catch_up() == 1
    assert found() == ["Gaji pegawai rahasia"]


def test_elsewhere_nothing_is_shown_before_the_commit(elsewhere, monkeypatch):
    monkeypatch.setattr(release.Released, "finish", lambda self: None)
    made = make(factories.Sysadmin(), factories.Organization())
    publish(made["id"])
    assert found() == []
    assert search_index.catch_up() == 1 and found() == ["Gaji pegawai rahasia"]


def test_a_kill_between_commit_and_index_is_mended(public, elsewhere):
    model.Session.remove()
    child = os.fork()
    if not child:
        try:
            model.meta.engine.dispose(close=False)
            withdrawn(public)
            model.Session.commit()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert found() == [] and "gaji" not in entries()
    assert search_index.catch_up() == 1
    assert found() == ["Data ditarik"]
    assert search_index.catch_up() == 0


@pytest.mark.parametrize(
    "changed",
    [
        sa.delete(TABLE),
        sa.update(TABLE).values(stored=sa.text('stored || \'{"capacity": "private"}\'')),
        sa.update(TABLE).values(stored=sa.text('stored || \'{"metadata_modified": "2020-01-01T00:00:00.000Z"}\'')),
        sa.text("update package set owner_org = null"),
        sa.text("update package set metadata_modified = metadata_modified - interval '1 second'"),
    ],
    ids=["gone", "hidden", "old", "moved", "restored"],
)
def test_an_entry_that_says_something_else_is_written_anew(public, changed):
    model.Session.execute(changed)
    model.Session.commit()
    assert search_index.differences() == [public["id"]]
    assert search_index.catch_up() == 1 and search_index.differences() == []
    assert found() == ["Gaji pegawai rahasia"]


@pytest.mark.parametrize("is_there", [True, False], ids=["deleted", "unknown"])
def test_an_entry_without_a_dataset_goes(public, is_there):
    if not is_there:
        client.Client().add(
            [{"index_id": "x", "id": "gone", "site_id": "test.satudata", "entity_type": "package", "title": "Left"}]
        )
        wrong = "gone"
    else:
        model.Session.execute(sa.text("update package set state = 'deleted'"))
        wrong = public["id"]
    model.Session.commit()
    assert search_index.differences() == [wrong]
    search_index.catch_up()
    assert search_index.differences() == [] and "left" not in entries()


def test_nothing_differs_where_all_is_well(public):
    make(factories.Sysadmin(), factories.Organization(), level="terbatas", title="Draft")
    assert len(search_index._indexed()) == 2
    assert search_index.differences() == []


def test_one_broken_dataset_does_not_keep_the_others_back(public, monkeypatch, caplog):
    make(factories.Sysadmin(), factories.Organization(), title="Draft")
    model.Session.execute(sa.delete(TABLE))
    model.Session.commit()
    whole, broken = search_index._index, search_index.differences()[0]

    def fails(package_id):
        if package_id == broken:
            raise RuntimeError("broken")
        whole(package_id)

    with monkeypatch.context() as patched:
        patched.setattr(search_index, "_index", fails)
        assert search_index.catch_up() == 1
    assert search_index.differences() == [broken] and broken in caplog.text


def test_who_read_before_a_withdrawal_does_not_write_after_it(public, elsewhere):
    """A late `refresh` waits for the withdrawal under way and then writes what it says."""
    withdrawn(public)

    def late():
        try:
            search_index.refresh(public["id"])
        finally:
            model.Session.remove()

    thread = threading.Thread(target=late)
    thread.start()
    waits = sa.text(
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and wait_event_type = 'Lock' and query like '%package%'"
    )
    for _ in range(200):
        with model.meta.engine.connect() as other:
            if other.scalar(waits) or not thread.is_alive():
                break
        time.sleep(0.05)
    model.Session.commit()
    thread.join()
    assert "gaji" not in entries() and found() == ["Data ditarik"]
