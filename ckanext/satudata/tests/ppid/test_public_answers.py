"""What is published of requests goes when its data are narrowed, and never names data that are not public."""

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.levels import reclassify, reclassify_plan
from ckanext.satudata.tests.access.support import make, publish
from ckanext.satudata.tests.ppid.conftest import _officer
from ckanext.satudata.tests.ppid.test_government import OFFICE

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

TITLE = "Penerima Beasiswa Daerah Canary"
TEXT = {"question": f"Berapa {TITLE}?", "title": TITLE, "answer": "Ada 123 orang, menurut kecamatan."}


@pytest.fixture
def walidata():
    return actor_for(model.User.get(_officer("Walidata", Role.WALIDATA)["id"]))


@pytest.fixture
def data(people):
    made = make(factories.Sysadmin(), people.agency, level="terbatas", title=TITLE, name="beasiswa")
    publish(made["id"])
    return made


@pytest.fixture
def answered(data, asked, row_of, give, people, superior):
    """A request about the data whose answer everybody reads."""
    row = row_of(asked(dataset=data["id"]))
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(row.case_id, "grant", people.pembantu)
    release(propose(row, people.ppid), superior)
    assert call_action("satudata_public_answer_list")["count"] == 1
    return row


def as_user(user):
    return {"user": user["name"], "ignore_auth": False}


def propose(row, ppid, **text):
    return call_action("satudata_public_answer_propose", as_user(ppid), request=row.number, **{**TEXT, **text})


def release(made, superior):
    seen = {"id": made["id"], "seen": made["proposed_at"], "agrees": True}
    return call_action("satudata_public_answer_review", as_user(superior), **seen)


def narrow(data, walidata, level="tertutup"):
    planned = reclassify_plan.plan(model.Session, data["id"], level).counts["answers"]
    done = reclassify.narrow(model.Session, data["id"], level, actor=walidata, reason="Memuat nama.")
    model.Session.commit()
    done.finish()
    return planned


def test_a_published_answer_goes_with_its_data(answered, data, walidata, people, superior, app):
    pages = ("/permohonan/jawaban", "/permohonan/register", "/permohonan/register.csv")
    assert all(TITLE in app.get(path).body for path in pages)
    assert narrow(data, walidata) == 1
    assert not [path for path in pages if TITLE in app.get(path).body]
    assert call_action("satudata_public_answer_list")["count"] == 0
    (row,) = call_action("satudata_request_register_list")["results"]
    assert row["question"] is None
    with pytest.raises(tk.ValidationError) as refused:
        propose(answered, people.ppid)
    assert set(refused.value.error_dict) == {"answer"}, "its title is not public any more"
    made = propose(answered, people.ppid, title="Bantuan pendidikan", question="Berapa penerimanya?")
    with pytest.raises(tk.ValidationError):
        release(made, superior)
    assert call_action("satudata_public_answer_list")["count"] == 0


def test_of_data_that_becomes_terbatas_it_is_read_anew(data, answered, walidata, people, superior):
    made = make(factories.Sysadmin(), people.agency, title="Data terbuka", name="terbuka")
    publish(made["id"])
    answered.dataset_id = made["id"]
    model.Session.commit()
    assert narrow(made, walidata, "terbatas") == 1
    assert call_action("satudata_public_answer_list")["count"] == 0
    release(propose(answered, people.ppid), superior)
    assert call_action("satudata_public_answer_list")["count"] == 1


def test_of_an_offices_request_walidata_writes_and_another_of_walidata_reads(
    asked, row_of, people, superior, walidata, page, give
):
    row = row_of(asked(**OFFICE))
    row.confirmed_at = row.received_at
    model.Session.commit()
    shown = page({"name": walidata.name, "id": walidata.user_id}, f"/meja/jawaban/{row.id}").text
    assert "/tulis" not in shown and "tidak memuat permohonan instansi" in shown
    officer, second = {"name": walidata.name, "id": walidata.user_id}, _officer("Walidata Kedua", Role.WALIDATA)
    give(row.case_id, "route", officer, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(row.case_id, "grant", people.pembantu)
    address = f"/meja/jawaban/{row.id}"
    for user in (people.ppid, superior):
        assert page(user, address).status_code == 404
        with pytest.raises(tk.NotAuthorized):
            propose(row, user)
    assert "/tulis" in page(officer, address).text
    # A question alone would stand in the public register, which holds what PPID answers.
    with pytest.raises(tk.ValidationError) as refused:
        propose(row, officer, title="", answer="")
    assert "answer" in refused.value.error_dict
    made = propose(row, officer)
    for user in (officer, people.ppid, superior):
        with pytest.raises(tk.NotAuthorized):
            release(made, user)
    assert release(made, second)["state"] == "published"
    of_person = row_of(asked(question="Jumlah guru per kecamatan"))
    assert page(officer, f"/meja/jawaban/{of_person.id}").status_code == 404
    with pytest.raises(tk.NotAuthorized):
        propose(of_person, officer)
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_public_answer_withdraw", as_user(people.ppid), id=made["id"])
    assert call_action("satudata_public_answer_withdraw", as_user(officer), id=made["id"])["state"] == "withdrawn"


def test_a_text_written_before_the_narrowing_is_not_released_after_it(answered, data, walidata, people, superior):
    made = propose(answered, people.ppid)
    narrow(data, walidata)
    with pytest.raises(tk.ValidationError):
        release(made, superior)
    assert call_action("satudata_public_answer_list")["count"] == 0


def test_an_answer_to_another_request_that_names_it_goes_too(data, walidata, asked, row_of, give, people, superior):
    row = row_of(asked())
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(row.case_id, "grant", people.pembantu)
    release(propose(row, people.ppid), superior)
    assert call_action("satudata_public_answer_list")["count"] == 1
    assert narrow(data, walidata) == 1 and call_action("satudata_public_answer_list")["count"] == 0


def test_a_text_does_not_name_a_file_that_is_closed(answered, data, walidata, people):
    (file,) = data["resources"]
    done = reclassify.narrow(
        model.Session, data["id"], "tertutup", actor=walidata, reason="Memuat nama.", resource_id=file["id"]
    )
    model.Session.commit()
    done.finish()
    assert call_action("satudata_public_answer_list")["count"] == 0
    with pytest.raises(tk.ValidationError):
        propose(answered, people.ppid, title="Bantuan pendidikan", question="Berapa?" * 3, answer=f"Di {file['name']}.")


def test_another_request_does_not_name_it_either(data, walidata, asked, row_of, give, people):
    row = row_of(asked())
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(row.case_id, "grant", people.pembantu)
    propose(row, people.ppid)
    narrow(data, walidata)
    with pytest.raises(tk.ValidationError) as refused:
        propose(row, people.ppid)
    assert set(refused.value.error_dict) == {"answer"}
