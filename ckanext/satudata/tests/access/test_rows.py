"""The DataStore, with real tables: rows of what is not open neither come in nor stay."""

from __future__ import annotations

import importlib
import logging
import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs
from ckan.tests import factories, helpers
from ckanext.datastore.backend import DatastoreBackend

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import optional
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import reclassify_cleanup, widening
from ckanext.satudata.shared.publishing import datasets, release
from ckanext.satudata.tests.access.support import approve, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "datastore")

ROWS = {"fields": [{"id": "nilai", "type": "text"}], "records": [{"nilai": "BARIS-RAHASIA"}], "force": True}


def has_table(resource_id):
    return DatastoreBackend.get_active_backend().resource_exists(resource_id)


def test_no_rows_of_what_is_not_open_come_in():
    mine, admin = operator(), factories.SysadminWithToken()
    draft = make(mine, mine["org"])
    limited = make(mine, mine["org"], level="terbatas", name="terbatas")
    publish(limited["id"])
    for made in (draft, limited):
        rid = made["resources"][0]["id"]
        contexts = [as_user(mine), as_user(admin), {"ignore_auth": True, "user": admin["name"]}]
        for action in ("datastore_create", "datastore_upsert"):
            for context in contexts:
                with pytest.raises((tk.ValidationError, tk.ObjectNotFound)):
                    tk.get_action(action)(dict(context), {"resource_id": rid, **ROWS})
        with pytest.raises(tk.ValidationError):
            # The way that makes the resource and its table at once.
            table = {"resource": {"package_id": made["id"], "name": "x"}, **ROWS}
            tk.get_action("datastore_create")({"ignore_auth": True, "user": admin["name"]}, table)
        assert not has_table(rid)


def test_open_rows_are_read_by_all_and_go_when_it_is_withdrawn(app):
    mine, admin, walidata = operator(), factories.SysadminWithToken(), officer(Role.WALIDATA)
    made = publish(make(mine, mine["org"])["id"])
    rid = made["resources"][0]["id"]
    for who in (mine, admin):
        for action in ("datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete"):
            with pytest.raises(tk.ValidationError, match="resource_id"):
                helpers.call_action(action, as_user(who), resource_id=rid, filters={}, **ROWS)
    assert not has_table(rid)
    helpers.call_action("datastore_create", {"ignore_auth": True, "user": admin["name"]}, resource_id=rid, **ROWS)
    assert "BARIS-RAHASIA" in app.get(f"/api/3/action/datastore_search?resource_id={rid}").body
    assert "BARIS-RAHASIA" in app.get(f"/datastore/dump/{rid}").body
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah hitung")
    assert not has_table(rid)
    for path in (f"/api/3/action/datastore_search?resource_id={rid}", f"/datastore/dump/{rid}"):
        answer = app.get(path)
        assert answer.status_code == 404 and "BARIS" not in answer.body


