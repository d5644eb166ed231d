"""What the law adds to the sixteen steps: completeness, short ends, several agencies, decisions by part, the notice."""

from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    addresses,
    applicant_files,
    asking_jobs,
    clocks,
    completing,
    drafts,
    jobs,
    noticing,
    objection_standing,
    requests,
    standing,
    way_mails,
)
from ckanext.satudata.shared import clock, crypto, notices
from ckanext.satudata.tests.ppid.conftest import CANARIES, EMAIL, _officer, upload
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
ROUTE = {"dip_result": "listed"}
MONDAY = "2026-03-02 02:00:00"


def fresh(row):
    model.Session.expire_all()
    return model.Session.get(PpidRequest, row.id)


def kinds(row):
    model.Session.expire_all()
    return [letter.kind for letter in model.Session.scalars(Letter.of_subject("ppid_request", row.id))]


def here(row):
    model.Session.expire_all()
    return sorted((step.no, step.role) for step in model.Session.scalars(CaseStep.open_of(row.case_id)))


def soon():
    """A day that may be promised."""
    return clock.calendar(model.Session).shift(clock.today(), 7).isoformat()


def registered():
    """Decision and reasons of each request, as the public register tells them."""
    return [(row["decision"], row["reasons"]) for row in call_action("satudata_request_register_list")["results"]]


def mails(kind):
    return model.Session.scalars(sa.select(Outbox).where(Outbox.kind == kind)).all()


