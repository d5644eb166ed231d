"""Two officers in one instant: one release, one decision."""

from __future__ import annotations

import threading

import ckan.model as model
import pytest

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.publishing import release
from ckanext.satudata.tests.access.support import approve, make, operator

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("with_plugins", "satudata_db")]


def at_once(count, function):
    """What the function gave or raised in each of so many threads that began together."""
    got, ready = [], threading.Barrier(count)

    def run():
        ready.wait()
        try:
            got.append(function())
        except Exception as error:
            model.Session.rollback()
            got.append(error)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=run) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return got


def test_two_releases_at_once_are_one(app):
    mine = operator()
    made = make(mine, mine["org"])
    approve(made["id"])
    model.Session.commit()
    before = store.locations("public")

    def publish():
        with app.flask_app.test_request_context("/"):
            done = release.release({"user": ""}, made["id"], actor=SYSTEM)
            model.Session.commit()
            done.finish()
            return done

    got = at_once(4, publish)
    assert sorted(type(one).__name__ for one in got) == ["Conflict", "Conflict", "Conflict", "Released"], got
    assert all(isinstance(one, (Conflict, release.Released)) for one in got)
    model.Session.expire_all()
    assert len(store.locations("public") - before) == 1
    assert [file.is_released for file in model.Session.query(ResourceFile)] == [True]
