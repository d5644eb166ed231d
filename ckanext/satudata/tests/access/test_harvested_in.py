"""Beside ckanext-harvest: who sets up sources, and what an import can and cannot do. With the real plugin."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.logic.schema import default_create_package_schema
from ckan.tests import factories, helpers

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
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
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
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


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"id": "../../x"}, "An id has 2 to 100 letters"),
        ({"title": "Gaji\0pegawai"}, "holds a character that cannot be stored"),
    ],
)
def test_the_report_of_a_refused_record_names_the_cause_in_words(record, says):
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    _, errors = imported(made["id"], {**REMOTE, **record, "owner_org": mine["org"]["id"]})
    assert len(errors) == 1 and says in errors[0]
    assert "psycopg2" not in errors[0]
    _, errors = imported(made["id"], {**REMOTE, "owner_org": mine["org"]["id"]})
    assert errors == [], "the next record comes in"


def test_a_record_of_a_type_that_this_portal_has_not_comes_in_as_a_dataset():
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    _, errors = imported(made["id"], {**REMOTE, "type": "showcase", "owner_org": mine["org"]["id"]})
    assert errors == [] and model.Package.get(REMOTE["id"]).type == "dataset"
    told = helpers.call_action("satudata_harvest_report_show", as_user(mine), id=REMOTE["id"])
    assert "type" in [one["field"] for one in told["remarks"]]


def test_a_source_and_its_keys_are_walidatas(app):
    mine, admin, walidata = operator(), factories.SysadminWithToken(), officer(Role.WALIDATA)
    made = helpers.call_action(
        "harvest_source_create",
        as_user(admin),
        name="portal-lain",
        title="Portal lain",
        url="https://lain.example",
        source_type="ckan",
        owner_org=mine["org"]["id"],
        config=json.dumps({"api_key": "KUNCI-PORTAL-LAIN"}),
    )
    calls = (
        ("harvest_source_show", {"id": made["id"]}),
        ("harvest_source_show", {"url": "https://lain.example"}),
        ("package_show", {"id": "portal-lain"}),
        ("package_search", {"fq": "+dataset_type:harvest", "include_private": True}),
        ("harvest_source_show_status", {"id": made["id"]}),
        ("harvest_job_list", {"source_id": made["id"]}),
        ("harvest_source_list", {}),
        ("package_list", {}),
        ("organization_show", {"id": mine["org"]["id"], "include_datasets": True}),
    )

    def answer(action, data, user):
        try:
            return json.dumps(helpers.call_action(action, as_user(user), **data), default=str)
        except (tk.NotAuthorized, tk.ObjectNotFound):
            return None

    head = {**officer(Role.PRODUCER_HEAD, mine["org"]["id"])}
    for user in (None, factories.UserWithToken(), mine, head, officer(Role.DEPARTMENT_HEAD)):
        for action, data in calls:
            found = answer(action, data, user) or ""
            for secret in ("KUNCI", "lain.example", "portal-lain", made["id"]):
                assert secret not in found, (action, secret, user)
        # The hidden one and an unknown one answer alike.
        for action in ("harvest_source_show", "harvest_source_show_status", "harvest_source_update"):
            said = []
            for given in (made["id"], "8d0f8b6e-0000-4000-8000-00000000dead"):
                with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)) as caught:
                    helpers.call_action(action, as_user(user), id=given)
                said.append((type(caught.value), str(caught.value).replace(given, "X")))
            assert said[0] == said[1], action
    for path in ("/harvest", "/harvest/portal-lain", "/harvest/about/portal-lain", "/dataset/portal-lain"):
        assert "KUNCI" not in (body := app.get(path, follow_redirects=False).body) and "Portal lain" not in body, path

    assert "KUNCI" in answer("harvest_source_show", {"id": made["id"]}, walidata)
    assert "KUNCI" in answer("package_search", calls[3][1], walidata)
    assert made["name"] in answer("package_list", {}, walidata)
    assert made["id"] in answer("harvest_source_list", {}, admin)


def test_no_record_reaches_a_draft_that_a_person_made():
    mine, other = operator(), operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    drafts = [make(mine, mine["org"]), make(other, other["org"], name="draf-lain")]
    for draft in drafts:
        record = {**REMOTE, "id": draft["id"], "title": "Ditimpa"}
        _, errors = imported(made["id"], record)
        assert len(errors) == 1 and "no import changes it" in errors[0]
        with pytest.raises(tk.ValidationError):
            helpers.call_action("package_delete", {"ignore_auth": True, "user": ""}, id=draft["id"])
        model.Session.rollback()
        # A harvester's own schema knows no "this id is taken".
        schema = {**default_create_package_schema(), "id": [str]}
        with pytest.raises(tk.ValidationError) as caught:
            helpers.call_action(
                "package_create", {"ignore_auth": True, "schema": schema}, **{**record, "owner_org": mine["org"]["id"]}
            )
        assert list(caught.value.error_dict) == ["id"]
        model.Session.rollback()
        model.Session.expire_all()
        package = model.Package.get(draft["id"])
        assert (package.title, package.state, package.owner_org) == (draft["title"], "active", draft["owner_org"])

    # Nor does another agency's source take over what an import made.
    object_id, errors = imported(made["id"], REMOTE)
    assert errors == []
    theirs = helpers.call_action(
        "harvest_source_create",
        as_user(factories.SysadminWithToken()),
        name="portal-ketiga",
        title="Portal ketiga",
        url="https://ketiga.example",
        source_type="ckan",
        owner_org=other["org"]["id"],
    )
    _, errors = imported(theirs["id"], {**REMOTE, "title": "Ditimpa"})
    assert len(errors) == 1
    model.Session.expire_all()
    package = model.Package.get(REMOTE["id"])
    assert (package.title, package.owner_org) == (REMOTE["title"], mine["org"]["id"])


@pytest.mark.parametrize(
    "foreign",
    [
        "gaji-pegawai-rahasia",
        "GAJI-pegawai-rahasia",
        "nama-yang-akan-dipakai",
        "new",
        "ditarik-8d0f8b6e",
        "x/../y",
        "dua kata",
        "\u202eabc",
        "a",
    ],
)
def test_a_record_takes_no_address_from_what_is_here(app, foreign):
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    public = publish(make(mine, mine["org"])["id"])
    make(mine, mine["org"], name="nama-yang-akan-dipakai")
    _, errors = imported(made["id"], {**REMOTE, "id": foreign, "resources": []})
    assert len(errors) == 1 and "id" in errors[0]
    model.Session.expire_all()
    assert model.Session.get(model.Package, foreign) is None
    assert app.get(f"/dataset/{public['name']}").status_code == 200
    # As the harvester calls it; it looks for the id first, and changes what it finds by it.
    schema = {**default_create_package_schema(), "id": [str]}
    for context in ({"schema": schema}, {}):
        with pytest.raises(tk.ValidationError) as refused:
            data = {**REMOTE, "id": foreign, "owner_org": mine["org"]["id"], "resources": []}
            helpers.call_action("package_create", {"ignore_auth": True, **context}, **data)
        assert list(refused.value.error_dict) == ["id"], refused.value.error_dict
        model.Session.rollback()


def test_no_dataset_is_given_the_id_of_another_as_its_name():
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    _, errors = imported(made["id"], {**REMOTE, "id": "gaji-pegawai-rahasia", "resources": []})
    assert errors == []
    assert publish(make(mine, mine["org"])["id"])["name"] == "gaji-pegawai-rahasia-2"


def test_clearing_a_source_deletes_untouched_drafts_only():
    mine, walidata = operator(), officer(Role.WALIDATA)
    made = source(factories.SysadminWithToken(), mine["org"])
    second = {**REMOTE, "id": "8d0f8b6e-0000-4000-8000-000000000009", "name": "kedua", "resources": []}
    for record in (REMOTE, second):
        assert imported(made["id"], record)[1] == []
    helpers.call_action("package_patch", as_user(mine), id=REMOTE["id"], access_level="terbuka")
    publish(REMOTE["id"])
    for context, action, error in (
        ({}, "harvest_source_clear", tk.ValidationError),
        ({"clear_source": True}, "harvest_source_delete", tk.NotAuthorized),
    ):
        with pytest.raises(error):
            helpers.call_action(action, {**as_user(walidata), **context}, id=made["id"])
        model.Session.rollback()
        model.Session.expire_all()
        assert helpers.call_action("package_show", id=REMOTE["id"])["title"] == REMOTE["title"]
        assert model.Package.get(made["id"]).state == model.Package.get(second["id"]).state == "active"

    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=REMOTE["id"], reason="Salah.")
    with pytest.raises(tk.ValidationError):
        helpers.call_action("harvest_source_clear", as_user(walidata), id=made["id"])
    assert helpers.call_action("package_show", id=REMOTE["id"])["name"] == f"ditarik-{REMOTE['id']}"


def test_a_cleared_source_leaves_nothing_of_ours():
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    assert imported(made["id"], REMOTE)[1] == []
    rid, before = REMOTE["resources"][0]["id"], store.locations("vault")
    helpers.call_action("resource_patch", as_user(mine), id=rid, upload=upload())
    assert len(store.locations("vault") - before) == 1
    helpers.call_action("harvest_source_clear", as_user(officer(Role.WALIDATA)), id=made["id"])
    model.Session.expire_all()
    assert model.Package.get(REMOTE["id"]) is None and model.Session.get(DatasetState, REMOTE["id"]) is None
    assert store.locations("vault") == before


def test_a_second_night_makes_no_second_revision_of_what_is_being_changed():
    """What the other portal sends of published data is told as an error of that record, each night, and no more."""
    mine = operator()
    made = source(factories.SysadminWithToken(), mine["org"])
    record = {**REMOTE, "owner_org": mine["org"]["id"]}
    imported(made["id"], record)
    helpers.call_action("package_patch", as_user(mine), id=record["id"], access_level="terbuka")
    public = publish(record["id"])
    helpers.call_action("package_patch", as_user(mine), id=record["id"], title="Judul dalam tinjauan")

    def standing():
        model.Session.expire_all()
        rows = model.Session.scalars(Revision.of_package(record["id"])).all()
        shown = helpers.call_action("package_show", as_user(None), id=record["id"])
        waiting = model.Session.query(Outbox).filter(Outbox.sent_at.is_(None)).count()
        return sorted((row.id, row.state, row.saves, row.hash) for row in rows), shown, waiting

    before = standing()
    assert [state for _id, state, *_rest in before[0]].count("draft") == 1 and before[1]["title"] == public["title"]
    for night in range(3):
        _, errors = imported(made["id"], {**record, "title": f"Judul malam {night}", "resources": []})
        assert len(errors) == 1 and standing() == before
    _, unchanged = imported(made["id"], {**record, "metadata_modified": "2020-01-01T00:00:00.000000"})
    assert unchanged == [] and standing() == before
