"""The citizen's pages without JavaScript: what was typed stays, a retried POST is one request, links are personal."""

import re

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import crypto
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "no_limits")
NEW = "/permohonan/baru"


def send(app, **changes):
    return app.post(NEW, data=ASKED | {"key": "form-key"} | changes, follow_redirects=False)


def stored():
    model.Session.expire_all()
    return model.Session.scalars(sa.select(PpidRequest)).all()


def test_form_says_until_when_and_carries_words_over(app):
    page = app.get(NEW + "?q=jumlah+<b>guru</b>").body
    assert "10 hari kerja" in page
    assert "jumlah &lt;b&gt;guru&lt;/b&gt;" in page and "<b>guru" not in page


def test_unknown_dataset_leaves_the_form_usable(app):
    assert app.get(NEW + "?dataset=tidak-ada&resource=x").status_code == 200


def test_faults_keep_everything_typed(app):
    answer = send(app, purpose="skripsi", name='Budi "<i>Contoh"')
    assert answer.status_code == 400
    assert "sd-error-summary" in answer.body and "#field-purpose" in answer.body
    assert ASKED["question"] in answer.body and "Budi &#34;&lt;i&gt;Contoh&#34;" in answer.body
    assert stored() == []


def test_sent_twice_is_one_request_with_the_same_page(app):
    first, second = send(app), send(app)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored()) == 1


def test_page_after_sending_shows_number_and_code_and_nothing_personal(app):
    page = app.get(send(app).headers["Location"])
    row = stored()[0]
    assert row.number in page.body and requests.tracking_code(row) in page.body
    assert not [canary for canary in CANARIES if canary in page.body]
    assert "no-store" in page.headers["Cache-Control"]


def test_wrong_code_is_said_and_kept(app):
    where = send(app).headers["Location"]
    row = stored()[0]
    wrong = "123456" if requests.confirmation_code(row) != "123456" else "654321"
    answer = app.post(f"/permohonan/lacak/{row.ref}/kode", data={"code": wrong})
    assert answer.status_code == 400 and "Kode tidak benar" in answer.body and wrong in answer.body
    right = requests.confirmation_code(stored()[0])
    app.post(f"/permohonan/lacak/{row.ref}/kode", data={"code": right}, follow_redirects=False)
    assert stored()[0].confirmed_at and where.endswith(row.ref)


def test_a_mistyped_address_is_corrected_before_it_is_confirmed(app):
    send(app, email="salah@contoh.example")
    row = stored()[0]
    address = f"/permohonan/lacak/{row.ref}/alamat"
    assert "berlaku 15 menit" in app.get(f"/permohonan/lacak/{row.ref}").body
    faulty = app.post(address, data={"email": "bukan alamat"})
    assert faulty.status_code == 400 and 'value="bukan alamat"' in faulty.body and "#field-email" in faulty.body
    former = requests.confirmation_code(stored()[0])
    right = "benar@contoh.example"
    assert app.post(address, data={"email": right}, follow_redirects=False).status_code == 303
    row = stored()[0]
    assert crypto.unseal(row.email) == right and requests.confirmation_code(row) != former
    waiting = model.Session.scalars(sa.select(Outbox).where(Outbox.dropped_at.is_(None))).all()
    assert [crypto.unseal(mail.to_email) for mail in waiting if mail.to_email] == [right]
    app.post(f"/permohonan/lacak/{row.ref}/kode", data={"code": requests.confirmation_code(row)})
    late = app.post(address, data={"email": "lain@contoh.example"})
    assert late.status_code == 400 and crypto.unseal(stored()[0].email) == right


def test_no_stranger_corrects_an_address(app):
    send(app)
    row = stored()[0]
    stranger = app.flask_app.test_client()
    answer = stranger.post(f"/permohonan/lacak/{row.ref}/alamat", data={"email": "lain@contoh.example"})
    assert answer.headers["Location"].endswith("/permohonan/lacak")
    assert crypto.unseal(stored()[0].email) == ASKED["email"]


