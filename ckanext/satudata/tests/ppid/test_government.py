"""Offices of the government ask Walidata: own SOP, no statement, and nothing before it is sure that an office asks."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests.factories import Organization
from ckan.tests.helpers import call_action
from openpyxl import load_workbook
from pypdf import PdfReader

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.sop_version import SopVersion
from ckanext.satudata.ppid import clocks, drafts, noticing, objections, requests, standing, survey
from ckanext.satudata.shared import clock, crypto, notices, process, raw_writes, wording
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.ppid.conftest import _officer, upload
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
OFFICE = {
    "applicant_kind": "government",
    "institution": "Dinas Perumahan Contoh",
    "email": "data@perumahan.nusasari.go.id",
    "occupation": "Analis data",
    "nik": "",
    "citizen": "",
}
WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."


@pytest.fixture
def walidata():
    return _officer("Petugas Walidata", Role.WALIDATA)


@pytest.fixture
def confirmed(asked, row_of):
    """An office's request with its address confirmed."""
    made = asked(**OFFICE)
    proof = {"number": made["number"], "tracking_code": made["tracking_code"]}
    call_action("satudata_ppid_request_confirm", **proof, code=requests.confirmation_code(row_of(made)))
    return row_of(made)


def test_its_own_process_and_series(asked, row_of):
    made = asked(**OFFICE)
    assert made["number"] == "1/WALIDATA/2026" or made["number"].startswith("1/WALIDATA/")
    assert model.Session.get(Case, row_of(made).case_id).process == "government_request"
    assert asked()["number"].startswith("1/PPID/")


def test_nothing_is_done_before_the_address_is_confirmed(asked, row_of, give, people, walidata):
    row = row_of(asked(**OFFICE))
    route = {"organization_id": people.agency["id"], "dip_result": "listed"}
    with pytest.raises(Conflict):
        give(row.case_id, "route", walidata, route)
    with pytest.raises((NotAllowed, NotThere)):
        give(row.case_id, "route", people.ppid, route)


