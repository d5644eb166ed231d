"""The process is killed between file and row, at each point: nothing opens, nothing is lost, and a sweep mends it.

Each kill is a real one (SIGKILL), of a child that was forked for it: no handler runs, PostgreSQL ends its transaction.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from freezegun import freeze_time
from sqlalchemy import orm

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import audit, upkeep
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.levels import tombstone
from ckanext.satudata.shared.publishing import release
from ckanext.satudata.tests.access.support import approve, as_user, empty_datastore, make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "datastore")


def killed(owner, name, act, *, after):
    """Does `act` in a child that is killed when `owner.name` is called: before it does its work, or `after` it."""
    model.Session.remove()
    before = _backends()
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, "it came to its end"
        for _ in range(200):  # until PostgreSQL, too, has seen it, and let its locks go
            if _backends(pause=0.05) <= before:
                break
        return
    try:
        # The parent's connections are not the child's to use or to end.
        model.meta.engine.dispose(close=False)
        real = getattr(owner, name)

        def deadly(*args, **kw):
            if after:
                real(*args, **kw)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, name, deadly)
        act()
    finally:
        os._exit(1)


def _backends(pause=0.0):
    """The server's processes that serve this database, but for the one that is asked."""
    with model.meta.engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_sleep(pause)))
        others = sa.text(
            "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
            " and pid <> pg_backend_pid()"
        )
        return set(connection.scalars(others))


def differences():
    model.Session.rollback()
    return {one.kind: len(one.names) for one in audit.examine(model.Session)}


def swept():
    """What is left after the nightly sweep of the next day."""
    with freeze_time(clock.now() + timedelta(days=2)):
        upkeep.sweep()
    return differences()


@pytest.fixture
def mine():
    for name in ("vault", "public"):
        for location in store.locations(name):
            store.remove(name, location)
    empty_datastore()
    return operator()


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [(store, "store", False), (store, "write", True), (vault, "put", True), (orm.Session, "commit", False)],
    ids=["before the file", "file, no row", "file and row, dataset not written", "before the commit"],
)
def test_killed_while_it_is_uploaded(mine, owner, name, after):
    kept = make(mine, mine["org"], name="lain")
    killed(owner, name, lambda: make(mine, mine["org"]), after=after)
    found = differences()
    assert found in ({}, {"vault_strays": 1})
    assert (name == "store") == (found == {})
    # What is young may belong to an upload that goes on.
    upkeep.sweep()
    assert differences() == found
    assert swept() == {}
    assert [row.id for row in model.Session.query(model.Package)] == [kept["id"]]
    assert model.Session.query(VaultObject).count() == len(store.locations("vault")) == 1
    assert make(mine, mine["org"])["resources"]


def test_killed_between_the_end_of_a_row_and_of_its_file(mine):
    made = make(mine, mine["org"])
    (kept,) = model.Session.query(VaultObject).all()
    object_id = kept.id

    def give_up():
        vault.delete(model.Session, object_id)
        model.Session.commit()

    model.Session.commit()
    killed(store, "remove", give_up, after=False)
    assert differences() == {"vault_strays": 1}
    assert swept() == {} and store.locations("vault") == set()
    assert made["resources"]


def approved(mine):
    made = make(mine, mine["org"])
    approve(made["id"])
    model.Session.commit()
    return made["id"]


def publish_now(package_id):
    done = release.release({"user": ""}, package_id, actor=SYSTEM)
    model.Session.commit()
    done.finish()


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [(store, "write", True), (release.approved, "mark", True), (orm.Session, "commit", False)],
    ids=["copy without pointer", "all written", "before the commit"],
)
def test_killed_while_it_is_released(mine, owner, name, after):
    package_id = approved(mine)
    killed(owner, name, lambda: publish_now(package_id), after=after)
    assert differences() == {"public_strays": 1}
    assert model.Package.get(package_id).private and not model.Session.query(ResourceFile).one().is_released
    assert swept() == {} and store.locations("public") == set()
    publish_now(package_id)
    assert differences() == {} and len(store.locations("public")) == 1


@pytest.mark.parametrize(
    ("owner", "name", "is_gone"),
    [(tombstone, "make", False), (orm.Session, "commit", False), (store, "remove", True)],
    ids=["half of it", "before the commit", "public file not removed"],
)
def test_killed_while_it_is_withdrawn(app, mine, owner, name, is_gone):
    made = publish(make(mine, mine["org"])["id"])
    walidata = officer(Role.WALIDATA)

    def withdraw():
        helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah hitung")

    model.Session.commit()
    killed(owner, name, withdraw, after=False)
    assert differences() == ({"public_strays": 1} if is_gone else {})
    path = f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/download"
    assert app.get(path).status_code == (404 if is_gone else 200)
    assert swept() == {}
    if not is_gone:
        withdraw()
    assert differences() == {} and store.locations("public") == set()
