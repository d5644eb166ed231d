"""Objections from the tracking page and the counter to the superior's answer, the request's way back, the dispute."""

import io
from datetime import datetime, timedelta
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests.factories import Organization
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, Several
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    addresses,
    disputes,
    objection_standing,
    objections,
    own_data,
    registers,
    requests,
    standing,
)
from ckanext.satudata.shared import clock, crypto, notices, wording
from ckanext.satudata.shared.care import journal_beside, journal_seals
from ckanext.satudata.tests.ppid.conftest import EMAIL, upload
from ckanext.satudata.tests.support.mail import text_of
from ckanext.satudata.tests.support.whole_files import pdf as whole_pdf

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WORDS = "Angka per kecamatan Canary tidak mengenali seorang pun; mohon diberikan."
REASONS = "Data agregat per kecamatan tidak memuat rahasia pribadi sehingga dapat diberikan."


def proof(row):
    return {"number": row.number, "tracking_code": requests.tracking_code(row)}


def objected(row, **changes):
    call_action("satudata_objection_create", **{**proof(row), "ground": "a", "words": WORDS, **changes})
    return model.Session.scalars(Objection.of_request(row.id)).all()[-1]


def events_of(case_id):
    model.Session.expire_all()
    return [one.event for one in model.Session.scalars(sa.select(Journal).where(Journal.case_id == case_id))]


def open_steps(case_id):
    model.Session.expire_all()
    return [step.no for step in model.Session.scalars(CaseStep.open_of(case_id))]


def pdf(name="berita-acara.pdf"):
    return SimpleNamespace(filename=name, stream=io.BytesIO(whole_pdf()))


