"""A letter that names the applicant is a look at the person; a link that ended is told as such."""

import io
from datetime import timedelta
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, links, messages, reaching, requests, standing, wrong_address
from ckanext.satudata.shared import clock, notices, process, wording
from ckanext.satudata.shared.actors import APPLICANT, actor_for
from ckanext.satudata.tests.ppid.conftest import EMAIL, _officer, link_of, upload
from ckanext.satudata.tests.ppid.test_way_through import handed_over  # noqa: F401 - fixture
from ckanext.satudata.tests.support import whole_files
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

RIGHT = "benar@contoh.example"


def looks(row):
    entries = sa.select(Journal).where(Journal.event == "identity_viewed", Journal.case_id == row.case_id)
    return model.Session.scalar(sa.select(sa.func.count()).select_from(entries.subquery()))


def test_a_letter_that_names_the_applicant_is_a_look_at_the_person(page, handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    agency = [letter for letter in model.Session.scalars(sa.select(Letter)) if letter.kind == "delivery_ppid"]
    assert page(people.ppid, f"/permohonan/surat/{agency[0].id}").status_code == 200 and looks(row) == 0
    assert page(people.ppid, f"/meja/{row.case_id}/deliver/pratinjau", {}).status_code == 200 and looks(row) == 1
    give(row.case_id, "deliver", people.ppid)
    letter = model.Session.scalars(sa.select(Letter).where(Letter.kind == "delivery_applicant")).one()
    with freeze_time(clock.now() + timedelta(days=1), tick=True):
        assert page(people.ppid, f"/permohonan/surat/{letter.id}").status_code == 200 and looks(row) == 2
        assert page(people.ppid, f"/permohonan/surat/{letter.id}").status_code == 200 and looks(row) == 2


def test_ppid_ends_the_link_on_a_page_of_its_own(page, handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    address = f"/permohonan/tautan/{row.id}/akhiri"
    assert page(people.ppid, address).status_code == 404
    give(row.case_id, "deliver", people.ppid)
    assert address in page(people.ppid, f"/meja/{row.case_id}").body
    for user in (people.pembantu, people.other, people.auditor):
        assert page(user, address).status_code == 404 and page(user, address, {"reason": "x"}).status_code == 404
    assert page(people.ppid, address).status_code == 200
    faulty = page(people.ppid, address, {"cause": "file", "reason": ""})
    assert faulty.status_code == 422 and 'value="file" selected' in faulty.body
    assert page(people.ppid, address, {"cause": "file", "reason": "Tertukar"}).status_code == 302
    shown = standing.for_applicant(model.Session, model.Session.get(PpidRequest, row.id))
    assert shown["link_state"] == "ended" and "below" not in shown["sentence"] and shown["link_state_at"]
    assert shown["link_ended_why"] in shown["sentence"] and "Tertukar" not in str(shown)
    assert "Tautan itu diakhiri pada" in page(people.ppid, f"/meja/{row.case_id}").body
    track = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    told = call_action("satudata_ppid_request_track", {}, **track)
    assert told["link"] is None and told["sentence"] == shown["sentence"]


@pytest.mark.parametrize(("cause", "is_asked"), [("address", False), ("file", False), ("", True)])
def test_after_a_link_was_ended_the_page_says_what_comes_next(handed_over, give, people, cause, is_asked):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    model.Session.refresh(row)
    links.given(model.Session, row)[0].grant.downloads = 1
    model.Session.commit()
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, row, actor=actor, reason="Keliru", cause=cause)
    model.Session.commit()
    shown = standing.for_applicant(model.Session, row)
    assert ("close" in shown["can"], shown["survey"]) == (is_asked, is_asked), "who has no data is not asked how it was"
    with wording.speaking("en"):
        shown = standing.for_applicant(model.Session, row)
    if cause == "address":
        assert "at the counter" in shown["sentence"] and "new request" in shown["sentence"]
    giving = model.Session.get(PpidGiving, row.id)
    giving.way, giving.given_at = "counter", clock.now()
    model.Session.commit()
    fetched = standing.for_applicant(model.Session, row)
    assert fetched["survey"] and shown["link_ended_why"] not in fetched["sentence"]


def test_a_wrong_address_is_corrected_before_anything_goes_there(
    handed_over,  # noqa: F811
    give,
    people,
    app,
    page,
    mail_sink,
):
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    tracked = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    app.post("/permohonan/lacak", data=tracked)
    address = f"/permohonan/lacak/{row.ref}"
    assert "Konfirmasi alamat surel" in app.get(address).body
    code = requests.confirmation_code(row)
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, row, actor=actor, reason="Keliru", cause="address")
    model.Session.commit()
    notices.send_waiting()
    before = len(mail_sink.to(EMAIL))
    assert call_action("satudata_ppid_request_track", {}, **tracked)["address_wrong"]
    body = app.get(address).body
    assert f"{address}/alamat" in body and f"{address}/kode" not in body
    with pytest.raises(tk.ValidationError, match="wrong|keliru"):
        call_action("satudata_ppid_request_resend", {}, **tracked)
    with pytest.raises(tk.ValidationError, match="wrong|keliru"):
        call_action("satudata_ppid_request_confirm", {}, **tracked, code=code)
    again = app.post(f"{address}/kode", data={"code": code})
    assert again.status_code == 400 and "#field-email" in again.body and "ternyata keliru" in again.body
    messages.send(model.Session, row.id, "Silakan datang ke loket.", actor=actor)
    requests.mail_answer(model.Session, row)
    model.Session.commit()
    letter = model.Session.scalars(sa.select(Letter.id).where(Letter.kind == "delivery_applicant")).one()
    scan = SimpleNamespace(filename="surat.pdf", stream=io.BytesIO(whole_files.pdf()))
    call_action("satudata_letter_sign", {"user": people.ppid["name"]}, id=letter, scan=scan)
    row = model.Session.get(PpidRequest, row.id)
    assert reaching.address(model.Session, row) == "" and not reaching.mail(model.Session, row, "ppid_letter_came")
    desk = page(people.ppid, f"/meja/{row.case_id}").body
    assert "Alamat surel pemohon keliru" in desk and "diberi tahu lewat surel, tanpa" not in desk
    notices.send_waiting()
    assert len(mail_sink.to(EMAIL)) == before and not model.Session.get(PpidRequest, row.id).confirmed_at
    same = app.post(f"{address}/alamat", data={"email": EMAIL.upper()})
    assert same.status_code == 400 and "ternyata keliru" in same.body
    assert app.post(f"{address}/alamat", data={"email": RIGHT}, follow_redirects=False).status_code == 303
    assert f"{address}/kode" in app.get(address).body
    with pytest.raises(tk.ValidationError, match="corrected the address|memperbaiki"):
        call_action("satudata_ppid_link_renew", {"user": people.ppid["name"]}, id=row.number)
    notices.send_waiting()
    (first,) = map(text_of, mail_sink.to(RIGHT))
    assert "sudah dijawab" in first and "paling lambat" not in first and "ditutup" not in first
    model.Session.expire_all()
    code = requests.confirmation_code(model.Session.get(PpidRequest, row.id))
    assert call_action("satudata_ppid_request_confirm", {}, **tracked, code=code) == {"confirmed": True}
    notices.send_waiting()
    assert len(mail_sink.to(EMAIL)) == before and len(mail_sink.to(RIGHT)) == 2
    told = [text_of(mail) for mail in mail_sink.to("petugas-ppid@dinas.example")]
    assert any(f"/meja/{row.case_id}" in one and "memperbaiki dan mengonfirmasi" in one for one in told)
    shown = call_action("satudata_ppid_request_track", {}, **tracked)
    assert not shown["address_wrong"] and "tautan baru" in text_of(mail_sink.to(RIGHT)[-1])
    assert "close" not in shown["can"], "the data has not come yet"
    assert f"/permohonan/tautan/{row.id}/baru" in page(people.ppid, f"/meja/{row.case_id}").body
    call_action("satudata_ppid_link_renew", {"user": people.ppid["name"]}, id=row.number)
    notices.send_waiting()
    row = model.Session.get(PpidRequest, row.id)
    assert link_of(row) in text_of(mail_sink.to(RIGHT)[-1]) and len(mail_sink.to(EMAIL)) == before


