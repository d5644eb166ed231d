"""A file handed over straight from the vault: the agency's own, approved and published, and nothing else."""

from __future__ import annotations

import threading

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid.presenter import _vault_files
from ckanext.satudata.shared import crypto, release, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.tests.access.support import CSV, make, publish, upload
from ckanext.satudata.tests.ppid.conftest import ASKED

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def data(people):
    """Resource ids by what lies behind them."""
    admin, elsewhere = factories.Sysadmin(), factories.Organization()
    mixed = [
        {"name": "Daftar", "upload": upload()},
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
    assert row.source == "dataset" and vault.read_bytes(model.Session, row.vault_id) == CSV
    assert (row.resource_id, row.resource_version) == (data["limited"], 1)


def handed_over(data, routed, give, people, body):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, body)
    row = model.Session.query(PpidHandover).one()
    give(routed.case_id, "attest", people.ppid, {"sha256": row.sha256, "checked": "true"})
    return row


def withdrawn(data):
    release.withdraw({"user": ""}, data["dataset"], actor=SYSTEM)
    model.Session.commit()


def test_the_link_names_what_was_handed_over_and_ends_when_it_is_withdrawn(app, data, routed, give, people):
    row = handed_over(data, routed, give, people, {"resource_id": data["limited"]})
    give(routed.case_id, "deliver", people.ppid)
    grant = model.Session.query(Grant).one()
    named = (grant.vault_object_id, grant.resource_id, grant.resource_version)
    assert named == (row.vault_id, data["limited"], 1)
    path = f"/berkas/{crypto.unseal(model.Session.get(PpidRequest, routed.id).link)}"
    assert app.get(path).status_code == 200
    withdrawn(data)
    assert app.get(path).status_code == 410 and app.post(path, follow_redirects=False).status_code == 410


def test_an_uploaded_file_is_no_version_of_a_resource(data, routed, give, people):
    handed_over(data, routed, give, people, {"upload": upload("sendiri.csv")})
    give(routed.case_id, "deliver", people.ppid)
    grant = model.Session.query(Grant).one()
    assert grant.vault_object_id and grant.resource_id is None and grant.resource_version is None
    withdrawn(data)
    assert grant.revoked_at is None


def test_what_was_withdrawn_before_the_answer_is_not_delivered(data, routed, give, people):
    handed_over(data, routed, give, people, {"resource_id": data["limited"]})
    withdrawn(data)
    with pytest.raises(Conflict):
        give(routed.case_id, "deliver", people.ppid)
    model.Session.rollback()
    assert model.Session.query(Grant).count() == 0
    give(routed.case_id, "return_", people.ppid, {"note": "Dataset sudah ditarik."})
    give(routed.case_id, "handover", people.pembantu, {"upload": upload("baru.csv")})


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
