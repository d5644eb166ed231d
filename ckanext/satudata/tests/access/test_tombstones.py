"""What was public leaves a stub, whatever way it is taken back; the stub ends after its term."""

from __future__ import annotations

import json
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from freezegun import freeze_time

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.levels import tombstone
from ckanext.satudata.shared.publishing import datasets, permits
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

TERM = timedelta(days=401)


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def steward():
    """A system administrator who also is Walidata."""
    user = factories.SysadminWithToken()
    hold(user["id"], Role.WALIDATA)
    return user


@pytest.fixture
def public(clerk):
    return publish(make(clerk, clerk["org"])["id"])


def visible(dataset):
    """What a visitor finds: by show, by search."""
    nobody = {"user": "", "ignore_auth": False}
    try:
        shown = helpers.call_action("package_show", dict(nobody), id=dataset["id"])
    except (tk.ObjectNotFound, tk.NotAuthorized):
        shown = None
    found = helpers.call_action("package_search", dict(nobody), fq=f"id:{dataset['id']}")["results"]
    return shown, found


def is_stub(dataset):
    shown, found = visible(dataset)
    assert shown["name"] == found[0]["name"] == f"ditarik-{dataset['id']}"
    assert shown["organization"]["id"] == dataset["organization"]["id"]
    assert "gaji" not in json.dumps([shown, found]).lower()
    return True


def delete_one(steward, dataset):
    helpers.call_action("package_delete", as_user(steward), id=dataset["id"], reason="Salah unggah berkas")


def delete_in_bulk(steward, dataset):
    org = dataset["organization"]["id"]
    helpers.call_action("bulk_update_delete", as_user(steward), datasets=[dataset["id"]], org_id=org, reason="Salah")


def delete_in_bulk_by_name(steward, dataset):
    org = dataset["organization"]["name"]
    helpers.call_action("bulk_update_delete", as_user(steward), datasets=[dataset["id"]], org_id=org, reason="Salah")


def purge(steward, dataset):
    helpers.call_action("dataset_purge", as_user(steward), id=dataset["id"], reason="Salah")


def delete_agency(steward, dataset):
    with pytest.raises(tk.ValidationError) as refused:
        helpers.call_action("organization_delete", as_user(steward), id=dataset["organization"]["id"], reason="Salah")
    assert "1" in str(refused.value.error_dict)


def purge_agency(steward, dataset):
    with pytest.raises(tk.ValidationError):
        helpers.call_action("organization_purge", as_user(steward), id=dataset["organization"]["id"], reason="Salah")


WAYS = [delete_one, delete_in_bulk, purge, delete_agency, purge_agency]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_delete_what_is_public_is_a_withdrawal(public, steward, way):
    way(steward, public)
    assert is_stub(public)
    record = model.Session.query(Reclassification).one()
    assert (record.kind, record.by_id, bool(record.reason)) == ("withdrawal", steward["id"], True)
    assert model.Group.get(public["organization"]["id"]).state == "active"


@pytest.mark.parametrize("action", ["package_delete", "dataset_purge", "bulk_update_delete", "organization_delete"])
def test_nothing_is_withdrawn_without_a_reason(public, steward, action):
    org = public["organization"]["id"]
    asked = {"bulk_update_delete": {"datasets": [public["id"]], "org_id": org}, "organization_delete": {"id": org}}
    with pytest.raises(tk.ValidationError) as refused:
        helpers.call_action(action, as_user(steward), **asked.get(action, {"id": public["id"]}))
    assert set(refused.value.error_dict) == {"reason"} and not is_withdrawn(public)


def is_withdrawn(dataset):
    return datasets.stage_of(model.Session, dataset["id"]) is DatasetStage.WITHDRAWN


@pytest.mark.parametrize("way", [delete_one, delete_in_bulk, delete_in_bulk_by_name, purge])
def test_without_walidatas_role_nothing_is_withdrawn(public, clerk, way):
    for nobody in (factories.SysadminWithToken(), clerk):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
            way(nobody, public)
    assert visible(public)[0]["title"] == public["title"]
    assert datasets.stage_of(model.Session, public["id"]) is DatasetStage.PUBLISHED


