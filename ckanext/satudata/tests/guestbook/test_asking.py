"""The form before the file: who is asked, who is not, and what is kept of whom."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urlsplit

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.files import own_fetch
from ckanext.satudata.tests.access.support import CSV, make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "Mozilla/5.0 Firefox/130.0"}
OWN_PAGE = {**BROWSER, "Sec-Fetch-Site": "same-origin"}
TYPED = {
    "name": "Budi Rahasia Contoh",
    "profession": "student",
    "institution": "Universitas Zqk",
    "email": "budi.zqk@contoh.example",
    "purpose": "Skripsi tentang zqk",
    "consent": "true",
}


@pytest.fixture
def dataset():
    mine = operator()
    return publish(make(mine, mine["org"])["id"])


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


def path_of(dataset):
    return f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/download"


def counted():
    model.Session.rollback()
    return model.Session.scalars(sa.select(Download).order_by(Download.at)).all()


def rule(mode, scope="site", subject=""):
    context = {"user": officer(Role.WALIDATA)["name"], "ignore_auth": False}
    helpers.call_action("satudata_guestbook_rule_update", context, scope=scope, subject=subject, mode=mode)


def form_of(answer):
    assert answer.status_code == 303, answer.status_code
    return answer.headers["Location"]


def test_a_browser_is_led_to_the_form_and_back_to_the_file(client, dataset):
    asked = client.get(path_of(dataset), headers=BROWSER)
    form = form_of(asked)
    assert "no-store" in asked.headers["Cache-Control"] and counted() == []
    page = client.get(form, headers=BROWSER)
    assert page.status_code == 200 and 'name="profession"' in page.text
    wrong = client.post(form, data={**TYPED, "email": "bukan alamat"})
    assert wrong.status_code == 400 and "Skripsi tentang zqk" in wrong.text and counted() == []
    sent = client.post(form, data=TYPED)
    begin = client.get(form_of(sent))
    address = begin.headers["Refresh"].split("url=", 1)[1]
    assert html.escape(address) in begin.text and "Set-Cookie" not in sent.headers
    served = client.get(address, headers=BROWSER)
    assert (served.status_code, served.data) == (200, CSV)
    (row,) = counted()
    guest = model.Session.scalars(sa.select(Guest)).one()
    assert (row.profession, row.spelling_id, row.guest_id) == ("student", guest.spelling_id, guest.id)
    assert (row.client, row.channel, row.resource_version) == ("browser", "file", 1)
    assert crypto.unseal(guest.name) == TYPED["name"] and b"zqk" not in guest.email
    for told in (asked.headers["Location"], sent.headers["Location"], address):
        assert "zqk" not in told.lower() and "budi" not in told.lower()
    # The way holds for this file only, and nobody else's browser is let through without it.
    assert client.get(path_of(dataset), headers=BROWSER).status_code == 303


def test_a_device_that_is_remembered_is_not_asked_again_until_it_is_forgotten(client, dataset):
    form = form_of(client.get(path_of(dataset), headers=BROWSER))
    sent = client.post(form, data={**TYPED, "remember": "true"})
    cookie = sent.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "zqk" not in cookie
    for _ in range(2):
        assert client.get(path_of(dataset), headers=BROWSER).data == CSV
    assert [row.profession for row in counted()] == ["student", "student"]
    client.post("/buku-tamu/lupakan")
    assert client.get(path_of(dataset), headers=BROWSER).status_code == 303


def test_a_mark_that_somebody_changed_or_made_for_another_file_lets_nobody_through(client, dataset):
    form = form_of(client.get(path_of(dataset), headers=BROWSER))
    address = client.get(form_of(client.post(form, data=TYPED))).headers["Refresh"].split("url=", 1)[1]
    mark = address.split("buku_tamu=")[1]
    client.delete_cookie("satudata_buku_tamu")
    other = publish(make(operator_ := operator(), operator_["org"], name="lain")["id"])
    for path, shown in ((path_of(dataset), mark[:-2] + "xx"), (path_of(other), mark), (path_of(dataset), "x")):
        assert client.get(f"{path}?buku_tamu={shown}", headers=BROWSER).status_code == 303, shown


def test_programs_are_served_and_counted_unless_strict_and_then_told_the_parameter(app, client, dataset, ckan_config):
    path = path_of(dataset)
    for headers in ({}, {"Accept": "*/*", "User-Agent": "curl/8"}):
        assert client.get(path, headers=headers).data == CSV
    assert client.head(path, headers=BROWSER).status_code == 200
    assert client.get(path, headers={**BROWSER, "Range": "bytes=5-"}).status_code == 206
    assert len(counted()) == 2
    ckan_config["ckanext.satudata.guestbook.strict"] = True
    refused = client.get(path, headers={"User-Agent": "curl/8"})
    told = refused.get_json()["error"]
    assert refused.status_code == 428 and told["parameter"] == "buku_tamu" and len(counted()) == 2
    signed = client.post(urlsplit(told["sign"]).path, json=TYPED).get_json()["result"]
    for how in ({"headers": {told["header"]: signed["token"]}}, {"query_string": {"buku_tamu": signed["token"]}}):
        assert client.get(path, **how).data == CSV
    assert [row.profession for row in counted()[2:]] == ["student", "student"]
    assert client.head(path).status_code == 200, "no byte leaves, nobody is asked"


def test_where_it_is_offered_only_the_buttons_of_our_pages_lead_to_the_form(client, dataset):
    rule("optional")
    path = path_of(dataset)
    assert client.get(path, headers={**BROWSER, "Sec-Fetch-Site": "none"}).data == CSV
    form = form_of(client.get(path, headers=OWN_PAGE))
    assert form_of(client.get(path, headers={**BROWSER, "Referer": "http://localhost/dataset"})) == form
    begin = client.get(form_of(client.post(form, data={"skip": "true", "remember": "true"})))
    address = begin.headers["Refresh"].split("url=", 1)[1]
    assert client.get(address, headers=OWN_PAGE).data == CSV
    assert client.get(path, headers=OWN_PAGE).data == CSV, "the device is not asked again"
    rule("required")
    assert client.get(path, headers=OWN_PAGE).status_code == 303, "what was left out counts only where it may be"


def test_the_nearest_rule_counts_and_taking_it_away_brings_back_the_next(client, dataset):
    path = path_of(dataset)
    agency = dataset["organization"]["id"]
    for mode, scope, subject, status in (
        ("off", "site", "", 200),
        ("required", "agency", agency, 303),
        ("off", "dataset", dataset["name"], 200),
        ("", "dataset", dataset["name"], 303),
        ("", "agency", agency, 200),
        ("", "site", "", 303),
    ):
        rule(mode, scope, subject)
        assert client.get(path, headers=BROWSER).status_code == status, (mode, scope)


def test_officers_and_the_portal_itself_are_not_asked_and_its_own_fetches_not_counted(app, client, dataset):
    path = path_of(dataset)
    own = {"Authorization": officer(Role.AUDITOR)["token"]}
    assert client.get(path, headers={**BROWSER, **own}).data == CSV and len(counted()) == 1
    mark = own_fetch.header_for(f"http://test.ckan.net{path}")
    assert client.get(path, headers={**BROWSER, **mark}).data == CSV and len(counted()) == 1
    assert own_fetch.header_for("http://tempat-lain.test/x") == {}
    other = own_fetch.header_for("http://test.ckan.net/dataset/x/resource/y/download")
    for foreign in (other, {own_fetch.HEADER: "x"}):
        assert client.get(path, headers={**BROWSER, **foreign}).status_code == 303


def test_rows_of_the_datastore_are_asked_for_and_counted_once(client, dataset, datastore):
    rid = dataset["resources"][0]["id"]
    made = {"fields": [{"id": "a", "type": "text"}], "records": [{"a": "1"}, {"a": "2"}], "force": True}
    hands = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    helpers.call_action("datastore_create", hands, resource_id=rid, **made)
    path = f"/datastore/dump/{rid}"
    assert client.get(path).status_code == 200 and client.head(path).status_code == 200
    assert client.get(f"{path}?offset=1").status_code == 200
    assert [(row.channel, row.resource_version) for row in counted()] == [("rows", 1)]
    form = form_of(client.get(f"{path}?format=json&resource_id=x&what=y", headers=BROWSER))
    address = client.get(form_of(client.post(form, data=TYPED))).headers["Refresh"].split("url=", 1)[1]
    assert "format=json" in address
    assert json.loads(client.get(address, headers=BROWSER).data)["records"]
    assert [(row.channel, row.profession) for row in counted()] == [("rows", None), ("rows", "student")]
    assert client.get("/datastore/dump/tidak-ada").status_code == 404
    assert client.get(f"{path}?format=exe").status_code == 400


@pytest.fixture
def table(dataset, datastore):
    """The id of a published file with 250 rows in the DataStore."""
    rid = dataset["resources"][0]["id"]
    made = {"fields": [{"id": "a", "type": "int"}], "records": [{"a": number} for number in range(250)], "force": True}
    hands = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    helpers.call_action("datastore_create", hands, resource_id=rid, **made)
    return rid


def test_a_dump_from_its_first_row_counts_however_that_is_written_and_a_browsers_is_asked_from_any(client, table):
    path = f"/datastore/dump/{table}"
    for number, offset in enumerate(("0", "00", "+0", "%200", "-0", "0_0"), 1):
        answer = client.get(f"{path}?offset={offset}")
        assert (answer.status_code, len(counted())) == (200, number), offset
        assert client.get(f"{path}?offset={offset}", headers=BROWSER).status_code == 303, offset
    for offset in ("1", "100", "x", "0.0"):
        answer = client.get(f"{path}?offset={offset}")
        assert answer.status_code == (200 if offset.isdigit() else 400) and len(counted()) == 6, offset
        assert client.get(f"{path}?offset={offset}", headers=BROWSER).status_code == 303, offset
    form = form_of(client.get(f"{path}?offset=100&format=json", headers=BROWSER))
    address = client.get(form_of(client.post(form, data=TYPED))).headers["Refresh"].split("url=", 1)[1]
    assert len(json.loads(client.get(address, headers=BROWSER).data)["records"]) == 150 and len(counted()) == 6


def test_rows_that_the_api_gives_are_counted_once_and_asked_for_where_strict(client, table, ckan_config):
    path = "/api/3/action/datastore_search"
    look = f"{path}?resource_id={table}"
    for query in ("", "&limit=100", "&limit=5&offset=95", "&limit=0", "&limit=x", "&offset=-500&limit=500"):
        client.get(look + query)
    assert client.head(f"{look}&limit=1000").status_code == 200 and counted() == []
    # A browser's call is a program's: the page that makes it cannot show a form.
    for number, headers in enumerate(({}, BROWSER, OWN_PAGE), 1):
        answer = client.post(path, json={"resource_id": table, "limit": 200}, headers=headers)
        assert len(answer.get_json()["result"]["records"]) == 200 and len(counted()) == number
    assert client.get(f"{look}&limit=200&offset=200").status_code == 200 and len(counted()) == 3
    ckan_config["ckanext.satudata.guestbook.strict"] = True
    assert client.get(look).status_code == 200
    for query in ("&limit=101", "&offset=100", "&limit=32000&offset=1", f"&limit=200&id={table}"):
        refused = client.get(look + query, headers=BROWSER)
        assert refused.status_code == 428, query
    assert client.post(path, json={"id": table, "limit": 200.0}).status_code == 428
    assert client.post(path, data={"resource_id": table, "limit": "200"}).status_code == 428
    told = refused.get_json()["error"]
    assert "parameter" not in told and len(counted()) == 3
    token = client.post(urlsplit(told["sign"]).path, json=TYPED).get_json()["result"]["token"]
    mark = {told["header"]: token}
    assert client.get(f"{look}&limit=200", headers=mark).status_code == 200
    assert client.get(f"{look}&limit=200&offset=200", headers=mark).status_code == 200
    assert [row.profession for row in counted()[3:]] == ["student"]
    own = {"Authorization": officer(Role.AUDITOR)["token"]}
    assert client.get(f"{look}&limit=200", headers=own).status_code == 200
    for name in ("tidak-ada", "a%00b", "_table_metadata"):
        assert client.get(f"{path}?resource_id={name}&limit=200").status_code != 428, name


def test_a_browser_is_told_at_once_that_a_file_has_no_rows(client, dataset, datastore):
    path = f"/datastore/dump/{dataset['resources'][0]['id']}"
    for headers in ({}, BROWSER, OWN_PAGE):
        assert client.get(path, headers=headers).status_code == 404
    assert counted() == []


def test_no_form_stands_before_rows_that_are_not_there(client, dataset):
    rid = dataset["resources"][0]["id"]
    for address in (f"/unduh/{rid}/baris", f"/unduh/{rid}/baris/mulai"):
        assert client.get(address, headers=BROWSER).status_code == 404
    assert client.post(f"/unduh/{rid}/baris", data=TYPED).status_code == 404
    assert client.get(f"/unduh/{rid}/berkas", headers=BROWSER).status_code == 200


def test_the_form_tells_nothing_of_what_is_not_open(client):
    mine = operator()
    hidden = make(mine, mine["org"], name="draf")
    limited = publish(make(mine, mine["org"], level="terbatas", name="terbatas")["id"])
    for resource_id in (hidden["resources"][0]["id"], limited["resources"][0]["id"], "x"):
        for path in (f"/unduh/{resource_id}/berkas", f"/unduh/{resource_id}/baris/mulai"):
            assert client.get(path).status_code == 404
    assert counted() == []


def test_the_mark_is_not_written_to_the_log(caplog, client, dataset):
    caplog.set_level("INFO")
    client.get(path_of(dataset) + "?buku_tamu=TANDAZQK")
    assert "TANDAZQK" not in re.sub(r"\s", "", caplog.text)


def test_plugins_that_fetch_our_files_bring_the_mark_to_our_addresses_only(app):
    class Fetching:
        exceptions = "as ever"

        @staticmethod
        def get(url, **kw):
            return kw

    marked = own_fetch._Requests(Fetching)
    ours = marked.get("http://test.ckan.net/dataset/x/resource/y/download/a.csv?nonce=1", headers={"A": "b"})
    assert own_fetch.is_own(ours["headers"][own_fetch.HEADER], "/en/dataset/x/resource/y/download/a.csv")
    assert not own_fetch.is_own(ours["headers"][own_fetch.HEADER], "/dataset/x/resource/z/download/a.csv")
    assert ours["headers"]["A"] == "b" and marked.exceptions == "as ever"
    assert marked.get("http://tempat-lain.test/a.csv", headers={"A": "b"}) == {"headers": {"A": "b"}}
