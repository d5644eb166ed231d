"""A link that works no more says which way, and PPID issues another by the rules of the delivery."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.model.case import Case
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import links, requests
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import APPLICANT, actor_for
from ckanext.satudata.tests.access.test_races import at_once
from ckanext.satudata.tests.ppid.conftest import ACCEPTED, EMAIL, link_of
from ckanext.satudata.tests.ppid.test_vault_file import checked, data, withdraw  # noqa: F401 - fixtures
from ckanext.satudata.tests.ppid.test_way_through import confirmed, handed_over  # noqa: F401 - fixture
from ckanext.satudata.tests.support.mail import text_of

CONTACT = "ppid@kota.example"
pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def delivered(handed_over, give, people):  # noqa: F811
    """The row of a request whose data went to a confirmed address."""
    row = confirmed(handed_over)
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    model.Session.refresh(row)
    return row


def renew(row, user, **more):
    answer = call_action("satudata_ppid_link_renew", {"user": user["name"], "ignore_auth": True}, id=row.number, **more)
    model.Session.expire_all()
    return answer


def follow(app, row):
    """The tracking page's address, opened for this browser by number and code."""
    typed = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    return app.post("/permohonan/lacak", data=typed, follow_redirects=False).headers["Location"]


def end(row, user, cause):
    call_action("satudata_ppid_link_end", {"user": user["name"]}, id=row.number, reason="Uji", cause=cause)
    model.Session.expire_all()


def tracked(row):
    return call_action("satudata_ppid_request_track", number=row.number, tracking_code=requests.tracking_code(row))


def test_a_link_that_is_used_up_says_so_everywhere(app, delivered, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.contact_email", CONTACT)
    path = link_of(delivered)
    for _ in range(model.Session.query(Grant).one().max_downloads):
        assert app.post(path, data=ACCEPTED, follow_redirects=False).status_code == 303
    told = tracked(delivered)
    assert told["link"] is None and told["link_state"] == "spent" and told["link_state_at"]
    assert "All downloads" in told["sentence"] and "new link" in told["sentence"]
    answer = app.get(path)
    assert answer.status_code == 410
    assert "Semua unduhan" in answer.body and "Mintalah tautan baru kepada PPID" in answer.body
    for address in (path, follow(app, delivered)):
        assert "Semua unduhan" in app.get(address).body and CONTACT in app.get(address).body


def test_a_withdrawn_dataset_is_told_as_such(app, data, checked, give, people):  # noqa: F811
    row = checked()
    give(row.case_id, "deliver", people.ppid)
    path = link_of(row)
    withdraw(data)
    row = model.Session.get(PpidRequest, row.id)
    told = tracked(row)
    assert told["link_state"] == "ended" and "withdrawn" in told["sentence"] and "new link" not in told["sentence"]
    assert "ditarik" in app.get(path).body and "tautan baru" not in app.get(path).body
    with pytest.raises(tk.ValidationError):
        renew(row, people.ppid)
    assert model.Session.query(Grant).count() == 1


def test_ppid_issues_a_new_link_and_the_former_ends(app, delivered, people, mail_sink):
    notices.send_waiting()
    mail_sink.clear()
    former = link_of(delivered)
    first = renew(delivered, people.ppid, key="sekali")
    assert renew(delivered, people.ppid, key="sekali") == first and model.Session.query(Grant).count() == 2
    row = model.Session.get(PpidRequest, delivered.id)
    path = link_of(row)
    assert path != former and app.get(path).status_code == 200
    gone = app.get(former)
    assert gone.status_code == 410 and "Tautan baru telah menggantikannya" in gone.body
    assert tracked(row)["link"].endswith(path)
    notices.send_waiting()
    (mail,) = mail_sink.to(EMAIL)
    assert path in text_of(mail) and former not in text_of(mail)
    events = model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == row.case_id)).all()
    assert events.count("grant_issued") == 2 and events.count("grant_revoked") == 1
    old, new = sorted(model.Session.query(Grant), key=lambda grant: grant.issued_at)
    assert (old.vault_object_id, old.case_id) == (new.vault_object_id, new.case_id)


