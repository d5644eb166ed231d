"""Rows of a changed file, compared for who may have both versions: at once, by a job, and for nobody else."""

from __future__ import annotations

import json

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib import jobs
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain import table_work
from ckanext.satudata.model.look import Look
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import looks
from ckanext.satudata.shared.revision import revision_diff, revisions
from ckanext.satudata.tests.access.support import upload
from ckanext.satudata.tests.publication.support import call, send

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ROWS = b"tahun,nilai\n2024,7\n2025,RAHASIA\n2026,3\n"
MORE = b"tahun,nilai,catatan\n2024,7,-\n2025,RAHASIA,-\n2026,3,-\n"


@pytest.fixture
def changed(officers, dataset):
    """A published dataset with two files, of which the first is another in the working copy; its id."""
    first = dataset["resources"][0]["id"]
    call(officers["operator"], "resource_patch", id=first, upload=upload("satu.csv", ROWS))
    return first


def rows_of(user, dataset):
    found = call(user, "satudata_revision_show", id=dataset["id"])
    return found["files"][0]["rows"], found["flags"]


def page(response, status=200):
    assert response.status_code == status, response.body[:2000]
    return BeautifulSoup(response.body, "html.parser")


def test_small_files_are_compared_at_once_and_only_once(browse, officers, dataset, changed, monkeypatch):
    rows, _flags = rows_of(officers["operator"], dataset)
    assert rows["state"] == "done" and rows["found"]["key"] == {"kind": "guessed", "columns": ["tahun"], "doubled": 0}
    assert rows["found"]["rows"]["added"] == 2 and rows["found"]["rows"]["changed"] == 1
    monkeypatch.setattr(table_work, "done", None)
    assert rows_of(officers["verifier"], dataset)[0] == rows
    case = send(officers, dataset)
    for person, address in (
        (officers["operator"], f"/meja/data/{dataset['id']}/perubahan"),
        (officers["verifier"], f"/meja/{case}"),
    ):
        text = page(browse(person, address)).select_one(f"#baris-{changed}").text
        assert "RAHASIA" in text and "1 baris berubah · 2 baris baru" in " ".join(text.split())


def test_the_declared_key_of_the_file_is_taken(officers, dataset, changed):
    call(officers["operator"], "resource_patch", id=changed, key_columns="nilai; tahun")
    rows, _flags = rows_of(officers["operator"], dataset)
    assert rows["found"]["key"] == {"kind": "declared", "columns": ["nilai", "tahun"], "doubled": 0}
    assert rows["found"]["rows"]["changed"] == 0


def test_columns_are_named_as_gone_or_new_only_where_some_are(officers, dataset, changed):
    _rows, flags = rows_of(officers["operator"], dataset)
    assert not any("columns" in flag or "kolom" in flag for flag in flags)
    call(officers["operator"], "resource_patch", id=changed, upload=upload("satu.csv", MORE))
    _rows, flags = rows_of(officers["operator"], dataset)
    (told,) = (flag for flag in flags if "columns" in flag or "kolom" in flag)
    assert told.endswith("catatan.") and "–" not in told


def test_of_long_texts_the_place_is_told_where_they_part():
    long = "Dicatat dari laporan bulanan puskesmas " * 5
    before, after = revision_diff._apart(f"{long}sampai 2025.", f"{long}sampai 2026.")
    assert before.startswith("… ") and before.endswith("2025.") and after.endswith("2026.")
    assert revision_diff._apart("a", "b") == ("a", "b") and revision_diff._apart("", long)[0] == "–"


def test_only_who_may_have_both_files_reads_what_differs(browse, officers, dataset, changed):
    rows_of(officers["operator"], dataset)
    stranger, case = factories.UserWithToken(), send(officers, dataset)
    for address in (f"/meja/data/{dataset['id']}/perubahan", f"/meja/{case}", f"/dataset/{dataset['id']}"):
        assert "RAHASIA" not in browse(stranger, address).body
    copy = revisions.read(model.Session(), dataset["id"])
    actor = actor_for(model.User.get(stranger["id"]))
    (file,) = revision_diff.of_working_copy(model.Session(), actor, copy)["files"]
    assert file["rows"] is None


def test_large_files_are_compared_by_a_job_with_progress(browse, officers, dataset, changed, monkeypatch):
    queued = []
    monkeypatch.setattr(looks, "SMALL", 10)
    monkeypatch.setattr(looks.tk, "enqueue_job", lambda *args, **more: queued.append((args, more)))
    rows, flags = rows_of(officers["operator"], dataset)
    assert rows["state"] == "waiting" and any("belum selesai" in flag or "not compared" in flag for flag in flags)
    text = page(browse(officers["operator"], f"/meja/data/{dataset['id']}/perubahan"))
    assert text.select_one("progress") is not None and "RAHASIA" not in text.text
    # Asked again meanwhile it is queued once; the queue is told no more than the id.
    assert len({args[1][0] for args, _more in queued}) == len(queued) and "RAHASIA" not in json.dumps(
        queued, default=str
    )
    (job, (id_,)), _more = queued[0]
    job(id_)
    rows, _flags = rows_of(officers["operator"], dataset)
    assert rows["state"] == "done" and rows["found"]["rows"]["changed"] == 1
    # A second run finds it done.
    monkeypatch.setattr(looks, "_work", None)
    job(id_)


def test_a_lost_job_is_queued_again_and_a_failed_one_says_so(officers, dataset, changed, monkeypatch):
    queued = []
    monkeypatch.setattr(looks, "SMALL", 10)
    monkeypatch.setattr(looks.tk, "enqueue_job", lambda *args, **more: queued.append(args[1]))
    rows_of(officers["operator"], dataset)
    for times, state in enumerate(("waiting", "running"), start=1):
        with freeze_time(clock.now() + times * looks._LOST["running"]):
            model.Session.execute(sa.update(Look).values(state=state))
            model.Session.commit()
            rows_of(officers["operator"], dataset)
    assert queued[0] == queued[1] == queued[2]
    monkeypatch.setattr(looks, "apart", lambda *given: 1 / 0)
    looks.run(queued[0][0])
    rows, flags = rows_of(officers["operator"], dataset)
    assert rows["state"] == "failed" and rows["fault"]["message"] == looks.FAILED and len(flags) == 1


def test_what_was_seen_is_forgotten_with_the_file(officers, dataset, changed):
    rows_of(officers["operator"], dataset)
    assert model.Session.scalars(sa.select(Look)).one().result
    call(officers["operator"], "satudata_revision_discard", id=dataset["id"])
    model.Session.expire_all()
    assert model.Session.scalars(sa.select(Look)).all() == []


def test_the_queue_takes_the_job(officers, dataset, changed, monkeypatch):
    monkeypatch.setattr(looks, "SMALL", 10)
    before = len(jobs.get_queue().job_ids)
    rows_of(officers["operator"], dataset)
    waiting = jobs.get_queue().jobs[before:]
    assert [job.meta["title"] for job in waiting if job.func is looks.run] == ["satudata look"]
    for job in waiting:
        job.delete()