@pytest.mark.parametrize("is_corrected", [False, True])
def test_a_mail_that_waits_is_not_sent_to_an_address_found_wrong_meanwhile(
    handed_over,  # noqa: F811
    give,
    people,
    page,
    mail_sink,
    is_corrected,
):
    row = handed_over
    notices.send_waiting()
    before = len(mail_sink.to(EMAIL))
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    actor = actor_for(model.User.get(people.ppid["id"]))
    messages.send(model.Session, row.id, "Silakan datang ke loket.", actor=actor)
    links.end(model.Session, row, actor=actor, reason="Keliru", cause="address")
    if is_corrected:
        addresses.change_email(model.Session, row.id, RIGHT)
    model.Session.commit()
    notices.send_waiting()
    assert len(mail_sink.to(EMAIL)) == before and len(mail_sink.to(RIGHT)) == is_corrected
    withheld = sa.select(Journal.payload["kind"].astext).where(Journal.event == "mail_withheld")
    kinds = set(model.Session.scalars(withheld.where(Journal.case_id == row.case_id)))
    assert kinds == {"ppid_answer_waits", "ppid_message_waits"}
    assert "Surel kepada pemohon tidak dikirim: alamatnya keliru" in page(people.ppid, f"/meja/{row.case_id}").body
    walidata = _officer("Walidata", Role.WALIDATA)
    told = page(walidata, "/admin/satudata/surel?state=dropped").body
    assert told.count("Tidak dikirim: alamatnya keliru.") == 2 and "Pesan asli server surel" not in told