def test_the_dump_of_a_hidden_table_answers_like_that_of_none(app):
    made = make(factories.SysadminWithToken(), factories.Organization())
    rid = made["resources"][0]["id"]
    unknown = "11111111-2222-4333-8444-999999999999"
    answers = [app.get(f"/datastore/dump/{one}") for one in (rid, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    # The mark against forgery is another one each second.
    same = [re.sub(r'(name="_csrf_token" content=)"[^"]+"', r"\1", answer.body) for answer in answers]
    assert len({body.replace(one, "X") for body, one in zip(same, (rid, unknown), strict=True)}) == 1


def test_nothing_is_fetched_into_rows_before_it_is_open():
    mine, stranger = operator(), factories.UserWithToken()
    made = make(mine, mine["org"])
    rid = made["resources"][0]["id"]
    asked = []

    def submit(context, data_dict):
        asked.append(data_dict["resource_id"])
        return True

    loads = optional._loads_rows
    for context in (as_user(mine), {"ignore_auth": True}):
        assert loads(submit, context, {"resource_id": rid}) is False
    assert asked == []
    loads(submit, as_user(stranger), {"resource_id": rid})
    assert rid not in asked
    publish(made["id"])
    assert datasets.stage_of(model.Session, made["id"]) is DatasetStage.PUBLISHED
    assert loads(submit, {"ignore_auth": True}, {"resource_id": rid}) is True and asked[-1] == rid


def filled(resource_id, user):
    helpers.call_action(
        "datastore_create", {"ignore_auth": True, "user": user["name"]}, resource_id=resource_id, **ROWS
    )


@pytest.fixture
def closed_while_it_is_down(monkeypatch):
    """Terbatas, with rows that a DataStore that was away has still; it is there again."""
    jobs.get_queue().empty()
    mine = operator()
    made = make(mine, mine["org"])
    approve(made["id"])
    release.release({"user": ""}, made["id"], actor=SYSTEM)  # unfinished: what xloader has queued twice, it trips over
    model.Session.commit()
    rid = made["resources"][0]["id"]
    filled(rid, mine)

    def away(_resource_id):
        raise OSError("the DataStore is away")

    with monkeypatch.context() as down:
        down.setitem(reclassify_cleanup.STEPS, "rows", away)
        asked = {"id": made["id"], "to_level": "terbatas", "reason": "Memuat nama."}
        done = helpers.call_action("satudata_dataset_reclassify", as_user(officer(Role.WALIDATA)), **asked)
    assert done["pending"] == 1 and has_table(rid)
    return {**made, "rid": rid, "record": done["id"], "user": mine}


def opened_again(made):
    about = model.Session, made["id"], "terbuka"
    sealed = widening.seal(*about, None)
    done = widening.widen(
        {"user": ""}, *about, from_level="terbatas", sealed=sealed, actor=SYSTEM, reason="Boleh dibuka."
    )
    model.Session.commit()
    done.finish()
    return done


@pytest.mark.with_plugins("xloader")
@pytest.mark.ckan_config("ckanext.xloader.api_token", "made-for-this-test")
def test_rows_of_before_are_neither_shown_nor_kept_when_it_opens_before_they_are_dropped(app, closed_while_it_is_down):
    made = closed_while_it_is_down
    rid, queue = made["rid"], jobs.get_queue()
    queue.empty()
    opening = opened_again(made)
    assert has_table(rid) and app.get(f"/api/3/action/datastore_search?resource_id={rid}").status_code == 404
    # New rows come after the drop, or it would take them.
    assert queue.get_jobs() == [] and not reclassify_cleanup.clean_up(opening.record_id)
    assert reclassify_cleanup.resume() == 2 and not has_table(rid)
    assert [job.args[0]["metadata"]["resource_id"] for job in queue.get_jobs()] == [rid]
    queue.empty()
    filled(rid, made["user"])
    assert reclassify_cleanup.resume() == 0
    assert "BARIS-RAHASIA" in app.get(f"/api/3/action/datastore_search?resource_id={rid}").body


def test_a_table_with_two_names_is_neither_read_nor_written(app, closed_while_it_is_down):
    """`id` and `resource_id` together: CKAN reads the one here and the other there."""
    mine = operator()
    other = publish(make(mine, mine["org"], name="lain")["id"])["resources"][0]["id"]
    filled(other, mine)
    rid = closed_while_it_is_down["rid"]
    for action in ("datastore_search", "datastore_info"):
        for query in (f"id={rid}&resource_id={other}", f"id={other}&resource_id={rid}", f"id={rid}"):
            answer = app.get(f"/api/3/action/{action}?{query}", expect_errors=True)
            assert answer.status_code == (409 if "&" in query else 404), (action, query)
            assert "BARIS-RAHASIA" not in answer.body
        assert app.get(f"/api/3/action/{action}?id={other}").status_code == 200
    for action in ("datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete"):
        for names in ({"resource_id": "x"}, {"resource": {"id": "x"}}, {}):
            with pytest.raises(tk.ValidationError):
                helpers.call_action(action, as_user(mine), id=other, filters={}, **names, **ROWS)
    assert "BARIS-RAHASIA" in app.get(f"/api/3/action/datastore_search?resource_id={other}").body


def test_the_slower_of_two_drops_nothing_that_was_loaded_meanwhile(closed_while_it_is_down, monkeypatch):
    made = closed_while_it_is_down
    record = model.Session.get(Reclassification, made["record"])
    record.pending = [{"what": "wait", "id": "x"}, *record.pending]
    model.Session.commit()

    def the_other_one(_id):
        monkeypatch.setitem(reclassify_cleanup.STEPS, "wait", lambda _id: None)
        assert reclassify_cleanup.clean_up(made["record"]) and not has_table(made["rid"])
        opened_again(made)
        filled(made["rid"], made["user"])

    monkeypatch.setitem(reclassify_cleanup.STEPS, "wait", the_other_one)
    assert reclassify_cleanup.clean_up(made["record"]) and has_table(made["rid"])


@pytest.mark.with_plugins("xloader")
@pytest.mark.ckan_config("ckanext.xloader.api_token", "made-for-this-test")
def test_a_published_table_is_sent_to_xloader_once_it_is_there():
    """With the real plugin. Its own submission comes with the release, which is not committed then."""
    mine = operator()
    resources = [
        {"name": "Tabel", "upload": upload()},
        {"name": "Peta", "upload": upload("peta.geojson", b'{"type": "FeatureCollection", "features": []}')},
        {"name": "Atas permintaan", "upload": upload("b.csv"), "access_level": "terbatas"},
    ]
    made = make(mine, mine["org"], resources=resources)
    queue = jobs.get_queue()
    queue.empty()
    approve(made["id"])
    done = release.release({"user": ""}, made["id"], actor=SYSTEM)
    model.Session.commit()
    assert queue.get_jobs() == []
    done.finish()
    sent = [job.args[0]["metadata"] for job in queue.get_jobs() if job.args and isinstance(job.args[0], dict)]
    assert [one["resource_id"] for one in sent] == [made["resources"][0]["id"]]
    assert sent[0]["original_url"].endswith("/download/gaji-pegawai.csv")
    queue.empty()


@pytest.mark.with_plugins("xloader")
@pytest.mark.ckan_config("ckanext.xloader.api_token", "made-for-this-test")
def test_xloaders_last_word_about_a_published_table_is_taken_and_nothing_else_of_it():
    """What it was sent with goes back into the resource as it is: the plugin's own action and job make it here."""
    mine = operator()
    made = make(mine, mine["org"])
    queue = jobs.get_queue()
    queue.empty()
    approve(made["id"])
    release.release({"user": ""}, made["id"], actor=SYSTEM).finish()
    model.Session.commit()
    rid = made["resources"][0]["id"]
    before = helpers.call_action("resource_show", {"ignore_auth": True}, id=rid)
    (sent,) = [job.args[0]["metadata"] for job in queue.get_jobs() if job.args and isinstance(job.args[0], dict)]
    queue.empty()
    assert {"task_created", "queue_name"} <= set(sent)
    filled(rid, mine)
    loading = importlib.import_module("ckanext.xloader.jobs")
    loading.set_datastore_active({**sent, "tries": 1}, dict(before), logging.getLogger(__name__))
    after = helpers.call_action("resource_show", {"ignore_auth": True}, id=rid)
    assert after["datastore_active"] and after["datastore_contains_all_records_of_source_file"]
    assert after["hash"] == before["hash"]
    assert not set(sent) - {"resource_id"} & set(after)