def test_a_forms_address_opened_anew_leads_back_to_the_request(app):
    send(app)
    ref = stored()[0].ref
    for act in ("kode", "alamat", "kode-baru", "selesai", "batal"):
        answer = app.get(f"/permohonan/lacak/{ref}/{act}", follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/permohonan/lacak/{ref}")
    assert stored()[0].closed_at is None


def test_the_request_tells_what_was_asked_and_empty_fields_are_named(app):
    where = send(app).headers["Location"]
    page = app.get(where).body
    assert ASKED["question"] in page and "tanda terima Anda" in page and "Jawaban paling lambat" in page
    empty = app.post("/permohonan", data={"number": "", "tracking_code": ""})
    assert empty.status_code == 400 and "Isi nomor registrasi" in empty.body and "#field-tracking_code" in empty.body


def test_foreign_browser_sees_nothing_until_it_knows_number_and_code(app):
    send(app)
    row = stored()[0]
    letter = model.Session.scalars(sa.select(Letter)).one()
    stranger = app.flask_app.test_client()
    for path in ("", f"/surat/{letter.id}"):
        answer = stranger.get(f"/permohonan/lacak/{row.ref}{path}")
        assert answer.status_code == 303 and answer.headers["Location"].endswith("/permohonan/lacak")
    assert stranger.get(f"/permohonan/surat/{letter.id}").status_code == 404
    wrong = stranger.post("/permohonan", data={"number": row.number, "tracking_code": "AAAAAAAAAA"})
    assert wrong.status_code == 400 and row.number in wrong.text
    opened = stranger.post("/permohonan", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    assert opened.status_code == 303
    pdf = stranger.get(f"/permohonan/lacak/{row.ref}/surat/{letter.id}")
    assert pdf.data.startswith(b"%PDF") and "Canary" not in pdf.headers["Content-Disposition"]
    assert requests.tracking_code(row) not in stranger.get(f"/permohonan/lacak/{row.ref}").text


def test_number_with_slashes_survives_the_qr(app):
    assert 'value="12/PPID/2026"' in app.get("/permohonan/lacak?no=12/PPID/2026").body


def test_qr_of_a_letter_confirms_it_without_the_person(app):
    send(app)
    letter = model.Session.scalars(sa.select(Letter)).one()
    page = app.get(f"/surat/{letter.check_code}").body
    assert letter.number in page and letter.sha256 in page
    assert not [canary for canary in CANARIES if canary in page]
    assert app.get("/surat/unknown").status_code == 404


def test_too_many_from_one_address_keep_their_text(app, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ppid.requests_per_hour", 2)
    for number in (1, 2):
        assert send(app, key=f"k{number}").status_code == 303
    answer = send(app, key="k3")
    assert answer.status_code == 429 and ASKED["question"] in answer.body
    assert send(app, key="k2").status_code == 303
    assert len(stored()) == 2


def test_withdrawing_needs_the_box(app):
    send(app)
    ref = stored()[0].ref
    assert app.post(f"/permohonan/lacak/{ref}/batal").status_code == 400
    assert stored()[0].closed_at is None
    app.post(f"/permohonan/lacak/{ref}/batal", data={"sure": "true"}, follow_redirects=False)
    assert stored()[0].closed_at
    again = app.post(f"/permohonan/lacak/{ref}/batal", data={"sure": "true"}, follow_redirects=False)
    assert again.status_code == 409


def test_no_page_speaks_english_to_an_indonesian(app):
    text = re.sub(r"<(script|style).*?</\1>", "", app.get(NEW).body, flags=re.S)
    for english in ("Which data", "Full name", "Send request", "(optional)", "working days"):
        assert english not in text


def test_the_address_of_a_refused_code_can_be_asked_for_again(app):
    answer = app.get("/permohonan/lacak/apa-saja/kode", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/permohonan/lacak/apa-saja")


def test_what_is_asked_of_the_applicant_stands_first_and_nothing_else_alarms(app, asked, row_of, people, give, page):
    made = asked(phone="")
    row = row_of(made)
    app.post("/permohonan/lacak", data={key: made[key] for key in ("number", "tracking_code")}, follow_redirects=False)
    here = f"/permohonan/lacak/{row.ref}"

    def seen():
        return BeautifulSoup(app.get(here).body, "html.parser").select_one("main")

    shown = seen()
    objecting = shown.select_one('section[aria-labelledby="keberatan"]')
    assert objecting.select_one("details:not([open]) a[href$='/keberatan']"), "nothing is wrong yet"
    assert objecting.find_next_sibling("section")["aria-labelledby"] == "own-title", "it stands last"
    page(people.ppid, f"/meja/{row.case_id}/pesan", {"text": "Cukupkah data SD dan SMP?"})
    asks = seen().select_one("header + .sd-notice a[href='#messages-title']")
    assert asks is not None
    app.post(f"{here}/pesan", data={"text": "Cukup, terima kasih."})
    assert not seen().select("a[href='#messages-title']")
    give(row.case_id, "incomplete", people.ppid, {"missing": "power"})
    shown = seen()
    assert (
        "berhenti sampai kelengkapan dikirim"
        in shown.select_one('section[aria-labelledby="when-title"] .sd-facts').text
    )
    form = shown.select_one("form[action$='/lengkapi']")
    assert shown.select_one("header ~ section")["aria-labelledby"] == "repair-title"
    asked_for = [one["name"] for one in form.select("input, textarea") if one.find_parent("details") is None]
    assert asked_for == [name for name in asked_for if name in ("_csrf_token", "power_number", "power")]
    assert "power" in asked_for and form.select("details:not([open]) [name=purpose]")
    label = form.select_one("label[for=field-power]")
    assert "tidak wajib" not in label.text
    as_it_stands = {name: form.select_one(f"[name={name}]").text for name in ("question", "purpose")}
    sent = app.post(f"{here}/lengkapi", data=as_it_stands, follow_redirects=False)
    assert sent.status_code == 400 and "Belum ada yang diisi" in sent.body
