"""From draft to the public, and back: what the SOP asks of a dataset (Malang 000, rows 7, 8, 10)."""

from __future__ import annotations

import io

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories as ckan_factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def org():
    return ckan_factories.Organization()


@pytest.fixture
def people(org):
    agency = {role: officer(role, org["id"]) for role in ("operator", "verifier", "producer_head")}
    return agency | {"walidata": officer("walidata")}


def as_portal(action, **data):
    return tk.get_action(action)(
        {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}, data
    )


def act(person, action, **data):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])}
    return tk.get_action(action)(context, data)


@pytest.fixture
def draft(org):
    def make(**changes):
        file = FileStorage(io.BytesIO(b"tahun,nilai\n2024,7\n"), filename="murid.csv")
        data = full_dataset(owner_org=org["id"], resources=[{"name": "Tabel", "upload": file}], **changes)
        return as_portal("package_create", **data)["id"]

    return make


def command(person, case, name, **payload):
    return act(person, "satudata_case_command", id=case, command=name, **payload)


def stage(dataset):
    model.Session.expire_all()
    return model.Session.get(DatasetState, dataset).state


def anonymously(action, **data):
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, data)


def is_public(dataset):
    try:
        return not anonymously("package_show", id=dataset)["private"]
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return False


def test_the_whole_way_with_a_return(people, draft):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    assert stage(dataset) == "in_review" and not is_public(dataset)
    command(people["verifier"], case, "return_", note="Satuan belum benar")
    assert stage(dataset) == "draft"
    assert act(people["operator"], "satudata_dataset_submit", id=dataset)["id"] == case
    command(people["verifier"], case, "approve")
    assert stage(dataset) == "in_review"
    command(people["producer_head"], case, "approve")
    assert stage(dataset) == "approved" and not is_public(dataset)
    answer = command(people["walidata"], case, "publish")
    assert is_public(dataset) and stage(dataset) == "published"
    assert anonymously("package_show", id=dataset)["name"] == answer["dataset"]


def test_an_incomplete_draft_is_refused_by_name_of_field_and_stays_a_draft(people, draft):
    dataset = draft(definisi="", satuan="")
    with pytest.raises(tk.ValidationError) as refusal:
        act(people["operator"], "satudata_dataset_submit", id=dataset)
    assert {"definisi", "satuan"} <= set(refusal.value.error_dict)
    assert stage(dataset) == "draft"
    assert act(people["operator"], "satudata_dataset_review_show", id=dataset)["case"] is None


def test_a_returned_dataset_cannot_be_sent_from_the_desk_while_incomplete(people, draft, org):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    command(people["verifier"], case, "return_", note="Lengkapi")
    as_portal("package_patch", id=dataset, definisi="")
    with pytest.raises(tk.ValidationError) as refusal:
        command(people["operator"], case, "submit")
    assert "definisi" in refusal.value.error_dict
    assert stage(dataset) == "draft"


def test_what_is_reviewed_cannot_change(people, draft):
    dataset = draft()
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    with pytest.raises(tk.ValidationError):
        as_portal("package_patch", id=dataset, title="Lain")


def test_pressing_twice_opens_one_case(people, draft):
    dataset = draft()
    first = act(people["operator"], "satudata_dataset_submit", id=dataset, key="k1")
    again = act(people["operator"], "satudata_dataset_submit", id=dataset, key="k1")
    assert again["id"] == first["id"]


def test_sending_again_without_the_key_says_that_it_was_sent(people, draft):
    dataset = draft()
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    with pytest.raises(tk.ValidationError):
        act(people["operator"], "satudata_dataset_submit", id=dataset)


@pytest.mark.parametrize("role", ["verifier", "producer_head", "walidata"])
def test_only_an_operator_sends(people, draft, role):
    dataset = draft()
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        act(people[role], "satudata_dataset_submit", id=dataset)
    assert stage(dataset) == "draft"


def test_a_sysadmin_without_the_role_publishes_nothing(people, draft):
    dataset, admin = draft(), ckan_factories.Sysadmin()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    for name in ("approve", "publish"):
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            command(admin, case, name)
    assert stage(dataset) == "in_review" and not is_public(dataset)


def test_strangers_learn_nothing(people, draft):
    dataset, stranger = draft(), officer("operator", ckan_factories.Organization()["id"])
    for action in ("satudata_dataset_submit", "satudata_dataset_review_show"):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)) as refusal:
            act(stranger, action, id=dataset)
        assert "Murid" not in str(refusal.value)


def test_the_pages_lead_the_operator(app, people, draft):
    dataset = draft(satuan="")
    headers = {"Authorization": people["operator"]["token"]}
    page = app.get(f"/dataset/{dataset}", headers=headers).body
    assert "#field-satuan" in page and "Kirim ke verifikator" not in page
    as_portal("package_patch", id=dataset, satuan="orang")
    assert "Kirim ke verifikator" in app.get(f"/dataset/{dataset}", headers=headers).body
    assert "Jumlah Murid" in app.get("/meja/data/draf", headers=headers).body
    assert app.get("/meja/data/draf", expect_errors=True).status_code in (403, 404)
    sent = app.post(f"/meja/data/{dataset}/kirim", headers=headers, follow_redirects=False)
    assert sent.status_code == 302 and stage(dataset) == "in_review"
