"""A head who only has a phone, and one who signs on paper: his own decision, on exactly what he read."""

import io
import ipaddress
import re
import uuid
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from freezegun import freeze_time
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.approval_sheet import ApprovalSheet
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.phone import Phone
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.documents import pdf
from ckanext.satudata.shared.heads import paper, phones, signing
from ckanext.satudata.shared.people import accounts
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.test_desk import Office, call, headers

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")


@pytest.fixture
def office():
    found = Office()
    found.boss = model.User.get(found.head["id"])
    draft = factories.Dataset(title="Data dua", owner_org=found.agency, access_level="terbuka")
    found.cases = [found.case_id, found.start(draft["id"])]
    for case_id in found.cases:
        call("satudata_case_command", found.operator, id=case_id, command="submit")
        call("satudata_case_command", found.verifier, id=case_id, command="approve")
    return found


def newest_code(user_id):
    """The code in the newest mail to that user, as the worker writes it."""
    row = (
        model.Session.query(Outbox)
        .filter_by(kind=phones.KIND, to_user=user_id)
        .order_by(Outbox.created_at.desc())
        .first()
    )
    written = phones.code_mail(row.params) if row is not None else None
    return re.search(r"\b\d{6}\b", written[1]).group(0) if written else ""


def entries(user, case_id):
    return call("satudata_case_show", user, id=case_id)["journal"]


class Hand:
    """A phone's browser: keeps the cookie of the device, follows nothing."""

    def __init__(self, app):
        self.client, self.app = app.flask_app.test_client(), app
        # The counters of addresses outlive a test.
        self.client.environ_base["REMOTE_ADDR"] = str(ipaddress.IPv6Address(uuid.uuid4().int))

    def get(self, path):
        return self.client.get(path)

    def post(self, path, **form):
        return self.client.post(path, data=form)

    def let_in(self, user, case_id):
        self.post(f"/hp/{case_id}/kode", email=user.email)
        return self.post(f"/hp/{case_id}/masuk", code=newest_code(user.id))


@pytest.fixture
def hand(app):
    return Hand(app)


def hidden(page):
    form = BeautifulSoup(page.text, "html.parser").select_one("form:has(button[name=command])")
    return {one["name"]: one["value"] for one in form.select("input[type=hidden]") if one.get("value")}


def test_a_link_tells_nothing_and_a_get_changes_nothing(hand, office):
    before = model.Session.query(Phone).count(), model.Session.query(Outbox).count()
    known, unknown = hand.get(f"/hp/{office.cases[0]}"), hand.get("/hp/tidak-ada")
    assert known.status_code == unknown.status_code == 200
    titled = hand.get(f"/hp/{office.cases[1]}").text
    assert "Data dua" not in titled and "Ada perkara yang menunggu" in titled
    assert "no-store" in known.headers["Cache-Control"] and known.headers["Referrer-Policy"] == "same-origin"
    assert (model.Session.query(Phone).count(), model.Session.query(Outbox).count()) == before


def test_a_head_approves_with_a_code_as_himself(hand, office):
    case_id = office.cases[1]
    assert hand.let_in(office.boss, case_id).status_code == 302
    page = hand.get(f"/hp/{case_id}")
    assert page.status_code == 200 and office.boss.display_name in page.text and "Data dua" in page.text
    sent = hidden(page)
    unwritten = hand.post(f"/hp/{case_id}", **sent, command="return_")
    assert unwritten.status_code == 422 and "apa yang harus" in unwritten.text
    done = hand.post(f"/hp/{case_id}", **sent, command="approve")
    assert done.status_code == 302 and "selesai=approve" in done.headers["Location"]
    again = hand.post(f"/hp/{case_id}", **sent, command="approve")
    assert again.status_code == 302
    last = entries(office.operator, case_id)[-1]
    assert (last["event"], last["actor"], last["payload"]["via"]) == ("approved", office.head["name"], "phone")
    assert "phone code" in last["event_name"] or "kode" in last["event_name"]
    assert [one["event"] for one in entries(office.operator, case_id)].count("approved") == 2
    assert not list(journal_seals.verify(model.Session))
    told = hand.get(f"/hp/{case_id}?selesai=approve").text
    assert f"/hp/{office.cases[0]}" in told
    for text, said in ((told, "Disetujui"), (hand.get(f"/hp/{case_id}").text, "Tidak ada yang menunggu")):
        (heading,) = BeautifulSoup(text, "html.parser").select("h1")
        assert said in heading.get_text()


