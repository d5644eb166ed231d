"""Journal and mail queue say which request, who and what, in words; no more of it than the reader may know."""

import re

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

JOURNAL, MAILS = "/admin/satudata/jurnal", "/admin/satudata/surel"
WITHDRAWN = {"reason_code": "withdrawn", "note": "Pemohon mencabut permohonannya."}


def search(user, **filters):
    return call_action("satudata_journal_search", {"user": user["name"], "ignore_auth": False}, **filters)


def test_an_entry_names_its_request_the_person_and_the_steps(page, routed, people):
    shown = BeautifulSoup(page(people.auditor, f"{JOURNAL}?event=routed&about={routed.number}").body, "html.parser")
    (row,) = shown.select("tbody tr")
    assert "Petugas PPID" in row.text
    link = row.select_one(f'a[href="/meja/{routed.case_id}"]')
    assert routed.number in link.text and routed.question[:30] in link.text
    details = row.select_one("dl").text
    assert "Dinas Kesehatan" in details and "7 · " in details and "PPID" in details
    listed = page(people.auditor, f"{JOURNAL}?event=routed&format=csv")
    assert listed.mimetype == "text/csv" and routed.number in listed.body and "Petugas PPID" in listed.body
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", shown.select_one("table").text)


def test_one_box_finds_a_number_a_title_and_a_person(routed, people):
    other = officer(Role.WALIDATA, user={"fullname": "Wening Data"})
    hold(people.ppid["id"], Role.REDAKTUR)
    every = search(people.auditor)["count"]
    found = search(people.auditor, about=routed.number)
    assert found["count"] > 0 and {entry["case_id"] for entry in found["entries"]} == {routed.case_id}
    assert search(people.auditor, about=routed.case_id)["count"] == search(people.auditor, about=routed.id)["count"]
    assert search(people.auditor, about="tidak ada yang begini")["count"] == 0
    assert search(people.auditor, about="%")["count"] == 0 < every
    row = call_action(
        "satudata_officer_assign",
        {"user": other["name"]},
        user=people.pembantu["name"],
        role="redaktur",
        letter_number="9",
    )
    (entry,) = search(people.auditor, about="petugas pemb", event="officer_assigned")["entries"]
    assert entry["about"] == {"kind": "user", "id": row["user_id"], "title": "Petugas Pembantu"}
    assert search(people.auditor, actor="wening")["count"] == search(people.auditor, actor=other["name"])["count"] == 1


def test_who_may_not_see_the_case_learns_its_number_only(routed, people):
    walidata = officer(Role.WALIDATA)
    titles = {entry["about"]["title"] for entry in search(walidata, case_id=routed.case_id)["entries"]}
    assert titles == {routed.number}
    assert search(walidata, about="kunjungan pasien")["count"] == 0
    (mail,) = [
        one
        for one in call_action("satudata_mail_list", {"user": walidata["name"]})
        if one["role"] == Role.PPID_PEMBANTU.value
    ]
    assert mail["about"]["title"] == routed.number and mail["about"]["kind"] == ""
    assert mail["organization_title"] == "Dinas Kesehatan"


def test_a_decision_of_an_acting_officer_names_the_letter(routed, give, people):
    rows = sa.update(OfficerRole).where(OfficerRole.user_id == people.pembantu["id"])
    until = clock.today().replace(month=12, day=31)
    model.Session.execute(rows.values(kind="plt", valid_until_on=until, letter_number="800/77", created_at=clock.now()))
    model.Session.commit()
    give(routed.case_id, "refuse", people.pembantu, WITHDRAWN)
    (entry,) = search(people.auditor, case_id=routed.case_id, event="refused")["entries"]
    said = {one["label"]: one["value"] for one in entry["details"]}
    assert said["Acted as"] == "Acting (Plt.), by letter 800/77"
    assert said["Ground of the refusal"] == "The applicant withdrew the request"
    assert entry["actor_title"] == "Petugas Pembantu"


def test_the_mail_queue_says_which_request_and_what_went_wrong(page, routed, people):
    values = {"last_error": "SMTPRecipientsRefused: 550 5.1.1", "attempts": 2}
    model.Session.execute(sa.update(Outbox).where(Outbox.to_role == "ppid_pembantu").values(**values))
    model.Session.commit()
    hold(people.ppid["id"], Role.WALIDATA)
    shown = BeautifulSoup(page(people.ppid, f"{MAILS}?state=failing").body, "html.parser")
    (row,) = shown.select("tbody tr")
    assert routed.number in row.select_one(f'a[href="/meja/{routed.case_id}"]').text
    assert "menolak alamat penerima" in row.text and "PPID Pembantu, Dinas Kesehatan" in row.text
    assert row.select_one("details code").text == values["last_error"]
