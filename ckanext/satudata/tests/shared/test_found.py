"""A CKAN that had datasets before this portal came: nothing vanishes, no save breaks, and no hole is left."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from datetime import datetime
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudata.cli.publication import adopt
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.model.approval import Approval
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.care import audit, doctor, upkeep
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.publishing import datasets, found
from ckanext.satudata.tests.access.support import as_user, make, operator, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.publication.support import call, public, through_review

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

CSV = b"tahun,nilai\n2019,7\n"
FAR = "https://lain.test/data.xlsx"


@pytest.fixture
def outside():
    """A connection that is not CKAN's own: what stock CKAN wrote, the guard never saw."""
    engine = sa.create_engine(os.environ["CKAN_SQLALCHEMY_URL"])
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    shutil.rmtree(Path(tk.config["ckan.storage_path"]) / "resources", ignore_errors=True)


@pytest.fixture
def mine():
    return operator()


def stock(outside, org, title, *, private=False, state="active", resources=(), extras=None, **columns):
    """The rows that CKAN without this portal writes for a dataset."""
    id_, at = str(uuid.uuid4()), datetime(2019, 5, 4, 10, 30)
    row = {"id": id_, "name": f"lama-{id_[:8]}", "title": title, "type": "dataset", "owner_org": org["id"]}
    row |= {"private": private, "state": state, "metadata_created": at, "metadata_modified": at, **columns}
    row["extras"] = json.dumps(extras or {})
    insert(outside, "package", row)
    for position, resource in enumerate(resources):
        one = {"id": str(uuid.uuid4()), "package_id": id_, "position": position, "state": "active", "extras": "{}"}
        content = resource.pop("content", None)
        insert(outside, "resource", {**one, "created": at, "metadata_modified": at, "name": "Berkas", **resource})
        if content is not None:
            put(one["id"], content)
    outside.commit()
    return id_


def insert(outside, table, row):
    names = ", ".join(row)
    values = ", ".join(
        f"cast(:{name} as jsonb)" if name == "extras" and table == "package" else f":{name}" for name in row
    )
    outside.execute(sa.text(f"insert into {table} ({names}) values ({values})"), row)


