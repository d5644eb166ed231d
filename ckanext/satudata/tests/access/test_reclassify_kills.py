"""A reclassification is killed at each of its steps: afterwards it is wholly undone or wholly done, never open between.

The victim is a process of its own (a fork) that stops at a named point, is looked at from outside, and exits there.
"""

from __future__ import annotations

import json
import os
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import helpers

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import reclassify, reclassify_cleanup, tombstone
from ckanext.satudata.shared.publishing import release, traces
from ckanext.satudata.tests.access.support import CSV, approve, make, operator, publish
from ckanext.satudata.tests.access.test_races import at_once
from ckanext.satudata.tests.factories import officer

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("with_plugins", "satudata_db", "datastore")]

REASON = "Berisi nama penerima bantuan."
KILLED = 9

BEFORE, AFTER = "before", "after"
IN_THE_TRANSACTION = [
    (traces, "erase", AFTER),
    (tombstone, "make", AFTER),
    (reclassify, "_close", AFTER),
    (reclassify, "_end_links", AFTER),
    (search_index, "write_along", AFTER),
    (reclassify, "_ask_for_test", AFTER),
]
AFTER_THE_COMMIT = [
    (reclassify, "clean_up", BEFORE),
    (store, "remove", BEFORE),
    (store, "remove", AFTER),
    (reclassify_cleanup, "has_rows", BEFORE),
    (Reclassification, "locked", BEFORE),
]
POINTS = [(*point, "old") for point in IN_THE_TRANSACTION] + [(*point, "new") for point in AFTER_THE_COMMIT]
ONLY_FOR = {"make": "tertutup", "_close": "terbatas"}
CASES = [
    pytest.param(*point, level, id=f"{level}-{point[2]}-{point[1]}")
    for level in ("terbatas", "tertutup")
    for point in POINTS
    if ONLY_FOR.get(point[1], level) == level
]


@pytest.fixture
def public():
    """Published, with a copy in the public store and rows in the DataStore."""
    mine = operator()
    made = publish(make(mine, mine["org"])["id"])
    helpers.call_action(
        "datastore_create",
        {"ignore_auth": True, "user": mine["name"]},
        resource_id=made["resources"][0]["id"],
        fields=[{"id": "tahun", "type": "int"}],
        records=[{"tahun": 2024}],
        force=True,
    )
    return made


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


def narrow(user, dataset, level):
    done = reclassify.narrow(
        model.Session, dataset["id"], level, actor=actor_for(model.User.get(user["id"])), reason=REASON
    )
    model.Session.commit()
    done.finish()
    return done


def seen(app, dataset):
    """`old` or `new`, as a visitor sees it by every way at once; anything between fails."""
    model.Session.remove()
    client, resource = app.flask_app.test_client(), dataset["resources"][0]["id"]
    download = client.get(f"/dataset/{dataset['id']}/resource/{resource}/download")
    rows = client.get(f"/api/action/datastore_search?resource_id={resource}")
    shown = client.get(f"/api/action/package_show?id={dataset['id']}")
    found = client.get(f"/api/action/package_search?fq=id:{dataset['id']}")
    model.Session.remove()
    if download.status_code == 200:
        assert download.data == CSV and rows.status_code == 200
        for answer in (shown, found):
            assert "gaji-pegawai.csv" in answer.get_data(as_text=True)
        return "old"
    assert download.status_code in (403, 404) and rows.status_code in (403, 404)
    for answer in (shown, found):
        text = answer.get_data(as_text=True)
        assert "gaji-pegawai.csv" not in text
    return "new"


def in_a_process(function):
    """Runs it in a fork with connections of its own. Returns (read end, write end, pid)."""
    from ckanext.datastore.backend import postgres

    model.Session.remove()
    told, tell = os.pipe()
    go, let = os.pipe()
    child = os.fork()
    if not child:
        try:
            for engine in (model.meta.engine, *postgres._engines.values()):
                engine.dispose(close=False)
            function(tell, go)
        finally:
            os._exit(1)
    return told, let, child


