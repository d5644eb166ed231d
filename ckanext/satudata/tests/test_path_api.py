"""One dataset and one request the whole way by API tokens alone (Malang's two SOPs in short form)."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
import pytest
import requests
import sqlalchemy as sa
from ckanapi import NotAuthorized, NotFound, ValidationError

from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.support import clear_text, way
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins")

ANYBODY = None
NOTHING = "00000000-0000-0000-0000-000000000000"


class Caller:
    """Calls actions as an officer (key of `way.OFFICERS`) or, with None, as anybody."""

    def __init__(self, portal, government):
        self.portal, self.government = portal, government
        self.web = requests.Session()

    def __call__(self, who, action, **data):
        files = {name: data.pop(name) for name in ("upload",) if name in data}
        api = self.portal.api(self.government.tokens[who] if who else None)
        return api.call_action(action, data, files=files or None)

    def command(self, who, case, name, **payload):
        return self(who, "satudata_case_command", id=case, command=name, **payload)

    def status(self, who, action, **data):
        """The HTTP status of a call."""
        headers = {"Authorization": self.government.tokens[who]} if who else {}
        return requests.post(
            f"{self.portal.url}/api/action/{action}", json=data, headers=headers, timeout=60
        ).status_code

    def get(self, path, who=None):
        headers = {"Authorization": self.government.tokens[who]} if who else {}
        return self.web.get(self.portal.url + path, headers=headers, timeout=60)


@pytest.fixture
def call(live_portal):
    return Caller(live_portal, way.settle(live_portal))


@pytest.fixture
def files(tmp_path):
    return way.files(tmp_path)


def draft(call, files, **changes):
    data = full_dataset(owner_org=call.government.agency["name"], **changes)
    return call("operator", "package_create", **data)["id"]


def add_file(call, dataset, path, **fields):
    with path.open("rb") as stream:
        return call(
            "operator",
            "resource_create",
            package_id=dataset,
            name=fields.pop("name", path.stem),
            upload=stream,
            **fields,
        )["id"]


def public_places(call, dataset):
    """What anybody gets from every list and address that could tell of a dataset."""
    shown = call(ANYBODY, "package_search", q="", rows=100)["results"]
    pages = ["/dataset/", "/catalog.ttl", "/catalog.jsonld", "/feeds/dataset.atom", "/sitemap.xml", "/"]
    pages += [f"/dataset/{dataset}", f"/dataset/{dataset}.ttl", f"/api/3/action/package_show?id={dataset}"]
    return [str(shown), str(call(ANYBODY, "package_list")), *(call.get(page).content for page in pages)]


def publish(call, dataset):
    """The rest of the review from the verifier's approval on; returns the public name."""
    case = call("operator", "satudata_dataset_submit", id=dataset)["id"]
    call.command("verifier", case, "approve")
    call.command("head", case, "approve")
    return call.command("walidata", case, "publish")["dataset"]


