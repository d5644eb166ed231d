"""From the question to the data or the refusal, and what nobody may pass by."""

from io import BytesIO

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time
from pypdf import PdfReader

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, drafts, jobs, requests, standing
from ckanext.satudata.shared import notices, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.words import errors_by_field
from ckanext.satudata.tests.ppid.conftest import CANARIES, EMAIL, NAME, link_of, upload
from ckanext.satudata.tests.support import whole_files
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."


def kinds(row):
    model.Session.expire_all()
    return [letter.kind for letter in model.Session.scalars(Letter.of_subject("ppid_request", row.id))]


def pdf_text(row, kind):
    model.Session.expire_all()
    letter = next(
        found for found in model.Session.scalars(Letter.of_subject("ppid_request", row.id)) if found.kind == kind
    )
    pages = PdfReader(BytesIO(letters.content_of(model.Session, letter))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def handed_over(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    return routed


def in_force(row):
    model.Session.expire_all()
    return drafts.latest_handover(model.Session, row)


def confirmed(row):
    """The applicant types the code of the mail; the row as it is then."""
    row = model.Session.get(PpidRequest, row.id)
    addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
    model.Session.commit()
    return row


def told(mail_sink):
    """Texts of the mails to the applicant that tell of an answer."""
    notices.send_waiting()
    return [
        text_of(mail) for mail in mail_sink.to(EMAIL) if "Answer" in mail["Subject"] or "Jawaban" in mail["Subject"]
    ]


@pytest.mark.parametrize("refused", [False, True])
def test_an_address_that_nobody_confirmed_gets_neither_link_nor_letter(routed, give, people, mail_sink, page, refused):
    row = routed
    if refused:
        give(row.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": WHY})
        give(row.case_id, "forward", people.pembantu)
    else:
        give(row.case_id, "grant", people.pembantu)
        give(row.case_id, "handover", people.pembantu, {"upload": upload()})
        give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
        assert "belum dikonfirmasi" in page(people.ppid, f"/meja/{row.case_id}").body
        row = model.Session.get(PpidRequest, row.id)
    give(row.case_id, "deliver", people.ppid)
    (waits,) = told(mail_sink)
    assert "/berkas/" not in waits and requests.tracking_code(row) not in waits and row.number in waits
    if not refused:
        assert "dan dalam surel" not in pdf_text(row, "delivery_applicant")
    row = confirmed(row)
    link = "" if refused else link_of(row)
    answer = told(mail_sink)[-1]
    assert len(told(mail_sink)) == 2 and bool(link) is not refused and (link or "tidak dapat diberikan") in answer
    confirmed(row)
    assert len(told(mail_sink)) == 2


def test_granted_with_letters_link_and_mail(handed_over, give, people, mail_sink):
    row = confirmed(handed_over)
    give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
    answer = give(row.case_id, "deliver", people.ppid)
    assert [letter["kind"] for letter in answer["letters"]] == ["delivery_applicant"]
    assert kinds(row) == ["receipt", "request_pembantu", "decision", "delivery_ppid", "delivery_applicant"]
    assert in_force(row).sha256 in pdf_text(row, "delivery_applicant")
    notices.send_waiting()
    mail = next(mail for mail in mail_sink.to(EMAIL) if "/berkas/" in text_of(mail))
    model.Session.refresh(row)
    assert link_of(row) in text_of(mail)
    assert not [canary for canary in CANARIES if canary in mail["Subject"]]
    process.apply({}, row.case_id, "close", actor=APPLICANT)
    model.Session.refresh(row)
    assert row.closed_at and standing.for_applicant(model.Session, row)["state"] == "closed"
    assert list(journal_seals.verify(model.Session)) == []


def test_ppid_ends_a_link_that_went_astray(handed_over, give, people):
    row = handed_over
    give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)

    def end(user, **data):
        context = {"user": user["name"], "ignore_auth": user is people.pembantu}
        return call_action("satudata_ppid_link_end", context, id=row.number, **data)

    with pytest.raises(tk.ValidationError):
        end(people.ppid)
    for user in (people.pembantu, people.auditor):
        with pytest.raises(tk.NotAuthorized):
            end(user, reason="Salah alamat")
    for wrong in ({"reason": "x" * 10_001}, {"reason": ["x"]}, {"reason": "x", "cause": "lain"}):
        with pytest.raises(tk.ValidationError):
            end(people.ppid, **wrong)
    assert end(people.ppid, reason="Salah alamat") == {"ended": 1}
    assert end(people.ppid, reason="Salah alamat") == {"ended": 0}
    model.Session.refresh(row)
    assert standing.for_applicant(model.Session, row)["link_state"] == "ended"
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "grant_revoked")).one()
    assert (entry.case_id, entry.actor_name) == (row.case_id, people.ppid["name"])


