"""Short questions both ways: sealed, once, told without their words; and what lapses because nobody confirmed."""

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.request_message import RequestMessage
from ckanext.satudata.ppid import asking_jobs, messages, privacy, requests
from ckanext.satudata.shared import notices, process
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.tests.ppid.conftest import EMAIL
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
WORDS = "Apakah data 2022 juga ada, Bu Canary?"


def proof(made):
    return {"number": made["number"], "tracking_code": made["tracking_code"]}


def as_user(user):
    return {"user": user["name"], "ignore_auth": False, "auth_user_obj": model.User.get(user["name"])}


def test_both_ways_and_once(asked, people, row_of, mail_sink):
    made = asked()
    for _ in range(2):
        call_action(
            "satudata_ppid_message_send", {"user": "", "ignore_auth": False}, **proof(made), text=WORDS, key="k"
        )
    call_action("satudata_ppid_message_send", as_user(people.ppid), id=made["number"], text="Ada, sejak 2020.", key="k")
    seen = call_action("satudata_ppid_request_track", **proof(made))["messages"]
    assert [(one["sender"], one["text"]) for one in seen] == [("applicant", WORDS), ("officer", "Ada, sejak 2020.")]
    rows = model.Session.execute(sa.text("select t::text from satudata_request_message t")).scalars().all()
    told = "".join(str(entry.payload) for entry in model.Session.scalars(sa.select(Journal)))
    assert WORDS not in "".join(rows) + told
    notices.send_waiting()
    mails = mail_sink.to(EMAIL)
    assert any(made["number"] in mail["Subject"] for mail in mails)
    assert not any("sejak 2020" in text_of(mail) or WORDS in text_of(mail) for mail in mails)


def test_only_the_office_that_answers_reads_and_writes(asked, people):
    made = asked()
    for stranger in (people.pembantu, people.auditor, people.other):
        for action in ("satudata_ppid_message_list", "satudata_ppid_message_send"):
            with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
                call_action(action, as_user(stranger), id=made["number"], text="x")
    assert call_action("satudata_ppid_message_list", as_user(people.ppid), id=made["id"]) == []


def test_no_flood_and_none_after_the_end(asked, row_of, give, people):
    made = asked()
    for number in range(5):
        call_action("satudata_ppid_message_send", **proof(made), text=f"pesan {number}")
    with pytest.raises(tk.ValidationError):
        call_action("satudata_ppid_message_send", **proof(made), text="satu lagi")
    with pytest.raises(tk.ValidationError) as empty:
        call_action("satudata_ppid_message_send", **proof(made), text=" ")
    assert "text" in empty.value.error_dict


def test_an_unconfirmed_request_lapses_is_told_and_leaves_no_gap(asked, row_of, mail_sink):
    with freeze_time("2026-03-09 03:00:00") as clock:
        made, by_phone, confirmed = (
            asked(phone=""),
            asked(email="", question="Jumlah guru 2024"),
            asked(question="Jumlah sekolah 2024", phone=""),
        )
        notices.send_waiting()
        code = requests.confirmation_code(row_of(confirmed))
        call_action("satudata_ppid_request_confirm", **proof(confirmed), code=code)
        clock.tick(7 * 24 * 3600 - 60)
        assert asking_jobs.lapse_unconfirmed() == 0
        clock.tick(120)
        assert asking_jobs.lapse_unconfirmed() == 1 and asking_jobs.lapse_unconfirmed() == 0
        notices.send_waiting()
        row = row_of(made)
        assert row.decision == "lapsed" and row.number == made["number"]
        assert model.Session.get(Case, row.case_id).ended_at is not None
        assert row_of(by_phone).closed_at is None and row_of(confirmed).closed_at is None
        track = call_action("satudata_ppid_request_track", **proof(made))
        assert track["state"] == "closed" and track["can"] == []
        assert asked(question="Jumlah pasar 2024")["number"] == "4/PPID/2026"
    assert len(mail_sink.to(EMAIL)) >= 3


