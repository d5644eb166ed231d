"""A complaint without an account: number, code, a case with a due time, the answer; who sent it stays hidden."""

import io
import re

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.complaint import PERSONAL, Complaint
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import notices, process
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.work import complaint_desk, complaints
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.support import whole_files
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

NAME, EMAIL, TEXT = (
    "Sekar Kenari",
    "sekar.kenari@contoh.example",
    "Halaman kenari tidak dapat dibuka sejak kemarin pagi.",
)
SENT = {"name": NAME, "email": EMAIL, "phone": "", "text": TEXT, "consent": "true", "key": "k1"}
ANSWER = "Halaman sudah diperbaiki pada hari ini; mohon dicoba kembali."
FORM = "/standar-pelayanan/pengaduan"


@pytest.fixture(autouse=True)
def no_limits():
    redis = connect_to_redis()
    for key in redis.scan_iter("satudata:limit:*"):
        redis.delete(key)


def create(**changes):
    return helpers.call_action("satudata_complaint_create", **{**SENT, **changes})


def call(action, user, **data):
    return helpers.call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def row_of(made):
    model.Session.expire_all()
    return model.Session.get(Complaint, made["id"])


def test_it_becomes_a_case_with_number_and_due_time(mail_sink):
    walidata = officer(Role.WALIDATA)
    with freeze_time("2026-03-02 03:00:00"):
        made = create()
        assert create()["id"] == made["id"] and create(text=TEXT + " Juga hari ini.")["id"] != made["id"]
        (row,) = [one for one in call("satudata_inbox", walidata)["rows"] if one["case_id"] == row_of(made).case_id]
    assert made["number"] == "1/ADUAN/2026" and made["due_on"] == "2026-03-16"
    assert (row["process"], row["due_on"], row["role"]) == ("complaint", "2026-03-16", "walidata")
    assert made["number"] in row["title"] and "kenari" not in row["title"].lower()
    notices.send_waiting()
    (mail, *_others) = mail_sink.to(EMAIL)
    assert made["number"] in text_of(mail) and "kenari" not in mail["Subject"].lower()
    assert TEXT not in text_of(mail)


def test_where_nothing_was_attached_there_is_no_empty_box(app):
    walidata, row = officer(Role.WALIDATA), row_of(create())
    page = app.get(f"/meja/{row.case_id}", headers={"Authorization": walidata["token"]}).body
    assert TEXT in page and 'id="isi"' not in page


def test_nothing_personal_lies_open(app):
    made = create()
    row, case = row_of(made), model.Session.get(Case, row_of(made).case_id)
    for name in PERSONAL:
        assert getattr(row, name) is None or b"enari" not in getattr(row, name)
    entries = model.Session.scalars(sa.select(Journal)).all()
    told = [str(entry.payload) + entry.actor_name for entry in entries] + [str(case.data)]
    told += [text or "" for text in model.Session.scalars(sa.select(JournalText.text))]
    told += [str(mail.params) for mail in model.Session.scalars(sa.select(Outbox))]
    assert not [one for one in told if "enari" in one]


def test_the_office_answers_and_the_answer_is_mailed(mail_sink):
    walidata, auditor, admin = officer(Role.WALIDATA), officer(Role.AUDITOR), factories.Sysadmin()
    made = create()
    case_id = row_of(made).case_id
    for sent in ({}, {"answer": "ok"}):
        with pytest.raises(tk.ValidationError) as caught:
            call("satudata_case_command", walidata, id=case_id, command="record", **sent)
        assert "answer" in caught.value.error_dict
    assert row_of(made).answered_at is None
    call("satudata_case_command", walidata, id=case_id, command="record", answer=ANSWER)
    found = helpers.call_action(
        "satudata_complaint_track", number=made["number"].lower(), tracking_code=made["tracking_code"].lower()
    )
    assert (found["state"], found["answer"]) == ("answered", ANSWER)
    notices.send_waiting()
    assert ANSWER in text_of(mail_sink.to(EMAIL)[-1]) and made["number"] in mail_sink.to(EMAIL)[-1]["Subject"]
    said = [text_of(mail) for mail in mail_sink.to(EMAIL)]
    assert len(said) == 2 and not [one for one in said if made["tracking_code"] in one or found["ref"] in one]
    assert all("tidak ada dalam surel" in one for one in said), "nobody confirmed whose address it is"
    seen = {}
    for who, user in (("walidata", walidata), ("auditor", auditor), ("admin", admin)):
        seen[who] = str(call("satudata_case_show", user, id=case_id)["facts"])
    assert NAME in seen["walidata"] and NAME not in seen["auditor"] + seen["admin"]
    assert TEXT in seen["auditor"] and TEXT not in seen["admin"]
    looks = sa.select(Journal.actor_name).where(Journal.event == "identity_viewed")
    assert model.Session.scalars(looks).all() == [walidata["name"]]
    assert list(journal_seals.verify(model.Session)) == []