def test_after_its_term_a_stub_is_no_more_and_may_be_purged(app, public, steward):
    delete_one(steward, public)
    with pytest.raises(tk.ValidationError, match="state"):
        purge(steward, public)
    assert tombstone.end_terms() == 0 and is_stub(public)
    with freeze_time(clock.now() + TERM):
        assert tombstone.end_terms() == 1
        assert visible(public) == (None, [])
        gone = app.flask_app.test_client().get(f"/dataset/{public['id']}")
        made_up = app.flask_app.test_client().get("/dataset/11111111-2222-4333-8444-555555555555")
        assert gone.status_code == made_up.status_code == 404
        assert tombstone.end_terms() == 0
        listed = helpers.call_action("satudata_withdrawn_list")
        assert [one["id"] for one in listed] == [public["id"]]
        purge(steward, public)
    assert model.Package.get(public["id"]) is None and model.Session.get(DatasetState, public["id"]) is None
    assert model.Session.query(Reclassification).count() == 1, "the record stays"


def test_stubs_are_for_harvesters_not_for_people(app, clerk, public, steward):
    files = [{"name": "Tabel", "upload": upload("sekolah.csv")}]
    kept = publish(make(clerk, clerk["org"], title="Jumlah Sekolah", name="jumlah-sekolah", resources=files)["id"])
    delete_one(steward, public)
    client, org = app.flask_app.test_client(), public["organization"]
    nobody = {"user": "", "ignore_auth": False}
    everything = helpers.call_action("package_search", dict(nobody))
    assert {one["id"] for one in everything["results"]} == {kept["id"], public["id"]}
    catalogue = client.get("/catalog.ttl").get_data(as_text=True)
    assert public["id"] in catalogue and "Data ditarik" in catalogue and "gaji" not in catalogue.lower()
    for page in ("/dataset", f"/organization/{org['name']}", "/organization", "/", "/sitemap.xml"):
        text = client.get(page).get_data(as_text=True)
        assert "ditarik-" not in text and "Data ditarik" not in text, page
    assert "1 dataset" in client.get("/organization").get_data(as_text=True).lower()


def test_the_list_of_what_was_withdrawn_is_bounded_and_paged(clerk, steward):
    ids = []
    for number in range(3):
        made = publish(make(clerk, clerk["org"], title=f"Data {number}", name=f"data-{number}")["id"])
        delete_one(steward, made)
        ids.append(made["id"])

    def listed(**asked):
        nobody = {"user": "", "ignore_auth": False}
        return helpers.call_action("satudata_withdrawn_list", nobody, **asked)

    assert [one["id"] for one in listed()] == ids and set(listed()[0]) == {"id", "withdrawn_at"}
    assert [one["id"] for one in listed(limit=1, offset=1)] == ids[1:2]
    assert [one["id"] for one in listed(since=listed()[1]["withdrawn_at"])] == ids[1:]
    assert listed(since="2999-01-01") == []
    for wrong in ({"since": "kemarin"}, {"limit": 5000}, {"limit": 0}):
        with pytest.raises(tk.ValidationError):
            listed(**wrong)


def test_a_name_of_a_stub_is_nobody_elses(clerk, steward, public):
    stub = f"ditarik-{public['id']}"
    squat = publish(make(clerk, clerk["org"], title="Lain", name=stub)["id"])
    assert squat["name"] == f"data-{stub}"
    model.Session.query(model.Package).filter_by(id=squat["id"]).one()
    helpers.call_action("satudata_dataset_withdraw", as_user(steward), id=public["id"], reason="Salah unggah")
    assert is_stub(public)


def test_a_stub_finds_a_name_where_its_own_was_taken_before(clerk, steward, public):
    other = publish(make(clerk, clerk["org"], title="Lain", name="lain")["id"])
    with permits.permit(model.Session, other["id"]):
        model.Package.get(other["id"]).name = f"ditarik-{public['id']}"
        model.Session.commit()
    delete_one(steward, public)
    assert visible(public)[0]["name"] == f"ditarik-{public['id']}-2"


@pytest.mark.parametrize("way", ["package_delete", "dataset_purge"])
def test_walidata_takes_back_by_name_and_is_told_so(app, public, way):
    walidata = officer(Role.WALIDATA)
    token = helpers.call_action("api_token_create", as_user(walidata), user=walidata["name"], name="uji")["token"]
    body = {"id": public["name"], "reason": "Salah unggah berkas"}
    answer = app.post(f"/api/action/{way}", json=body, headers={"Authorization": token})
    assert answer.status_code == 200, answer.body
    assert is_stub(public)


def test_walidata_alone_takes_back_in_bulk(public):
    delete_in_bulk(officer(Role.WALIDATA), public)
    assert is_stub(public)


def test_a_sysadmin_is_told_who_may(public):
    with pytest.raises(tk.ValidationError, match="Walidata") as refused:
        purge(factories.SysadminWithToken(), public)
    assert public["title"] in str(refused.value.error_dict)
