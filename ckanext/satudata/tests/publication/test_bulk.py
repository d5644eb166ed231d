"""One command for many datasets: each by itself, each with its line; what was asked once is done once."""

from __future__ import annotations

import os
import signal
import time

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib import jobs

from ckanext.satudata.model.approval import Approval
from ckanext.satudata.model.batch import Batch, BatchItem
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.publication import bulk
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import operator, upload
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.metadata.samples import full_dataset, restricted
from ckanext.satudata.tests.publication.support import OLD, call

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture(autouse=True)
def no_jobs():
    jobs.get_queue().empty()
    yield
    jobs.get_queue().empty()


@pytest.fixture
def jember(monkeypatch):
    """Operator and Walidata, who is the other pair of eyes: no level of its own approves."""
    monkeypatch.setitem(tk.config, "ckanext.satudata.sop", "jember")
    return {"operator": operator(), "walidata": officer("walidata")}


def draft(at, title, **kw):
    files = [{"name": "Satu", "upload": upload("satu.csv", OLD)}]
    data = full_dataset(owner_org=at["operator"]["org"]["id"], title=title, **kw)
    return call(at["operator"], "package_create", **data, name="", resources=files)["id"]


def lines(answer):
    return {row["title"] or row["id"]: (row["state"], row["why"]) for row in answer["items"]}


def stages(*ids):
    model.Session.expire_all()
    return [datasets.stage_of(model.Session, id_).value for id_ in ids]


def test_the_steward_publishes_many_and_is_told_what_was_left_out(jember):
    whole = [draft(jember, f"Jumlah siswa {year}") for year in (2023, 2024)]
    limited = draft(jember, "Gaji", access_level="terbatas", **restricted())
    kept = draft(jember, "Belum dikirim")
    own = operator(jember["operator"]["org"])
    hold(jember["walidata"]["id"], "operator", jember["operator"]["org"]["id"])
    sent = call(
        jember["operator"], "satudata_dataset_bulk", command="submit", ids=[*whole, limited, "tidak-ada"], key="kirim-1"
    )
    assert sent["counts"] == {"waiting": 0, "done": 3, "left_out": 0, "refused": 1} and sent["ended_at"]
    again = call(
        jember["operator"], "satudata_dataset_bulk", command="submit", ids=[*whole, limited, "tidak-ada"], key="kirim-1"
    )
    assert again == sent
    with pytest.raises(tk.ValidationError):
        call(jember["operator"], "satudata_dataset_bulk", command="withdraw", ids=whole, key="kirim-1")
    with pytest.raises(tk.ValidationError) as other:
        call(jember["operator"], "satudata_dataset_bulk", command="submit", ids=whole, key="kirim-1")
    assert set(other.value.error_dict) == {"conflict"} or "key" in other.value.error_dict
    for more in ({"all": True}, {"note": "catatan lain"}, {"year": 2031}, {"organization_id": "dinas-lain"}):
        with pytest.raises(tk.ValidationError) as other:
            asked = {"command": "submit", "ids": [*whole, limited, "tidak-ada"], "key": "kirim-1", **more}
            call(jember["operator"], "satudata_dataset_bulk", **asked)
        assert "key" in other.value.error_dict, more

    done = call(jember["walidata"], "satudata_dataset_bulk", command="publish", all=True, key="terbit-1")
    told = lines(done)
    assert [told[f"Jumlah siswa {year}"][0] for year in (2023, 2024)] == ["done", "done"]
    assert told["Gaji"][0] == "left_out" and "Terbuka" in told["Gaji"][1]
    assert "Belum dikirim" not in told
    assert stages(*whole, limited, kept) == ["published", "published", "in_review", "draft"]
    for id_ in whole:
        row = model.Session.scalars(Approval.of_package(id_)).one()
        assert row.kind == "publication" and [level["command"] for level in row.levels] == ["submit", "publish"]
    with pytest.raises(tk.ObjectNotFound):
        call(own, "satudata_dataset_bulk_show", id=done["id"])


def test_who_sent_it_does_not_publish_it(jember):
    hold(jember["walidata"]["id"], "operator", jember["operator"]["org"]["id"])
    id_ = draft(jember, "Jumlah siswa")
    call(jember["walidata"], "satudata_dataset_submit", id=id_)
    done = call(jember["walidata"], "satudata_dataset_bulk", command="publish", ids=[id_])
    assert [row["state"] for row in done["items"]] == ["refused"] and stages(id_) == ["in_review"]


