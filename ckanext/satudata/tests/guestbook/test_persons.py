"""What is held of persons: who reads it, how its owner gets it back or rid of it, how it ends; and counts that stay."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from ckanext.satudata.domain.guestbook import Entry, Signed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest, GuestCode
from ckanext.satudata.model.institution import Spelling
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.reports import definitions, reckoning
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.guestbook import own, retention, signing
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

EMAIL = "budi.zqk@contoh.example"


@pytest.fixture
def dataset():
    mine = operator()
    return publish(make(mine, mine["org"])["id"])


def signed(dataset, name="Budi Zqk", institution="Univ. Contoh", email=EMAIL, profession="student", count=1):
    session = model.Session()
    guest = signing.sign(session, Entry(name, profession, institution, email, "=1+1"))
    about = {"package_id": dataset["id"], "resource_id": dataset["resources"][0]["id"], "resource_version": 1}
    for _ in range(count):
        counted = Signed(guest.id, guest.profession, guest.spelling_id)
        downloads.keep(session, **about, channel="file", client="browser", signed=counted)
    return guest.id


def context(user):
    return {"user": user["name"], "ignore_auth": False}


def of_walidata(action, **data):
    return helpers.call_action(action, context(officer(Role.WALIDATA)), **data)


def test_persons_are_dropped_when_their_time_is_over_and_counts_stay(dataset):
    now = clock.now()
    with freeze_time(now - relativedelta(months=12) - timedelta(minutes=1)):
        signed(dataset, "Lama", "Kantor Lama")
    # Twelve months are a year, not twelve times thirty days.
    with freeze_time(now - timedelta(days=364)):
        newer = signed(dataset)
    assert signing.lasting_seconds(model.Session.get(Guest, newer)) >= 365 * 24 * 3600
    assert retention.drop_old() == 1 and retention.drop_old() == 0
    assert model.Session.scalars(sa.select(Guest.id)).all() == [newer]
    rows = model.Session.execute(sa.select(Download.profession, Download.guest_id).order_by(Download.at)).all()
    assert rows == [("student", None), ("student", newer)]
    written = model.Session.scalars(sa.select(Spelling.written).order_by(Spelling.first_at)).all()
    assert written[0] is None and crypto.unseal(written[1]) == "Univ. Contoh"
    events = model.Session.scalars(sa.select(Journal.payload).where(Journal.event == "guestbook_dropped")).all()
    assert events == [{"count": 1}]


def code_of_mail():
    row = model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "guestbook_code")).one()
    assert EMAIL not in str(row.params)
    subject, body = own._mail(row.params)
    assert "zqk" not in (subject + body).lower()
    return re.search(r"\b\d{6}\b", body)[0]


def test_who_wrote_sees_takes_and_erases_the_own_entries_by_a_code(app, dataset):
    signed(dataset, count=2)
    other = signed(dataset, "Lain", email="lain@contoh.example")
    client = app.flask_app.test_client()
    asked = client.post("/buku-tamu/data-saya", data={"email": EMAIL.upper()})
    page = asked.headers["Location"]
    code = code_of_mail()
    assert EMAIL not in client.get(page).text
    for act in ("salinan", "hapus"):
        assert client.post(f"{page}/{act}").headers["Location"] == page, "not without the code"
    wrong = client.post(page, data={"code": f"{(int(code) + 1) % 1_000_000:06}"})
    assert wrong.status_code == 400
    assert client.post(page, data={"code": code}).status_code == 303
    assert EMAIL in client.get(page).text
    stranger = app.flask_app.test_client()
    assert EMAIL not in stranger.get(page).text
    assert stranger.post(page, data={"code": code}).status_code == 400, "a code is good for one time"
    (entry,) = client.post(f"{page}/salinan").get_json()["entries"]
    assert (entry["name"], entry["institution"], len(entry["downloads"])) == ("Budi Zqk", "Univ. Contoh", 2)
    client.post(f"{page}/hapus")
    model.Session.rollback()
    assert model.Session.scalars(sa.select(Guest.id)).all() == [other]
    assert model.Session.scalar(sa.select(sa.func.count(Download.profession))) == 3
    assert model.Session.scalar(sa.select(Outbox.to_email).where(Outbox.kind == "guestbook_code")) is None
    told = model.Session.execute(sa.select(Journal.event, Journal.payload, Journal.actor_name)).all()
    assert ("guestbook_erased", {"count": 1}, "applicant") in told and "zqk" not in str(told).lower()


def test_nobody_learns_whether_an_address_stands_in_the_guestbook_and_tries_end(app):
    client = app.flask_app.test_client()
    page = client.post("/buku-tamu/data-saya", data={"email": "asing@contoh.example"}).headers["Location"]
    assert "enam angka" in client.get(page).text
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Outbox)) == 0
    row = model.Session.scalars(sa.select(GuestCode)).one()
    for _ in range(5):
        client.post(page, data={"code": "x"})
    assert client.post(page, data={"code": own._code(row.id)}).status_code == 400
    assert client.post("/buku-tamu/data-saya", data={"email": "bukan"}).status_code == 400


def test_one_erased_while_the_file_is_asked_for_is_counted_without_the_person(dataset):
    session = model.Session()
    guest = signing.sign(session, Entry("Budi", "student", "Univ", EMAIL, ""))
    session.commit()
    held = Signed(guest.id, guest.profession, guest.spelling_id)
    retention.drop(session, Guest.id == held.guest_id)
    session.commit()
    about = {"package_id": dataset["id"], "resource_id": dataset["resources"][0]["id"], "resource_version": 1}
    downloads.keep(session, **about, channel="file", client="browser", signed=held)
    assert session.execute(sa.select(Download.profession, Download.guest_id)).all() == [("student", None)]


def test_an_officer_merges_spellings_and_reports_follow_without_a_person(dataset):
    for way, count in (("Univ. Contoh", 2), ("UNIV CONTOH", 1), ("Universitas Contoh", 3), ("Budi Zqk sendiri", 1)):
        signed(dataset, institution=way, count=count)
    found = of_walidata("satudata_institution_list")
    assert [(one["written"], one["downloads"]) for one in found["waiting"]][:2] == [
        ("Univ. Contoh", 3),
        ("Universitas Contoh", 3),
    ] or found["count"] == 3
    ids = {one["written"]: one["id"] for one in found["waiting"]}
    of_walidata("satudata_institution_merge", spellings=[ids["Univ. Contoh"]], name="Univ Contoh")
    made = of_walidata("satudata_institution_list")["institutions"][0]
    of_walidata(
        "satudata_institution_merge",
        spellings=[ids["Universitas Contoh"]],
        institutions=[made["id"]],
        name="Universitas Contoh",
    )
    (one,) = of_walidata("satudata_institution_list")["institutions"]
    assert (one["name"], one["downloads"], one["spellings"]) == ("Universitas Contoh", 6, 2)
    signed(dataset, institution="universitas  CONTOH")
    today = clock.today()
    report = reckoning.report(
        model.Session(),
        definitions.current()["guestbook"],
        Period(today, today),
        title="x",
        language="id",
        mark="",
    )
    tables = {table.key: table.rows for table in report.tables}
    assert tables["institutions"] == (("Universitas Contoh", 7), (tk._("Not reviewed yet"), 1))
    assert tables["professions"] == (("student", 8),)
    desk = of_walidata("satudata_guestbook_figures")["institutions"]
    assert [one["name"] for one in desk] == ["Universitas Contoh", tk._("Not reviewed yet")]
    retention.drop(model.Session, sa.true())
    model.Session.commit()
    desk = of_walidata("satudata_guestbook_figures")["institutions"]
    assert desk[1] == {"name": tk._("Institution no longer kept"), "count": 1}, "nobody can review it any more"
    assert tables["datasets"] == ((dataset["title"], dataset["organization"]["title"], 8, 2),)
    assert "zqk" not in str(report).lower()
    for role in (Role.AUDITOR, Role.PPID):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("satudata_institution_list", context(officer(role)))


def test_persons_are_walidatas_each_look_is_journalled_and_the_file_holds_no_formula(app, dataset):
    signed(dataset, "=HYPERLINK(1)")
    walidata, auditor = officer(Role.WALIDATA), officer(Role.AUDITOR)
    head = officer(Role.PRODUCER_HEAD, dataset["organization"]["id"])
    stranger = officer(Role.PRODUCER_HEAD, operator()["org"]["id"])
    for who, status in ((walidata, 200), (auditor, 404), (head, 404)):
        answer = app.flask_app.test_client().get("/meja/buku-tamu/orang", headers={"Authorization": who["token"]})
        assert (answer.status_code, EMAIL in answer.text) == (status, who is walidata)
    for who, number in ((walidata, 1), (auditor, 1), (head, 1), (stranger, 0)):
        found = helpers.call_action("satudata_guestbook_figures", context(who))
        assert (found["downloads"], found["signed"]) == (number, number)
        page = app.flask_app.test_client().get("/meja/buku-tamu", headers={"Authorization": who["token"]})
        assert page.status_code == 200 and EMAIL not in page.text
    own = {"Authorization": walidata["token"]}
    taken = app.flask_app.test_client().post("/meja/buku-tamu/orang.csv", headers=own)
    row = list(csv.reader(io.StringIO(taken.text.lstrip("\ufeff")), delimiter=";"))[1]
    assert EMAIL in row and not any(cell.startswith(("=", "+", "@")) for cell in row)
    signed_at = datetime.fromisoformat(row[0])
    taken = app.flask_app.test_client().post("/meja/buku-tamu/orang.xlsx", headers=own)
    book = openpyxl.load_workbook(io.BytesIO(taken.data))
    heads, cells = book.worksheets[0].iter_rows()
    in_book = {head.value: cell for head, cell in zip(heads, cells, strict=True)}
    assert in_book["Alamat surel"].value == EMAIL and in_book["Nama"].data_type == "s"
    assert in_book["Diisi"].value == signed_at and signed_at.microsecond == 0 and in_book["Unduhan"].value == 1
    for ending in ("csv", "xlsx"):
        refused = app.flask_app.test_client().post(
            f"/meja/buku-tamu/orang.{ending}", headers={"Authorization": auditor["token"]}
        )
        assert refused.status_code == 404 and EMAIL.encode() not in refused.data
    events = model.Session.scalars(sa.select(Journal.event).order_by(Journal.id)).all()
    assert events.count("guestbook_read") == 1 and events.count("guestbook_taken") == 2


def test_walidata_alone_sets_rules_and_every_page_of_the_desk_answers(app, dataset):
    walidata = officer(Role.WALIDATA)
    own = {"Authorization": walidata["token"]}
    client = app.flask_app.test_client()
    for page in (
        "",
        "/orang",
        "/instansi",
        "/aturan",
        "?from_on=besok",
        "/orang?from_on=2026-02-01&until_on=2026-01-01",
    ):
        assert client.get(f"/meja/buku-tamu{page}", headers=own).status_code == (422 if "?" in page else 200)
    sent = {"scope": "dataset", "dataset": f"http://x/dataset/{dataset['name']}", "mode": "off"}
    assert client.post("/meja/buku-tamu/aturan", data=sent, headers=own).status_code == 302
    shown = helpers.call_action("satudata_guestbook_show", {"user": "", "ignore_auth": False}, id=dataset["id"])
    assert shown["mode"] == "off" and shown["professions"]["student"]
    wrong = client.post("/meja/buku-tamu/aturan", data={**sent, "dataset": "tidak-ada"}, headers=own)
    assert wrong.status_code == 422 and "tidak-ada" in wrong.text
    with pytest.raises(tk.NotAuthorized):
        data = {"scope": "site", "mode": "off"}
        helpers.call_action("satudata_guestbook_rule_update", context(officer(Role.AUDITOR)), **data)