def test_another_content_or_another_person_is_refused(hand, office, monkeypatch):
    case_id = office.cases[0]
    hand.let_in(office.boss, case_id)
    sent = hidden(hand.get(f"/hp/{case_id}"))
    refused = hand.post(f"/hp/{case_id}", **{**sent, "content": "0" * 64}, command="approve", note="Sudah saya baca")
    assert refused.status_code == 409 and "Sudah saya baca" in refused.text
    assert hand.post(f"/hp/{case_id}", **sent, command="publish").status_code == 404
    other = officer(Role.PRODUCER_HEAD, factories.Organization()["id"])
    stranger = Hand(hand.app)
    stranger.let_in(model.User.get(other["id"]), case_id)
    assert stranger.get(f"/hp/{case_id}").status_code == 404
    assert stranger.post(f"/hp/{case_id}", **sent, command="approve").status_code == 404
    assert entries(office.operator, case_id)[-1]["actor"] == office.verifier["name"]


def test_a_form_of_another_site_is_refused_everywhere(hand, office, monkeypatch):
    case_id = office.cases[0]
    hand.let_in(office.boss, case_id)
    monkeypatch.setitem(hand.app.flask_app.config, "WTF_CSRF_ENABLED", True)
    page = hand.get(f"/hp/{case_id}")
    sent = {**hidden(page), "command": "return_", "note": "Catatan palsu"}
    token = {"_csrf_token": sent.pop("_csrf_token")}
    for path in ("", "/kode", "/masuk"):
        assert hand.post(f"/hp/{case_id}{path}", **sent, code="1").status_code == 400, path
        foreign = {"Origin": "http://lain.example"}
        answer = hand.client.post(f"/hp/{case_id}{path}", data={**sent, **token, "code": "1"}, headers=foreign)
        assert answer.status_code == 400, path
    assert entries(office.operator, case_id)[-1]["event"] != "returned"
    own = {"Origin": tk.config["ckan.site_url"]}
    done = hand.client.post(f"/hp/{case_id}", data={**sent, **token}, headers=own)
    assert done.status_code == 302 and entries(office.operator, case_id)[-1]["event"] == "returned"


def test_reading_lasts_thirty_days_and_deciding_one(hand, office):
    case_id, start = office.cases[0], clock.now()
    hand.let_in(office.boss, case_id)
    sent = hidden(hand.get(f"/hp/{case_id}"))
    with freeze_time(start + timedelta(days=2)):
        page = hand.get(f"/hp/{case_id}")
        assert page.status_code == 200 and 'name="command"' not in page.text and "kode hari ini" in page.text
        assert hand.post(f"/hp/{case_id}", **sent, command="approve", note="simpan").status_code == 403
        hand.post(f"/hp/{case_id}/kode")
        assert hand.post(f"/hp/{case_id}/masuk", code=newest_code(office.boss.id)).status_code == 302
        assert 'name="command"' in hand.get(f"/hp/{case_id}").text
    with freeze_time(start + timedelta(days=33)):
        assert "Kirimi saya kode" in hand.get(f"/hp/{case_id}").text
        assert hand.post(f"/hp/{case_id}", **sent, command="approve").status_code == 403


def test_codes_are_few_and_tries_too(hand, office):
    case_id, boss = office.cases[0], office.boss
    hand.post(f"/hp/{case_id}/kode", email=boss.email.upper())
    code = newest_code(boss.id)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert hand.post(f"/hp/{case_id}/masuk", code=wrong).status_code == 422
    assert hand.post(f"/hp/{case_id}/masuk", code=code).status_code == 422
    assert Hand(hand.app).post(f"/hp/{case_id}/masuk", code=code).status_code == 422
    for _ in range(8):
        assert hand.post(f"/hp/{case_id}/kode", email=boss.email).status_code == 302
    assert model.Session.query(Outbox).filter_by(kind=phones.KIND, to_user=boss.id).count() == 5
    nobody = factories.User()
    assert hand.post(f"/hp/{case_id}/kode", email=nobody["email"]).status_code == 302
    assert model.Session.query(Outbox).filter_by(kind=phones.KIND).count() == 5


def test_what_others_ask_for_uses_up_nobodys_codes(hand, office):
    case_id, boss = office.cases[0], office.boss
    sent = model.Session.query(Outbox).filter_by(kind=phones.KIND, to_user=boss.id)
    assert hand.let_in(boss, case_id).status_code == 302
    for _ in range(6):
        stranger = Hand(hand.app)
        for _ in range(6):
            stranger.post(f"/hp/{case_id}/kode", email=boss.email)
    assert sent.count() == 20, "the officer's box is not flooded without end"
    for _ in range(7):
        assert hand.post(f"/hp/{case_id}/kode").status_code == 302
    assert sent.count() == 24, "the remembered device has five of its own, the first with them"


