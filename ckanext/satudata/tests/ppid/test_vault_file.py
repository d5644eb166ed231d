"""A file handed over straight from the vault: the agency's own, approved and published, and nothing else."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import standing
from ckanext.satudata.ppid.presenter import _vault_files
from ckanext.satudata.shared import notices, vault
from ckanext.satudata.tests.access.support import CSV, make, publish, upload
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.ppid.conftest import ACCEPTED, ASKED, link_of
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

OWN = CSV + b"2025,HANYA-DI-SINI\n"


@pytest.fixture
def data(people):
    """Resource ids by what lies behind them."""
    admin, elsewhere = factories.Sysadmin(), factories.Organization()
    mixed = [
        {"name": "Daftar", "upload": upload(content=OWN)},
        {"name": "Rahasia", "access_level": "tertutup", "upload": upload("rahasia.csv")},
    ]
    limited = make(admin, people.agency, level="terbatas", name="terbatas", resources=mixed)
    draft = make(admin, people.agency, level="terbatas", name="draf")
    closed = make(admin, people.agency, level="tertutup", name="tertutup")
    foreign = make(admin, elsewhere, level="terbatas", name="lain")
    for made in (limited, closed, foreign):
        publish(made["id"])
    return {
        "limited": limited["resources"][0]["id"],
        "withheld": limited["resources"][1]["id"],
        "draft": draft["resources"][0]["id"],
        "closed": closed["resources"][0]["id"],
        "foreign": foreign["resources"][0]["id"],
        "unknown": "11111111-2222-4333-8444-888888888888",
        "dataset": limited["id"],
    }


def test_the_file_of_a_limited_dataset_is_handed_over_without_an_upload(data, routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"resource_id": data["limited"]})
    row = model.Session.query(PpidHandover).one()
    assert row.source == "dataset" and vault.read_bytes(model.Session, row.vault_id) == OWN
    assert (row.resource_id, row.resource_version) == (data["limited"], 1)


def test_no_other_file_is_handed_over(data, routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    said = set()
    for which in ("withheld", "draft", "closed", "foreign", "unknown"):
        with pytest.raises(Invalid) as caught:
            give(routed.case_id, "handover", people.pembantu, {"resource_id": data[which]})
            pytest.fail(which)
        said.add((caught.value.field, str(caught.value)))
    assert len(said) == 1 and model.Session.query(PpidHandover).count() == 0


def test_the_form_offers_only_what_may_be_handed_over(data, routed, people):
    routed.dataset_id = data["dataset"]
    assert [found[0] for found in _vault_files(routed)] == [data["limited"]]


def test_a_hidden_dataset_is_asked_for_like_one_that_never_was(data, no_limits):
    package = model.Resource.get(data["draft"]).package
    said = []
    for asked in (package.id, package.name, data["unknown"]):
        with pytest.raises(tk.ValidationError) as caught:
            call_action("satudata_ppid_request_create", {"user": "", "ignore_auth": False}, **ASKED, dataset=asked)
        said.append(str(caught.value.error_dict).replace(asked, "X"))
    assert len(set(said)) == 1


@pytest.mark.long
def test_two_officers_in_one_instant_decide_once(routed, give, people):
    got, ready, case_id = [], threading.Barrier(4), routed.case_id
    refusal = {"reason_code": "17h", "note": "Memuat data pribadi pasien yang tidak dapat disamarkan seluruhnya."}
    model.Session.commit()

    def run(number):
        ready.wait()
        try:
            give(case_id, *(("grant", people.pembantu) if number % 2 else ("refuse", people.pembantu, refusal)))
            got.append("done")
        except Exception as error:
            model.Session.rollback()
            got.append(error)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert got.count("done") == 1, got
    assert all(one == "done" or isinstance(one, Conflict) for one in got), got


@pytest.fixture
def checked(data, routed, give, people):
    """The limited dataset's own file, handed over and attested; `as_upload` hands the same bytes over by hand."""

    def made(payload=None):
        give(routed.case_id, "grant", people.pembantu)
        give(routed.case_id, "handover", people.pembantu, payload or {"resource_id": data["limited"]})
        row = model.Session.query(PpidHandover).one()
        give(routed.case_id, "attest", people.ppid, {"sha256": row.sha256, "checked": "true"})
        return routed

    return made


def withdraw(data, reason="Memuat data pribadi"):
    boss = factories.User()
    hold(boss["id"], Role.WALIDATA)
    call_action(
        "satudata_dataset_withdraw", {"user": boss["name"], "ignore_auth": False}, id=data["dataset"], reason=reason
    )
    model.Session.expire_all()


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_link_to_the_datasets_file_ends_with_the_dataset(app, data, checked, give, people, by_hand, mail_sink):
    row = checked({"upload": SimpleNamespace(filename="x.csv", stream=io.BytesIO(OWN))} if by_hand else None)
    give(row.case_id, "deliver", people.ppid)
    grant = model.Session.query(Grant).one()
    assert (grant.package_id, grant.resource_id, grant.resource_version) == (data["dataset"], data["limited"], 1)
    path = link_of(row)
    where = app.post(path, data=ACCEPTED, follow_redirects=False).headers["Location"]
    withdraw(data)
    for address in (path, where):
        answer = app.get(address)
        assert answer.status_code == 410 and OWN not in answer.data
    assert app.post(path, data=ACCEPTED).status_code == 410
    told = model.Session.scalars(sa.select(Journal).where(Journal.event == "grant_revoked")).one()
    assert told.case_id == row.case_id and told.subject_id == grant.id
    row = model.Session.get(PpidRequest, row.id)
    assert row.decision == "granted" and standing.for_applicant(model.Session, row)["link_state"] == "ended"
    notices.send_waiting()
    notices.send_waiting()
    assert row.number in text_of(mail_sink.to(model.User.get(people.ppid["id"]).email)[-1])


def test_a_file_made_for_the_request_outlives_the_dataset(app, data, checked, give, people):
    extract = SimpleNamespace(filename="ringkas.csv", stream=io.BytesIO(b"tahun,jumlah\n2024,7\n"))
    row = checked({"upload": extract})
    give(row.case_id, "deliver", people.ppid)
    withdraw(data)
    assert app.get(link_of(row)).status_code == 200
    assert model.Session.query(Grant).one().package_id is None


def test_what_was_withdrawn_before_the_answer_is_not_delivered(data, checked, give, people):
    row = checked()
    withdraw(data)
    with pytest.raises(Conflict, match="withdrawn"):
        give(row.case_id, "deliver", people.ppid)
    assert model.Session.query(Grant).count() == 0
    give(row.case_id, "return_", people.ppid, {"note": "Data ditarik; putuskan kembali."})
    model.Session.refresh(row)
    assert row.decision is None


def test_the_same_bytes_of_a_dataset_that_stays_are_given_out(app, data, checked, give, people):
    row = checked({"upload": SimpleNamespace(filename="x.csv", stream=io.BytesIO(CSV))})
    withdraw(data)
    give(row.case_id, "deliver", people.ppid)  # another agency publishes the very same file
    assert app.get(link_of(row)).status_code == 200


def test_a_file_that_is_not_in_the_dataset_is_named(asked, data):
    for resource in (data["withheld"], data["foreign"], "tidak-ada"):
        with pytest.raises(tk.ValidationError) as caught:
            asked(dataset=data["dataset"], resource=resource)
        assert "resource" in caught.value.error_dict
    assert asked(dataset=data["dataset"], resource=data["limited"])["number"]