def test_renewals_that_wait_for_one_another_make_one_link(app, delivered, people, mail_sink):
    notices.send_waiting()
    mail_sink.clear()
    case_id, request_id = delivered.case_id, delivered.id
    ppid = actor_for(model.User.get(people.ppid["id"]))
    model.Session.commit()

    def again():
        with app.flask_app.test_request_context("/"):
            answer = links.renew(model.Session, request_id, actor=ppid)
            model.Session.commit()
            return answer["link_until"]

    with model.meta.engine.connect() as holding, ThreadPoolExecutor(1) as pool:
        holding.execute(sa.select(Case.id).where(Case.id == case_id).with_for_update())
        waiting = sa.text(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        got = pool.submit(at_once, 3, again)
        while not got.done() and model.Session.scalar(waiting) < 3:
            model.Session.rollback()
        holding.rollback()
    assert len(set(got.result())) == 1, got.result()
    assert model.Session.query(Grant).count() == 2
    notices.send_waiting()
    assert len(mail_sink.to(EMAIL)) == 1
    renew(model.Session.get(PpidRequest, request_id), people.ppid)
    assert model.Session.query(Grant).count() == 3, "asked for once more, a link is made once more"


def test_a_link_that_was_followed_by_one_that_ended_too_says_what_became_of_that(app, delivered, people):
    former, request_id = link_of(delivered), delivered.id
    renew(delivered, people.ppid)
    assert "halaman permohonan" in app.get(former).body
    end(model.Session.get(PpidRequest, request_id), people.ppid, "file")
    page = app.get(former).body
    assert "bukan berkas yang benar" in page and "halaman permohonan" not in page


def test_an_expired_link_is_followed_by_a_new_one(app, delivered, people):
    with freeze_time(model.Session.query(Grant).one().until_at + timedelta(minutes=1), tick=True):
        assert tracked(delivered)["link_state"] == "expired"
        renew(delivered, people.ppid)
        row = model.Session.get(PpidRequest, delivered.id)
        assert tracked(row)["link_state"] == "alive" and links.given(model.Session, row)[0].grant.until_at > clock.now()


def test_nobody_but_ppid_renews(page, delivered, people):
    address = f"/permohonan/tautan/{delivered.id}/baru"
    for user in (people.pembantu, people.other, people.auditor):
        with pytest.raises(tk.NotAuthorized):
            renew(delivered, user)
        assert page(user, address).status_code == 404 and page(user, address, {"key": "x" * 8}).status_code == 404
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_ppid_link_renew", {"user": "", "ignore_auth": True}, id=delivered.number)
    assert model.Session.query(Grant).count() == 1


def test_the_page_makes_one_link_however_often_it_is_sent(page, delivered, people):
    address = f"/permohonan/tautan/{delivered.id}/baru"
    assert address in page(people.ppid, f"/meja/{delivered.case_id}").body
    assert "Terbitkan tautan baru" in page(people.ppid, address).body
    for _ in range(2):
        assert page(people.ppid, address, {"key": "satu-klik"}).status_code == 302
    assert model.Session.query(Grant).count() == 2


@pytest.mark.parametrize("cause", ["address", "file", "personal_data"])
def test_what_was_ended_for_its_file_or_address_is_not_given_again(page, delivered, people, cause):
    end(delivered, people.ppid, cause)
    with pytest.raises(tk.ValidationError):
        renew(delivered, people.ppid)
    assert model.Session.query(Grant).count() == 1
    assert f"/permohonan/tautan/{delivered.id}/baru" not in page(people.ppid, f"/meja/{delivered.case_id}").body


def test_a_request_without_data_gets_no_link(routed, people):
    with pytest.raises(tk.ValidationError):
        renew(routed, people.ppid)
    assert model.Session.query(Grant).count() == 0


def test_whoever_confirmed_the_address_is_told_that_the_link_ended(delivered, people, mail_sink):
    notices.send_waiting()
    mail_sink.clear()
    row_number = delivered.number
    assert "close" in tracked(delivered)["can"]
    end(delivered, people.ppid, "file")
    notices.send_waiting()
    (mail,) = mail_sink.to(EMAIL)
    assert "bukan berkas yang benar" in text_of(mail) and row_number in text_of(mail)
    assert "Uji" not in text_of(mail) and "/berkas/" not in text_of(mail)
    assert "close" not in tracked(delivered)["can"]
    process.apply({}, delivered.case_id, "close", actor=APPLICANT)  # the SOP's law is as it was


def test_data_that_was_fetched_may_be_called_received(app, delivered, people):
    app.post(link_of(delivered), data=ACCEPTED, follow_redirects=False)
    end(delivered, people.ppid, "")
    assert "close" in tracked(delivered)["can"]
    renew(delivered, people.ppid)
