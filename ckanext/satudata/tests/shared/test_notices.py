"""Mails wait in the outbox and are never lost."""

from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

PARAMS = {"case_id": "k1", "process": "Penyebarluasan Data", "step": "Memeriksa draft", "due_on": "2026-06-08"}


def rows():
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Outbox).order_by(Outbox.created_at)))


def queue(**kw):
    notices.queue(model.Session, "step_opened", params=PARAMS, **kw)
    model.Session.commit()


def test_the_holders_of_a_role_get_one_mail_each_in_indonesian(app, mail_sink):
    agency = factories.Organization()["id"]
    people = [officer(Role.VERIFIER, agency) for _ in range(2)]
    officer(Role.VERIFIER, factories.Organization()["id"])
    queue(to_role=Role.VERIFIER, organization_id=agency, key="a")
    queue(to_role=Role.VERIFIER, organization_id=agency, key="a")
    notices.send_waiting()
    notices.send_waiting()
    assert len(mail_sink.messages) == 2
    body = text_of(mail_sink.to(people[0]["email"])[0])
    assert "Senin, 8 Juni 2026" in body and "/meja/k1" in body and "Langkah" in body


def test_walidata_is_told_whatever_agency_it_sits_in(app, mail_sink):
    person = officer(Role.WALIDATA, factories.Organization()["id"])
    queue(to_role=Role.WALIDATA)
    notices.send_waiting()
    assert len(mail_sink.to(person["email"])) == 1


def test_a_mail_server_that_is_down_loses_nothing(app, mail_sink):
    queue(to_email="warga@example.com")
    mail_sink.stop()
    assert notices.send_waiting() == (0, 1)
    row = rows()[0]
    assert row.sent_at is None and row.attempts == 1 and row.last_error
    assert row.next_try_at > clock.now() + timedelta(seconds=50)
    mail_sink.start()
    assert notices.send_waiting() == (0, 0), "the next try waits its time"
    with freeze_time(clock.now() + timedelta(minutes=2)):
        assert notices.send_waiting() == (1, 0)
    assert len(mail_sink.to("warga@example.com")) == 1
    row = rows()[0]
    assert row.sent_at and row.last_error is None and row.to_email is None


def test_waits_grow_to_six_hours(app, mail_sink):
    queue(to_email="warga@example.com")
    mail_sink.stop()
    waits, now = [], clock.now()
    for _ in range(12):
        with freeze_time(now):
            notices.send_waiting()
            waits.append(rows()[0].next_try_at - now)
            now += waits[-1] + timedelta(seconds=1)
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert waits[-1] == timedelta(hours=6)


def test_an_address_is_sealed_and_stays_out_of_errors_and_logs(app, mail_sink, caplog):
    queue(to_email="rahasia.warga@example.com")
    mail_sink.stop()
    notices.send_waiting()
    dump = model.Session.execute(sa.text("select satudata_outbox::text from satudata_outbox")).scalar()
    assert "rahasia" not in dump and "rahasia" not in caplog.text


def test_an_unknown_kind_stays_with_its_error(app, mail_sink):
    notices.queue(model.Session, "no_such_kind", to_email="a@example.com")
    model.Session.commit()
    queue(to_email="b@example.com")
    assert notices.send_waiting() == (1, 1)
    assert [row.last_error for row in rows() if row.kind == "no_such_kind"][0].startswith("KeyError")


def test_a_worker_killed_while_sending_leaves_the_mail(app, mail_sink, monkeypatch):
    queue(to_email="a@example.com")

    def die(*args, **kw):
        raise SystemExit

    monkeypatch.setattr(notices.mailer, "mail_recipient", die)
    with pytest.raises(SystemExit):
        notices.send_waiting()
    model.Session.rollback()
    monkeypatch.undo()
    assert rows()[0].sent_at is None