def test_a_device_ends_with_password_roles_account_and_by_its_owner(app, hand, office):
    case_id, boss = office.cases[0], office.boss

    def reads():
        model.Session.expire_all()
        return "Kirimi saya kode" not in hand.get(f"/hp/{case_id}").text

    hand.let_in(boss, case_id)
    assert reads()
    assert "/meja/perangkat" in app.get(f"/user/{boss.name}", headers=headers(office.head)).body
    shown = app.get("/meja/perangkat", headers=headers(office.head))
    (address,) = re.findall(r'action="(/meja/perangkat/[^"]+)"', shown.body)
    assert app.post(address, headers=headers(office.verifier)).status_code == 404
    assert reads()
    app.post(address, headers=headers(office.head))
    assert not reads()
    hand.let_in(boss, case_id)
    extra = hold(boss.id, Role.DIVISION_HEAD)
    model.Session.commit()
    assert not reads()
    hand.let_in(boss, case_id)
    assert reads()
    model.Session.delete(model.Session.merge(extra))
    model.Session.commit()
    model.User.get(boss.id).password = "kata sandi lain sekali"
    model.Session.commit()
    assert not reads()
    hand.post(f"/hp/{case_id}/kode", email=boss.email)
    assert newest_code(boss.id) == "" and not phones.mark_of(model.Session, model.User.get(boss.id))
    accounts.vouch(model.Session, model.User.get(boss.id))
    model.Session.commit()
    assert phones.mark_of(model.Session, model.User.get(boss.id))


def test_the_mail_leads_to_the_phone_without_a_title(office):
    rows = model.Session.query(Outbox).filter_by(kind="step_opened")
    texts = [notices._mails["step_opened"](row.params) for row in rows if row.to_role == "producer_head"]
    assert texts and all(f"/hp/{case_id}" in "".join(body for _s, body in texts) for case_id in office.cases)
    assert not any("Data dua" in subject + body for subject, body in texts)


def test_whatsapp_names_number_and_verb_and_no_title(app, office):
    page = BeautifulSoup(app.get(f"/meja/{office.cases[1]}", headers=headers(office.verifier)).body, "html.parser")
    text = page.select_one("#whatsapp-text").text
    assert f"/hp/{office.cases[1]}" in text and office.cases[1][:8] in text and "Setujui" in text
    assert "Data dua" not in text


def scan(app_pdf=b""):
    body = app_pdf or pdf.render("sheet", EMPTY)
    return FileStorage(io.BytesIO(body), filename="lembar.pdf", content_type="application/pdf")


EMPTY = {
    "letterhead": {"logo": None, "government": "Kota Nusasari", "agency": "Dinas", "address": ""},
    "facts": [],
    "items": [],
    "qr": '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>',
    "address": "x",
    "name": "x",
    "mark": "",
}


@pytest.fixture
def sheet(office):
    walidata = actor_for(model.User.get(office.walidata["id"]))
    (waits,) = paper.waiting(model.Session, walidata, office.boss)
    assert {row["case_id"] for row in waits["rows"]} == set(office.cases)
    made = paper.make(model.Session, walidata, office.boss, [row["step_id"] for row in waits["rows"]])
    model.Session.commit()
    return made


def step_of(sheet, case_id):
    return next(one["step_id"] for one in sheet.items if one["case_id"] == case_id)


def enter(office, sheet, user, **decisions):
    actor = actor_for(model.User.get(user["id"]))
    today = clock.today().isoformat()
    return paper.enter(model.Session, actor, sheet.id, decisions, today, scan())


def test_a_sheet_is_read_in_the_roles_of_now(app, office, sheet):
    who = headers(office.head)
    assert app.get(f"/meja/lembar/{sheet.id}", headers=who).status_code == 200
    for row in model.Session.query(OfficerRole).filter_by(user_id=office.head["id"]):
        row.organization_id = None
        row.role = Role.REDAKTUR.value
    model.Session.commit()
    for address in (f"/meja/lembar/{sheet.id}", f"/meja/lembar/{sheet.id}/pdf"):
        app.get(address, headers=who, status=404)


