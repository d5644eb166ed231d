"""What pages, forms and records say of the access: truly, by name, and with the day."""

from __future__ import annotations

import re
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload, with_minutes
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import restricted

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = "Berisi nama penerima bantuan."


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


@pytest.fixture
def public(clerk):
    files = [{"name": "Tabel", "upload": upload()}, {"name": "Rincian", "upload": upload("rinci.csv")}]
    return publish(make(clerk, clerk["org"], title="Bank sampah", name="bank-sampah", resources=files)["id"])


def call(caller, name, /, **data):
    return helpers.call_action(name, as_user(caller), **data)


def narrow(user, dataset, to_level="terbatas", **kw):
    return call(user, "satudata_dataset_reclassify", id=dataset["id"], to_level=to_level, reason=REASON, **kw)


def head(user):
    return {"Authorization": user["token"]}


def button(body, label):
    return re.search(rf'class="btn sd-btn sd-btn-primary"[^>]*>(?:(?!</a>).)*{label}', body, re.S)


def test_the_page_of_open_data_says_which_files_are_on_request(app, public, walidata):
    first, second = (resource["id"] for resource in public["resources"])
    page = app.get("/dataset/bank-sampah").body
    assert "atas permohonan" not in page and "Siapa pun boleh mengunduh data ini." in page
    narrow(walidata, public, resource_id=first)
    page = app.get("/dataset/bank-sampah").body
    assert "1 dari 2 berkas atas permohonan" in page and "Siapa pun boleh mengunduh data ini." not in page
    assert button(page, "Unduh") and "Ajukan permohonan data ini" not in page
    narrow(walidata, public, resource_id=second)
    page = app.get("/dataset/bank-sampah").body
    assert "boleh mengunduh" not in page and "Berkasnya diberikan atas permohonan." in page
    assert not button(page, "Unduh") and ">Unduh</h2>" not in page
    assert "Data ini tidak dapat diunduh langsung" in page and f"dataset={public['name']}" in page
    assert page.count('id="dataset-resources"') == 1


def levels(body):
    return re.findall(r'type="radio"[^>]*name="access_level" value="(\w*)"', body)


@pytest.mark.parametrize(
    ("level", "offered"),
    [
        ("terbuka", ["", "terbuka", "terbatas", "tertutup"]),
        ("terbatas", ["", "terbatas", "tertutup"]),
        ("tertutup", ["", "tertutup"]),
    ],
)
def test_the_form_of_a_file_offers_no_level_more_open_than_its_dataset(app, clerk, level, offered):
    draft = make(clerk, clerk["org"], level=level, name="sebuah-draf")
    file = draft["resources"][0]["id"]
    for path in (f"/dataset/{draft['name']}/resource/new", f"/dataset/{draft['name']}/resource/{file}/edit"):
        assert levels(app.get(path, headers=head(clerk)).body) == offered, path
    assert levels(app.get(f"/dataset/edit/{draft['name']}", headers=head(clerk)).body) == [
        "terbuka",
        "terbatas",
        "tertutup",
    ]


def test_the_refusal_of_a_looser_file_names_it(clerk):
    draft = make(clerk, clerk["org"], resources=[{"name": "Rincian", "upload": upload(), "access_level": "terbuka"}])
    for sent in (
        lambda: call(clerk, "package_patch", id=draft["id"], access_level="terbatas"),
        lambda: make(clerk, clerk["org"], "terbatas", name="lain", resources=draft["resources"]),
    ):
        with pytest.raises(tk.ValidationError) as caught:
            sent()
        assert "“Rincian”" in str(caught.value.error_dict)


def test_a_restriction_does_not_outlive_the_decree_it_names(clerk, walidata):
    dataset = publish(make(clerk, clerk["org"], level="terbatas")["id"])
    decree = call(
        walidata,
        "satudata_decree_create",
        kind="head_decree",
        number="188/1",
        title="Daftar data",
        dated_on=clock.today().isoformat(),
        in_force_until_on="2029-12-05",
    )
    case = call(walidata, "satudata_classification_propose", id=dataset["id"])["id"]
    values = {**restricted(), "access_decree": decree["id"]}

    def record(until):
        sent = {**values, "access_until": until, "access_review_on": ""}
        return call(walidata, "satudata_case_command", id=case, command="record", **with_minutes("record", sent))

    with pytest.raises(tk.ValidationError) as caught:
        record("2029-12-06")
    assert set(caught.value.error_dict) == {"access_until"} and "2029" in str(caught.value.error_dict)
    assert model.Session.get_one(Case, case).data["proposal"] == {}, "nothing is kept"
    record("2029-12-05")
    assert model.Session.get_one(Case, case).data["proposal"]["access_until"] == "2029-12-05"


def test_what_is_given_is_listed_with_the_same_moment(clerk, walidata):
    limited = publish(make(clerk, clerk["org"], level="terbatas")["id"])
    person = factories.UserWithToken()
    asked = {"resource_id": limited["resources"][0]["id"], "user": person["name"], "reason": "001/PPID/2026"}
    until = (clock.today() + timedelta(days=7)).isoformat()
    given = call(walidata, "satudata_grant_give", until=until, **asked)
    model.Session.expire_all()
    listed = call(walidata, "satudata_grant_list", user=person["name"])
    assert [one["until"] for one in listed] == [given["until"]]
    assert given["until"].startswith(f"{until}T23:59:59") and given["until"].endswith("+07:00")