def test_an_open_dataset_from_draft_to_download(call, files):
    title = "Kunjungan Pasien Menurut Kecamatan"
    dataset = draft(call, files, title=title, satuan="", definisi="")
    csv, document = add_file(call, dataset, files.csv), add_file(call, dataset, files.pdf)

    missing = call("operator", "satudata_dataset_review_show", id=dataset)["missing"]
    assert {gap["field"] for gap in missing} == {"satuan", "definisi"}
    with pytest.raises(ValidationError) as refusal:
        call("operator", "satudata_dataset_submit", id=dataset)
    assert {"satuan", "definisi"} <= set(refusal.value.error_dict)
    assert call.status("operator", "satudata_dataset_submit", id=dataset) == 409
    call("operator", "package_patch", id=dataset, satuan="lembar", definisi="Setiap pasien yang datang dihitung.")

    case = call("operator", "satudata_dataset_submit", id=dataset, key="kirim-1")["id"]
    assert call("operator", "satudata_dataset_submit", id=dataset, key="kirim-1")["id"] == case
    assert [row["case_id"] for row in call("verifier", "satudata_inbox")["rows"]] == [case]
    assert call.status("verifier", "satudata_case_command", id=case, command="return_") == 409
    call.command("verifier", case, "return_", note=way.NOTE)
    call("operator", "package_patch", id=dataset, satuan="orang")
    call("operator", "satudata_dataset_submit", id=dataset)

    # What nobody may: approve for another role, twice, skip a step, publish before approval, look in from outside.
    assert call.status("operator", "satudata_case_command", id=case, command="approve") == 403
    call.command("verifier", case, "approve")
    for who, command, status in (
        ("verifier", "approve", 409),
        ("walidata", "publish", 409),
        ("admin", "publish", 409),
        ("stranger", "approve", 404),
        (ANYBODY, "approve", 404),
    ):
        assert (who, call.status(who, "satudata_case_command", id=case, command=command)) == (who, status)
    assert call.status("operator", "package_patch", id=dataset, title="Lain") == 409
    assert call.status("admin", "package_patch", id=dataset, private=False) == 409
    call.command("head", case, "approve")
    assert call.status("head", "satudata_case_command", id=case, command="publish") in (403, 409)

    secrets = (title, "kunjungan-pasien", csv, "metodologi")
    way.nothing_of(secrets, *public_places(call, dataset))
    for who in (ANYBODY, "stranger"):
        for action, key in (
            ("package_show", dataset),
            ("resource_show", csv),
            ("package_show", "kunjungan-pasien-menurut-kecamatan"),
        ):
            with pytest.raises(NotFound):
                call(who, action, id=key)
        assert call.get(f"/dataset/{dataset}/resource/{csv}/download/kunjungan-pasien.csv", who).status_code == 404
        assert not call(who, "package_search", q="kunjungan")["count"]
    assert call.get(f"/dataset/{dataset}/resource/{csv}/download", "walidata").content == files.csv.read_bytes()

    name = call.command("walidata", case, "publish")["dataset"]
    assert name == "kunjungan-pasien-menurut-kecamatan"
    shown = call(ANYBODY, "package_show", id=name)
    for resource, path in zip(shown["resources"], (files.csv, files.pdf), strict=True):
        answer = call.get(urlsplit(resource["url"]).path)
        assert answer.status_code == 200 and answer.content == path.read_bytes()
        assert resource["hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [row["id"] for row in call(ANYBODY, "package_search", q="kunjungan")["results"]] == [dataset]
    for page in ("/catalog.ttl", f"/dataset/{name}.ttl", "/dataset/", f"/dataset/{name}", "/feeds/dataset.atom"):
        assert title in call.get(page).text, page
    assert document in call.get(f"/dataset/{name}.ttl").text
    assert f"/dataset/{name}</loc>" in call.get("/sitemap.xml").text
    assert "/sitemap.xml" in call.get("/robots.txt").text
    assert call("verifier", "satudata_inbox")["count"] == 0

    today = datetime.now(ZoneInfo("Asia/Jakarta")).date().isoformat()
    month = {"name": "dissemination", "from_on": today, "until_on": today}
    assert title in str(call("walidata", "satudata_report_show", **month)["tables"])
    assert base64.b64decode(call("walidata", "satudata_report_render", format="xlsx", **month)["content"])[:2] == b"PK"
    for who in ("operator", ANYBODY):
        assert call.status(who, "satudata_report_show", **month) == 403


def test_the_datastore_answers_and_its_reader_may_only_read(call):
    """What `make up` prepares: without the rights of `set-permissions` every call is a fault of the server."""
    for action in ("datastore_search", "datastore_info"):
        assert call.status(ANYBODY, action, resource_id=NOTHING, id=NOTHING) == 404
    with sa.create_engine(tk.config["ckan.datastore.read_url"]).connect() as reader:
        assert reader.scalar(sa.text("select count(*) from _table_metadata")) is not None
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            reader.execute(sa.text("create table public.mine (id int)"))


ASKED = {
    **way.CITIZEN,
    "question": "Jumlah pasien per kecamatan 2023 dan 2024",
    "applicant_kind": "person",
    "form": "soft",
    "consent": True,
    "citizen": "true",
}


@pytest.fixture
def limited(call, files):
    """A published Terbatas dataset: `(name, id, resource id)`."""
    dataset = draft(
        call,
        files,
        title="Pasien Menurut Penyakit",
        access_level="terbatas",
        access_ground="17h",
        access_basis="UU 14/2008 pasal 17 huruf h",
        access_until="2030-12-31",
    )
    resource = add_file(call, dataset, files.xlsx, name="Tabel 1")
    return publish(call, dataset), dataset, resource


def test_a_limited_dataset_is_asked_for_and_given(call, files, limited, mail_sink):
    name, dataset, resource = limited
    secrets = (*way.hidden_in_vault(), files.xlsx.read_bytes()[:200])
    shown = call(ANYBODY, "package_show", id=name)
    assert shown["access_level"] == "terbatas" and shown["resources"][0]["url"].endswith(f"/minta-data/{resource}")
    way.nothing_of(secrets, *public_places(call, name), str(shown))
    for path in (f"/dataset/{name}/resource/{resource}/download", f"/dataset/{dataset}/resource/{resource}/download/x"):
        assert call.get(path).status_code == 403 and call.get(path, "stranger").status_code == 403
    assert call.get(f"/dataset/{name}/resource/{resource}/download", "operator").content == files.xlsx.read_bytes()
    assert call.get(f"/minta-data/{resource}").status_code == 200

    with pytest.raises(ValidationError) as refusal:
        call(ANYBODY, "satudata_ppid_request_create", dataset=name, question="Data")
    assert {"name", "purpose", "consent"} <= set(refusal.value.error_dict)
    made = call(ANYBODY, "satudata_ppid_request_create", dataset=name, key="dua-kali", **ASKED)
    again = call(ANYBODY, "satudata_ppid_request_create", dataset=name, key="dua-kali", **ASKED)
    assert made["created"] and not again["created"] and again["number"] == made["number"]
    mine = {"number": made["number"], "tracking_code": made["tracking_code"]}

    call.portal.tick()
    code = re.search(r"\b\d{6}\b", text_of(mail_sink.wait(1, to=way.CITIZEN["email"])[0]))[0]
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    assert call.status(ANYBODY, "satudata_ppid_request_confirm", code=wrong, **mine) == 409
    assert call(ANYBODY, "satudata_ppid_request_confirm", code=code, **mine)["confirmed"]
    track = call(ANYBODY, "satudata_ppid_request_track", **mine)
    assert track["due_on"] == made["due_on"] and len(track["letters"]) == 1
    # Question and purpose are shown, for the applicant repairs them there; nothing tells who he is.
    assert not [value for name, value in way.CITIZEN.items() if name != "purpose" and value in str(track)]
    assert call.status(ANYBODY, "satudata_ppid_request_track", number=made["number"], tracking_code="ABCDEFGHJK") == 409

    for who in ("stranger", ANYBODY):
        refused = [call.status(who, "satudata_ppid_request_show", id=key) for key in (made["id"], "tidak-ada")]
        assert refused == [403, 403]
    request = call("ppid", "satudata_ppid_request_show", id=made["id"])
    assert request["applicant"]["name"] == way.CITIZEN["name"]
    case = request["case_id"]
    agency = call.government.agency["id"]
    assert call.status("pembantu", "satudata_case_command", id=case, command="grant") in (403, 409)
    call.command("ppid", case, "route", organization_id=agency, dip_result="listed")
    seen = str(call("pembantu", "satudata_case_show", id=case))
    assert ASKED["question"] in seen and way.CITIZEN["name"] not in seen
    call.command("pembantu", case, "grant")
    assert call.status("ppid", "satudata_case_command", id=case, command="deliver") in (403, 409)
    with files.xlsx.open("rb") as stream:
        call.command("pembantu", case, "handover", upload=stream)
    handed = call("ppid", "satudata_ppid_request_show", id=made["id"])["handover"]
    assert handed["sha256"] == hashlib.sha256(files.xlsx.read_bytes()).hexdigest()
    assert call.get(urlsplit(handed["url"]).path, "ppid").content == files.xlsx.read_bytes()
    assert call.get(urlsplit(handed["url"]).path).status_code == 404
    assert call.status("ppid", "satudata_case_command", id=case, command="attest", sha256="0" * 64, checked=True) == 409
    call.command("ppid", case, "attest", sha256=handed["sha256"], checked=True)
    call.command("ppid", case, "deliver")

    call.portal.tick()
    answer = text_of(mail_sink.wait(3, to=way.CITIZEN["email"])[2])
    link = urlsplit(re.search(r"https?://\S+/berkas/\S+", answer)[0]).path
    page = call.get(link)
    assert page.status_code == 200 and page.headers["Referrer-Policy"] == "no-referrer"
    track = call(ANYBODY, "satudata_ppid_request_track", **mine)
    assert urlsplit(track["link"]).path == link and track["link"].startswith(call.portal.url)
    # A program of the applicant: no cookie, no form token.
    assert requests.post(track["link"], timeout=60).status_code == 422, "the terms are accepted first"
    got = requests.post(track["link"], data={"terms": "true"}, timeout=60)
    assert got.status_code == 200 and got.content == files.xlsx.read_bytes()
    letters_of(call, mine, made)
    assert call.get(link[:-3] + "xyz").status_code == 404
    events = [entry["event"] for entry in call("ppid", "satudata_case_show", id=case)["journal"]]
    assert events.count("grant_used") == 1 and events.count("letter_issued") >= 3
    way.nothing_of(secrets, *public_places(call, name))
    nobody_in_clear(call, mail_sink, made["number"])


def nobody_in_clear(call, mail_sink, number):
    """After a whole way nothing of the applicant stands in database, Redis, logs or subjects; the number does."""
    kept = clear_text.places(call.portal, mail_sink)
    assert clear_text.found([number], {"database": kept["database"]}), "the positive control"
    personal = [way.CITIZEN[name] for name in ("name", "address", "email")]
    assert clear_text.found(personal, kept) == []


def letters_of(call, mine, made):
    """Every letter by plain HTTP: the applicant's with number and code, the officers' with their tokens."""
    number, code = mine["number"], mine["tracking_code"]
    listed = call(ANYBODY, "satudata_ppid_request_track", **mine)["letters"]
    assert len(listed) == 2
    for letter in listed:
        got = requests.get(letter["url"], auth=(number, code), timeout=60)
        assert got.headers["Content-Type"] == "application/pdf" and "no-store" in got.headers["Cache-Control"]
        assert hashlib.sha256(got.content).hexdigest() == letter["sha256"]
        for wrong in ((number, "ABCDEFGHJK"), (number[:-1], code), ("", "")):
            refused = requests.get(letter["url"], auth=wrong, timeout=60, allow_redirects=False)
            assert refused.status_code == 404 and b"%PDF" not in refused.content
        assert b"%PDF" not in requests.get(letter["url"], timeout=60).content
    kinds = {}
    for who in ("ppid", "pembantu"):
        for letter in call(who, "satudata_ppid_request_show", id=made["id"])["letters"]:
            kinds.setdefault(who, set()).add(letter["kind"])
            path = urlsplit(letter["url"]).path
            assert hashlib.sha256(call.get(path, who).content).hexdigest() == letter["sha256"]
            assert call.get(path).status_code == call.get(path, "stranger").status_code == 404
    assert kinds["pembantu"] == {"request_pembantu", "decision", "delivery_ppid"}
    assert kinds["ppid"] == kinds["pembantu"] | {"receipt", "delivery_applicant"}


def test_a_refusal_is_coded_and_told_by_letter(call, limited, mail_sink):
    name, *_ = limited
    made = call(ANYBODY, "satudata_ppid_request_create", dataset=name, **ASKED)
    case = call("ppid", "satudata_ppid_request_show", id=made["id"])["case_id"]
    call.command("ppid", case, "route", organization_id=call.government.agency["id"], dip_result="excluded")
    for payload in ({}, {"note": way.WHY}, {"reason_code": "terbatas", "note": way.WHY}, {"reason_code": "17h"}):
        assert call.status("pembantu", "satudata_case_command", id=case, command="refuse", **payload) == 409
    codes = {row["code"] for row in call(ANYBODY, "satudata_refusal_reason_list")}
    assert "17h" in codes
    call.command("pembantu", case, "refuse", reason_code="17h", note=way.WHY)
    call.command("pembantu", case, "forward")
    call.command("ppid", case, "deliver")
    mine = {"number": made["number"], "tracking_code": made["tracking_code"]}
    track = call(ANYBODY, "satudata_ppid_request_track", **mine)
    assert track["state"] == "closed" and track["decision"] == "refused" and len(track["letters"]) == 2
    assert track["link_until"] is None
    call.portal.tick()
    assert "/berkas/" not in text_of(mail_sink.wait(2, to=way.CITIZEN["email"])[1])
    with pytest.raises((NotAuthorized, ValidationError)):
        call.command("ppid", case, "deliver")