def test_a_signed_sheet_counts_as_the_heads_own(app, office, sheet):
    first, second = (step_of(sheet, case_id) for case_id in office.cases)
    who = headers(office.walidata)
    assert app.get(f"/meja/lembar/{sheet.id}/pdf", headers=who).data.startswith(b"%PDF")
    form = {f"putusan-{first}": "approve", f"putusan-{second}": "return_", f"catatan-{second}": "Satuan belum ada"}
    form |= {"signed_on": clock.today().isoformat(), "scan": (io.BytesIO(pdf.render("sheet", EMPTY)), "lembar.pdf")}
    answered = app.post(f"/meja/lembar/{sheet.id}", headers=who, data=form, content_type="multipart/form-data")
    assert "2 dari 2 perkara" in answered.body
    for case_id, event, text in zip(office.cases, ("approved", "returned"), (None, "Satuan belum ada"), strict=True):
        entered, decided = [one for one in entries(office.operator, case_id) if one["event"] != "output_added"][-2:]
        assert (entered["event"], entered["actor"]) == ("sheet_entered", office.walidata["name"])
        assert (decided["event"], decided["actor"], decided["text"]) == (event, office.head["name"], text)
        assert decided["payload"]["via"] == "paper" and "via" not in entered["payload"]
        (kept,) = model.Session.query(CaseOutput).filter_by(case_id=case_id)
        assert kept.name == paper.NAME and kept.vault_id
        step = model.Session.get(CaseStep, step_of(sheet, case_id))
        assert office.walidata["id"] in step.hands and step.done_by == office.head["id"]
    told = model.Session.query(Outbox).filter_by(kind="sheet_entered", to_user=office.head["id"])
    assert told.count() == 2 and paper.entered_mail(told[0].params)
    again = enter(office, sheet, office.walidata, **{first: ("approve", ""), second: ("approve", "")})
    assert [one.error is None for one in again] == [True, False]
    assert model.Session.query(CaseOutput).filter_by(case_id=office.cases[0]).count() == 1


def test_who_may_not_enter_and_what_is_another_by_now(office, sheet):
    first, second = (step_of(sheet, case_id) for case_id in office.cases)
    hold(office.operator["id"], Role.WALIDATA)
    model.Session.commit()
    (refused,) = enter(office, sheet, office.operator, **{first: ("approve", "")})
    assert "another officer" in str(refused.error)
    for nobody in (office.verifier, office.head):
        with pytest.raises(Exception, match=r"no such sheet|Only \{roles\}"):
            enter(office, sheet, nobody, **{first: ("approve", "")})
    process.stamp_data(model.Session, office.cases[0], isi="lain")
    model.Session.commit()
    changed, same = enter(office, sheet, office.walidata, **{first: ("approve", ""), second: ("approve", "")})
    assert "another by now" in str(changed.error) and same.error is None
    row = model.Session.query(ApprovalSheet).one()
    assert row.scan_id and model.Session.query(CaseOutput).filter_by(case_id=office.cases[0]).count() == 0
    assert signing.content_of(model.Session.get(Case, office.cases[0]), first) != row.items[0]["content"]


def test_a_head_without_the_role_signs_nothing(office, sheet):
    first = step_of(sheet, office.cases[0])
    accounts.proof_of(model.Session, office.boss).password_mark = ""
    model.Session.commit()
    (refused,) = enter(office, sheet, office.walidata, **{first: ("approve", "")})
    assert refused.error is not None and entries(office.operator, office.cases[0])[-1]["event"] == "sheet_made"


def test_what_was_typed_wrong_is_named_and_stays(hand, office):
    case_id, email = office.cases[1], office.boss.email
    wrong = BeautifulSoup(hand.post(f"/hp/{case_id}/kode", email="kepala.dinas").text, "html.parser")
    assert wrong.select_one("#field-email")["value"] == "kepala.dinas"
    assert wrong.select_one(".sd-error-summary a[href='#field-email']")
    hand.post(f"/hp/{case_id}/kode", email=email)
    wrong = BeautifulSoup(hand.post(f"/hp/{case_id}/masuk", code="abc").text, "html.parser")
    assert "enam angka" in wrong.select_one(".sd-error-summary a[href='#field-code']").get_text()


def test_of_nobodys_sheet_it_is_not_said_that_nothing_waits(app, office):
    asked = app.get("/meja/lembar", headers=headers(office.walidata)).body
    assert 'name="pejabat"' in asked and "Tidak ada yang menunggu" not in asked
    assert app.get("/meja/lembar", headers=headers(office.head)).body.count('name="langkah"') == 2


def test_the_sheet_by_screen(app, office):
    who = headers(office.head)
    page = BeautifulSoup(app.get("/meja/lembar", headers=who).body, "html.parser")
    ticks = [one["value"] for one in page.select("input[name=langkah]")]
    made = app.post("/meja/lembar", headers=who, params={"langkah": ticks}, follow_redirects=False)
    address = made.headers["Location"]
    shown = app.get(address, headers=who)
    assert "Menunggu tanda tangan" in shown.body and 'name="scan"' not in shown.body
    assert app.get(address, headers=headers(office.verifier), status=404)
    chosen = app.get(f"/meja/lembar?pejabat={office.head['id']}", headers=headers(office.walidata)).body
    assert "Data dua" in chosen and len(ticks) == 2
    assert app.post("/meja/lembar", headers=who, params={}, follow_redirects=False).status_code == 422
    assert app.get("/meja/lembar", headers=headers(office.verifier), status=404)
    assert 'name="scan"' in app.get(address, headers=headers(office.walidata)).body
