"""Officers are reminded: on the right days, of what waits for them, once, whatever run was missed or killed."""

from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from freezegun import freeze_time

from ckanext.satudata.domain import reminders
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.workdays import Calendar
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices, process, raw_writes
from ckanext.satudata.shared.calendar import reminding
from ckanext.satudata.shared.work import inbox
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")

AUTHOR = Actor("o", "o", (Held(Role.OPERATOR, "dinas"),))
MONDAY = date(2026, 6, 1)


def at(on, hour=9):
    """An hour of that day in Jakarta, frozen."""
    return freeze_time(datetime(on.year, on.month, on.day, hour, 30, tzinfo=timezone.utc) - timedelta(hours=7))


def case_due(on, subject="rahasia-judul"):
    """A case that waits for the operator of `dinas` until the end of that day."""
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id=subject, organization_id="dinas", actor=AUTHOR
    )
    with raw_writes.writing(model.Session, CaseStep):
        (step,) = model.Session.scalars(CaseStep.open_of(case.id))
        step.due_on = on
        step.due_at = datetime(on.year, on.month, on.day, 16, 59, 59, tzinfo=timezone.utc)
    model.Session.commit()
    return case.id


@pytest.fixture
def person():
    return officer(Role.OPERATOR, "dinas")


@pytest.fixture
def only_reminders():
    with helpers.changed_config("ckanext.satudata.daily_digest", "off"):
        yield


@pytest.fixture
def sent(monkeypatch):
    found = []
    monkeypatch.setattr("ckan.lib.mailer.mail_recipient", lambda name, to, subject, body: found.append((subject, body)))
    return found


def queued():
    query = sa.select(Outbox).where(Outbox.kind == reminding.KIND).order_by(Outbox.created_at, Outbox.id)
    return list(model.Session.scalars(query.execution_options(populate_existing=True)))


def days_with_mail(first, last):
    """On which days of that stretch a run at half past nine queues something new."""
    found, before = [], len(queued())
    while first <= last:
        with at(first):
            reminding.remind()
        if len(queued()) > before:
            found.append(first)
        before, first = len(queued()), first + timedelta(days=1)
    return found


def test_before_on_and_after_the_day_by_the_option(person, only_reminders):
    with at(MONDAY):
        case_due(date(2026, 6, 10))  # a Wednesday
    found = days_with_mail(date(2026, 6, 2), date(2026, 6, 24))
    assert found == [date(2026, 6, 9), date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 17)]


def test_what_falls_on_a_day_off_comes_before_it(person, only_reminders):
    with at(MONDAY):
        case_due(date(2026, 6, 7))  # a Sunday: calendar days are not moved
    assert days_with_mail(date(2026, 6, 2), date(2026, 6, 9))[:3] == [
        date(2026, 6, 4),
        date(2026, 6, 5),
        date(2026, 6, 8),
    ]


def test_the_sop_may_say_otherwise_for_a_step(person, only_reminders, monkeypatch):
    from dataclasses import replace

    from ckanext.satudata.shared.sop import sops

    with at(MONDAY):
        case_due(date(2026, 6, 10))
    whole = sops.of_version

    def with_own(session, version):
        sop = whole(session, version)
        return replace(sop, steps={no: replace(step, reminders=(-3,)) for no, step in sop.steps.items()})

    monkeypatch.setattr(sops, "of_version", with_own)
    assert days_with_mail(date(2026, 6, 2), date(2026, 6, 12)) == [date(2026, 6, 5)]


def test_three_missed_days_are_made_up_by_one_mail(person, only_reminders):
    with at(MONDAY):
        case_due(date(2026, 6, 10))
        case_due(date(2026, 6, 11))
        case_due(date(2026, 6, 30))
    days_with_mail(date(2026, 6, 8), date(2026, 6, 8))
    with at(date(2026, 6, 12)):  # no run from the 9th to the 11th
        reminding.remind()
        reminding.remind()
    (mail,) = queued()
    assert mail.params["count"] == 2 and mail.params["on"] == "2026-06-12"


def test_two_runs_on_a_day_and_a_killed_one_send_once(person, only_reminders):
    other = officer(Role.OPERATOR, "dinas")
    with at(MONDAY):
        case_due(date(2026, 6, 10))
    with at(date(2026, 6, 10)):
        calendar = clock.calendar()
        first, second = sorted((person["id"], other["id"]))
        reminding.remind_person(model.Session, first, calendar, date(2026, 6, 10))
        model.Session.commit()
        reminding.remind_person(model.Session, second, calendar, date(2026, 6, 10))
        model.Session.rollback()  # killed before the commit
        assert [mail.to_user for mail in queued()] == [first]
        for _ in range(3):
            reminding.remind()
        assert sorted(mail.to_user for mail in queued()) == [first, second]


def test_the_outbox_itself_takes_no_second_mail_of_a_day(person):
    with at(MONDAY):
        case_due(date(2026, 6, 10))
        reminding.remind()
        with raw_writes.hand(model.Session.connection()):
            model.Session.execute(sa.text("update satudata_officer_mail set told_on = null"))
        model.Session.commit()
        reminding.remind()
    (mail,) = queued()
    assert mail.dropped_at is None