def test_walidata_stands_in_place_of_ppid_to_the_end(asked, row_of, confirmed, give, people, walidata, page):
    case, row = confirmed.case_id, confirmed
    give(case, "route", walidata, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(case, "grant", people.pembantu)
    give(case, "handover", people.pembantu, {"upload": upload()})
    with pytest.raises(Exception, match="attest|check|diperiksa|confirmed"):
        give(case, "attest", walidata, {"sha256": "0" * 64, "checked": "true"})
    model.Session.expire_all()
    handed = drafts.latest_handover(model.Session, row)
    asking = {"user": walidata["name"], "auth_user_obj": model.User.get(walidata["id"])}
    [listed] = call_action("satudata_handover_list", dict(asking), id=row.id)
    assert listed["id"] == handed.id
    plan = {"ending": "csv", "sheets": [{"sheet": "", "columns": {"0": "keep"}}]}
    shown = call_action("satudata_handover_mask", dict(asking), id=handed.id, plan=plan, preview=True)
    assert shown["tables"]
    give(case, "attest", walidata, {"sha256": handed.sha256, "checked": "true"})
    give(case, "deliver", walidata)
    model.Session.refresh(row)
    told = [
        json.loads(crypto.unseal(letter.content))["signatory"]["position"]
        for letter in model.Session.scalars(Letter.of_subject("ppid_request", row.id))
        if letter.kind in ("receipt", "request_pembantu", "delivery_applicant")
    ]
    assert len(told) == 3 and all(position.startswith("Walidata ") for position in told)
    number = [
        one.number
        for one in model.Session.scalars(Letter.of_subject("ppid_request", row.id))
        if one.kind == "delivery_applicant"
    ]
    assert "/WALIDATA/" in number[0]
    (link,) = standing.link_facts(model.Session, row)
    assert link["state"] == "alive"
    row.closed_at = clock.now()
    assert row.decision == "granted" and not survey.is_open(model.Session, row), "it is about the PPID's service"
    row.applicant_kind = "person"
    assert survey.is_open(model.Session, row)
    model.Session.rollback()
    assert objections.windows_of(model.Session, row) == ()
    seen = page(walidata, f"/meja/{case}")
    assert "Dinas Perumahan Contoh" in seen.text
    assert "Permohonan Data kepada Produsen Data" in seen.text and "Walidata Pembantu" not in seen.text
    other = row_of(asked(**OFFICE, question="Jumlah guru per kecamatan"))
    assert 'name="received_at"' in page(walidata, f"/meja/{other.case_id}?tindakan=withdraw").text
    assert page(people.ppid, f"/meja/{case}").status_code in (403, 404) or "Dinas Perumahan Contoh" not in page(
        people.ppid, f"/meja/{case}"
    )


def test_its_time_is_that_of_the_sop_and_every_screen_says_the_same(confirmed, page, walidata, app, mail_sink):
    due = clocks.due(confirmed)
    said = wording.day(due.due_on, weekday=True)
    assert due.count == 16
    case = BeautifulSoup(page(walidata, f"/meja/{confirmed.case_id}").body, "html.parser").select_one("main")
    assert said in case.text and "menurut undang-undang" not in case.text.lower()
    assert "Pemberitahuan Tertulis" not in case.text and "tidak lagi muat" not in case.text
    app.post("/permohonan/lacak", data={"number": confirmed.number, "tracking_code": requests.tracking_code(confirmed)})
    shown = app.get(f"/permohonan/lacak/{confirmed.ref}").body
    assert said in shown and "16 hari kerja" in shown
    notices.send_waiting()
    assert any(said in text_of(mail) for mail in mail_sink.to(OFFICE["email"]))
    assert wording.day(due.due_on, weekday=True) in app.get("/permohonan/baru").body
    rows = model.Session.scalars(Letter.of_subject("ppid_request", confirmed.id))
    receipt = next(json.loads(crypto.unseal(one.content)) for one in rows if one.kind == "receipt")
    assert wording.day(due.due_on, weekday=True) in str(receipt) and "Pasal 22" not in str(receipt)


def test_an_agencys_account_needs_no_official_address(people, no_limits):
    from ckanext.satudata.tests.ppid.conftest import ASKED

    user = model.User.get(people.pembantu["id"])
    context = {"user": user.name, "auth_user_obj": user}
    made = call_action("satudata_ppid_request_create", context, **{**ASKED, **OFFICE, "email": "a@contoh.example"})
    assert made["number"].startswith("1/WALIDATA/")


def test_walidata_records_that_an_office_withdraws(asked, row_of, give, people, walidata, freezer):
    freezer.move_to("2026-03-02 03:00:00")
    row = row_of(asked(**OFFICE))
    freezer.move_to("2026-03-05 03:00:00")
    came = {"channel": "telephone", "received_at": "2026-03-04", "note": "Kepala bidang menelepon: data sudah ada."}
    with pytest.raises((NotAllowed, NotThere)):
        give(row.case_id, "withdraw", people.ppid, came)
    with pytest.raises((Invalid, Several)):
        give(row.case_id, "withdraw", walidata, {**came, "note": ""})
    give(row.case_id, "withdraw", walidata, came)
    model.Session.refresh(row)
    entries = {entry.event: entry for entry in model.Session.scalars(sa.select(Journal))}
    assert (row.decision, row.closed_at is not None) == ("withdrawn", True)
    assert entries["taken_by_telephone"].actor_name == walidata["name"]
    case = model.Session.get(Case, row.case_id)
    assert case.ended_at.date().isoformat() == "2026-03-04", "it counts from the day it came"
    told = standing.for_applicant(model.Session, row)["timeline"]
    assert "office" in told[-1]["title"]


def test_the_register_of_offices_is_walidatas_and_ppid_has_the_others(asked, people, walidata, page, app):
    office, person = asked(**OFFICE)["number"], asked(question="Jumlah guru per kecamatan 2025")["number"]
    both = _officer("Petugas Rangkap", Role.PPID)
    hold(both["id"], Role.WALIDATA, None)
    theirs = {"walidata": [office], "ppid": [person], "both": [office, person]}
    for user, numbers in zip((walidata, people.ppid, both), theirs.values(), strict=True):
        asking = {"user": user["name"], "ignore_auth": False}
        found = call_action("satudata_request_register_full_list", asking)
        assert sorted(row[1] for row in found["results"]) == sorted(numbers) and found["count"] == len(numbers)
        book = load_workbook(BytesIO(page(user, "/meja/register/permohonan.xlsx").data)).worksheets[0]
        assert sorted(row[1] for row in list(book.iter_rows(values_only=True))[1:]) == sorted(numbers)
        paper = PdfReader(BytesIO(page(user, "/meja/register/permohonan.pdf").data))
        printed = "".join("".join(one.extract_text() for one in paper.pages).split())
        assert [number for number in (office, person) if number in printed] == sorted(
            numbers, key=[office, person].index
        )
        shown = page(user, "/meja/register/permohonan").text
        assert f"{len(numbers)} baris" in shown
        assert ("Register permohonan data instansi pemerintah" in shown) is (user is walidata)
    assert "Canary" in str(call_action("satudata_request_register_full_list", {"user": walidata["name"]})["results"])
    assert "/meja/register/permohonan" in page(walidata, "/meja").text
    assert page(walidata, "/meja/register/keberatan").status_code == 404
    public = call_action("satudata_request_register_list")
    assert [row["number"] for row in public["results"]] == [person]
    assert public["count"] == public["figures"]["total"] == 1
    for path in ("/permohonan/register", "/permohonan/register.csv"):
        body = app.get(path).body
        assert person in body and office not in body, path


@pytest.fixture
def two(confirmed, give, people, walidata):
    """An office's request that lies with two agencies; `people.second` is the other one's PPID Pembantu."""
    people.second_agency = Organization(title="Dinas Sosial")
    people.second = _officer("Petugas Kedua", Role.PPID_PEMBANTU, people.second_agency["id"])
    asked_of = [people.agency["id"], people.second_agency["id"]]
    give(confirmed.case_id, "route", walidata, {"organization_id": asked_of, "dip_result": "not_listed"})
    return confirmed


def open_steps(row):
    model.Session.expire_all()
    return sorted(
        (step.no, step.role, step.organization_id) for step in model.Session.scalars(CaseStep.open_of(row.case_id))
    )


def attested(row, give, walidata):
    model.Session.expire_all()
    files = drafts.files_in_force(model.Session, model.Session.get(PpidRequest, row.id))
    give(row.case_id, "attest", walidata, {"sha256": [file.sha256 for file in files], "checked": "true"})


@pytest.mark.parametrize("how", ["refuse", "not_held"])
def test_one_answer_ends_both_ways(two, give, people, walidata, how):
    give(two.case_id, "grant", people.pembantu)
    give(two.case_id, "handover", people.pembantu, {"upload": upload()})
    ground = {"reason_code": "17h"} if how == "refuse" else {"detail": "Rumah sakit masing-masing"}
    give(two.case_id, how, people.second, {"note": WHY, **ground})
    give(two.case_id, "forward", people.second)
    assert [no for no, *_rest in open_steps(two)] == ["5", "8"]
    with pytest.raises(Conflict):
        give(two.case_id, "deliver", walidata)
    attested(two, give, walidata)
    give(two.case_id, "deliver", walidata, step_id=step_of(two, "6"))
    assert [no for no, *_rest in open_steps(two)] == ["9"], "else a second answer is owed for ever"
    row = model.Session.get(PpidRequest, two.id)
    assert row.decision == "granted_in_part" and standing.for_applicant(model.Session, row)["can"] == ["close"]
    with pytest.raises((Conflict, NotAllowed)):
        give(two.case_id, "withdraw", walidata, {"channel": "telephone", "received_at": "", "note": "Dicabut."})
    process.apply({}, two.case_id, "close", actor=APPLICANT)
    assert model.Session.get(Case, two.case_id).ended_at


def test_what_an_agency_refuses_at_last_is_not_given_and_the_rest_is(two, give, people, walidata):
    for user, content in ((people.pembantu, b"kec,n\nA,1\n"), (people.second, b"kec,n\nB,2\n")):
        give(two.case_id, "grant", user)
        give(two.case_id, "handover", user, {"upload": upload(content)})
    attested(two, give, walidata)
    again = {"organization_id": people.second_agency["id"], "note": "Putuskan kembali."}
    give(two.case_id, "return_", walidata, again)
    assert len(drafts.files_in_force(model.Session, two)) == 1
    give(two.case_id, "refuse", people.second, {"reason_code": "17h", "note": WHY})
    give(two.case_id, "forward", people.second)
    give(two.case_id, "deliver", walidata)
    row = model.Session.get(PpidRequest, two.id)
    [link] = standing.link_facts(model.Session, row)
    assert row.decision == "granted_in_part" and [no for no, *_rest in open_steps(two)] == ["9"]
    held = model.Session.scalars(sa.select(PpidHandover).where(PpidHandover.replaced_at.is_(None))).one()
    assert held.organization_id == people.agency["id"] and link["name"] == held.filename


def step_of(row, no):
    model.Session.expire_all()
    return next(step.id for step in model.Session.scalars(CaseStep.open_of(row.case_id)) if step.no == no)


FORMER = (("{to: 9, cancels: true}", "9"), ("{to: end, cancels: true}", "end"))
FORMER += tuple((f"{{to: {no}, agency_from: organization_id}}\n", f"{no}\n") for no in "43")


@pytest.fixture
def former(two):
    """The same request, begun when the portal's own file let each agency's answer go its own way."""
    text = (Path(sops.OURS) / "default/government_request.yaml").read_text(encoding="utf-8")
    for now, then in FORMER:
        assert now in text
        text = text.replace(now, then)
    version = sop_file.version_of(text)
    kept = {"id": version, "government": "default", "process": "government_request", "source": text}
    with raw_writes.writing(model.Session, SopVersion, Case):
        model.Session.add(SopVersion(**kept, loaded_at=clock.now()))
        model.Session.flush()
        model.Session.get(Case, two.case_id).sop_version_id = version
        model.Session.commit()
    return two


def test_one_answer_ends_both_ways_of_a_case_begun_under_the_former_file(former, give, people, walidata):
    give(former.case_id, "grant", people.pembantu)
    give(former.case_id, "handover", people.pembantu, {"upload": upload()})
    give(former.case_id, "refuse", people.second, {"reason_code": "17h", "note": WHY})
    give(former.case_id, "forward", people.second)
    attested(former, give, walidata)
    with pytest.raises(Conflict, match="the answer goes out with it"):
        give(former.case_id, "deliver", walidata, step_id=step_of(former, "8"))
    give(former.case_id, "deliver", walidata, step_id=step_of(former, "6"))
    assert [no for no, *_rest in open_steps(former)] == ["9"]


def test_nothing_is_given_before_every_agency_is_done(two, give, people, walidata):
    give(two.case_id, "grant", people.pembantu)
    give(two.case_id, "handover", people.pembantu, {"upload": upload()})
    give(two.case_id, "grant", people.second)
    attested(two, give, walidata)
    with pytest.raises(Conflict, match="Not every agency"):
        give(two.case_id, "deliver", walidata)
    give(two.case_id, "handover", people.second, {"upload": upload(b"kec,n\nB,2\n")})
    attested(two, give, walidata)
    give(two.case_id, "deliver", walidata)
    row = model.Session.get(PpidRequest, two.id)
    assert len(standing.link_facts(model.Session, row)) == 2
    assert [no for no, *_rest in open_steps(two)] == ["9"]


@pytest.fixture
def loose(former, monkeypatch):
    """The former file as it was carried out then: each answer for itself."""
    real = sops.of_version(model.Session, model.Session.get(Case, former.case_id).sop_version_id)
    steps = dict(real.steps)
    for no in ("6", "8"):
        exits = {name: replace(one, cancels=False) for name, one in steps[no].exits.items()}
        steps[no] = replace(steps[no], exits=exits)
    monkeypatch.setattr(sops, "of_version", lambda *_args: replace(real, steps=steps))
    return former


def test_no_file_of_its_own_gives_data_before_every_agency_is_done(loose, give, people, walidata):
    give(loose.case_id, "grant", people.pembantu)
    give(loose.case_id, "handover", people.pembantu, {"upload": upload()})
    give(loose.case_id, "grant", people.second)
    attested(loose, give, walidata)
    with pytest.raises(Conflict, match="Not every agency"):
        give(loose.case_id, "deliver", walidata)


def test_a_case_with_two_answers_owed_gives_the_data_once_and_ends(loose, give, people, walidata, page):
    give(loose.case_id, "grant", people.pembantu)
    give(loose.case_id, "handover", people.pembantu, {"upload": upload()})
    give(loose.case_id, "refuse", people.second, {"reason_code": "17h", "note": WHY})
    give(loose.case_id, "forward", people.second)
    attested(loose, give, walidata)
    give(loose.case_id, "deliver", walidata, step_id=step_of(loose, "6"))
    here = step_of(loose, "8")
    came = {"channel": "telephone", "received_at": "2026-03-04", "note": "Kepala bidang menelepon."}
    with pytest.raises(Conflict, match="answer has gone out"):
        give(loose.case_id, "withdraw", walidata, came, step_id=here)
    with pytest.raises(Conflict, match="not taken again"):
        again = {"note": "Mohon diputus kembali.", "organization_id": people.second_agency["id"]}
        give(loose.case_id, "return_", walidata, again, step_id=here)
    process.apply({}, loose.case_id, "close", actor=APPLICANT)
    give(loose.case_id, "deliver", walidata, step_id=here)
    row = model.Session.get(PpidRequest, loose.id)
    assert row.decision == "granted_in_part" and row.closed_at and model.Session.get(Case, loose.case_id).ended_at
    assert len(standing.link_facts(model.Session, row)) == 1


def test_what_came_after_an_answer_that_went_out_too_early_is_given_too(loose, give, people, walidata, monkeypatch):
    give(loose.case_id, "grant", people.pembantu)
    give(loose.case_id, "handover", people.pembantu, {"upload": upload()})
    give(loose.case_id, "grant", people.second)
    attested(loose, give, walidata)
    with monkeypatch.context() as before:
        before.setattr(noticing, "AGENCIES_DO", frozenset())
        before.setattr(noticing.asked, "check_whole", lambda *_args: None)
        give(loose.case_id, "deliver", walidata)
    give(loose.case_id, "handover", people.second, {"upload": upload(b"kec,n\nB,2\n")})
    back = {"note": "Mohon diganti.", "organization_id": people.agency["id"]}
    with pytest.raises(Conflict, match="no other file takes its place"):
        give(loose.case_id, "return_", walidata, back, step_id=step_of(loose, "5"))
    give(loose.case_id, "return_", walidata, {**back, "organization_id": people.second_agency["id"]})
    give(loose.case_id, "handover", people.second, {"upload": upload(b"kec,n\nB,3\n")})
    attested(loose, give, walidata)
    give(loose.case_id, "deliver", walidata)
    row = model.Session.get(PpidRequest, loose.id)
    assert [one["state"] for one in standing.link_facts(model.Session, row)] == ["alive", "alive"]
    kinds = [one.kind for one in model.Session.scalars(Letter.of_subject("ppid_request", row.id))]
    assert kinds.count("delivery_applicant") == 2 and [no for no, *_rest in open_steps(loose)] == ["9"]


@pytest.mark.parametrize("is_first", [False, True])
def test_a_part_that_was_sent_back_is_told_as_undecided_and_routed_again(two, give, people, walidata, is_first):
    back = (two.case_id, "return_", people.second, {"note": "Bukan bidang kami."})
    if is_first:
        give(*back)
    give(two.case_id, "grant", people.pembantu)
    give(two.case_id, "handover", people.pembantu, {"upload": upload()})
    attested(two, give, walidata)
    if not is_first:
        give(*back)
    with pytest.raises(Conflict, match="not decided yet"):
        give(two.case_id, "deliver", walidata)
    give(two.case_id, "route", walidata, {"organization_id": people.second_agency["id"], "dip_result": "not_listed"})
    give(two.case_id, "not_held", people.second, {"note": WHY, "detail": "Rumah sakit masing-masing"})
    give(two.case_id, "forward", people.second)
    give(two.case_id, "deliver", walidata, step_id=step_of(two, "6"))
    assert [no for no, *_rest in open_steps(two)] == ["9"]


def test_walidata_says_which_agency_a_return_is_for(two, give, people, walidata, page):
    for officer, body in ((people.pembantu, b"kec,n\nA,1\n"), (people.second, b"kec,n\nB,2\n")):
        give(two.case_id, "grant", officer)
        give(two.case_id, "handover", officer, {"upload": upload(body)})
    note = {"note": "Mohon berkas diganti."}
    assert 'name="organization_id"' in page(walidata, f"/meja/{two.case_id}?tindakan=return_").text
    with pytest.raises(Invalid) as caught:
        give(two.case_id, "return_", walidata, note)
    assert caught.value.field == "organization_id"
    give(two.case_id, "return_", walidata, {**note, "organization_id": people.second_agency["id"]})
    theirs, other = ("4", "ppid_pembantu", people.second_agency["id"]), ("5", "walidata", None)
    assert sorted(open_steps(two), key=str) == sorted([theirs, other], key=str), "the other agency's file still waits"


def test_walidata_takes_over_what_an_agency_left_undone(two, give, people, walidata, freezer, page):
    with pytest.raises(Conflict):
        give(two.case_id, "take_over", walidata, step_id=step_of(two, "3"))
    give(two.case_id, "grant", people.pembantu)
    freezer.move_to(f"{clock.calendar().shift(clock.today(), 12)} 03:00:00")
    assert "milik kantor Anda" in page(walidata, f"/meja/{two.case_id}?tindakan=take_over").text
    give(two.case_id, "take_over", walidata, step_id=step_of(two, "3"))
    assert ("3", "walidata", people.second_agency["id"]) in open_steps(two)
    with pytest.raises(Conflict):
        give(two.case_id, "take_over", walidata, step_id=step_of(two, "3"))
    give(two.case_id, "not_held", walidata, {"note": WHY, "detail": "Rumah sakit masing-masing"})
    rows = list(model.Session.scalars(Letter.of_subject("ppid_request", two.id)))
    signed = [json.loads(crypto.unseal(one.content))["signatory"]["position"] for one in rows if one.kind == "decision"]
    assert signed[-1].startswith("Walidata "), "who took it over signs"