def test_a_file_that_is_not_what_its_name_says_is_not_handed_over(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    broken = (
        ("rusak.xlsx", b"PK\x03\x04rusak"),
        ("latin.csv", "nama\nÉlise\n".encode("latin-1")),
        ("putus.pdf", whole_files.pdf()[:-40]),
        ("putus.png", whole_files.png()[:-40]),
    )
    for name, body in broken:
        with pytest.raises(Invalid) as caught:
            give(routed.case_id, "handover", people.pembantu, {"upload": upload(body, name)})
        assert caught.value.field == "upload"
    assert in_force(routed) is None


def test_letters_to_the_agency_do_not_name_the_applicant(handed_over):
    for kind in ("request_pembantu", "delivery_ppid"):
        assert NAME not in pdf_text(handed_over, kind)
    assert NAME in pdf_text(handed_over, "receipt")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"reason_code": "terbatas", "note": WHY}, "reason_code"),
        ({"reason_code": "17h", "note": "rahasia"}, "note"),
        ({"reason_code": "17j", "note": WHY}, "detail"),
        ({"note": WHY}, "reason_code"),
    ],
)
def test_a_refusal_without_a_ground_of_the_law_changes_nothing(routed, give, people, payload, field):
    with pytest.raises(Invalid) as caught:
        give(routed.case_id, "refuse", people.pembantu, payload)
    assert caught.value.field == field
    model.Session.refresh(routed)
    assert routed.decision is None


def test_refused_with_reason_rights_and_mail(routed, give, people, mail_sink):
    give(
        routed.case_id,
        "refuse",
        people.pembantu,
        {"reason_code": "17j", "note": WHY, "detail": "UU 27/2022"},
    )
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", people.ppid)
    assert kinds(routed)[-2:] == ["refusal_ppid", "refusal_applicant"]
    text = pdf_text(routed, "refusal_applicant")
    for said in (NAME, "Pasal 17 huruf j", "UU 27/2022", WHY, "30 hari kerja", "14 hari kerja", routed.number):
        assert said in text
    assert NAME not in pdf_text(routed, "refusal_ppid")
    model.Session.refresh(routed)
    assert routed.closed_at, "the time after which the applicant's data is erased runs"
    notices.send_waiting()
    assert not [mail for mail in mail_sink.to(EMAIL) if "/berkas/" in text_of(mail)]


def test_granted_in_part_tells_what_is_withheld_and_the_rights(routed, give, people):
    ground = {"reason_code": "17h", "note": WHY}
    parts = [{"what": "Rekap per kecamatan", "decision": "granted"}, {"what": "Data per pasien", "decision": "refused"}]
    for unnamed in (None, [], "str", [1], ["a"], {"what": "a"}, [*parts, 1], [{"decision": "granted"}]):
        with pytest.raises(Invalid) as refusal:
            give(routed.case_id, "grant_in_part", people.pembantu, {**ground, "parts": unnamed})
        assert refusal.value.field == "parts"
        model.Session.rollback()
    with pytest.raises(Invalid) as refusal:
        twice = {"what": "data PER pasien", "decision": "granted"}
        give(routed.case_id, "grant_in_part", people.pembantu, {**ground, "parts": [*parts, twice]})
    assert refusal.value.field == "part_3_what"
    model.Session.rollback()
    give(routed.case_id, "grant_in_part", people.pembantu, {**ground, "parts": parts})
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    give(routed.case_id, "attest", people.ppid, {"sha256": in_force(routed).sha256, "checked": "true"})
    give(routed.case_id, "deliver", people.ppid)
    text = pdf_text(routed, "delivery_applicant")
    assert "dikabulkan sebagian" in text and WHY in text and "keberatan" in text


