"""Asking: stored, numbered and dated at once, once, whatever the mail server does; confirmed by a code."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain import ppid_request as rules
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asking, requests
from ckanext.satudata.shared import clock as time
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES, EMAIL
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def confirm(made, code):
    return call_action(
        "satudata_ppid_request_confirm", number=made["number"], tracking_code=made["tracking_code"], code=code
    )


def count(table):
    return model.Session.scalar(sa.select(sa.func.count()).select_from(table))


def test_numbered_and_dated_at_submission(asked):
    with freeze_time("2026-03-09 03:00:00"):
        made = asked()
    assert made["number"] == "1/PPID/2026"
    assert made["received_at"].startswith("2026-03-09T03:00:00")
    assert date.fromisoformat(made["due_on"]) >= date(2026, 3, 23)
    assert len(made["tracking_code"]) == 10 and made["created"]


def test_applicants_data_is_nowhere_in_clear(asked):
    asked()
    for table in model.Session.scalars(
        sa.text("select table_name from information_schema.tables where table_name like 'satudata_%'")
    ).all():
        for row in model.Session.execute(sa.text(f'select t::text from "{table}" t')).scalars():
            assert not [canary for canary in CANARIES if canary in row], table


def test_same_form_sent_twice_is_one_request(asked):
    first, second = asked(key="k1"), asked(key="k1")
    assert first["number"] == second["number"] and first["tracking_code"] == second["tracking_code"]
    assert (first["created"], second["created"]) == (True, False)
    assert count(PpidRequest) == 1 and count(Letter) == 1 and count(Outbox.__table__) <= 2


def test_a_call_repeated_without_a_key_is_one_request_for_a_minute(asked, freezer):
    freezer.move_to("2026-03-02 03:00:59")
    first = asked(key="")
    freezer.move_to("2026-03-02 03:01:30")
    again = asked(key="")
    assert (again["number"], again["created"]) == (first["number"], False) and count(PpidRequest) == 1
    other = asked(key="", question="Jumlah guru per kecamatan")
    freezer.move_to("2026-03-02 03:03:00")
    assert len({first["number"], other["number"], asked(key="")["number"]}) == 3


def test_other_words_under_the_same_key_are_not_swallowed(asked):
    assert asked(key="k1")["number"] != asked(key="k1", question="Jumlah guru per kecamatan")["number"]


def test_receipt_is_a_numbered_letter_in_the_vault(asked, row_of):
    made = asked()
    letter = model.Session.scalars(Letter.of_subject("ppid_request", made["id"])).one()
    body = letters.content_of(model.Session, letter)
    assert letter.number == made["number"] and body.startswith(b"%PDF")
    from io import BytesIO

    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    assert made["number"] in text and ASKED["purpose"] in " ".join(text.split())
    assert made["tracking_code"] not in text


@pytest.mark.parametrize(
    ("field", "value"),
    [("purpose", "skripsi"), ("website", "http://spam.example"), ("dataset", "no-such-dataset"), ("name", {"a": 1})],
)
def test_what_is_wrong_is_named_and_nothing_stored(asked, field, value):
    with pytest.raises(tk.ValidationError) as caught:
        asked(**{field: value})
    assert field in caught.value.error_dict
    assert count(PpidRequest) == 0


def test_every_fault_is_told_at_once(no_limits):
    with pytest.raises(tk.ValidationError) as caught:
        call_action("satudata_ppid_request_create")
    assert {"question", "name", "address", "purpose", "consent", "email"} <= set(caught.value.error_dict)


def test_a_telephone_number_is_enough(asked, row_of):
    made = asked(email="")
    assert row_of(made).confirm_sent == 0
    assert not model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "ppid_request_received")).all()


def test_mail_server_down_request_stands_and_mail_waits(asked, row_of, mail_sink):
    mail_sink.stop()
    with freeze_time("2026-03-09 03:00:00") as clock:
        made = asked()
        notices.send_waiting()
        assert row_of(made).number == "1/PPID/2026"
        waiting = model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "ppid_request_received")).one()
        assert waiting.sent_at is None and waiting.attempts == 1 and EMAIL not in (waiting.last_error or "")
        mail_sink.start()
        clock.tick(600)
        notices.send_waiting()
    mail = mail_sink.to(EMAIL)[0]
    assert made["tracking_code"] not in text_of(mail), "nobody has shown yet whose address this is"
    assert not [canary for canary in CANARIES if canary in mail["Subject"]]
    assert confirm_code(made, row_of) in text_of(mail)


def test_the_codes_time_runs_from_when_its_mail_left(asked, row_of, mail_sink):
    mail_sink.stop()
    with freeze_time("2026-03-09 03:00:00") as clock:
        made = asked()
        track = {"number": made["number"], "tracking_code": made["tracking_code"]}
        notices.send_waiting()
        clock.tick(20 * 60)
        assert call_action("satudata_ppid_request_track", **track)["code_sent_at"] is None
        mail_sink.start()
        notices.send_waiting()
        assert call_action("satudata_ppid_request_track", **track)["code_sent_at"].startswith("2026-03-09T03:20:00")
        code = confirm_code(made, row_of)
        assert code in text_of(mail_sink.to(EMAIL)[0])
        clock.tick(15 * 60 + 1)
        with pytest.raises(tk.ValidationError):
            confirm(made, code)
        clock.tick(-2)
        assert confirm(made, code)["confirmed"]


def test_a_code_asked_for_anew_while_mail_is_down_comes_once(asked, row_of, mail_sink):
    mail_sink.stop()
    made = asked()
    notices.send_waiting()
    call_action("satudata_ppid_request_resend", number=made["number"], tracking_code=made["tracking_code"])
    mail_sink.start()
    with freeze_time(time.now() + timedelta(hours=1)):
        notices.send_waiting()
    (mail,) = mail_sink.to(EMAIL)
    assert confirm_code(made, row_of) in text_of(mail)


def confirm_code(made, row_of):
    return requests.confirmation_code(row_of(made))


def test_right_code_confirms_and_may_be_repeated(asked, row_of):
    made = asked()
    code = confirm_code(made, row_of)
    assert confirm(made, f" {code[:3]} {code[3:]} ")["confirmed"]
    assert confirm(made, code)["confirmed"]
    assert row_of(made).confirmed_at


def test_the_tracking_code_is_mailed_once_the_address_is_confirmed(asked, row_of, mail_sink):
    made = asked()
    notices.send_waiting()
    code = confirm_code(made, row_of)
    assert confirm(made, code)["confirmed"] and confirm(made, code)["confirmed"]
    notices.send_waiting()
    first, second = map(text_of, mail_sink.to(EMAIL))
    assert made["number"] in first and code in first and made["tracking_code"] not in first
    assert made["tracking_code"] in second and made["number"] in second
    assert made["tracking_code"] not in mail_sink.to(EMAIL)[1]["Subject"]


def test_a_stranger_with_the_mail_alone_neither_confirms_nor_opens(app, asked, row_of, mail_sink):
    made = asked()
    notices.send_waiting()
    row, code = row_of(made), confirm_code(made, row_of)
    stranger = app.flask_app.test_client()
    page = stranger.get(f"/permohonan/lacak?no={row.number}")
    assert page.status_code == 200 and "Canary" not in page.get_data(as_text=True)
    for typed in (code, "", made["number"]):
        opened = stranger.post("/permohonan/lacak", data={"number": row.number, "tracking_code": typed})
        assert opened.status_code == 400
        with pytest.raises(tk.ValidationError):
            confirm({**made, "tracking_code": typed}, code)
    stranger.post(f"/permohonan/lacak/{row.ref}/kode", data={"code": code})
    assert row_of(made).confirmed_at is None
    notices.send_waiting()
    (mail,) = mail_sink.to(EMAIL)
    assert made["tracking_code"] not in text_of(mail) and row.ref not in text_of(mail)


def test_the_mails_address_opens_the_page_in_the_browser_that_sent_it(app, no_limits):
    client = app.flask_app.test_client()
    sent = client.post("/permohonan/baru", data={**ASKED, "key": "k"})
    row = model.Session.query(PpidRequest).one()
    led = client.get(f"/permohonan/lacak?no={row.number}")
    assert led.status_code == 303 and led.headers["Location"] == sent.headers["Location"]
    assert client.get("/permohonan/lacak?no=9/PPID/1999").status_code == 200


def test_wrong_code_counts_and_five_end_it(asked, row_of):
    made = asked()
    right = confirm_code(made, row_of)
    for nothing in ("", None, "  "):
        with pytest.raises(tk.ValidationError) as missing:
            confirm(made, nothing)
        assert missing.value.error_dict.keys() == {"code"} and row_of(made).confirm_tries == 0
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        with pytest.raises(tk.ValidationError):
            confirm(made, wrong)
    with pytest.raises(tk.ValidationError, match="(?i)kode|code"):
        confirm(made, right)
    assert row_of(made).confirmed_at is None and row_of(made).confirm_tries == 5


def test_code_expires_after_fifteen_minutes_and_a_new_one_works(asked, row_of, mail_sink):
    with freeze_time("2026-03-09 03:00:00") as clock:
        made = asked()
        notices.send_waiting()
        old = confirm_code(made, row_of)
        clock.tick(15 * 60 + 1)
        with pytest.raises(tk.ValidationError):
            confirm(made, old)
        call_action("satudata_ppid_request_resend", number=made["number"], tracking_code=made["tracking_code"])
        new = confirm_code(made, row_of)
        if new != old:
            with pytest.raises(tk.ValidationError):
                confirm(made, old)
        assert confirm(made, new)["confirmed"]
        assert row_of(made).received_at.isoformat().startswith("2026-03-09T03:00:00")


def test_no_more_than_five_codes(asked):
    made = asked()
    again = {"number": made["number"], "tracking_code": made["tracking_code"]}
    for _ in range(4):
        call_action("satudata_ppid_request_resend", **again)
    with pytest.raises(tk.ValidationError):
        call_action("satudata_ppid_request_resend", **again)


@pytest.mark.parametrize("change", [{"tracking_code": "AAAAAAAAAA"}, {"number": "9/PPID/1999"}, {"tracking_code": ""}])
def test_number_without_its_code_opens_nothing(asked, change):
    made = asked()
    right = {"number": made["number"], "tracking_code": made["tracking_code"]}
    assert call_action("satudata_ppid_request_track", **right)["number"] == made["number"]
    with pytest.raises(tk.ValidationError):
        call_action("satudata_ppid_request_track", **right | change)


def test_tracking_tells_nothing_of_the_person(asked):
    made = asked()
    shown = str(
        call_action("satudata_ppid_request_track", number=made["number"].lower(), tracking_code=made["tracking_code"])
    )
    assert not [canary for canary in CANARIES if canary in shown]


def test_identity_is_for_ppid_only_and_the_look_is_journalled_once_a_day(asked, people, routed):
    def shown(user, action="satudata_ppid_request_show", about=routed.number):
        return call_action(action, {"user": user["name"], "ignore_auth": False}, id=about)

    with freeze_time("2026-03-02 03:00:00", tick=True):
        assert shown(people.ppid)["applicant"]["email"] == EMAIL
        assert EMAIL in str(shown(people.ppid, "satudata_case_show", routed.case_id))
    with freeze_time("2026-03-03 03:00:00", tick=True):
        assert EMAIL in str(shown(people.ppid, "satudata_case_show", routed.case_id))
    looks = model.Session.scalars(
        sa.select(Journal).where(Journal.event == "identity_viewed").order_by(Journal.at)
    ).all()
    assert [(look.actor_name, look.at.day) for look in looks] == [(people.ppid["name"], 2), (people.ppid["name"], 3)]
    for user in (people.pembantu, people.auditor):
        assert not [canary for canary in CANARIES if canary in str(shown(user))]
    with pytest.raises(tk.ObjectNotFound):
        shown(people.other)


def test_list_gives_each_officer_his_own_without_identities(asked, people, routed):
    asked(question="Jumlah guru per kecamatan")

    def listed(user):
        return call_action("satudata_ppid_request_list", {"user": user["name"], "ignore_auth": False})

    assert listed(people.ppid)["count"] == 2
    assert [row["number"] for row in listed(people.pembantu)["results"]] == [routed.number]
    assert listed(people.other)["count"] == 0
    assert not [canary for canary in CANARIES if canary in str(listed(people.ppid))]
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_ppid_request_list", {"user": "", "ignore_auth": False})


def test_journal_holds_nothing_personal(asked):
    asked()
    told = "".join(str(entry.payload) for entry in model.Session.scalars(sa.select(Journal)))
    assert told and not [canary for canary in CANARIES if canary in told]


def _taken(key):
    from sqlalchemy.orm import Session

    target = dict.fromkeys(("dataset_id", "resource_id", "organization_id", "title", "dataset_name"), "")
    try:
        with Session(model.meta.engine) as session:
            row, created = asking.take(session, rules.asked(rules.cleaned(ASKED)), target, asking.Coming(key=key))
            session.commit()
            return row.number, created
    finally:
        model.Session.remove()


def test_double_click_in_the_same_instant_is_one_request():
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(_taken, ["same"] * 4))
    assert len({number for number, _created in answers}) == 1
    assert sum(created for _number, created in answers) == 1
    assert count(PpidRequest) == count(Letter) == 1


@pytest.mark.parametrize(
    ("many", "at_once"), [(12, 4), pytest.param(1000, 6, marks=pytest.mark.long)], ids=["some", "a thousand"]
)
def test_many_at_once_are_numbered_without_gap_or_double(many, at_once):
    with ThreadPoolExecutor(at_once) as pool:
        numbers = [number for number, _created in pool.map(_taken, [f"k{index}" for index in range(many)])]
    assert sorted(int(number.split("/")[0]) for number in numbers) == list(range(1, many + 1))
    assert count(PpidRequest) == many


def test_sending_the_mail_logs_no_address(asked, mail_sink, caplog):
    asked()
    with caplog.at_level("DEBUG"):
        notices.send_waiting()
    assert mail_sink.to(EMAIL)
    assert "ckan.lib.mailer" in {record.name for record in caplog.records}
    told = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("ckan"))
    assert not [canary for canary in CANARIES if canary in told]


def test_any_script_is_taken_and_kept_whole(asked, row_of):
    text = "🙏🏽 ꦗꦮ ᬅᬓ᭄ᬱᬭ بيانات 数据 a\u200db \u202ex\u2067 \ue000\ufffe"
    made = asked(question=f"Mohon data penduduk {text}", name=f"Siti {text}", purpose=f"{ASKED['purpose']} {text}")
    row = row_of(made)
    # What would turn the direction of the letters after it, and what XML does not hold.
    kept = text.replace("\u202e", "").replace("\u2067", "").replace("\ufffe", "")
    assert row.question == f"Mohon data penduduk {kept}" and requests.person_of(row)["name"] == f"Siti {kept}"
    letter = model.Session.scalars(Letter.of_subject("ppid_request", made["id"])).one()
    assert letters.content_of(model.Session, letter).startswith(b"%PDF")


def test_the_web_form_takes_an_emoji(app, no_limits):
    answer = app.post(
        "/permohonan/baru", data={**ASKED, "question": "Terima kasih 🙏 mohon data"}, follow_redirects=False
    )
    assert answer.status_code == 303 and count(PpidRequest) == 1
