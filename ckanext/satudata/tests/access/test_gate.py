"""What a core row says of a dataset that is not public, and who can make it public: nobody but the release."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import vault
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import CSV, as_user, make, publish, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def admin():
    return factories.SysadminWithToken()


@pytest.fixture
def org():
    return factories.Organization()


def test_a_new_dataset_is_private_with_a_random_name_and_no_address(admin, org):
    made = make(admin, org, private=False)
    assert made["private"] is True
    assert "gaji" not in made["name"]
    resource = made["resources"][0]
    assert resource["url"] == f"http://test.ckan.net/minta-data/{resource['id']}"
    assert (resource["format"], resource["data_format"]) == ("HTML", "CSV")
    assert not resource.get("hash") and not resource.get("size") and not resource.get("url_type")
    kept = model.Session.query(VaultObject).one()
    assert kept.original_name == "gaji pegawai.csv" and kept.size_bytes == len(CSV)
    assert vault.read_bytes(model.Session, kept.id) == CSV


def test_a_refused_create_leaves_no_file(admin, org):
    before = store.locations("vault")
    with pytest.raises(tk.ValidationError):
        make(admin, org, title="", license_id=None, access_level="")
    assert store.locations("vault") == before
    assert model.Session.query(VaultObject).count() == 0


@pytest.mark.parametrize("action", ["package_patch", "package_update", "package_revise"])
def test_nobody_publishes_around_the_release(admin, org, action):
    made = make(admin, org)
    if action == "package_revise":
        data = {"match": {"id": made["id"]}, "update": {"private": False}}
    else:
        data = {**(made if action == "package_update" else {}), "id": made["id"], "private": False}
    helpers.call_action(action, as_user(admin), **data)
    assert model.Package.get(made["id"]).private is True


def test_publishing_in_bulk_says_that_nothing_was_published(app, admin, org):
    made = make(admin, org)
    with pytest.raises(tk.NotAuthorized, match="Nothing was published"):
        helpers.call_action("bulk_update_public", as_user(admin), datasets=[made["id"]], org_id=org["id"])
    assert model.Package.get(made["id"]).private is True


@pytest.mark.parametrize("name", ["new", "edit", "search", "NEW"])
def test_names_of_the_portals_own_pages_are_refused_at_the_draft(admin, org, name):
    with pytest.raises(tk.ValidationError) as refused:
        make(admin, org, name=name)
    assert list(refused.value.error_dict) == ["name"]
    made = make(admin, org, name="lain")
    with pytest.raises(tk.ValidationError):
        helpers.call_action("package_patch", as_user(admin), id=made["id"], name=name)


def test_a_title_that_reads_like_one_gets_another_name(admin, org):
    made = helpers.call_action("package_create", as_user(admin), **full_dataset(title="Search", owner_org=org["id"]))
    assert model.Session.get(DatasetState, made["id"]).final_name == "data-search"


def test_the_address_follows_the_title_until_the_release(admin, org):
    made = make(admin, org, title="Dugaan Pelanggaran", name="")
    helpers.call_action("package_patch", as_user(admin), id=made["id"], title="Hasil Pengawasan")
    assert model.Session.get(DatasetState, made["id"]).final_name == "hasil-pengawasan"
    helpers.call_action("package_patch", as_user(admin), id=made["id"], name="nama-pilihan")
    helpers.call_action("package_patch", as_user(admin), id=made["id"], title="Judul Lain")
    assert model.Session.get(DatasetState, made["id"]).final_name == "nama-pilihan"


def test_the_model_refuses_to_be_public(admin, org):
    made = make(admin, org)
    model.Package.get(made["id"]).private = False
    with pytest.raises(NotAllowed):
        model.Session.commit()
    model.Session.rollback()
    with pytest.raises(NotAllowed):
        model.Session.query(model.Package).filter_by(id=made["id"]).update({"private": False})
    with pytest.raises(NotAllowed):
        model.Session.query(model.Resource).filter_by(package_id=made["id"]).update({"url": "https://rahasia.test/x"})
    model.Session.query(model.Package).filter_by(id=made["id"]).update({"private": True})
    model.Session.rollback()
    with pytest.raises(NotAllowed):
        model.Session.query(model.Resource).filter_by(package_id=made["id"]).update({"extras": {"catatan": "x"}})
    model.Session.rollback()
    model.Resource.get(made["resources"][0]["id"]).url = "https://rahasia.test/x"
    with pytest.raises(NotAllowed):
        model.Session.commit()
    model.Session.rollback()


def test_an_external_address_goes_to_our_table(admin, org):
    made = make(admin, org, resources=[{"url": "https://rahasia.test/a.xlsx", "name": "x"}])
    assert made["resources"][0]["data_format"] == "XLSX"
    assert "rahasia.test" not in str(made)
    shown = helpers.call_action("satudata_dataset_show_for_edit", as_user(admin), id=made["id"])
    assert shown["resources"][0]["satudata_address"] == "https://rahasia.test/a.xlsx"


@pytest.mark.parametrize("rounds", [5])
def test_show_and_patch_by_a_stock_client_loses_nothing(admin, org, rounds):
    made = make(admin, org)
    address = {"url": "https://rahasia.test/a.json", "name": "y", "package_id": made["id"]}
    second = helpers.call_action("resource_create", as_user(admin), **address)
    assert "rahasia.test" not in str(second)
    for number in range(rounds):
        shown = helpers.call_action("package_show", as_user(admin), id=made["id"])
        helpers.call_action("package_patch", as_user(admin), id=made["id"], resources=shown["resources"])
        edit = helpers.call_action("satudata_dataset_show_for_edit", as_user(admin), id=made["id"])
        helpers.call_action("package_update", as_user(admin), **{**edit, "notes": f"Putaran {number}"})
        helpers.call_action("resource_patch", as_user(admin), id=second["id"], description=f"Putaran {number}")
    edit = helpers.call_action("satudata_dataset_show_for_edit", as_user(admin), id=made["id"])
    assert edit["resources"][0]["satudata_file"]["name"] == "gaji pegawai.csv"
    assert edit["resources"][1]["satudata_address"] == "https://rahasia.test/a.json"
    assert edit["notes"] == f"Putaran {rounds - 1}"
    assert model.Session.query(ResourceFile).count() == 2
    assert "satudata_" not in str(helpers.call_action("package_show", as_user(admin), id=made["id"]))


def test_a_new_upload_is_a_new_version(admin, org):
    made = make(admin, org)
    rid = made["resources"][0]["id"]
    helpers.call_action("resource_update", as_user(admin), id=rid, name="Tabel", upload=upload("b.json", b"[1]"))
    edit = helpers.call_action("satudata_dataset_show_for_edit", as_user(admin), id=made["id"])
    assert edit["resources"][0]["satudata_file"]["version"] == 2
    assert edit["resources"][0]["data_format"] == "JSON"
    helpers.call_action("resource_delete", as_user(admin), id=rid)
    assert helpers.call_action("package_show", as_user(admin), id=made["id"])["resources"] == []


def test_release_opens_the_file_and_the_name(admin, org, app):
    made = make(admin, org)
    shown = publish(made["id"])
    assert shown["name"] == "gaji-pegawai-rahasia" and shown["private"] is False
    resource = shown["resources"][0]
    assert resource["format"] == "CSV" and resource["url_type"] == "upload"
    assert resource["url"].endswith(f"/dataset/{made['id']}/resource/{resource['id']}/download/gaji-pegawai.csv")
    path = resource["url"].removeprefix("http://test.ckan.net")
    answer = app.get(path)
    assert answer.status_code == 200 and answer.data == CSV
    assert app.flask_app.test_client().head(path).headers["Content-Length"] == str(len(CSV))
    part = app.get(path, headers={"Range": "bytes=6-10"})
    assert part.status_code == 206 and part.data == CSV[6:11]
    assert not model.Session.query(model.Package).get(made["id"]).private


def test_release_of_terbatas_opens_the_description_only(admin, org, app):
    made = make(admin, org, level="terbatas")
    path = f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/download"
    assert app.get(path).status_code == 404
    shown = publish(made["id"])
    assert shown["private"] is False
    resource = shown["resources"][0]
    assert (resource["format"], resource["data_format"]) == ("HTML", "CSV")
    assert resource["url"].endswith(f"/minta-data/{resource['id']}")
    answer = app.get(path)
    assert answer.status_code == 403 and b"SANGAT" not in answer.data
    assert f'href="/dataset/{shown["name"]}/resource/{resource["id"]}"' in answer.body, "the way to ask is shown"
    assert store.locations("public") & set(model.Session.scalars(ResourceFile.public_locations())) == set()


def test_a_closed_dataset_never_becomes_public(admin, org):
    made = make(admin, org, level="tertutup")
    assert publish(made["id"])["private"] is True
    assert datasets.stage_of(model.Session, made["id"]) is DatasetStage.CLOSED


def test_a_closed_dataset_is_opened_again_with_a_reason_by_walidata_only(admin, org):
    made = make(admin, org, level="tertutup")
    publish(made["id"])
    with pytest.raises(tk.ValidationError):
        helpers.call_action("package_patch", as_user(admin), id=made["id"], title="Lain")
    walidata = officer(Role.WALIDATA)
    for user, reason in ((officer(Role.OPERATOR, org["id"]), "Salah tingkat"), (walidata, "")):
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            helpers.call_action("satudata_dataset_withdraw", as_user(user), id=made["id"], reason=reason)
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah tingkat")
    assert datasets.stage_of(model.Session, made["id"]) is DatasetStage.DRAFT
    assert model.Package.get(made["id"]).private is True
    assert model.Session.query(Journal).filter_by(event="dataset_reopened", subject_id=made["id"]).count() == 1


def test_a_file_stricter_than_its_dataset_says_so_on_both_pages(admin, org, app):
    files = [{"name": "a", "upload": upload()}, {"name": "b", "access_level": "terbatas", "upload": upload("b.csv")}]
    shown = publish(make(admin, org, resources=files)["id"])
    open_one, limited = (resource["id"] for resource in shown["resources"])
    page = app.get(f"/dataset/{shown['name']}").body
    assert "Minta berkas ini" in page and f"resource={limited}" in page and f"resource={open_one}" not in page
    own = app.get(f"/dataset/{shown['name']}/resource/{limited}").body
    assert "Minta berkas ini" in own and f"/minta-data/{limited}" not in own.split("<footer")[0].split("<main")[-1]
    assert "Minta berkas ini" not in app.get(f"/dataset/{shown['name']}/resource/{open_one}").body


def test_a_closed_resource_is_taken_out(admin, org):
    made = make(
        admin,
        org,
        resources=[
            {"name": "a", "upload": upload()},
            {"name": "TERLARANG", "access_level": "tertutup", "upload": upload()},
        ],
    )
    shown = publish(made["id"])
    assert [resource["name"] for resource in shown["resources"]] == ["a"]
    edit = helpers.call_action("satudata_dataset_show_for_edit", as_user(admin), id=made["id"])
    assert [resource["name"] for resource in edit["resources"]] == ["a", "TERLARANG"]


def test_a_resource_cannot_be_looser_than_its_dataset(admin, org):
    with pytest.raises(tk.ValidationError) as caught:
        make(admin, org, level="terbatas", resources=[{"name": "a", "access_level": "terbuka", "upload": upload()}])
    assert "access_level" in caught.value.error_dict


def test_a_published_dataset_keeps_its_content(admin, org):
    made = make(admin, org)
    publish(made["id"])
    for change in ({"private": True}, {"state": "deleted"}, {"name": "lain"}):
        with pytest.raises(tk.ValidationError):
            helpers.call_action("package_patch", as_user(admin), id=made["id"], **change)
    rid = made["resources"][0]["id"]
    helpers.call_action("resource_patch", as_user(admin), id=rid, datastore_active=True)
    for change in ({"title": "Lain"}, {"resources": []}):
        helpers.call_action("package_patch", as_user(admin), id=made["id"], **change)
    for action in ("package_delete", "dataset_purge"):
        with pytest.raises(tk.ValidationError):
            helpers.call_action(action, as_user(admin), id=made["id"])
    shown = helpers.call_action("package_show", as_user(admin), id=made["id"])
    # Technical marks of a published file are set by the portal's own jobs (test_rows), by nobody else.
    assert shown["title"] == "Gaji pegawai rahasia" and shown["resources"][0]["datastore_active"] is False


def test_a_withdrawn_dataset_leaves_a_stub(admin, org, app):
    made = make(admin, org)
    path = publish(made["id"])["resources"][0]["url"].removeprefix("http://test.ckan.net")
    walidata = officer(Role.WALIDATA)
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"])
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah hitung")
    assert model.Session.query(Journal).filter_by(event="dataset_withdrawn", subject_id=made["id"]).count() == 1
    listed = app.get("/api/action/satudata_withdrawn_list?since=2020-01-01").json["result"]
    assert [row["id"] for row in listed] == [made["id"]]
    shown = app.get(f"/api/action/package_show?id={made['id']}").json["result"]
    assert shown["title"] == "Data ditarik" and shown["name"] == f"ditarik-{made['id']}"
    assert shown["resources"] == [] and "gaji" not in str(shown).lower()
    assert app.get(path).status_code == 404
    found = app.get("/api/action/package_search").json["result"]["results"]
    assert made["id"] in [row["id"] for row in found], "harvesters must learn of it"
    for page in ("/", "/dataset/", f"/organization/{org['name']}"):
        assert "Data ditarik" not in app.get(page).body, "people look for data"


@pytest.mark.parametrize("left_out", ["save", "id"])
def test_a_resource_form_without_its_button_is_a_bad_request(admin, org, app, left_out):
    made = make(admin, org)
    form = {"save": "go-metadata", "id": "", "name": "a"}
    form.pop(left_out)
    head = {"Authorization": factories.APIToken(user=admin["name"])["token"]}
    answer = app.post(f"/dataset/{made['id']}/resource/new", data=form, headers=head, follow_redirects=False)
    assert answer.status_code == 400


def test_a_purged_draft_takes_its_file_along(admin, org):
    made = make(admin, org)
    location = model.Session.query(VaultObject).one().location
    helpers.call_action("dataset_purge", as_user(admin), id=made["id"])
    assert location not in store.locations("vault")
    assert model.Session.query(ResourceFile).count() == 0