def test_who_gives_an_address_only_is_told_before_when_to_confirm_it_and_reminded(asked, row_of, app, mail_sink):
    with freeze_time("2026-03-09 03:00:00") as clock:
        made, by_phone = asked(phone=""), asked(question="Jumlah guru 2024")
        notices.send_waiting()
        first, other = (
            next(m for m in mail_sink.to(EMAIL) if one["number"] in m["Subject"]) for one in (made, by_phone)
        )
        assert "paling lambat Minggu, 15 Maret 2026" in text_of(first) and "ditutup" not in text_of(other)
        app.post("/permohonan/lacak", data=proof(made), follow_redirects=False)
        said = BeautifulSoup(app.get(f"/permohonan/lacak/{made['ref']}").body, "html.parser")
        assert (
            "paling lambat Minggu, 15 Maret 2026" in said.select_one("[aria-labelledby=confirm-title] .sd-notice").text
        )
        assert asking_jobs.remind_unconfirmed() == 0
        clock.tick(5 * 24 * 3600 + 60)
        for _ in range(2):
            assert asking_jobs.remind_unconfirmed() == 1
        notices.send_waiting()
        reminders = [text_of(m) for m in mail_sink.to(EMAIL) if m["Subject"].startswith("Konfirmasikan")]
        assert (
            len(reminders) == 1 and "paling lambat Minggu, 15 Maret 2026" in reminders[0] and WORDS not in reminders[0]
        )


def test_what_is_worked_on_or_never_got_its_code_does_not_lapse(asked, row_of, give, people):
    with freeze_time("2026-03-09 03:00:00") as clock:
        waits, routed = asked(phone=""), row_of(asked(phone="", question="Jumlah guru 2024"))
        give(routed.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
        model.Session.execute(
            sa.update(Outbox).where(Outbox.key.like(f"ppid-code:{routed.id}%")).values(sent_at=sa.func.now())
        )
        model.Session.commit()
        asked_back, split = (row_of(asked(phone="", question=f"Jumlah {what} 2024")) for what in ("pasar", "kios"))
        messages.send(model.Session, asked_back.id, WORDS, actor=actor_for(model.User.get(people.ppid["id"])))
        model.Session.commit()
        give(split.case_id, "split", people.ppid, {"question": "Jumlah toko per kecamatan", "rest": ""})
        model.Session.execute(sa.update(Outbox).where(Outbox.key.like("ppid-code:%")).values(sent_at=sa.func.now()))
        waiting = Outbox.key.like(f"ppid-code:{waits['id']}%")
        model.Session.execute(sa.update(Outbox).where(waiting).values(sent_at=None))
        model.Session.commit()
        clock.tick(30 * 24 * 3600)
        assert asking_jobs.remind_unconfirmed() == 0
        assert asking_jobs.lapse_unconfirmed() == 0
        for begun in (asked_back, split):
            row = row_of({"id": begun.id})
            assert row.closed_at is None and requests.lapses_at(row) is None
            with pytest.raises(Conflict):
                process.apply({}, row.case_id, "expire", actor=SYSTEM)
        assert row_of(waits).closed_at is None and row_of({"id": routed.id}).closed_at is None


def test_erased_and_taken_along_with_the_applicants_data(asked, row_of):
    made = asked()
    call_action("satudata_ppid_message_send", **proof(made), text=WORDS)
    row, kept = row_of(made), {one.name: one for one in privacy.kept()}
    assert kept["messages"].told(model.Session, row)[0]["text"] == WORDS
    kept["messages"].erase(model.Session, row)
    model.Session.commit()
    assert model.Session.scalars(sa.select(RequestMessage.body)).one() is None


@pytest.mark.parametrize(
    ("phone", "names"), [("", ["whatsapp-text"]), ("0812345678", ["whatsapp-applicant", "whatsapp-text"])]
)
def test_texts_for_whatsapp_are_told_apart(asked, people, page, phone, names):
    made = asked(phone=phone)
    case_id = model.Session.scalars(sa.select(Case.id).where(Case.subject_id == made["id"])).one()
    shown = BeautifulSoup(page(people.ppid, f"/meja/{case_id}").body, "html.parser")
    assert sorted(box["id"] for box in shown.select("textarea[id^=whatsapp]")) == names