def test_records_name_the_file(app, public, walidata):
    first, second = (resource["id"] for resource in public["resources"])
    record = narrow(walidata, public, resource_id=second)
    assert record["resource_name"] == "Rincian"
    gone = narrow(walidata, public, "tertutup", resource_id=first)
    assert gone["resource_name"] == "Tabel"
    for path in ("/meja/reklasifikasi", f"/meja/reklasifikasi/{record['id']}"):
        assert "Berkas: Rincian" in app.get(path, headers=head(walidata)).body
    assert "Bank sampah: Tabel" in app.get("/meja/reklasifikasi.csv", headers=head(walidata)).body
    assert narrow(walidata, public)["resource_name"] == ""


def test_downloads_are_told_by_kind_of_client_with_their_days(app, public, walidata):
    path = f"/dataset/{public['id']}/resource/{public['resources'][0]['id']}/download"
    for day, agent in (("2027-01-05", "python-requests/2"), ("2027-02-07", "curl/8"), ("2027-01-09", "Mozilla/5.0")):
        with freeze_time(f"{day} 05:00:00"):
            app.flask_app.test_client().get(path, headers={"User-Agent": agent})
    plan = call(walidata, "satudata_dataset_reclassify_preview", id=public["id"], to_level="terbatas")
    told = call(walidata, "satudata_dataset_exposure_show", id=public["id"])["downloads"]["by_client"]
    assert list(plan["clients"]) == told
    days = {one["client"]: (one["count"], one["first_at"][:10], one["last_at"][:10]) for one in told}
    assert days == {"browser": (1, "2027-01-09", "2027-01-09"), "script": (2, "2027-01-05", "2027-02-07")}
    asked = {"what": "dataset", "to_level": "terbatas"}
    pages = [
        app.get(f"/dataset/{public['id']}/klasifikasi", query_string=asked, headers=head(walidata)).body,
        app.get(f"/meja/paparan/{public['id']}", headers=head(walidata)).body,
    ]
    for page in pages:
        assert "5 Januari 2027" in page and "7 Februari 2027" in page
        assert "tidak ada pemanen data yang disebut di sini" in page
    assert "2027" in app.get(f"/meja/paparan/{public['id']}.csv", headers=head(walidata)).body


def test_accounts_with_a_permission_are_named_to_ppid_only(app, clerk, walidata):
    limited = publish(make(clerk, clerk["org"], level="terbatas")["id"])
    person, ppid = factories.UserWithToken(fullname="Pemanen Tetangga"), officer(Role.PPID)
    until = (clock.today() + timedelta(days=7)).isoformat()
    asked = {"resource_id": limited["resources"][0]["id"], "user": person["name"], "reason": "001/PPID/2026"}
    call(walidata, "satudata_grant_give", until=until, **asked)
    found = call(ppid, "satudata_dataset_exposure_show", id=limited["id"])["grants"]["accounts"]
    assert [(one["user"], one["name"], one["downloads"]) for one in found] == [(person["name"], "Pemanen Tetangga", 0)]
    assert "accounts" not in call(walidata, "satudata_dataset_exposure_show", id=limited["id"])["grants"]
    path = f"/meja/paparan/{limited['id']}"
    for ending in ("", ".csv"):
        assert "Pemanen Tetangga" in app.get(path + ending, headers=head(ppid)).body
        assert "Pemanen Tetangga" not in app.get(path + ending, headers=head(walidata)).body


@pytest.mark.usefixtures("datastore")
def test_rows_views_traces_and_followers_are_counted_and_go(public, walidata):
    table = public["resources"][0]["id"]
    call_as = {"ignore_auth": True, "user": walidata["name"]}
    tk.get_action("datastore_create")(
        call_as,
        {"resource_id": table, "fields": [{"id": "tahun", "type": "int"}], "records": [{"tahun": 2024}], "force": True},
    )
    statements = (
        """insert into resource_view (id, resource_id, title, view_type, "order") values ('v', :r, '', '', 0)""",
        "insert into tracking_raw (user_key, url, tracking_type, access_timestamp)"
        " values ('u', '/dataset/bank-sampah', 'page', now())",
        "insert into tracking_summary (url, package_id, tracking_type, count, running_total, recent_views,"
        " tracking_date) values ('/dataset/bank-sampah', :p, 'page', 1, 1, 1, now())",
    )
    for statement in statements:
        bound = {name: value for name, value in (("r", table), ("p", public["id"])) if f":{name}" in statement}
        model.Session.execute(sa.text(statement), bound)
    model.Session.commit()
    call(walidata, "follow_dataset", id=public["id"])
    wanted = {"tables": 1, "views": 1, "tracking": 2, "followers": 1, "files": 2}
    plan = call(walidata, "satudata_dataset_reclassify_preview", id=public["id"], to_level="tertutup")
    assert {name: plan["counts"][name] for name in wanted} == wanted
    record = narrow(walidata, public, "tertutup")
    assert {name: record["counts"][name] for name in wanted} == wanted and record["pending"] == 0
    for left in ("resource_view", "tracking_raw", "tracking_summary", "user_following_dataset"):
        assert model.Session.scalar(sa.text(f"select count(*) from {left}")) == 0, left
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": table})
