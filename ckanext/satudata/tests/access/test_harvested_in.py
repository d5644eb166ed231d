"""Beside ckanext-harvest: who sets up sources, and what an import can and cannot do. With the real plugin."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import datasets
from ckanext.satudata.tests.access.support import as_user, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = [
    pytest.mark.with_plugins("harvest", "ckan_harvester"),
    pytest.mark.usefixtures("with_plugins", "satudata_db", "harvest_tables"),
]

REMOTE = {
    "id": "8d0f8b6e-0000-4000-8000-000000000001",
    "name": "gaji-dari-portal-lain",
    "title": "Gaji dari portal lain",
    "private": False,
    "state": "active",
    "metadata_modified": "2099-01-01T00:00:00.000000",
    "tags": [],
    "resources": [
        {
            "id": "8d0f8b6e-0000-4000-8000-000000000002",
            "name": "Tabel",
            "url": "https://lain.example/RAHASIA.csv",
            "format": "CSV",
        }
    ],
}


@pytest.fixture
def harvest_tables(with_plugins, migrate_db_for):
    migrate_db_for("harvest")


def source(user, org):
    """A source of harvesting, made by this user's own call."""
    return helpers.call_action(
        "harvest_source_create",
        as_user(user),
        name="portal-lain",
        title="Portal lain",
        url="https://lain.example",
        source_type="ckan",
        owner_org=org["id"],
    )


def imported(source_id, record):
    """What the harvester itself makes of a record that another portal sent; the object and its errors."""
    from ckanext.harvest.harvesters import CKANHarvester
    from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError, HarvestSource

    job = HarvestJob(source=HarvestSource.get(source_id))
    job.save()
    found = HarvestObject(guid=record["id"], job=job, content=json.dumps(record))
    found.save()
    CKANHarvester().import_stage(found)
    model.Session.commit()
    errors = model.Session.query(HarvestObjectError).filter_by(harvest_object_id=found.id).all()
    return found.id, [error.message for error in errors]


def test_only_walidata_and_sysadmins_set_up_where_data_comes_from():
    mine = operator()
    for action in ("harvest_source_create", "package_create"):
        data = {"name": "portal-lain", "title": "x", "url": "https://lain.example", "source_type": "ckan"}
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action(action, as_user(mine), **data, type="harvest", owner_org=mine["org"]["id"])
    made = source(factories.SysadminWithToken(), mine["org"])
    for action, data in (
        ("harvest_source_update", {**made, "url": "https://penyerang.example"}),
        ("package_patch", {"id": made["id"], "notes": "x"}),
        ("harvest_job_create", {"source_id": made["id"]}),
        ("harvest_source_delete", {"id": made["id"]}),
    ):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action(action, as_user(mine), **data)
    walidata = officer(Role.WALIDATA)
    helpers.call_action(
        "member_create", id=mine["org"]["id"], object=walidata["id"], object_type="user", capacity="editor"
    )
    assert helpers.call_action("package_patch", as_user(walidata), id=made["id"], notes="x")["notes"] == "x"


def test_what_is_harvested_in_is_a_draft_that_no_import_publishes_or_changes_afterwards(app):
    mine, admin = operator(), factories.SysadminWithToken()
    made = source(admin, mine["org"])
    record = {**REMOTE, "owner_org": mine["org"]["id"]}
    object_id, errors = imported(made["id"], record)
    assert errors == []
    package = model.Package.get(record["id"])
    assert package.extras["access_level"] == "tertutup"
    assert package.private and package.name != record["name"]
    assert datasets.stage_of(model.Session, package.id) is DatasetStage.DRAFT
    assert "RAHASIA" not in json.dumps(
        helpers.call_action("package_show", {"ignore_auth": True}, id=record["id"]), default=str
    )
    for path in (
        f"/api/3/action/package_show?id={record['id']}",
        f"/dataset/{record['id']}",
        f"/api/3/action/harvest_object_show?id={object_id}",
        f"/harvest/object/{object_id}",
    ):
        answer = app.get(path)
        assert answer.status_code in (403, 404) and "RAHASIA" not in answer.body, path
    # An operator reads only what became of it, Walidata what came.
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("harvest_object_show", as_user(mine), id=object_id)
    assert helpers.call_action("harvest_object_show", as_user(officer(Role.WALIDATA)), id=object_id)["id"] == object_id

    # A draft follows the other portal, also where a file is gone there; what is published does not.
    _, errors = imported(made["id"], {**record, "title": "Judul kedua", "resources": []})
    assert errors == [] and model.Package.get(record["id"]).title == "Judul kedua"
    helpers.call_action("package_patch", as_user(mine), id=record["id"], access_level="terbuka")
    public = publish(record["id"])
    _, errors = imported(made["id"], {**record, "title": "Judul ketiga", "metadata_modified": "2099-03-01T00:00:00"})
    assert len(errors) == 1
    model.Session.expire_all()
    assert helpers.call_action("package_show", id=record["id"])["title"] == public["title"] == "Judul kedua"