def test_another_file_needs_another_attestation(handed_over, give, people):
    row = handed_over
    seen = in_force(row).sha256
    give(row.case_id, "return_", people.ppid, {"note": "Hapus kolom nama"})
    give(row.case_id, "handover", people.pembantu, {"upload": upload(b"kecamatan,jumlah\nLowokwaru,3\n")})
    with pytest.raises(Conflict):
        give(row.case_id, "attest", people.ppid, {"sha256": seen, "checked": "true"})
    with pytest.raises(Invalid):
        give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256})
    give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(PpidHandover)) == 2


def test_bytes_that_nobody_attested_are_never_delivered(handed_over, give, people):
    row = handed_over
    give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
    model.Session.execute(sa.update(PpidHandover).values(sha256="f" * 64))
    model.Session.commit()
    everything = Actor(people.ppid["id"], "all", tuple(Held(role, None) for role in Role), is_sysadmin=True)
    with pytest.raises(Conflict):
        process.apply({"ignore_auth": True}, row.case_id, "deliver", actor=everything)
    assert "delivery_applicant" not in kinds(row)


def test_only_the_right_officer_of_the_right_agency(routed, give, people):
    with pytest.raises(SatudataError):
        give(routed.case_id, "grant", people.ppid)
    with pytest.raises(NotThere):
        give(routed.case_id, "grant", people.other)
    sysadmin = Actor("s", "s", is_sysadmin=True)
    with pytest.raises(NotAllowed):
        process.apply({"ignore_auth": True}, routed.case_id, "grant", actor=sysadmin)


def test_second_of_two_officers_is_told(routed, give, people):
    step = process.summary(model.Session, _case(routed))["open_steps"][0]["id"]
    give(routed.case_id, "grant", people.pembantu, step_id=step)
    with pytest.raises(Conflict):
        give(
            routed.case_id,
            "refuse",
            people.pembantu,
            {"reason_code": "17h", "note": WHY},
            step_id=step,
        )
    model.Session.refresh(routed)
    assert routed.decision == "granted" and routed.refusal_code is None


def _case(row):
    from ckanext.satudata.model.case import Case

    return model.Session.get(Case, row.case_id)


@pytest.mark.parametrize(
    "payload", [{}, {"dip_result": "listed"}, {"organization_id": "nowhere", "dip_result": "listed"}]
)
def test_routing_needs_an_agency_and_the_result_of_the_list(asked, row_of, give, people, payload):
    row = row_of(asked())
    with pytest.raises(Invalid):
        give(row.case_id, "route", people.ppid, payload)
    with pytest.raises(Invalid):
        give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"]})
    assert kinds(row) == ["receipt"]


