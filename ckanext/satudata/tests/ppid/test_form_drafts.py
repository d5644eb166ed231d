"""Nothing typed is lost: a draft without account, sealed, for one browser, for some days."""

import io

import ckan.model as model
import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.request_draft import RequestDraft
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import asking_jobs
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "no_limits")
FORM = "/permohonan/baru"
PDF = b"%PDF-1.7\nktp\n%%EOF\n"


@pytest.fixture
def browser(app):
    """A browser with cookies of its own."""
    return app.flask_app.test_client()


def count(table):
    return model.Session.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_refused_form_keeps_words_and_file_and_the_next_one_sends_them(browser):
    wrong = browser.post(FORM, data={**ASKED, "purpose": "", "identity": (io.BytesIO(PDF), "ktp saya.pdf")})
    assert wrong.status_code == 400 and "ktp saya.pdf" in wrong.text and ASKED["address"] in wrong.text
    assert "HttpOnly" in wrong.headers["Set-Cookie"] and "SameSite=Lax" in wrong.headers["Set-Cookie"]
    again = browser.get(FORM)
    assert ASKED["name"] in again.text and "ktp saya.pdf" in again.text
    sent = browser.post(FORM, data=ASKED)
    assert sent.status_code == 303 and count(RequestDraft) == 0
    request = model.Session.scalars(sa.select(PpidRequest)).one()
    assert [file.kind for file in model.Session.scalars(ApplicantFile.of_request(request.id))] == ["identity"]
    assert ASKED["name"] not in browser.get(FORM).text


def test_kept_at_will_sealed_and_for_this_browser_alone(browser, app):
    kept = browser.post(FORM, data={**ASKED, "act": "keep"})
    assert kept.status_code == 303 and count(PpidRequest) == 0
    (row,) = model.Session.execute(sa.text("select t::text from satudata_request_draft t")).scalars()
    assert not [canary for canary in CANARIES if canary in row]
    assert ASKED["question"] in browser.get(FORM).text
    assert ASKED["question"] not in app.flask_app.test_client().get(FORM).text


def test_deleted_at_will_with_its_file(browser):
    browser.post(FORM, data={**ASKED, "act": "keep", "identity": (io.BytesIO(PDF), "ktp.pdf")})
    browser.post(FORM, data={"act": "forget"})
    assert count(RequestDraft) == count(ApplicantFile) == 0
    assert model.Session.scalars(sa.select(VaultObject.deleted_at)).one() is not None
    assert ASKED["name"] not in browser.get(FORM).text


def test_after_seven_days_it_is_gone_before_and_after_the_job(browser):
    with freeze_time("2026-03-09 03:00:00") as clock:
        browser.post(FORM, data={**ASKED, "act": "keep"})
        clock.tick(7 * 24 * 3600 - 60)
        assert asking_jobs.erase_drafts() == 0 and ASKED["name"] in browser.get(FORM).text
        clock.tick(120)
        assert ASKED["name"] not in browser.get(FORM).text
        assert asking_jobs.erase_drafts() == 1 and count(RequestDraft) == 0


def test_another_dataset_keeps_who_asks_but_is_another_request(browser):
    browser.post(FORM, data={**ASKED, "act": "keep", "key": "first"})
    shown = browser.get(FORM + "?q=jumlah guru").text
    assert ASKED["question"] in shown and ASKED["name"] in shown


def test_who_saves_too_often_still_sends(browser, monkeypatch):
    from ckanext.satudata.ppid import form_drafts

    monkeypatch.setattr(form_drafts, "PER_HOUR", 0)
    assert browser.post(FORM, data=ASKED).status_code == 303
    assert count(PpidRequest) == 1 and count(RequestDraft) == 0