def test_an_incomplete_request_is_repaired_and_the_clock_stood_still(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    due = clocks.due(row).due_on
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose", "other"], "note": "Sebutkan tahun data."})
    assert here(row) == [("5b", "applicant")] and set(kinds(row)) == {"receipt", "incomplete"}
    assert mails("ppid_letter_came") and "repair" in standing.for_applicant(model.Session, fresh(row))["can"]
    freezer.move_to("2026-03-05 02:00:00")
    with pytest.raises(Invalid):
        completing.send_repair(fresh(row), {"purpose": "x"})
    completing.send_repair(
        fresh(row), {"purpose": "Penelitian tesis tentang layanan kesehatan", "address": "Jalan Canary 9"}
    )
    row = fresh(row)
    kept = clocks.seen(model.Session, row.id)
    assert row.purpose.startswith("Penelitian tesis") and kept.repairs[0]["purpose"] != row.purpose
    assert requests.person_of(row)["address"] == "Jalan Canary 9" and row.received_at.day == 2
    assert here(row) == [("5a", "ppid"), ("7", "ppid")]
    assert clocks.due(row).due_on > due, "the days strictly between are not counted"
    give(row.case_id, "complete", people.ppid)
    assert here(row) == [("7", "ppid")] and clocks.seen(model.Session, row.id).completed_at
    entries = model.Session.scalars(sa.select(Journal).where(Journal.case_id == row.case_id)).all()
    assert not [canary for canary in CANARIES if canary in str([entry.payload for entry in entries])]


def test_what_is_not_repaired_is_not_processed_and_can_be_asked_again(asked, row_of, give, people, freezer, app):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    give(row.case_id, "incomplete", people.ppid, {"missing": "purpose"})
    freezer.move_to("2026-03-05 02:00:00")
    assert jobs.lapse_unrepaired() == 0
    freezer.move_to("2026-03-05 18:00:00")
    assert jobs.lapse_unrepaired() == 1 and jobs.lapse_unrepaired() == 0
    row = fresh(row)
    shown = standing.for_applicant(model.Session, row)
    assert (row.decision, shown["state"]) == ("not_processed", "closed") and "not_processed" in kinds(row)
    assert registered()[0] == ("not_processed", [])
    assert "/permohonan/baru?" in shown["again"] and "kunjungan" not in shown["again"]
    assert row.question not in app.get(shown["again"]).body, "not for everybody who has the address"
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    assert row.question in app.get(shown["again"]).body


@pytest.mark.parametrize(
    ("command", "payload", "decision", "letter"),
    [
        ("already_public", {"link": "https://contoh.example/data"}, "already_public", "notice"),
        ("pass_on", {"body": "Badan Pusat Statistik"}, "passed_on", "forwarding"),
    ],
)
def test_the_short_ends_tell_the_applicant_and_stop_the_clock(
    asked, row_of, give, people, command, payload, decision, letter
):
    row = row_of(asked())
    with pytest.raises(Invalid):
        give(row.case_id, command, people.ppid, dict.fromkeys(payload, ""))
    ended = give(row.case_id, command, people.ppid, payload)
    row = fresh(row)
    assert ended["ended_at"] and row.decision == decision and letter in kinds(row)
    assert row.closed_at and clocks.of(model.Session, row).notified_at
    assert registered()[0] == (decision, [])


def test_a_link_that_is_no_public_data_is_refused(asked, row_of, give, people):
    row = row_of(asked())
    for link in (
        "ftp://x",
        "tidak ada",
        "https://a b",
        "http://",
        "https:///data",
        "https://a",
        "http://[",
        "https://a. b",
        "https://nama:sandi@contoh.example/data",
    ):
        with pytest.raises(Invalid):
            give(row.case_id, "already_public", people.ppid, {"link": link})


def test_only_requests_of_one_applicant_are_merged_into_the_older(asked, row_of, give, people):
    first, second = row_of(asked()), row_of(asked(question="Jumlah kunjungan pasien, sekali lagi"))
    other = row_of(asked(email="lain@contoh.example", phone="081100001111", nik="", name="Orang Lain"))
    for row, number in ((second, other.number), (first, second.number), (second, second.number), (second, "9/X")):
        with pytest.raises(Invalid):
            give(row.case_id, "merge", people.ppid, {"number": number})
    family = row_of(asked(nik="", name="Adik Pemohon"))  # by the same e-mail address and telephone
    with pytest.raises(Invalid):
        give(family.case_id, "merge", people.ppid, {"number": first.number})
    firm = {"applicant_kind": "legal_entity", "institution": "PT Contoh", "legal_number": "AHU-1", "nik": ""}
    company, twin = row_of(asked(**firm)), row_of(asked(**firm, question="Jumlah kunjungan pasien, bagi perusahaan"))
    foundation = row_of(asked(**{**firm, "institution": "Yayasan Contoh", "legal_number": "AHU-2"}))
    namesake = row_of(asked(nik="3573014508990002"))
    for row, older in ((company, first), (foundation, company), (namesake, first), (foundation, first)):
        with pytest.raises(Invalid, match="another applicant"):
            give(row.case_id, "merge", people.ppid, {"number": older.number})
    give(twin.case_id, "merge", people.ppid, {"number": company.number})
    give(second.case_id, "merge", people.ppid, {"number": first.number})
    shown = standing.for_applicant(model.Session, fresh(second))
    assert (shown["state"], shown["merged_into"]) == ("closed", first.number)
    stored = model.Session.scalars(Letter.of_subject("ppid_request", second.id))
    (letter,) = [one for one in stored if one.kind == "not_processed"]
    said = crypto.unseal(letter.content)
    assert f"permohonan nomor {first.number}" in said and "dengan melengkapi" not in said
    assert fresh(first).closed_at is None


def test_a_confirmed_request_is_not_lost_in_an_older_one_that_nobody_confirmed(
    asked, row_of, give, people, freezer, mail_sink
):
    older, elsewhere = row_of(asked(phone="")), row_of(asked(phone="", email="lain@contoh.example"))
    twin = row_of(asked(phone="", question="Jumlah kunjungan pasien, sekali lagi"))
    third = row_of(asked(phone="", question="Jumlah kunjungan pasien, ketiga kali"))
    assert requests.lapses_at(fresh(older)) and requests.lapses_at(fresh(elsewhere))
    for row in (twin, third):
        addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
    give(twin.case_id, "merge", people.ppid, {"number": older.number})
    give(third.case_id, "merge", people.ppid, {"number": elsewhere.number})
    assert fresh(older).confirmed_at and fresh(elsewhere).confirmed_at is None, "of another address nothing is proven"
    notices.send_waiting()
    assert any(requests.tracking_code(fresh(older)) in text_of(one) for one in mail_sink.to(EMAIL))
    freezer.tick(timedelta(days=60))
    assert asking_jobs.lapse_unconfirmed() == 0
    assert fresh(older).closed_at is None and fresh(elsewhere).closed_at is None


def test_the_page_of_a_request_that_lapsed_leads_to_a_new_one_and_promises_nothing(
    asked, row_of, freezer, app, mail_sink
):
    row = row_of(asked(phone=""))
    notices.send_waiting()
    freezer.move_to(requests.lapses_at(fresh(row)) + timedelta(hours=1))
    assert asking_jobs.lapse_unconfirmed() == 1
    row = fresh(row)
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    shown = app.get(f"/permohonan/lacak/{row.ref}").body
    assert f"again={row.ref}" in shown and "kali ini konfirmasikan alamatnya" in shown
    assert "tetap belum dijawab" not in shown
    assert objection_standing.for_applicant(model.Session, row)["silence_on"] is None


def test_nothing_is_merged_into_a_request_that_waits_for_its_applicant(asked, row_of, give, people):
    older, twin = row_of(asked()), row_of(asked(question="Jumlah kunjungan pasien, sekali lagi"))
    give(older.case_id, "incomplete", people.ppid, {"missing": ["purpose"]})
    with pytest.raises(Invalid, match="waits for its applicant"):
        give(twin.case_id, "merge", people.ppid, {"number": older.number})
    assert fresh(twin).closed_at is None


def test_a_part_goes_on_as_a_request_of_its_own_from_the_same_day(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    freezer.move_to("2026-03-04 02:00:00")
    sent = {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": "Jumlah kunjungan per kecamatan"}
    answer = give(row.case_id, "split", people.ppid, sent, key="k1")
    assert give(row.case_id, "split", people.ppid, sent, key="k1")["split"] == answer["split"], "nothing doubled"
    child = model.Session.get(PpidRequest, answer["split"]["id"])
    row = fresh(row)
    assert (child.received_at, child.question, row.question) == (row.received_at, sent["question"], sent["rest"])
    assert child.number != row.number and requests.person_of(child) == requests.person_of(row)
    assert clocks.due(child).due_on == clocks.due(row).due_on and here(child) == here(row)
    code = requests.tracking_code(child)
    assert requests.by_tracking(model.Session, child.number, code).id == child.id
    assert standing.for_applicant(model.Session, row)["split_off"] == [{"number": child.number, "code": code}]
    assert len(mails("ppid_request_split")) == 1


def test_a_part_split_off_keeps_the_clock_the_check_and_the_documents_of_the_whole(
    asked, row_of, give, people, freezer
):
    freezer.move_to(MONDAY)
    row = row_of(asked(identity=upload(b"%PDF-1.7\nrahasia\n%%EOF\n", "ktp.pdf")))
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose"], "note": "Sebutkan tahun data."})
    freezer.move_to("2026-03-05 02:00:00")
    completing.send_repair(fresh(row), {"purpose": "Penelitian tesis tentang layanan kesehatan"})
    give(row.case_id, "complete", people.ppid)
    give(row.case_id, "extend", people.ppid, {"extension_code": "undecided", "note": "Uji konsekuensi berjalan."})
    sent = {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": "Jumlah kunjungan per kecamatan"}
    answer = give(row.case_id, "split", people.ppid, sent)
    row, child = fresh(row), model.Session.get(PpidRequest, answer["split"]["id"])
    assert clocks.due(child) == clocks.due(row), "the same pauses and the same extension"
    assert here(child) == here(row) == [("7", "ppid")], "what was found complete is not looked at again"
    assert clocks.of(model.Session, child).completed_at == clocks.of(model.Session, row).completed_at
    with pytest.raises(Conflict):
        give(child.case_id, "extend", people.ppid, {"extension_code": "not_held", "note": "Belum ada datanya."})
    (step,) = model.Session.scalars(CaseStep.open_of(child.case_id))
    assert step.opened_at.date().isoformat() == "2026-03-05", "its steps run from the split"
    (document,) = model.Session.scalars(ApplicantFile.of_request(child.id))
    (former,) = model.Session.scalars(ApplicantFile.of_request(row.id))
    assert document.vault_id != former.vault_id
    assert applicant_files.clear(model.Session, document) == applicant_files.clear(model.Session, former)
    numbers = {one["number"]: one for one in call_action("satudata_request_register_list")["results"]}
    assert numbers[child.number]["received_on"] == numbers[row.number]["received_on"]


def test_the_code_of_the_whole_confirms_what_was_split_off(asked, row_of, give, people):
    row = row_of(asked(phone=""))
    answer = give(row.case_id, "split", people.ppid, {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": ""})
    call_action(
        "satudata_ppid_request_confirm",
        number=row.number,
        tracking_code=requests.tracking_code(row),
        code=requests.confirmation_code(fresh(row)),
    )
    child = model.Session.get(PpidRequest, answer["split"]["id"])
    assert fresh(row).confirmed_at and fresh(child).confirmed_at, "else the part would lapse as unconfirmed"


# ---------------------------------------------------------------- several agencies


@pytest.fixture
def two(asked, row_of, give, people):
    """A request that lies with two agencies, and the second one's PPID Pembantu."""
    second = factories.Organization(title="Dinas Sosial")
    people.second = _officer("Petugas Kedua", Role.PPID_PEMBANTU, second["id"])
    row = row_of(asked())
    give(row.case_id, "route", people.ppid, {**ROUTE, "organization_id": [people.agency["id"], second["id"]]})
    people.second_agency = second
    return fresh(row)


def test_two_agencies_decide_each_its_part_and_the_applicant_gets_one_answer(two, give, people):
    row = two
    assert here(row) == [("8", "ppid_pembantu")] * 2 and kinds(row).count("request_pembantu") == 2
    assert requests.asked_agencies(model.Session, row.case_id) == [people.agency["id"], people.second_agency["id"]]
    give(row.case_id, "refuse", people.second, {"reason_code": "17h", "note": WHY})
    assert fresh(row).decision is None and [no for no, _role in here(row)] == ["14", "8", "8a"]
    with pytest.raises(Conflict):
        give(row.case_id, "notify", people.ppid, {"promised_on": soon()})
    give(row.case_id, "grant", people.pembantu)
    assert fresh(row).decision == "granted_in_part"
    assert registered()[0] == (None, []), "nothing is told before the notice"
    give(row.case_id, "notify", people.ppid, {"promised_on": soon()})
    assert registered()[0] == ("granted_in_part", ["17h"])
    give(row.case_id, "forward", people.second)
    with pytest.raises(Conflict):
        give(row.case_id, "deliver", people.ppid)
    give(row.case_id, "handover", people.pembantu, {"upload": upload()})
    handed = drafts.latest_handover(model.Session, row)
    with pytest.raises(Invalid):
        give(row.case_id, "return_", people.ppid, {"note": "Berkas keliru, mohon diganti."}, step_id=_step(row, "10"))
    give(row.case_id, "attest", people.ppid, {"sha256": handed.sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid, step_id=_step(row, "13"))
    assert here(row) == [("16", "applicant")] and kinds(row)[-1] == "delivery_applicant"


def _step(row, no):
    return next(step.id for step in model.Session.scalars(CaseStep.open_of(row.case_id)) if step.no == no)


def test_an_agency_acts_for_its_own_part_only(two, give, people):
    with pytest.raises(NotThere):
        give(two.case_id, "grant", people.other)
    give(two.case_id, "grant", people.second)
    with pytest.raises((Conflict, NotAllowed)):
        give(two.case_id, "refuse", people.second, {"reason_code": "17h", "note": WHY})


def test_ppid_takes_over_what_an_agency_left_undone(routed, give, people, freezer):
    row = routed
    with pytest.raises(Conflict):
        give(row.case_id, "take_over", people.ppid)
    freezer.move_to(f"{clock.calendar().shift(clock.today(), 12)} 03:00:00")
    noticing.tell_of_silence()
    noticing.tell_of_silence()
    assert len(mails("ppid_agency_silent")) == 1
    give(row.case_id, "take_over", people.ppid)
    assert here(row) == [("8", "ppid")]
    with pytest.raises((NotAllowed, Conflict)):
        give(row.case_id, "grant", people.pembantu)
    give(row.case_id, "grant", people.ppid)
    (step,) = [one for one in model.Session.scalars(CaseStep.open_of(row.case_id)) if one.no == "9"]
    assert step.organization_id == people.agency["id"], "the rest of its part stays the agency's"


# ---------------------------------------------------------------- decision by part


def test_parts_have_their_own_grounds_and_terbatas_is_none(routed, give, people):
    row = routed
    parts = [
        {"what": "Rekap per kecamatan", "decision": "granted"},
        {"what": "Data per pasien", "decision": "refused"},
        {"what": "Data rumah sakit swasta", "decision": "not_held", "detail": "Rumah sakit masing-masing"},
    ]
    whole = {"reason_code": "17h", "note": WHY}
    for wrong in (
        {**whole, "reason_code": "terbatas", "parts": parts},
        {**whole, "parts": parts[:1]},
        {**whole, "parts": parts[1:]},
        {**whole, "parts": [*parts, {"what": "Lain", "decision": "refused", "reason_code": "17j"}]},
        {**whole, "parts": [*parts, {"what": "Lain", "decision": "mungkin"}]},
        {**whole, "parts": [*parts, {"resource_id": "tidak-ada", "decision": "granted"}]},
    ):
        with pytest.raises(Invalid):
            give(row.case_id, "grant_in_part", people.pembantu, wrong)
    give(row.case_id, "grant_in_part", people.pembantu, {**whole, "parts": parts})
    found = list(model.Session.scalars(PpidPart.in_force(row.id)))
    assert [(part.decision, part.reason_code) for part in found] == [
        ("granted", None),
        ("refused", "17h"),
        ("not_held", "6(3)e"),
    ]
    assert found[1].test_state == "asked" and fresh(row).decision == "granted_in_part"
    assert kinds(row)[-1] == "decision"


def test_a_decision_taken_again_replaces_the_parts(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    handed = drafts.latest_handover(model.Session, routed)
    give(routed.case_id, "attest", people.ppid, {"sha256": handed.sha256, "checked": "true"})
    give(routed.case_id, "return_", people.ppid, {"note": "Data ditarik produsen."})
    assert fresh(routed).decision is None and not list(model.Session.scalars(PpidPart.in_force(routed.id)))
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": WHY})
    rows = model.Session.scalars(sa.select(PpidPart).where(PpidPart.request_id == routed.id)).all()
    assert sorted((row.decision, row.replaced_at is None) for row in rows) == [("granted", False), ("refused", True)]


# ---------------------------------------------------------------- the clock


def test_the_notice_stops_the_clock_and_promises_a_day(routed, give, people):
    row = routed
    with pytest.raises(Conflict):
        give(row.case_id, "notify", people.ppid, {})
    give(row.case_id, "grant", people.pembantu)
    assert [no for no, _role in here(row)] == ["8a", "9"]
    for wrong in ({}, {"promised_on": "kapan"}, {"promised_on": "2020-01-01"}):
        with pytest.raises(Invalid):
            give(row.case_id, "notify", people.ppid, wrong)
    promised = soon()
    give(row.case_id, "notify", people.ppid, {"promised_on": promised})
    kept = model.Session.get(PpidHandling, row.id, populate_existing=True)
    assert kept.notified_at and str(kept.promised_on) == promised and kinds(row)[-1] == "notice"
    assert [no for no, _role in here(row)] == ["9"]
    shown = standing.for_applicant(model.Session, fresh(row))
    assert shown["promised_on"] == promised and shown["notified_at"]


def test_one_extension_moves_the_due_date_and_is_told(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    before = clocks.due(row).due_on
    sent = {"extension_code": "undecided", "note": "Uji konsekuensi masih berjalan di dinas."}
    for wrong in ({**sent, "extension_code": "sibuk"}, {**sent, "note": ""}):
        with pytest.raises(Invalid):
            give(row.case_id, "extend", people.ppid, wrong)
    freezer.move_to("2026-03-11 02:00:00")
    give(row.case_id, "extend", people.ppid, sent)
    assert clocks.due(row).due_on > before + timedelta(days=8) and "extension" in kinds(row)
    assert [no for no, _role in here(row)] == ["5a", "7"], "the case stays where it is"
    with pytest.raises(Conflict):
        give(row.case_id, "extend", people.ppid, sent)


def test_no_extension_once_the_time_has_run_out(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    freezer.move_to("2026-04-20 02:00:00")
    with pytest.raises(Conflict):
        give(row.case_id, "extend", people.ppid, {"extension_code": "undecided", "note": "Terlambat diminta."})


def test_warned_on_days_seven_and_nine_and_made_up_after_a_missed_run(asked, row_of, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    days = [day.date for day in clocks.due(row).days if day.counted]
    told = []
    for number in (6, 7, 7, 9, 10):
        with freeze_time(f"{days[number - 1]} 03:00:00"):
            noticing.warn()
        told.append(len(mails("ppid_due_soon")))
    assert told == [0, 2, 2, 4, 4], "PPID and its superior, once each"
    assert clocks.seen(model.Session, row.id).warned_day == 9


def test_a_late_answer_is_called_so_on_the_page_and_to_the_officers(asked, row_of, people, freezer, app):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    due = clocks.due(row)
    told = {"case_id": row.case_id, "day": 9, "due_on": due.due_on.isoformat()}
    in_time = way_mails.due_soon(told)
    assert not standing.for_applicant(model.Session, row)["late"]
    freezer.move_to(due.due_at + timedelta(days=30))
    title, text = way_mails.due_soon(told)
    assert title != in_time[0] and ("has not gone out" in text or "belum disampaikan" in text)
    assert standing.for_applicant(model.Session, fresh(row))["late"]
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    assert "Jawaban terlambat" in app.get(f"/permohonan/lacak/{row.ref}").body


def test_the_register_and_the_tracking_action_follow_the_clock(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    made = asked()
    row = row_of(made)
    give(row.case_id, "extend", people.ppid, {"extension_code": "not_held", "note": "Data masih dihimpun dinas."})
    due = clocks.due(row).due_on.isoformat()
    assert due != made["due_on"]
    listed = call_action("satudata_ppid_request_list", {"user": people.ppid["name"], "ignore_auth": False})
    tracked = call_action("satudata_ppid_request_track", number=made["number"], tracking_code=made["tracking_code"])
    assert [one["due_on"] for one in listed["results"]] == [due] == [tracked["due_on"]]
