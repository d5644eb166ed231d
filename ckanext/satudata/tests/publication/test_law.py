"""Ways round the review that officers, former officers and system administrators would try. Each is closed."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.publication.test_review import (  # noqa: F401 - fixtures
    act,
    as_portal,
    draft,
    join,
    org,
    people,
)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def refused(who, action, **data):
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError)) as caught:
        act(who, action, **data)
    return caught.value


def sent(people, dataset):  # noqa: F811
    return act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]


def published(people, dataset):  # noqa: F811
    case = sent(people, dataset)
    for who, command in (("verifier", "approve"), ("producer_head", "approve"), ("walidata", "publish")):
        act(people[who], "satudata_case_command", id=case, command=command)
    return case


@pytest.fixture
def signing_for_reports():
    """Walidata a.n., for reports only."""
    return officer(Role.WALIDATA, kind="an", processes=["report"])


def test_a_role_for_one_process_counts_in_no_other(people, draft, signing_for_reports):  # noqa: F811
    hidden, shown = draft(title="Belum terbit"), draft(title="Sudah terbit")
    published(people, shown)
    who = signing_for_reports
    refused(who, "satudata_dataset_withdraw", id=shown, reason="Salah")
    refused(who, "package_show", id=hidden)
    assert act(who, "package_search", include_private=True, q="terbit")["count"] == 1
    refused(who, "satudata_journal_search")
    refused(who, "satudata_ppid_request_list")
    refused(who, "satudata_officer_list")
    assert act(who, "satudata_report_list")["reports"]


def test_an_operator_for_another_process_drafts_nothing(org):  # noqa: F811
    who = officer(Role.OPERATOR, org["id"], kind="an", processes=["request"])
    refused(who, "package_create", title="Konsep", owner_org=org["id"], access_level="terbuka")


def test_a_returned_draft_keeps_its_agency_until_its_review_is_cancelled(people, draft):  # noqa: F811
    other, dataset = ckan_factories.Organization(), draft()
    operator = people["operator"]
    hold(operator["id"], Role.OPERATOR, other["id"])
    join(operator, other)
    case = sent(people, dataset)
    act(people["verifier"], "satudata_case_command", id=case, command="return_", note="Perbaiki")
    for action, field in (("package_patch", "owner_org"), ("package_owner_org_update", "organization_id")):
        assert "owner_org" in refused(operator, action, id=dataset, **{field: other["id"]}).error_dict
    act(operator, "satudata_case_command", id=case, command="withdraw")
    act(operator, "package_patch", id=dataset, owner_org=other["id"])
    assert act(operator, "satudata_dataset_submit", id=dataset)["organization_id"] == other["id"]


def test_nobody_decides_on_a_dataset_of_another_agency(people, draft):  # noqa: F811
    """However it came to be moved, the officers of the former agency answer for it no more."""
    dataset = draft()
    case = sent(people, dataset)
    model.Package.get(dataset).owner_org = ckan_factories.Organization()["id"]
    model.Session.commit()
    assert "conflict" in refused(people["verifier"], "satudata_case_command", id=case, command="approve").error_dict
    assert "metadata" not in str(refused(people["verifier"], "package_show", id=dataset))
    assert "murid.csv" not in str(act(people["verifier"], "satudata_case_show", id=case))


def test_the_agency_of_a_published_dataset_stays(people, draft):  # noqa: F811
    dataset = draft()
    published(people, dataset)
    admin = ckan_factories.SysadminWithToken()
    other = ckan_factories.Organization()
    assert "state" in refused(admin, "package_owner_org_update", id=dataset, organization_id=other["id"]).error_dict


def test_who_left_loses_the_case(people, draft):  # noqa: F811
    case = sent(people, draft(title="Gaji pegawai"))
    operator = people["operator"]
    assert "Gaji pegawai" in str(act(operator, "satudata_inbox"))
    row = model.Session.execute(
        sa.text("delete from satudata_officer_role where user_id = :id"), {"id": operator["id"]}
    )
    assert row.rowcount == 1
    hold(operator["id"], Role.OPERATOR, ckan_factories.Organization()["id"])
    refused(operator, "satudata_case_show", id=case)
    refused(operator, "satudata_case_command", id=case, command="withdraw")
    assert "Gaji pegawai" not in str(act(operator, "satudata_inbox"))


def test_an_auditor_follows_every_case_and_sees_no_hidden_file(people, draft):  # noqa: F811
    auditor = officer(Role.AUDITOR)
    case = sent(people, draft(title="Gaji pegawai"))
    assert [row["case_id"] for row in act(auditor, "satudata_inbox")["rows"]] == [case]
    shown = str(act(auditor, "satudata_case_show", id=case))
    assert "Gaji pegawai" in shown and "murid.csv" not in shown


def test_the_desk_page_shows_an_auditor_no_file(app, people, draft):  # noqa: F811
    dataset = draft()
    auditor, case = officer(Role.AUDITOR), sent(people, dataset)
    page = f"/meja/{case}"
    assert f"/dataset/{dataset}" in app.get(page, headers={"Authorization": people["verifier"]["token"]}).body
    assert "murid.csv" in app.get(page, headers={"Authorization": people["verifier"]["token"]}).body
    answer = app.get(page, headers={"Authorization": auditor["token"]})
    assert answer.status_code == 200 and "murid.csv" not in answer.body
    assert f"/dataset/{dataset}" not in answer.body, "a link to a page that is 404 for an auditor"


def test_what_a_loader_writes_comes_from_loaders_only(people, draft):  # noqa: F811
    dataset = draft()
    published(people, dataset)
    before = act(people["operator"], "package_show", id=dataset)["resources"][0]
    claims = {"hash": "0" * 64, "ckan_url": "https://palsu.example", "resource_id": "TEKS", "ignore_hash": "TEKS"}
    claims |= {"last_modified": "2031-01-01T00:00:00", "datastore_active": True}
    act(people["operator"], "resource_patch", id=before["id"], **claims)
    assert act(people["operator"], "resource_show", id=before["id"]) == before
    as_portal("resource_patch", id=before["id"], **claims)
    after = act(people["operator"], "resource_show", id=before["id"])
    assert after["hash"] == before["hash"] and "palsu" not in str(after) and "TEKS" not in str(after)
    assert after["datastore_active"] is True and after["last_modified"].startswith("2031")


def test_datasets_have_no_relationships_whose_comment_nobody_reviews(people, draft):  # noqa: F811
    link = {"subject": draft(title="Satu"), "object": draft(title="Dua"), "type": "links_to"}
    for who in (people["operator"], ckan_factories.SysadminWithToken()):
        for action in ("package_relationship_create", "package_relationship_update"):
            assert "subject" in refused(who, action, **link, comment="TANPA PERIKSA").error_dict


def test_nobody_makes_a_token_for_another(people):  # noqa: F811
    admin = ckan_factories.SysadminWithToken()
    refused(admin, "api_token_create", user=people["verifier"]["name"], name="pinjam")
    assert act(admin, "api_token_create", user=admin["name"], name="sendiri")["token"]
    assert as_portal("api_token_create", user=people["verifier"]["name"], name="baris perintah")["token"]


def test_an_account_changed_by_another_is_told(people):  # noqa: F811
    admin, verifier = ckan_factories.SysadminWithToken(), people["verifier"]
    act(admin, "user_patch", id=verifier["id"], about="Ruang 3")
    act(verifier, "user_patch", id=verifier["id"], password="Rahasia-Baru-1")
    assert not model.Session.scalars(sa.select(Journal).where(Journal.event == "account_changed")).all()
    act(admin, "user_patch", id=verifier["id"], email="lain@nusasari.example")
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "account_changed")).one()
    assert (entry.actor_name, entry.subject_id) == (admin["name"], verifier["id"])
    assert entry.payload == {"fields": ["email"]}
    assert model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "account_changed")).one().to_email


@pytest.mark.parametrize("change", [{"fullname": "Wali Kota Palsu"}, {"email": "kepala@nusasari.example"}])
def test_officers_keep_the_name_and_address_they_were_appointed_with(people, change):  # noqa: F811
    verifier, nobody = people["verifier"], ckan_factories.UserWithToken()
    assert next(iter(change)) in refused(verifier, "user_patch", id=verifier["id"], **change).error_dict
    act(nobody, "user_patch", id=nobody["id"], **change)


def test_a_name_has_one_line(people):  # noqa: F811
    admin = ckan_factories.SysadminWithToken()
    act(admin, "user_patch", id=people["verifier"]["id"], fullname="Ani\r\nBcc: jahat@x.test")
    assert model.User.get(people["verifier"]["id"]).fullname == "Ani Bcc: jahat@x.test"


def test_a_draft_under_review_is_not_deleted(people, draft):  # noqa: F811
    dataset = draft()
    case = sent(people, dataset)
    act(people["verifier"], "satudata_case_command", id=case, command="return_", note="Perbaiki")
    assert "conflict" in refused(people["operator"], "package_delete", id=dataset).error_dict
    act(people["operator"], "satudata_case_command", id=case, command="withdraw")
    act(people["operator"], "package_delete", id=dataset)


def test_an_acting_officer_is_named_as_such(people, draft, org):  # noqa: F811
    acting = officer(Role.PRODUCER_HEAD, org["id"], kind="plt", user={"fullname": "Ani Contoh"})
    case = sent(people, draft())
    act(people["verifier"], "satudata_case_command", id=case, command="approve")
    act(acting, "satudata_case_command", id=case, command="approve")
    shown = act(people["walidata"], "satudata_case_show", id=case)
    named = {step["role"]: step["done_by_title"] for step in shown["steps"] if step["done_at"]}
    assert named["producer_head"] == "Plt. Ani Contoh" and "Pl" not in named["verifier"][:2]
    entries = model.Session.scalars(
        sa.select(Journal).where(Journal.case_id == case, Journal.event == "approved")
    ).all()
    assert {entry.payload["role"]: entry.payload.get("acting") for entry in entries} == {
        "producer_head": "plt",
        "verifier": None,
    }


def test_groups_are_made_by_walidata(people):  # noqa: F811
    for who in (people["operator"], ckan_factories.UserWithToken()):
        refused(who, "group_create", name="tanpa-periksa", title="TANPA PERIKSA")
    assert act(people["walidata"], "group_create", name="pendidikan", title="Pendidikan")["id"]
