"""Three levels of approval by the file alone: what each says stays, and the last one binds the content."""

from __future__ import annotations

from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.approval import Approval
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.publishing import approvals, datasets, permits, release
from ckanext.satudata.tests.access.support import approve, make, operator, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.publication.support import OLD, call, command, public

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

LADDER = ("section_head", "division_head", "department_head")


@pytest.fixture
def at(monkeypatch):
    """Operator, the three heads of the steward's office and Walidata, under the file of three levels."""
    monkeypatch.setitem(tk.config, "ckanext.satudata.sop", str(Path(__file__).parent / "tiga"))
    mine = operator()
    return {"operator": mine, "walidata": officer("walidata")} | {role: officer(role) for role in LADDER}


def draft(at, **kw):
    files = [{"name": "Satu", "upload": upload("satu.csv", OLD)}]
    data = full_dataset(owner_org=at["operator"]["org"]["id"], title="Jumlah siswa", name="jumlah-siswa", **kw)
    return call(at["operator"], "package_create", **data, resources=files)["id"]


def stage(dataset):
    model.Session.expire_all()
    return datasets.stage_of(model.Session, dataset)


def test_three_levels_then_publication(at, app):
    dataset = draft(at)
    case = call(at["operator"], "satudata_dataset_submit", id=dataset)["id"]
    for role in LADDER:
        assert stage(dataset) is DatasetStage.IN_REVIEW
        shown = call(at["operator"], "satudata_dataset_review_show", id=dataset)["levels"]
        assert [level["role"] for level in shown if level["state"] == "now"] == [role]
        with pytest.raises(tk.NotAuthorized):
            command(at["operator"], case, "approve")
        command(at[role], case, "approve")
    assert stage(dataset) is DatasetStage.APPROVED
    row = model.Session.scalars(Approval.of_package(dataset)).one()
    said = [(level["step"], level["role"], level["command"]) for level in row.levels]
    assert said == [("1", "operator", "submit"), *((str(at_), role, "approve") for at_, role in enumerate(LADDER, 2))]
    assert row.sha256 == approvals.hash_of(model.Session, dataset) and row.served_at is None
    page = app.get(f"/dataset/{dataset}", headers={"Authorization": at["operator"]["token"]}).body
    assert "Kadis" in page
    command(at["walidata"], case, "publish")
    assert public({"id": dataset})["title"] == "Jumlah siswa"
    assert model.Session.scalars(Approval.of_package(dataset)).one().served_sha256


def test_a_level_may_send_back_to_the_one_below(at):
    dataset = draft(at)
    case = call(at["operator"], "satudata_dataset_submit", id=dataset)["id"]
    command(at["section_head"], case, "approve")
    command(at["division_head"], case, "return_", note="Periksa lagi satuannya")
    assert stage(dataset) is DatasetStage.IN_REVIEW
    with pytest.raises(tk.ValidationError):
        call(at["operator"], "package_patch", id=dataset, notes="Diubah diam-diam")
    for role in LADDER:
        command(at[role], case, "approve")
    (row,) = model.Session.scalars(Approval.of_package(dataset))
    assert [level["role"] for level in row.levels] == ["operator", *LADDER]
    command(at["walidata"], case, "return_", note="Tunggu jadwal rilis")
    assert stage(dataset) is DatasetStage.DRAFT


def test_comments_on_fields_come_back_and_stay(at, app):
    dataset = draft(at)
    case = call(at["operator"], "satudata_dataset_submit", id=dataset)["id"]
    head = {"Authorization": at["section_head"]["token"]}
    form = {"note": "Dua hal", "comment-1-field": "satuan", "comment-1-text": "Pakai jiwa, bukan orang"}
    refused = app.post(f"/meja/{case}/return_", data={**form, "comment-2-text": "Kolom tahun kosong"}, headers=head)
    assert refused.status_code == 422 and "Kolom tahun kosong" in refused.body
    form |= {"comment-2-field": "resources", "comment-2-text": "Kolom tahun kosong"}
    got = app.post(f"/meja/{case}/return_", data=form, headers=head, follow_redirects=False)
    assert got.status_code == 302, got.body
    said = call(at["operator"], "satudata_dataset_review_show", id=dataset)["comments"]
    assert [(one["field"], one["text"]) for one in said] == [
        ("satuan", "Pakai jiwa, bukan orang"),
        ("resources", "Kolom tahun kosong"),
    ]
    mine = {"Authorization": at["operator"]["token"]}
    for page in (f"/dataset/{dataset}", f"/dataset/edit/{dataset}"):
        assert "Pakai jiwa, bukan orang" in app.get(page, headers=mine).body
    call(at["operator"], "package_patch", id=dataset, satuan="jiwa")
    call(at["operator"], "satudata_dataset_submit", id=dataset)
    command(at["section_head"], case, "return_", note="Satu lagi", comments={"konsep": "Kurang jelas"})
    assert [one["field"] for one in call(at["operator"], "satudata_dataset_review_show", id=dataset)["comments"]] == [
        "konsep"
    ]
    page = app.get(f"/meja/{case}", headers=head).body
    assert "Pakai jiwa, bukan orang" in page and "Kurang jelas" in page
    with pytest.raises(tk.ValidationError) as error:
        call(at["operator"], "satudata_dataset_submit", id=dataset)
        command(at["section_head"], case, "return_", note="x", comments={"bukan-isian": "x"})
    assert "comments" in error.value.error_dict


def test_nothing_is_released_but_what_was_approved():
    mine = operator()
    dataset = make(mine, mine["org"])["id"]
    datasets.move(model.Session, dataset, DatasetStage.IN_REVIEW)
    approvals.agree(model.Session(), dataset)
    with permits.permit(model.Session(), dataset):
        model.Package.get(dataset).notes = "Diganti setelah disetujui"
    with pytest.raises(Conflict, match="No approval covers"):
        release.release({"user": ""}, dataset, actor=SYSTEM)
    model.Session.rollback()
    approve(dataset)
    with raw_writes.writing(model.Session(), Approval):
        model.Session.execute(sa.delete(Approval))
    with pytest.raises(Conflict, match="No approval covers"):
        release.release({"user": ""}, dataset, actor=SYSTEM)
    model.Session.rollback()