def test_return_and_withdraw_many(jember):
    ids = [draft(jember, f"Data {number}") for number in range(2)]
    for id_ in ids:
        call(jember["operator"], "satudata_dataset_submit", id=id_)
    with pytest.raises(tk.ValidationError):
        call(jember["walidata"], "satudata_dataset_bulk", command="return_", ids=ids)
    call(jember["walidata"], "satudata_dataset_bulk", command="return_", ids=ids[:1], note="Lengkapi")
    call(jember["operator"], "satudata_dataset_bulk", command="withdraw", ids=ids[1:])
    assert stages(*ids) == ["draft", "draft"]
    assert call(jember["operator"], "satudata_dataset_review_show", id=ids[0])["note"] == "Lengkapi"


def test_last_year_s_is_copied_without_its_files(jember):
    ids = [draft(jember, "Jumlah siswa 2024", periode_data="2024")]
    ids.append(draft(jember, "Gaji", access_level="terbatas", **restricted()))
    asked = {"command": "copy", "ids": ids, "year": 2025, "key": "salin-2025"}
    done = call(jember["operator"], "satudata_dataset_bulk", **asked)
    made = [call(jember["operator"], "package_show", id=row["made_id"]) for row in done["items"]]
    assert [one["title"] for one in made] == ["Jumlah siswa 2025", "Gaji 2025"]
    assert made[0]["periode_data"] == "2025" and made[0]["konsep"] and made[0]["num_resources"] == 0
    assert made[1]["access_ground"] == "17h" and made[1]["access_level"] == "terbatas"
    assert stages(*(one["id"] for one in made)) == ["draft", "draft"]
    assert call(jember["operator"], "satudata_dataset_bulk", **asked) == done
    twice = [call(jember["operator"], "satudata_dataset_copy", id=ids[0], key="satu-salinan")["id"] for _ in range(2)]
    assert twice[0] == twice[1]
    stranger = operator()
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        call(stranger, "satudata_dataset_copy", id=ids[0])


def test_many_wait_for_the_worker_and_another_password_stops_them(jember):
    ids = [draft(jember, f"Data {number}") for number in range(bulk.AT_ONCE + 1)]
    asked = call(jember["operator"], "satudata_dataset_bulk", command="submit", ids=ids)
    assert asked["counts"]["waiting"] == len(ids) and asked["ended_at"] is None
    model.User.get(jember["operator"]["id"]).password = "sandi-lain-sekali"
    model.Session.commit()
    assert bulk.resume() == 1
    found = model.Session.scalars(BatchItem.of_batch(asked["id"])).all()
    assert {row.state for row in found} == {"refused"} and set(stages(*ids)) == {"draft"}


def test_the_pages(jember, browse):
    ids = [draft(jember, f"Data {number}") for number in range(2)]
    page = browse(jember["operator"], "/meja/data/draf")
    assert "Data 0" in page.body and page.body.count('name="ids"') == 2
    got = browse(jember["operator"], "/meja/data/massal", {"command": "submit", "ids": ids, "key": "a-1"})
    assert got.status_code == 302
    assert "selesai" in browse(jember["operator"], got.headers["Location"]).body
    assert browse(jember["operator"], "/meja/data/draf").body.count('name="ids"') == 2
    assert browse(jember["operator"], "/meja/data/terbit").status_code == 404
    listed = browse(jember["walidata"], "/meja/data/terbit")
    assert listed.body.count('name="ids"') == 2
    got = browse(jember["walidata"], "/meja/data/massal", {"command": "publish", "all": "true", "key": "b-1"})
    assert browse(jember["walidata"], got.headers["Location"]).status_code == 200
    assert stages(*ids) == ["published", "published"]
    assert browse(jember["operator"], got.headers["Location"]).status_code == 404
    assert browse(jember["operator"], "/meja/data/salin?q=Data").body.count('name="ids"') == 2
    assert "Data 0" in browse(jember["walidata"], f"{got.headers['Location']}?format=csv").body


@pytest.fixture
def opened(jember):
    """Three datasets that Walidata has published with one command; its id and theirs."""
    ids = [draft(jember, f"Data {number}") for number in range(3)]
    for id_ in ids:
        call(jember["operator"], "satudata_dataset_submit", id=id_)
    done = call(jember["walidata"], "satudata_dataset_bulk", command="publish", ids=ids)
    assert done["counts"]["done"] == 3
    return {"batch": done["id"], "ids": ids}


UNDO = {"command": "narrow", "to_level": "tertutup", "reason": "Belum boleh dibuka menurut jadwal rilis."}