def test_an_upheld_objection_makes_a_new_decision_and_keeps_the_earlier_letter(refused, superior, give, people):
    row = objected(refused)
    assert row.number.startswith("1/") and row.outcome is None
    answer = give(row.case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert [letter["kind"] for letter in answer["letters"]] == ["objection_answer"]
    model.Session.expire_all()
    request = model.Session.get(PpidRequest, refused.id)
    assert (row.outcome, row.sent_to, row.superior_name) == ("upheld", "8", "Atasan PPID")
    assert (request.decision, request.refusal_code, request.closed_at) == (None, None, None)
    assert open_steps(request.case_id) == ["8"] and model.Session.get(Case, request.case_id).ended_at is None
    kinds = [letter.kind for letter in model.Session.scalars(Letter.of_subject("ppid_request", request.id))]
    assert kinds.count("refusal_applicant") == 1 and kinds[-2:] == ["objection_receipt", "objection_answer"]
    assert "sent_back_on_objection" in events_of(request.case_id)
    on = requests.local_date(request.received_at)
    (row_of_all,) = registers.public_rows(model.Session, Period(on, on))
    (row_of_officers,) = registers.rows(model.Session, "requests", Period(on, on))
    assert "Being decided anew" in registers.public_cells(row_of_all) and "Being decided anew" in row_of_officers
    give(request.case_id, "grant", people.pembantu)
    assert standing.for_applicant(model.Session, request)["state"] == "open"
    assert not list(journal_seals.verify(model.Session))


def test_a_new_refusal_after_an_upheld_objection_can_be_objected_to(refused, superior, give, people):
    row = objected(refused)
    give(row.case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    model.Session.refresh(refused)
    assert "a" not in {window.ground.value for window in objections.offered(model.Session, refused)}
    why = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
    give(refused.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": why})
    give(refused.case_id, "forward", people.pembantu)
    give(refused.case_id, "deliver", people.ppid)
    model.Session.refresh(refused)
    assert "a" in {window.ground.value for window in objections.offered(model.Session, refused)}


def test_data_that_was_given_is_given_anew_on_an_upheld_objection(routed, superior, give, people):
    def deliver():
        give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
        handed = model.Session.scalars(PpidHandover.latest_of(routed.id)).one()
        give(routed.case_id, "attest", people.ppid, {"sha256": handed.sha256, "checked": "true"})
        give(routed.case_id, "deliver", people.ppid)

    give(routed.case_id, "grant", people.pembantu)
    deliver()
    row = objected(routed, ground="d")
    give(row.case_id, "grant", superior, {"to_step": "9", "reasons": REASONS})
    model.Session.refresh(routed)
    assert (routed.decision, open_steps(routed.case_id)) == ("granted", ["9"])
    deliver()
    kinds = [letter.kind for letter in model.Session.scalars(Letter.of_subject("ppid_request", routed.id))]
    assert kinds.count("delivery_applicant") == 2


@pytest.mark.parametrize("to", ["8", "9"])
def test_what_was_given_stays_in_the_register_until_something_is_given_anew(
    to, routed, superior, give, people, freezer
):
    def deliver():
        give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
        handed = model.Session.scalars(PpidHandover.latest_of(routed.id)).one()
        give(routed.case_id, "attest", people.ppid, {"sha256": handed.sha256, "checked": "true"})
        give(routed.case_id, "deliver", people.ppid)

    def told():
        """Form, manner, day, cost and payment, as the register of officers has them."""
        model.Session.expire_all()
        on = requests.local_date(routed.received_at)
        (row,) = registers.rows(model.Session, "requests", Period(on, on))
        return row[11], row[12], *row[16:19]

    give(routed.case_id, "grant", people.pembantu)
    deliver()
    first = told()
    assert first[2] == requests.local_date(clock.now()) and first[3] == 0
    freezer.tick(3 * 24 * 3600)
    row = objected(routed, ground="d")
    give(row.case_id, "grant", superior, {"to_step": to, "reasons": REASONS})
    assert told() == first and own_data.told(model.Session, routed)["given"]["given_at"]
    if to == "8":
        give(routed.case_id, "grant", people.pembantu)
    deliver()
    assert told()[2] == first[2] + timedelta(days=3)


@pytest.mark.parametrize("is_dropped", [True, False])
def test_files_given_before_go_along_only_where_their_decision_stands(is_dropped, routed, superior, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    handed = model.Session.scalars(PpidHandover.latest_of(routed.id)).one()
    give(routed.case_id, "attest", people.ppid, {"sha256": handed.sha256, "checked": "true"})
    give(routed.case_id, "deliver", people.ppid)
    give(objected(routed, ground="d").case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    anew = {"organization_id": Organization(title="Dinas Lain")["id"], "dip_result": "listed"}
    give(routed.case_id, "route", people.ppid, {**anew, **({"keep": ""} if is_dropped else {})})
    model.Session.refresh(handed)
    assert bool(handed.replaced_at) is is_dropped, "PPID says whose decision counts no more"


def test_who_decided_does_not_answer_the_objection(refused, superior, give, people):
    row = objected(refused)
    from ckanext.satudata.tests.factories import hold

    hold(people.pembantu["id"], Role.PPID_SUPERIOR)
    with pytest.raises(NotAllowed):
        give(row.case_id, "refuse", people.pembantu, {"reasons": REASONS})
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    assert open_steps(refused.case_id) == []


def test_what_is_written_stands_in_no_journal_and_only_who_serves_it_reads_it(refused, superior, people, give):
    row = objected(refused)
    for kept in (Journal, JournalText):
        told = model.Session.scalars(
            sa.select(sa.cast(sa.func.to_jsonb(sa.literal_column(kept.__tablename__)), sa.Text)).select_from(kept)
        )
        assert "Canary" not in " ".join(told)
    shown = call_action("satudata_objection_show", {"user": superior["name"], "ignore_auth": False}, id=row.number)
    assert shown["words"] == WORDS and shown["applicant"]["email"] == EMAIL
    seen = call_action("satudata_objection_show", {"user": people.auditor["name"], "ignore_auth": False}, id=row.id)
    assert "words" not in seen and "applicant" not in seen
    assert events_of(row.case_id).count("identity_viewed") == 1
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_objection_show", {"user": people.pembantu["name"], "ignore_auth": False}, id=row.id)


def test_the_ground_of_an_objection_that_was_taken_back_can_be_used_again_in_time(refused):
    first = objected(refused)
    call_action("satudata_objection_withdraw", **proof(refused), objection=first.number)
    grounds = call_action("satudata_objection_track", **proof(refused))["grounds"]
    assert "a" in {one["code"] for one in grounds}
    assert objected(refused, key="again").number != first.number


def test_ground_a_is_not_settled_and_the_others_need_minutes(refused, superior, give):
    row = objected(refused)
    agreed = {"reasons": "Data agregat disampaikan dalam lima hari kerja.", "settled_on": "2026-01-01"}
    with pytest.raises(Conflict):
        give(row.case_id, "settle", superior, {**agreed, "scan": pdf()})
    call_action("satudata_objection_withdraw", **proof(refused), objection=row.number)
    other = objected(refused, ground="d")
    today = requests.local_date(other.received_at).isoformat()
    with pytest.raises(Invalid) as missing:
        give(other.case_id, "settle", superior, {**agreed, "settled_on": today})
    assert missing.value.field == "scan"
    with pytest.raises(Several) as wrong:
        give(other.case_id, "settle", superior, {"reasons": "singkat", "settled_on": "2999-01-01"})
    assert {fault.field for fault in wrong.value.errors} == {"settled_on", "scan", "reasons"}
    assert "what was agreed" in next(one.message for one in wrong.value.errors if one.field == "reasons")
    give(other.case_id, "settle", superior, {**agreed, "settled_on": today, "scan": pdf(), "to_step": "8"})
    model.Session.expire_all()
    assert (other.outcome, other.sent_to) == ("settled", "8") and other.minutes_id
    said = text_of_letter(refused, "objection_answer")
    assert '"Isi kesepakatan", "Data agregat' in said and '"Alasan"' not in said
    assert open_steps(refused.case_id) == ["8"]


def test_silence_is_a_ground_from_the_day_after_and_the_request_goes_on_where_it_stands(
    asked, row_of, people, superior, give
):
    with freeze_time("2026-03-02 03:00:00"):
        row = row_of(asked())
        give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
        due = requests.statutory_due(row.received_at)
    with freeze_time(due.due_at), pytest.raises(tk.ValidationError):
        objected(row, ground="c")
    with freeze_time(due.due_at.replace(hour=due.due_at.hour + 1)):
        assert {one["code"] for one in call_action("satudata_objection_track", **proof(row))["grounds"]} == {"b", "c"}
        lodged = objected(row, ground="c")
        give(lodged.case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert open_steps(row.case_id) == ["8"]
    steps = model.Session.scalars(CaseStep.of([row.case_id]))
    assert [step.round for step in steps if step.no == "8"] == [1, 2], "its day had passed"


def text_of_letter(row, kind):
    """What the words of the newest letter of that kind are, without its looks."""
    letters = [one for one in model.Session.scalars(Letter.of_subject("ppid_request", row.id)) if one.kind == kind]
    return crypto.unseal(letters[-1].content)


@pytest.mark.parametrize(("stands", "to"), [("at PPID", "7"), ("with the agency", "8")])
def test_an_order_after_silence_names_a_day_to_come_in_letter_and_on_the_page(
    asked, row_of, people, superior, give, freezer, stands, to
):
    freezer.move_to("2026-03-02 03:00:00")
    row = row_of(asked())
    if stands == "with the agency":
        give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    freezer.move_to("2026-04-06 03:00:00")
    lodged = objected(row, ground="c")
    freezer.move_to("2026-04-08 03:00:00")
    give(lodged.case_id, "grant", superior, {"to_step": to, "reasons": REASONS})
    model.Session.expire_all()
    row = model.Session.get(PpidRequest, row.id)
    now = standing.for_applicant(model.Session, row)
    assert now["step_due_on"] > "2026-04-08" and sorted(open_steps(row.case_id)) == (
        ["5a", "7"] if to == "7" else ["8"]
    )
    (told,) = objection_standing.for_applicant(model.Session, row)["objections"]
    assert "counted anew" in told["sentence"]
    (due,) = {step.due_on for step in model.Session.scalars(CaseStep.open_of(row.case_id)) if step.no == to}
    draft = text_of_letter(row, "objection_answer")
    assert texts.hari_tanggal(due) in draft and "dihitung kembali sejak tanggapan ini" in draft
    assert not list(journal_beside.verify(model.Session))


def test_an_address_that_nobody_confirmed_is_told_that_there_is_an_answer(refused, superior, give, mail_sink):
    row = objected(refused)
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    notices.send_waiting()
    told = [text_of(mail) for mail in mail_sink.to(EMAIL) if row.number in text_of(mail)]
    assert len(told) == 2 and not any("Canary" in one or requests.tracking_code(refused) in one for one in told)


def test_numbers_have_no_gap_and_the_same_form_makes_one(refused, asked, row_of, give, people):
    first = objected(refused, key="x")
    again = call_action("satudata_objection_create", **proof(refused), ground="a", words=WORDS, key="x")
    assert again["number"] == first.number and again["created"] is False
    with pytest.raises(tk.ValidationError):
        objected(refused, ground="d", key="y")
    call_action("satudata_objection_withdraw", **proof(refused), objection=first.number)
    assert objected(refused, ground="d", key="z").number_count == 2


def test_the_counter_enters_it_with_its_day_and_its_letter(refused, people):
    enter = {"user": people.ppid["name"], "ignore_auth": False}
    sent = {"request": refused.number, "ground": "a", "words": WORDS, "channel": "letter"}
    with pytest.raises(tk.ValidationError) as missing:
        call_action("satudata_objection_enter", enter, **sent)
    assert "scan" in missing.value.error_dict
    with pytest.raises(tk.ValidationError) as future:
        call_action("satudata_objection_enter", enter, **sent, scan=pdf(), received_on="2027-12-01")
    assert "received_on" in future.value.error_dict
    made = call_action("satudata_objection_enter", enter, **sent, scan=pdf())
    assert call_action("satudata_objection_enter", enter, **sent, scan=pdf())["number"] == made["number"]
    with pytest.raises(tk.ValidationError):  # entered otherwise it is not taken for the same, nor dropped
        call_action("satudata_objection_enter", enter, **sent | {"channel": "counter"}, scan=pdf())
    row = objections.find(model.Session, made["number"])
    assert row.scan_id and row.entered_by == people.ppid["id"]
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_objection_enter", {"user": people.pembantu["name"], "ignore_auth": False}, **sent)


def test_a_dispute_is_recorded_after_the_answer_in_its_order(refused, superior, give, people):
    row = objected(refused)
    record = {"user": people.ppid["name"], "ignore_auth": False}
    today = requests.local_date(row.received_at).isoformat()
    filed = {"objection": row.number, "kind": "filed", "happened_on": today, "number": "001/KI/2026"}
    with pytest.raises(tk.ValidationError):
        call_action("satudata_dispute_record", record, **filed)
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    with pytest.raises(tk.ValidationError) as before_the_answer:
        call_action("satudata_dispute_record", record, **{**filed, "happened_on": "1999-01-02"})
    assert "happened_on" in before_the_answer.value.error_dict
    ruling = {"objection": row.number, "kind": "ruling", "happened_on": today}
    with pytest.raises(tk.ValidationError) as early:
        call_action("satudata_dispute_record", record, **ruling, outcome="granted")
    assert "kind" in early.value.error_dict
    assert call_action("satudata_dispute_record", record, **filed, scan=pdf(), note="Canary")["late"] is False
    with pytest.raises(tk.ValidationError) as without:
        call_action("satudata_dispute_record", record, **ruling)
    assert "outcome" in without.value.error_dict
    call_action("satudata_dispute_record", record, **ruling, outcome="granted")
    told = call_action("satudata_objection_track", **proof(refused))["objections"][0]
    assert [one["kind"] for one in told["dispute"]] == ["filed", "ruling"] and "note" not in told["dispute"][0]
    assert told["dispute_until"] is None and "respond" in told["can"], "nobody is told to go where he went already"
    assert "was brought before the Komisi Informasi" in told["sentence"] and "for the applicant" in told["sentence"]
    page = standing.for_applicant(model.Session, model.Session.get(PpidRequest, refused.id))
    assert "was brought before the Komisi Informasi" in page["sentence"] and "you can go" not in page["sentence"]
    held = " ".join(page["own_data"]["held"])
    assert "the ruling on the dispute may still be contested" in held and "may still be begun" not in held
    answer = {**proof(refused), "objection": row.number, "response": "not_accepted"}
    assert call_action("satudata_objection_respond", **answer)["response"] == "not_accepted"


def test_the_page_says_when_the_time_for_the_commission_is_over(refused, superior, give, freezer):
    row = objected(refused)
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    freezer.tick(60)
    told = call_action("satudata_objection_track", **proof(refused))["objections"][0]
    assert told["dispute_until"] and "Komisi Informasi" not in told["sentence"]
    freezer.move_to(datetime.fromisoformat(told["dispute_until"]) + timedelta(days=3))
    after = call_action("satudata_objection_track", **proof(refused))["objections"][0]
    assert after["dispute_until"] is None and "Komisi Informasi ended on" in after["sentence"]


def test_a_dispute_brought_in_the_superiors_silence_is_recorded_after_his_late_answer_too(
    refused, superior, give, page, freezer, people
):
    row = objected(refused)
    over = objections.answer_due(row).due_on
    freezer.move_to(f"{over + timedelta(days=6)} 03:00")
    here, case = f"/meja/keberatan/{row.id}/sengketa", tk.url_for("satudata_desk.read", case_id=row.case_id)
    assert here in page(people.ppid, case).body, "the desk leads there in the silence too"
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    row = objections.find(model.Session, row.number)
    silence, answer = disputes.windows_of(row)
    lead = page(people.ppid, here).body
    for on in (silence.opens_on, silence.until.due_on, answer.until.due_on):
        assert wording.day(on, weekday=True) in lead
    record = {"user": people.ppid["name"], "ignore_auth": False}
    filed = {"objection": row.number, "kind": "filed"}
    with pytest.raises(tk.ValidationError) as early:
        call_action("satudata_dispute_record", record, **filed, happened_on=over.isoformat())
    assert "happened_on" in early.value.error_dict
    brought_on = (over + timedelta(days=3)).isoformat()
    assert call_action("satudata_dispute_record", record, **filed, happened_on=brought_on)["late"] is False


def test_a_dispute_after_the_time_of_silence_and_before_the_late_answer_is_late(
    refused, superior, give, freezer, people
):
    row = objected(refused)
    until = disputes.window_of(row).until.due_on
    freezer.move_to(f"{until + timedelta(days=30)} 03:00")
    give(row.case_id, "refuse", superior, {"reasons": REASONS})
    freezer.move_to(f"{until + timedelta(days=70)} 03:00")
    record = {"user": people.ppid["name"], "ignore_auth": False}
    said = {
        on: disputes.is_late(row, {"kind": "filed", "happened_on": on.isoformat()})
        for on in (until, until + timedelta(days=1), until + timedelta(days=30), until + timedelta(days=69))
    }
    assert list(said.values()) == [False, True, False, True]
    event = {"objection": row.number, "kind": "filed", "happened_on": (until + timedelta(days=1)).isoformat()}
    assert call_action("satudata_dispute_record", record, **event)["late"] is True


def test_the_pages_of_applicant_and_desk(refused, superior, app, page, mail_sink, people):
    addresses.confirm(model.Session, refused.id, requests.confirmation_code(refused))
    model.Session.commit()
    app.post("/permohonan/lacak", data=proof(refused), follow_redirects=False)
    here = f"/permohonan/lacak/{refused.ref}"
    shown = app.get(here).body
    assert f"{here}/keberatan" in shown and "Pasal 17 huruf h" in shown
    form = app.get(f"{here}/keberatan").body
    assert 'value="a"' in form and 'value="c"' not in form
    bad = app.post(f"{here}/keberatan", data={"ground": "a", "words": "x"}, follow_redirects=False)
    assert bad.status_code == 400 and "field-words" in bad.body
    empty = app.post(f"{here}/keberatan", data={"ground": "", "words": ""}, follow_redirects=False)
    summary = BeautifulSoup(empty.body, "html.parser").select_one(".sd-error-summary")
    assert [link["href"] for link in summary.select("a")] == ["#field-ground", "#field-words"]
    assert "Anda minta" not in summary.text, "the label is not said twice"
    sent = app.post(f"{here}/keberatan", data={"ground": "a", "words": WORDS}, follow_redirects=False)
    assert sent.status_code == 303
    row = model.Session.scalars(Objection.of_request(refused.id)).one()
    shown = BeautifulSoup(app.get(here).body, "html.parser")
    assert row.number in shown.text and "Atasan PPID" in shown.select_one("header .sd-lead").text
    assert "Tanggapi keberatan" in page(superior, "/meja").body
    assert f"Keberatan {row.number} sedang diperiksa" in page(people.ppid, f"/meja/{refused.case_id}").body
    case = page(superior, f"/meja/{row.case_id}").body
    assert "Tanggapi keberatan" in BeautifulSoup(case, "html.parser").select_one("#whatsapp-text").text
    assert WORDS in case and 'name="to_step"' in case and 'data-command="settle"' not in case
    looked = page(superior, f"/meja/{row.case_id}/grant/pratinjau", {"to_step": "8", "reasons": REASONS, "step_id": ""})
    assert looked.headers["Content-Type"] == "application/pdf"
    done = page(superior, f"/meja/{row.case_id}/grant", {"to_step": "8", "reasons": REASONS})
    assert done.status_code == 302
    after = app.get(here).body
    assert "Tanggapan Atasan PPID atas Keberatan" in after
    assert page(people.ppid, "/meja/keberatan/baru").status_code == 200
    assert page(people.ppid, f"/meja/keberatan/{row.id}/sengketa").status_code == 200
    notices.send_waiting()
    told = [text_of(mail) for mail in mail_sink.to(EMAIL)]
    assert sum(row.number in one for one in told) == 2 and not any("Canary" in one for one in told if row.number in one)