def test_a_wrong_address_is_corrected_after_the_end_too(handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    process.apply({}, row.case_id, "close", actor=APPLICANT)
    with pytest.raises(Conflict):
        addresses.change_email(model.Session, row.id, RIGHT)
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, row, actor=actor, reason="Keliru", cause="address")
    model.Session.commit()
    addresses.change_email(model.Session, row.id, RIGHT)
    model.Session.commit()
    assert not wrong_address.is_known(model.Session, model.Session.get(PpidRequest, row.id))


@pytest.mark.parametrize("at", ["whole", "part"])
def test_one_correction_serves_a_request_and_what_was_split_off(
    asked,
    row_of,
    give,
    people,
    app,
    mail_sink,
    at,
):
    row = row_of(asked(phone=""))
    sent = {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": "Jumlah kunjungan per kecamatan"}
    part = row_of(give(row.case_id, "split", people.ppid, sent)["split"])
    for one in (row, part):
        give(one.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(part.case_id, "grant", people.pembantu)
    give(part.case_id, "handover", people.pembantu, {"upload": upload()})
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).one()
    give(part.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(part.case_id, "deliver", people.ppid)
    process.apply({}, part.case_id, "close", actor=APPLICANT)
    part = row_of({"id": part.id})
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, part, actor=actor, reason="Keliru", cause="address")
    model.Session.commit()
    notices.send_waiting()
    before = len(mail_sink.to(EMAIL))
    for one in (row, part):
        assert wrong_address.is_known(model.Session, one) and not reaching.address(model.Session, one)
    assert not reaching.mail(model.Session, row, "ppid_letter_came"), "what is wrong for the part is for the whole"
    where = {"whole": row, "part": part}[at]
    for one in (row, part):
        app.post("/permohonan/lacak", data={"number": one.number, "tracking_code": requests.tracking_code(one)})
        assert f"/permohonan/lacak/{one.ref}/alamat" in app.get(f"/permohonan/lacak/{one.ref}").body
    former = requests.confirmation_code(row)
    assert app.post(f"/permohonan/lacak/{where.ref}/alamat", data={"email": RIGHT}).status_code == 200
    notices.send_waiting()
    (mailed,) = map(text_of, mail_sink.to(RIGHT))
    row, part = row_of({"id": row.id}), row_of({"id": part.id})
    assert row.number in mailed and requests.confirmation_code(row) in mailed
    for one in (row, part):
        assert not wrong_address.is_known(model.Session, one)
        assert reaching.address(model.Session, one) == RIGHT
    assert f"bagian dari permohonan {row.number}" in app.get(f"/permohonan/lacak/{part.ref}").body
    tracked = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    code = requests.confirmation_code(row)
    with pytest.raises(tk.ValidationError):
        call_action("satudata_ppid_request_confirm", {}, **tracked, code=former)
    assert call_action("satudata_ppid_request_confirm", {}, **tracked, code=code) == {"confirmed": True}
    notices.send_waiting()
    assert row_of({"id": row.id}).confirmed_at and row_of({"id": part.id}).confirmed_at
    told = "".join(text_of(mail) for mail in mail_sink.to("petugas-ppid@dinas.example"))
    assert f"/meja/{part.case_id}" in told and "memperbaiki dan mengonfirmasi" in told
    assert len(mail_sink.to(RIGHT)) == 3 and len(mail_sink.to(EMAIL)) == before, "both are confirmed and told"


def test_an_expired_link_is_not_told_as_ready(handed_over, give, people):  # noqa: F811
    row = handed_over
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    model.Session.refresh(row)
    with freeze_time(links.given(model.Session, row)[0].grant.until_at + timedelta(minutes=1), tick=True):
        assert "below" not in standing.for_applicant(model.Session, row)["sentence"]