def test_one_persons_broken_desk_keeps_no_other_mail_back(person, monkeypatch):
    people = sorted((person["id"], officer(Role.OPERATOR, "dinas")["id"]))
    with at(MONDAY):
        case_due(date(2026, 6, 10))
    rows = inbox.rows

    def broken(session, actor, **kw):
        if actor.user_id == people[0]:
            raise ValueError
        return rows(session, actor, **kw)

    with at(date(2026, 6, 10)):
        monkeypatch.setattr(inbox, "rows", broken)
        reminding.remind()
        assert [mail.to_user for mail in queued()] == people[1:]
        monkeypatch.setattr(inbox, "rows", rows)
        reminding.remind()
        assert sorted(mail.to_user for mail in queued()) == people


def test_the_digest_comes_each_working_day_and_lists_oldest_first(person, sent):
    with at(MONDAY):
        for on in (date(2026, 6, 12), date(2026, 5, 28), date(2026, 6, 1)):
            case_due(on)
    assert days_with_mail(date(2026, 6, 4), date(2026, 6, 9)) == [
        date(2026, 6, 4),
        date(2026, 6, 5),
        date(2026, 6, 8),
        date(2026, 6, 9),
    ]
    with at(date(2026, 6, 9), 10):
        notices.send_waiting()
    ((subject, body),) = sent  # those of the days before, which never left, are given up
    assert subject == "3 langkah menunggu Anda, 2 di antaranya terlambat"
    order = [body.index(text) for text in ("28 Mei 2026", "1 Juni 2026", "12 Juni 2026")]
    assert order == sorted(order) and "/meja/surel" in body


def test_nothing_comes_before_the_offices_open_nor_to_who_has_nothing_to_do(person):
    with at(MONDAY):
        case_due(date(2026, 6, 1))
    with at(date(2026, 6, 2), 6):
        reminding.remind()
        assert queued() == []
    nobody = officer(Role.PPID_PEMBANTU, "lain")
    with at(date(2026, 6, 2), 8):
        reminding.remind()
        assert [mail.to_user for mail in queued()] == [person["id"]] != [nobody["id"]]


def test_what_was_done_meanwhile_is_not_told_any_more(person, sent):
    with at(MONDAY):
        done, waits = case_due(date(2026, 6, 1)), case_due(date(2026, 6, 3))
        reminding.remind()
        actor = Actor(person["id"], person["name"], (Held(Role.OPERATOR, "dinas"),))
        process.apply({}, done, "submit", actor=actor)
        notices.send_waiting()
    (body,) = [body for subject, body in sent if "menunggu Anda" in subject]
    assert f"/meja/{waits}" in body and f"/meja/{done}" not in body


def test_a_mail_of_which_nothing_is_left_is_not_sent(person, sent):
    with at(MONDAY):
        done = case_due(date(2026, 6, 1))
        reminding.remind()
        process.apply({}, done, "submit", actor=Actor(person["id"], "x", (Held(Role.OPERATOR, "dinas"),)))
        notices.send_waiting()
    assert not [subject for subject, _body in sent if "menunggu Anda" in subject]
    assert queued()[0].sent_at is not None and queued()[0].last_error is None


def test_mails_hold_no_title_and_nothing_of_applicants(person, sent):
    with at(MONDAY):
        case_due(date(2026, 6, 1), subject="rahasia-judul")
        reminding.remind()
        notices.send_waiting()
    assert "rahasia-judul" not in str(sent) + str([mail.params for mail in queued()])
    assert sent


def test_each_gets_it_in_the_language_and_as_often_as_chosen(app, person, sent):
    headers = {"Authorization": person["token"]}
    usual = app.get("/meja/surel", headers=headers).body
    assert "Setiap hari kerja" in usual
    app.post("/meja/surel", params={"language": "xx", "digest": "daily"}, headers=headers, status=422)
    app.post("/meja/surel", params={"language": "en", "digest": "off"}, headers=headers)
    other = officer(Role.OPERATOR, "dinas")
    with at(MONDAY):
        case_due(date(2026, 6, 12))
        reminding.remind()
        assert [mail.to_user for mail in queued()] == [other["id"]]
    with at(date(2026, 6, 12)):
        reminding.remind()
        notices.send_waiting()
    assert {subject for subject, _body in sent} == {"1 steps wait for you", "1 langkah menunggu Anda"}


def test_a_visitor_has_no_such_page(app):
    assert "/user/login" in app.get("/meja/surel", follow_redirects=False).headers["Location"]
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_mail_choice_show", {"user": "", "ignore_auth": False})


@pytest.mark.parametrize("text", ["x", "1.5", "99", " ".join(map(str, range(11)))])
def test_reminders_that_cannot_be_read_are_refused(text):
    with pytest.raises(Invalid):
        reminders.parse(text)


def test_reminders_are_read_in_any_order():
    assert reminders.parse(" 5, 0 -2 0") == (-2, 0, 5) and reminders.parse("") == ()
    calendar = Calendar()
    assert reminders.is_reached(calendar, date(2026, 6, 10), (0,), date(2026, 6, 9), date(2026, 6, 10))
    assert not reminders.is_reached(calendar, date(2026, 6, 10), (0,), date(2026, 6, 10), date(2026, 6, 12))