def records(ids):
    found = {id_: model.Session.scalars(Reclassification.of(id_)).all() for id_ in ids}
    return {id_: [(one.kind, one.to_level, one.reason) for one in rows] for id_, rows in found.items()}


def test_what_was_published_at_once_is_narrowed_at_once_each_by_itself(jember, opened):
    first, *rest = opened["ids"]
    asked = {**UNDO, "batch": opened["batch"], "key": "tutup-1"}
    done = call(jember["walidata"], "satudata_dataset_bulk", **asked, ids=[first])
    assert done["counts"]["done"] == 1 and stages(*opened["ids"]) == ["withdrawn", "published", "published"]
    assert call(jember["walidata"], "satudata_dataset_bulk", **asked, ids=[first]) == done
    left = call(jember["walidata"], "satudata_dataset_bulk", **{**asked, "key": "tutup-2"}, all=True)
    assert [row["state"] for row in left["items"]] == ["refused", "done", "done"]
    assert records(opened["ids"]) == dict.fromkeys(opened["ids"], [("narrowing", "tertutup", UNDO["reason"])])
    for id_ in opened["ids"]:
        assert classification.find_case(model.Session, id_, None).data["cause"] == "provisional"


def test_only_who_published_undoes_it_and_only_that(jember, opened):
    other = draft(jember, "Lain")
    asked = {**UNDO, "batch": opened["batch"], "ids": opened["ids"][:1]}
    for wrong, field in (
        ({"reason": "x"}, "reason"),
        ({"to_level": "terbuka"}, "to_level"),
        ({"to_level": ""}, "to_level"),
        ({"ids": [other]}, "ids"),
        ({"ids": []}, "ids"),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            call(jember["walidata"], "satudata_dataset_bulk", **{**asked, **wrong})
        assert field in refused.value.error_dict
    for who in (jember["operator"], officer("walidata")):
        with pytest.raises(tk.ObjectNotFound):
            call(who, "satudata_dataset_bulk", **asked)
    assert stages(*opened["ids"]) == ["published"] * 3


def test_the_page_of_a_publication_undoes_it_and_keeps_what_was_typed(jember, opened, browse):
    where = f"/meja/data/massal/{opened['batch']}"
    page = browse(jember["walidata"], where).body
    assert page.count('name="ids"') == 3 and "Batalkan penerbitan ini" in page
    form = {**UNDO, "batch": opened["batch"], "ids": opened["ids"][:2], "key": "halaman-1"}
    again = browse(jember["walidata"], "/meja/data/massal", {**form, "to_level": ""})
    assert again.status_code == 422 and UNDO["reason"] in again.body and again.body.count(" checked") == 2
    got = browse(jember["walidata"], "/meja/data/massal", form)
    told = browse(jember["walidata"], got.headers["Location"]).body
    assert "Dataset dipersempit" in told and 'name="ids"' not in told
    assert stages(*opened["ids"]) == ["withdrawn", "withdrawn", "published"]
    # What was narrowed says so, and is not offered once more.
    page = browse(jember["walidata"], where).body
    assert page.count('name="ids"') == 1 and page.count("sudah dipersempit") == 2


@pytest.mark.long
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(jember):
    ids = [draft(jember, f"Data {number}") for number in range(12)]
    for id_ in ids:
        call(jember["operator"], "satudata_dataset_submit", id=id_)
    asked = call(jember["walidata"], "satudata_dataset_bulk", command="publish", ids=ids)
    model.Session.remove()
    for _ in range(3):
        model.meta.engine.dispose()
        if (child := os.fork()) == 0:
            bulk.run(asked["id"])
            os._exit(0)
        time.sleep(2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert bulk.run(asked["id"])
    assert model.Session.get(Batch, asked["id"], populate_existing=True).ended_at
    assert set(stages(*ids)) == {"published"}
    counted = sa.select(Approval.package_id, sa.func.count()).group_by(Approval.package_id)
    assert {count for _id, count in model.Session.execute(counted)} == {1}
    states = {row.state for row in model.Session.scalars(BatchItem.of_batch(asked["id"]))}
    assert states == {"done"}


@pytest.mark.parametrize("command", ["publish", "submit", "withdraw"])
def test_an_auditor_is_not_told_that_a_draft_exists(jember, command):
    hidden, auditor = draft(jember, "Belum dikirim"), officer("auditor")
    answer = call(auditor, "satudata_dataset_bulk", command=command, ids=[hidden, "tidak-ada"])
    first, second = answer["items"]
    assert {**first, "id": "", "position": 0, "done_at": ""} == {**second, "id": "", "position": 0, "done_at": ""}
