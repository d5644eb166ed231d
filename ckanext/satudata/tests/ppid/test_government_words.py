"""What an office of the government is told: of Walidata, which answers it, never of PPID or of an objection."""

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import NotAllowed, NotThere
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, erasure, noticing, requests
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.tests.ppid.conftest import _officer, upload
from ckanext.satudata.tests.ppid.test_government import OFFICE, WHY
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
FOREIGN = ("PPID", "keberatan", "menurut undang-undang", "UU 14/2008")


@pytest.fixture
def walidata():
    return _officer("Petugas Walidata", Role.WALIDATA)


@pytest.fixture
def routed(asked, row_of, give, people, walidata):
    """An office's request with its address confirmed, at its agency."""
    made = asked(**OFFICE)
    proof = {"number": made["number"], "tracking_code": made["tracking_code"]}
    call_action("satudata_ppid_request_confirm", **proof, code=requests.confirmation_code(row_of(made)))
    row = row_of(made)
    give(row.case_id, "route", walidata, {"organization_id": people.agency["id"], "dip_result": "listed"})
    return row


@pytest.fixture
def given(routed, give, people, walidata):
    """The same, answered with a file."""

    def answer(**way):
        give(routed.case_id, "grant", people.pembantu)
        give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
        model.Session.expire_all()
        handed = drafts.latest_handover(model.Session, model.Session.get(PpidRequest, routed.id))
        give(routed.case_id, "attest", walidata, {"sha256": handed.sha256, "checked": "true"})
        give(routed.case_id, "deliver", walidata, way)
        return model.Session.get(PpidRequest, routed.id)

    return answer


def tracked(app, row):
    """What the tracking page says."""
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    page = app.get(f"/permohonan/lacak/{row.ref}").body
    return " ".join(BeautifulSoup(page, "html.parser").select_one("main").text.split())


def mailed(mail_sink):
    notices.send_waiting()
    return [text_of(mail) for mail in mail_sink.to(OFFICE["email"])]


def foreign_in(*texts):
    return {word for text in texts for word in FOREIGN if word.lower() in text.lower()}


@pytest.mark.parametrize("cause", ["", "file", "address"])
def test_an_ended_link_sends_the_office_to_walidata(app, given, walidata, mail_sink, cause):
    row = given()
    ending = {"id": row.id, "cause": cause, "reason": "Uji."}
    call_action("satudata_ppid_link_end", {"user": walidata["name"], "ignore_auth": False}, **ending)
    shown, mails = tracked(app, row), mailed(mail_sink)
    assert "Cara menghubungi Walidata" in shown or not app.get("/").body.count("mailto:")
    assert "kepada Walidata" in shown or "meja layanan Walidata" in shown
    assert any("Tautan" in mail and "diakhiri" in mail for mail in mails)
    assert not foreign_in(shown, *mails)


def test_data_at_the_counter_and_a_refusal_are_told_of_walidata(app, given, mail_sink):
    row = given(way="counter")
    shown, mails = tracked(app, row), mailed(mail_sink)
    assert "di loket Walidata" in shown and any("di loket Walidata" in mail for mail in mails)
    assert not foreign_in(shown, *mails)


def test_a_refused_office_is_told_of_no_objection(app, routed, give, people, walidata, mail_sink):
    give(routed.case_id, "not_held", people.pembantu, {"note": WHY, "detail": "Rumah sakit masing-masing"})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", walidata)
    shown, mails = tracked(app, model.Session.get(PpidRequest, routed.id)), mailed(mail_sink)
    assert "Surat di bawah menjelaskan alasannya." in shown
    assert any("Surat menjelaskan alasannya." in mail for mail in mails)
    assert "keberatan" not in shown and not [mail for mail in mails if "keberatan" in mail]


def test_walidata_is_told_of_a_silent_agency(routed, walidata, people, freezer, mail_sink):
    freezer.move_to(f"{clock.calendar().shift(clock.today(), 12)} 03:00:00")
    assert noticing.tell_of_silence() == 1
    queued = model.Session.query(Outbox).filter_by(kind="ppid_agency_silent").one()
    assert queued.to_role == Role.WALIDATA.value


def test_walidata_decides_on_the_erasure_of_an_offices_request(app, given, give, people, walidata, page, mail_sink):
    row = given()
    process.apply({}, row.case_id, "close", actor=APPLICANT)
    assert "data disimpan" not in tracked(app, row).lower() and erasure.held(model.Session, row) == []
    asked = app.post(f"/permohonan/lacak/{row.ref}/hapus", data={"sure_erase": "true"})
    said = BeautifulSoup(asked.body, "html.parser").select_one("main").text
    assert "Walidata memutuskan" in said and not foreign_in(said)
    case = model.Session.query(Case).filter_by(process="government_erasure").one()
    assert row.number in page(walidata, f"/meja/{case.id}").text and row.number in page(walidata, "/meja").text
    assert page(people.ppid, f"/meja/{case.id}").status_code in (403, 404)
    with pytest.raises((NotAllowed, NotThere)):
        give(case.id, "approve", people.ppid, {"note": "Permintaan sah"})
    mail_sink.clear()
    assert not give(case.id, "approve", walidata, {"note": "Permintaan sah"})["waits"]
    model.Session.expire_all()
    assert model.Session.get(PpidRequest, row.id).erased_at
    (mail,) = mailed(mail_sink)
    assert "Walidata mengabulkan" in mail and not foreign_in(mail)
    assert "sudah dihapus" in tracked(app, model.Session.get(PpidRequest, row.id))


@pytest.mark.parametrize(
    ("lang", "commission", "auditors"),
    [("", "Komisi Informasi", "Untuk auditor."), ("/en", "commission", "For auditors.")],
)
def test_the_case_of_an_office_is_for_no_information_commission(
    routed, asked, row_of, people, walidata, page, lang, commission, auditors
):
    theirs = page(walidata, f"{lang}/meja/{routed.case_id}").body
    assert auditors in theirs and commission not in theirs
    assert commission in page(people.ppid, f"{lang}/meja/{row_of(asked()).case_id}").body