@pytest.mark.parametrize(
    ("command", "payload", "fields"),
    [
        ("route", {}, {"organization_id", "dip_result"}),
        ("route", {"organization_id": "nowhere", "dip_result": "kosong"}, {"organization_id", "dip_result"}),
        ("refuse", {}, {"reason_code", "note"}),
        ("refuse", {"reason_code": "17j", "note": "tidak"}, {"note", "detail"}),
        ("grant_in_part", {"reason_code": "17z", "note": "tidak"}, {"reason_code", "note", "parts"}),
        ("not_held", {"note": "tidak"}, {"note", "detail"}),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(asked, row_of, give, people, command, payload, fields):
    row = row_of(asked())
    who = people.ppid
    if command != "route":
        give(row.case_id, "route", who, {"organization_id": people.agency["id"], "dip_result": "listed"})
        who = people.pembantu
    with pytest.raises(Invalid) as caught:
        give(row.case_id, command, who, payload)
    assert set(errors_by_field(caught.value)) == fields
    with pytest.raises(tk.ValidationError) as refused:
        call_action("satudata_case_command", {"user": who["name"]}, id=row.case_id, command=command, **payload)
    assert set(refused.value.error_dict) == fields
    with pytest.raises(NotAllowed):
        give(row.case_id, command, people.auditor, payload)


def test_empty_and_oversize_files_are_refused_and_leave_nothing(routed, give, people, ckan_config, monkeypatch):
    give(routed.case_id, "grant", people.pembantu)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ppid.handover_megabytes", 1)
    for bad in (
        {},
        {"upload": upload(b"")},
        {"upload": upload(b"x" * (1024 * 1024 + 1))},
        {"upload": upload("nama\nÉlise\n".encode("latin-1"))},
        {"upload": upload(b"PK\x03\x04rusak", "rusak.xlsx")},
    ):
        with pytest.raises(Invalid) as caught:
            give(routed.case_id, "handover", people.pembantu, bad)
        assert caught.value.field == "upload"
    assert in_force(routed) is None and "delivery_ppid" not in kinds(routed)


def test_a_returned_refusal_is_decided_again(routed, give, people):
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": WHY})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "return_", people.ppid, {"note": "Berikan tanpa kolom nama"})
    model.Session.refresh(routed)
    assert routed.decision is None and routed.refusal_code is None
    give(routed.case_id, "grant", people.pembantu)


def test_withdrawn_by_the_applicant(routed, give, people):
    process.apply({}, routed.case_id, "withdraw", actor=APPLICANT)
    model.Session.refresh(routed)
    assert routed.decision == "withdrawn" and routed.closed_at
    with pytest.raises(SatudataError):
        give(routed.case_id, "grant", people.pembantu)


def test_delivered_request_closes_by_itself_after_the_time(asked, row_of, give, people):
    with freeze_time("2026-03-09 03:00:00") as clock:
        row = row_of(asked())
        give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
        give(row.case_id, "grant", people.pembantu)
        give(row.case_id, "handover", people.pembantu, {"upload": upload()})
        give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
        give(row.case_id, "deliver", people.ppid)
        assert jobs.close_delivered() == 0
        clock.tick(20 * 86400)
        assert jobs.close_delivered() == 1
    model.Session.refresh(row)
    assert row.closed_at


def test_applicants_data_goes_when_its_time_is_over(asked, row_of):
    with freeze_time("2026-03-09 03:00:00") as clock:
        row = row_of(asked())
        process.apply({}, row.case_id, "withdraw", actor=APPLICANT)
        assert jobs.erase_applicants() == 0
        clock.move_to("2028-03-09 02:59:00")
        assert jobs.erase_applicants() == 0, "two years by the calendar"
        clock.move_to("2028-03-09 03:00:01")
        assert jobs.erase_applicants() == 1
    model.Session.refresh(row)
    assert (row.name, row.email, row.nik) == (None, None, None)
    assert row.question and row.number


def test_an_agency_writes_under_its_own_address(handed_over, people):
    assert "DINAS KESEHATAN" in pdf_text(handed_over, "delivery_ppid")
    assert "DINAS KOMUNIKASI" not in pdf_text(handed_over, "delivery_ppid")
    assert "DINAS KOMUNIKASI" in pdf_text(handed_over, "request_pembantu")


def test_failed_command_gives_its_letter_number_back(handed_over, give, people):
    row = handed_over
    with pytest.raises(Invalid):
        give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256})
    give(row.case_id, "attest", people.ppid, {"sha256": in_force(row).sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    letters_made = model.Session.scalars(sa.select(Letter)).all()
    assert len({letter.number for letter in letters_made}) == len(letters_made)
    assert {letter.number_count for letter in model.Session.scalars(sa.select(Letter))} == {1}


def test_nothing_personal_in_journal_and_outbox(handed_over):
    told = [str(entry.payload) for entry in model.Session.scalars(sa.select(Journal))]
    told += [str(mail.params) for mail in model.Session.scalars(sa.select(Outbox))]
    assert not [canary for canary in CANARIES if canary in "".join(told)]