def test_number_and_code_belong_together():
    made, other = create(), create(key="k2", text=TEXT + " Lagi.")
    for wrong in ({"tracking_code": other["tracking_code"]}, {"number": "9/ADUAN/2026"}, {"tracking_code": ""}):
        with pytest.raises(tk.ValidationError):
            helpers.call_action(
                "satudata_complaint_track",
                **{"number": made["number"], "tracking_code": made["tracking_code"], **wrong},
            )


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("text", {"text": "rusak"}),
        ("email", {"email": ""}),
        ("email", {"email": "bukan alamat"}),
        ("phone", {"phone": "abc"}),
        ("consent", {"consent": ""}),
        ("website", {"website": "http://spam.example"}),
        ("upload", {"upload": "x"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_stored(field, changes):
    with pytest.raises(tk.ValidationError) as caught:
        create(**changes)
    assert field in caught.value.error_dict
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Complaint)) == 0


def test_name_and_mail_may_be_left_out():
    row = row_of(create(name="", email="", phone="0812 9999 0007"))
    assert row.name is None and row.email is None
    assert not model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "complaint_received")).all()


def test_one_address_may_not_send_without_end(app):
    statuses = []
    for number in range(complaints.PER_HOUR + 1):
        sent = {**SENT, "key": str(number), "text": f"{TEXT} {number}"}
        statuses.append(app.post(FORM, params=sent, follow_redirects=False).status_code)
    assert statuses == [303] * complaints.PER_HOUR + [429]


def test_the_way_through_pages(app):
    walidata = officer(Role.WALIDATA)
    assert FORM in app.get("/standar-pelayanan").body
    client = app.flask_app.test_client()
    wrong = client.post(FORM, data={**SENT, "consent": ""})
    assert wrong.status_code == 400 and TEXT in wrong.text and "field-consent" in wrong.text
    file = (io.BytesIO(whole_files.pdf()), "bukti.pdf")
    sent = client.post(FORM, data={**SENT, "upload": file}, content_type="multipart/form-data")
    assert sent.status_code == 303 and sent.headers["Referrer-Policy"] == "no-referrer"
    page = client.get(sent.headers["Location"])
    assert "no-store" in page.headers["Cache-Control"] and "noindex" in page.headers["X-Robots-Tag"]
    shown = BeautifulSoup(page.text, "html.parser").text
    (number,) = set(re.findall(r"\d+/ADUAN/\d{4}", shown))
    row = model.Session.scalars(sa.select(Complaint)).one()
    code = complaints.code_of(row)
    assert code in shown and NAME not in shown and TEXT not in shown
    stranger = app.flask_app.test_client()
    assert stranger.get(sent.headers["Location"]).status_code == 303
    mine = stranger.post(f"{FORM}/lacak", data={"number": number, "tracking_code": code})
    assert mine.status_code == 303 and code not in stranger.get(mine.headers["Location"]).text
    assert stranger.post(f"{FORM}/lacak", data={"number": number, "tracking_code": "x"}).status_code == 400
    who = {"Authorization": walidata["token"]}
    desk = app.get(f"/meja/{row.case_id}", headers=who).body
    assert TEXT in desk and "bukti.pdf" in desk and NAME in desk
    path = f"/meja/{row.case_id}/lampiran"
    assert app.get(path, headers=who).data == whole_files.pdf()
    for user in (factories.SysadminWithToken(), officer(Role.PPID)):
        assert app.get(path, headers={"Authorization": user["token"]}).status_code == 404
    assert app.get(path, follow_redirects=False).status_code == 302
    assert app.get(f"/meja/{row.case_id}/berkas.zip", headers=who).data[:2] == b"PK"


def test_the_same_words_with_another_attachment_are_another_complaint():
    from types import SimpleNamespace

    def sent(body):
        return create(**({"upload": SimpleNamespace(filename="a.pdf", stream=io.BytesIO(body))} if body else {}))

    first, second = sent(b""), sent(whole_files.pdf())
    assert first["number"] != second["number"] and second["created"]
    assert not sent(whole_files.pdf())["created"] and not sent(b"")["created"]
    assert model.Session.get(Complaint, _id_of(second)).attachment_id


def _id_of(made):
    return model.Session.scalars(sa.select(Complaint.id).where(Complaint.number == made["number"])).one()


def test_a_program_is_no_attachment():
    from types import SimpleNamespace

    for name, body in (("a.exe", b"MZ"), ("a.pdf", b"MZ\x90\x00 not a pdf")):
        with pytest.raises(tk.ValidationError) as caught:
            create(upload=SimpleNamespace(filename=name, stream=io.BytesIO(body)))
        assert "upload" in caught.value.error_dict


def test_what_tells_who_complained_goes_when_its_time_is_over():
    walidata = officer(Role.WALIDATA)
    with freeze_time("2026-03-02 03:00:00"):
        made = create()
        actor = actor_for(model.User.get(walidata["id"]))
        process.apply({}, row_of(made).case_id, "record", {"answer": ANSWER}, actor=actor)
    with freeze_time("2028-03-02 02:59:00"):
        assert complaint_desk.erase_old() == 0, "two years by the calendar"
    with freeze_time("2028-03-02 03:00:01"):
        assert complaint_desk.erase_old() == 1 and complaint_desk.erase_old() == 0
    row = row_of(made)
    assert [getattr(row, name) for name in PERSONAL] == [None] * 4 and row.answer is not None
    assert "erased" in str(call("satudata_case_show", walidata, id=row.case_id)["facts"])