@pytest.mark.parametrize(("where", "name", "when", "wanted", "level"), CASES)
def test_killed_at_each_step(app, public, walidata, where, name, when, wanted, level):
    assert seen(app, public) == "old"

    def victim(tell, go):
        real = getattr(where, name)

        def stops(*args, **kw):
            result = real(*args, **kw) if when == AFTER else None
            os.write(tell, b"!")
            os.read(go, 1)
            os._exit(KILLED)
            return result

        setattr(where, name, stops)
        with app.flask_app.test_request_context("/"):
            narrow(walidata, public, level)

    told, let, child = in_a_process(victim)
    assert os.read(told, 1) == b"!"
    while_it_stands = seen(app, public)
    os.write(let, b"!")
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == KILLED
    assert while_it_stands == seen(app, public) == wanted
    if wanted == "old":
        assert not model.Session.query(Reclassification).count() and reclassify_cleanup.resume() == 0
        narrow(walidata, public, level)
    else:
        assert reclassify_cleanup.resume() == 1
    assert seen(app, public) == "new"
    record = model.Session.query(Reclassification).one()
    assert record.finished_at is not None and record.pending == []
    kept = {file.public_location for file in model.Session.query(ResourceFile)}
    assert not kept & store.locations("public")
    assert not reclassify_cleanup.has_rows(public["resources"][0]["id"])
    mine = {public["id"], public["resources"][0]["id"], *kept}
    left = [one for one in audit.examine(model.Session) if mine & set(one.names)]
    assert not left


def test_another_connection_sees_all_of_it_or_nothing(app, public, walidata):
    resource, over, met = public["resources"][0]["id"], threading.Event(), set()
    query = sa.text(
        "select s.access_level, p.extras ->> 'access_level', r.url like '%minta-data%', f.retired_at is not null, "
        "(select count(*) from satudata_reclassification), d.stored::text like '%gaji-pegawai.csv%' "
        "from satudata_dataset_state s join package p on p.id = s.package_id join resource r on r.id = :r "
        "join satudata_resource_file f on f.resource_id = r.id "
        "left join satudata_search_document d on d.index_id is not null and d.stored ->> 'id' = p.id "
        "where s.package_id = :p"
    )

    def poll():
        with model.meta.engine.connect() as connection:
            while not over.is_set():
                met.add(tuple(connection.execute(query, {"p": public["id"], "r": resource}).one()))
                connection.rollback()

    watcher = threading.Thread(target=poll)
    watcher.start()
    with app.flask_app.test_request_context("/"):
        narrow(walidata, public, "terbatas")
    over.set()
    watcher.join()
    assert (
        met
        <= {
            ("terbuka", "terbuka", False, False, 0, True),
            ("terbatas", "terbatas", True, True, 1, False),
        }
        and len(met) == 2
    ), met


def test_two_at_once_are_one(app, public, walidata):
    def run():
        with app.flask_app.test_request_context("/"):
            return narrow(walidata, public, "terbatas")

    got = at_once(4, run)
    assert sorted(type(one).__name__ for one in got) == ["Conflict", "Conflict", "Conflict", "Done"], got
    assert model.Session.query(Reclassification).count() == 1 and seen(app, public) == "new"


def test_downloads_beside_it_are_whole_or_refused(app, public, walidata):
    path = f"/dataset/{public['id']}/resource/{public['resources'][0]['id']}/download"
    answers, over = [], threading.Event()

    def fetch():
        while not over.is_set():
            answer = app.flask_app.test_client().get(path)
            answers.append((over.is_set(), answer.status_code, answer.data))
            model.Session.remove()

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    [thread.start() for thread in threads]
    with app.flask_app.test_request_context("/"):
        narrow(walidata, public, "terbatas")
    assert app.flask_app.test_client().get(path).status_code == 403
    over.set()
    [thread.join() for thread in threads]
    assert answers and all(data == CSV if code == 200 else code in (403, 404) for _, code, data in answers), [
        (code, json.dumps(data.decode(errors="replace")[:80])) for _, code, data in answers if code not in (200, 403)
    ]


def test_beside_a_release_it_waits_or_is_refused(app, walidata):
    mine = operator()
    made = make(mine, mine["org"])
    approve(made["id"])
    model.Session.commit()
    turns = iter(range(2))

    def either():
        first = next(turns) == 0
        with app.flask_app.test_request_context("/"):
            if not first:
                return narrow(walidata, made, "terbatas")
            done = release.release({"user": ""}, made["id"], actor=SYSTEM)
            model.Session.commit()
            done.finish()
            return done

    got = at_once(2, either)
    assert not [one for one in got if isinstance(one, Exception) and not isinstance(one, Conflict)], got
    narrowed = any(isinstance(one, reclassify.Done) for one in got)
    dataset = {"id": made["id"], "resources": made["resources"]}
    assert seen(app, dataset) == ("new" if narrowed else "old")