def put(resource_id, content):
    """Where CKAN's own uploader leaves a file."""
    path = stored(resource_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def stored(resource_id) -> Path:
    return Path(tk.config["ckan.storage_path"]) / "resources" / resource_id[:3] / resource_id[3:6] / resource_id[6:]


def switch_on(outside):
    """What the first start of this portal does."""
    outside.execute(sa.text("delete from satudata_arrival"))
    outside.commit()
    model.Session.rollback()
    count = found.arrive()
    for package_id in search_index.differences():
        search_index.refresh(package_id)
    return count


UPLOAD = {"url": "tabel.csv", "url_type": "upload", "format": "CSV", "content": CSV}
LINK = {"url": FAR, "url_type": "", "format": "XLSX"}


@pytest.fixture
def old(outside, mine):
    """A public dataset of before, with an uploaded file and an address elsewhere."""
    id_ = stock(outside, mine["org"], "Jumlah sekolah 2019", resources=[{**UPLOAD}, {**LINK}], notes="Data lama")
    assert switch_on(outside) == 1
    return id_


def as_before(app, package_id):
    """What a visitor sees: the page, the list, the API and both files."""
    shown = public({"id": package_id})
    upload_, link = shown["resources"]
    assert shown["access_level"] == "terbuka" and link["url"] == FAR
    got = app.get(f"/dataset/{package_id}/resource/{upload_['id']}/download/tabel.csv")
    assert (got.status_code, got.data) == (200, CSV)
    far = app.get(f"/dataset/{package_id}/resource/{link['id']}/download", follow_redirects=False)
    assert (far.status_code, far.headers["Location"]) == (302, FAR)
    assert app.get(f"/dataset/{shown['name']}").status_code == 200
    assert helpers.call_action("package_search", {"user": "", "ignore_auth": False}, q="sekolah")["count"] == 1


def run(*args):
    result = CliRunner().invoke(adopt, args)
    model.Session.rollback()
    return result


def test_what_was_public_is_public_before_and_after_its_adoption(app, old):
    as_before(app, old)
    assert "1 datasets were here" in [one.text()[0] for one in doctor.examine() if one.check == "adoption"][0]
    looked = run()
    assert "would be adopted" in looked.output and "lack definisi: 1" in looked.output
    assert model.Session.get(DatasetState, old).waits_for_adoption
    boss = {"Authorization": officer("walidata")["token"]}
    assert "Data dari masa sebelum portal ini" in app.get("/admin/satudata", headers=boss).body
    assert run("--apply").exit_code == 0
    state = model.Session.get(DatasetState, old, populate_existing=True)
    assert (state.state, state.access_level, state.waits_for_adoption) == ("published", "terbuka", False)
    row = model.Session.scalars(Approval.of_package(old)).one()
    assert row.kind == "adoption" and "definisi" in row.lacks and row.served_at
    as_before(app, old)
    assert not list(Path(tk.config["ckan.storage_path"]).joinpath("resources").rglob("tabel*"))
    assert [one for one in doctor.examine() if one.check == "adoption"] == []
    assert audit.uncovered(model.Session) == []
    assert "0 datasets adopted" in run("--apply").output
    upload_, link = public({"id": old})["resources"]
    for content, stays in ((CSV, False), (b"unggahan saat plugin mati", True)):
        put(upload_["id"], content)
        run("--apply")
        assert stored(upload_["id"]).exists() is stays


def test_what_was_not_public_stays_hidden(app, outside, mine):
    hidden = stock(outside, mine["org"], "Rahasia lama", private=True, resources=[{**UPLOAD}])
    unfinished = stock(outside, mine["org"], "Belum selesai", state="draft", resources=[{**LINK}])
    trash = stock(outside, mine["org"], "Terhapus", state="deleted")
    assert switch_on(outside) == 3
    for moment in range(2):
        for id_ in (hidden, unfinished, trash):
            assert app.get(f"/dataset/{id_}").status_code == 404, (moment, id_)
        assert run("--apply").exit_code == 0
    assert datasets.stage_of(model.Session, hidden) is DatasetStage.DRAFT
    row = model.Resource.get(model.Package.get(hidden).resources_all[0].id)
    assert "/minta-data/" in row.url and not stored(row.id).exists()
    file, kept = datasets.file_of(model.Session, row.id)
    assert b"".join(store.open_at("vault", kept.location)) == CSV and file.public_location is None


def test_nothing_made_after_the_switch_counts_as_of_before(app, outside, mine, old):
    later = stock(outside, mine["org"], "Diselundupkan")
    for _ in range(2):
        assert found.arrive() == 0
        assert app.get(f"/dataset/{later}").status_code == 404
        assert run("--apply").exit_code == 0
    assert model.Session.get(DatasetState, later) is None
    assert [one.names for one in audit.uncovered(model.Session) if one.kind == "opened_datasets"] == [(later,)]
    officer("walidata")
    assert upkeep.look_at_approvals() == 1 and upkeep.look_at_approvals() == 1
    (mail,) = [row for row in notices.waiting() if row.kind == "uncovered_content" and row.to_role == "walidata"]
    assert mail.params["ids"] == [f"opened_datasets: {later}"]
    made = make(mine, mine["org"])
    assert model.Session.get(DatasetState, made["id"]).found_at is None


def test_a_portal_that_was_here_finds_nothing(outside, mine):
    make(mine, mine["org"])
    later = stock(outside, mine["org"], "Diselundupkan")
    assert switch_on(outside) == 0
    assert model.Session.get(DatasetState, later) is None


@pytest.mark.parametrize("adopted", [False, True], ids=["before", "after"])
def test_a_save_by_api_becomes_a_change(app, old, mine, adopted):
    if adopted:
        run("--apply")
    answer = call(mine, "package_patch", id=old, notes="Data lama, diperiksa")
    assert answer["satudata_revision"] and answer["notes"] == "Data lama, diperiksa"
    assert public({"id": old})["notes"] == "Data lama"
    as_before(app, old)
    assert model.Session.get(DatasetState, old).adopted_at
    added = call(mine, "resource_create", package_id=old, name="Baru", upload=upload("baru.csv", CSV))
    assert added["satudata_revision"]
    as_before(app, old)


@pytest.mark.parametrize("adopted", [False, True], ids=["before", "after"])
def test_the_form_saves(app, old, mine, adopted):
    if adopted:
        run("--apply")
    head = {"Authorization": mine["token"]}
    name = model.Package.get(old).name
    assert app.get(f"/dataset/edit/{name}", headers=head).status_code == 200
    form = {"title": "Jumlah sekolah 2019 (revisi)", "owner_org": mine["org"]["id"], "access_level": "terbuka"}
    got = app.post(f"/dataset/edit/{name}", data={**form, "save": "draft"}, headers=head, follow_redirects=False)
    assert got.status_code in (302, 303), got.body
    as_before(app, old)


def test_its_change_goes_through_review(app, old, mine):
    officers = {name: officer(name, mine["org"]["id"]) for name in ("verifier", "producer_head")}
    officers |= {"operator": mine, "walidata": officer("walidata")}
    call(mine, "package_patch", **full_dataset(id=old, title="Jumlah sekolah 2019", notes="Baru"))
    through_review(officers, {"id": old})
    assert public({"id": old})["notes"] == "Baru"
    as_before(app, old)
    assert audit.uncovered(model.Session) == []


def test_a_file_that_is_gone_breaks_nothing(app, outside, mine):
    id_ = stock(outside, mine["org"], "Tanpa berkas", resources=[{"url": "hilang.csv", "url_type": "upload"}])
    switch_on(outside)
    resource = model.Package.get(id_).resources_all[0].id
    assert app.get(f"/dataset/{id_}/resource/{resource}/download/hilang.csv").status_code == 404
    assert run("--apply").exit_code == 0
    assert model.Session.scalars(Approval.of_package(id_)).one().lacks.count(f"files:{resource}") == 1
    assert app.get(f"/dataset/{id_}/resource/{resource}/download/hilang.csv").status_code == 404


def test_one_agency_at_a_time(outside, mine, old):
    other = factories.Organization()
    stock(outside, other, "Milik lain")
    outside.execute(sa.text("delete from satudata_dataset_state"))
    outside.execute(sa.text("delete from satudata_resource_file"))
    switch_on(outside)
    assert "1 datasets adopted" in run("--apply", "--agency", other["name"]).output
    assert found.waiting(model.Session) == [old]
    assert run("--agency", "tidak-ada").exit_code == 1


def test_a_narrowing_closes_what_was_adopted_on_the_way(app, old):
    walidata = officer("walidata")
    ids = [one.id for one in model.Package.get(old).resources_all]
    helpers.call_action(
        "satudata_dataset_reclassify", as_user(walidata), id=old, to_level="terbatas", reason="Data pribadi"
    )
    for id_ in ids:
        assert app.get(f"/dataset/{old}/resource/{id_}/download").status_code == 403
    assert not stored(ids[0]).exists()


@pytest.mark.long
def test_ten_thousand_are_found_at_once(outside, mine):
    at, org = datetime(2019, 5, 4), mine["org"]["id"]
    rows = [{"id": str(uuid.uuid4()), "org": org, "at": at, "n": n} for n in range(10_000)]
    columns = "id, name, title, type, owner_org, private, state, metadata_created, metadata_modified, extras"
    values = ":id, 'lama-' || :n, 'Data ' || :n, 'dataset', :org, false, 'active', :at, :at, '{}'"
    outside.execute(sa.text(f"insert into package ({columns}) values ({values})"), rows)
    outside.execute(sa.text("delete from satudata_arrival"))
    outside.commit()
    assert found.arrive() == 10_000 and len(found.waiting(model.Session)) == 10_000
    for row in rows[::1_000]:
        assert public({"id": row["id"]})["title"] == f"Data {row['n']}"
        assert found.adopt(model.Session(), row["id"]).is_public
    model.Session.commit()
    assert audit.uncovered(model.Session) == []
