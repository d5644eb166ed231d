"""The worker is killed (SIGKILL) at each point of the outbox: nothing is lost, twice goes only what the docs say."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from freezegun import freeze_time
from sqlalchemy import orm

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.shared.test_kills import killed
from ckanext.satudata.tests.shared.test_process import OPERATOR, give

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

PARAMS = {"case_id": "k1", "process": "Penyebarluasan Data", "step": "Memeriksa draft", "due_on": "2026-06-08"}


def queue(**kw):
    notices.queue(model.Session, "step_opened", params=PARAMS, **kw)
    model.Session.commit()


def rows():
    model.Session.rollback()
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Outbox).order_by(Outbox.created_at)))


@pytest.mark.parametrize(
    ("owner", "name", "after", "mails"),
    [
        (notices.mailer, "mail_recipient", False, 1),
        (orm.Session, "commit", True, 1),
        (notices.mailer, "mail_recipient", True, 2),
    ],
    ids=["before the mail", "after the commit", "between: the window"],
)
def test_a_mail_leaves_once_or_in_the_window_twice(app, mail_sink, owner, name, after, mails):
    queue(to_email="warga@example.com")
    killed(owner, name, notices.send_waiting, after=after)
    notices.send_waiting()
    notices.send_waiting()
    assert len(mail_sink.to("warga@example.com")) == mails and rows()[0].sent_at


@pytest.mark.parametrize("after", [False, True], ids=["before the rows", "before the commit"])
def test_the_holders_of_a_role_get_theirs_once(app, mail_sink, after):
    agency = factories.Organization()["id"]
    people = [officer(Role.VERIFIER, agency) for _ in range(2)]
    queue(to_role=Role.VERIFIER, organization_id=agency)
    killed(notices, "_spread", notices.send_waiting, after=after)
    notices.send_waiting()
    assert [len(mail_sink.to(person["email"])) for person in people] == [1, 1]


@pytest.fixture
def worked(monkeypatch, tmp_path):
    """A follow-up that notes each time it is done; the file outlives a killed child."""
    note = tmp_path / "done"

    def work(params):
        with note.open("a") as file:
            file.write(f"{params['n']}\n")

    monkeypatch.setitem(notices._work, "test_only", work)
    return lambda: note.read_text().split() if note.exists() else []


def follow_up(number):
    row_id = notices.follow_up(model.Session, "test_only", {"n": number})
    model.Session.commit()
    return row_id


def later():
    """The worker, once the time of a follow-up that was begun and killed is over."""
    with freeze_time(clock.now() + notices.LEASE + timedelta(seconds=1)):
        return notices.send_waiting()


@pytest.mark.parametrize(
    ("owner", "name", "after", "times"),
    [(notices, "_do", False, 1), (orm.Session, "commit", True, 1), (notices, "_do", True, 2)],
    ids=["before it", "taken, not begun", "done, not noted: the window"],
)
def test_a_follow_up_is_done_after_a_kill(app, worked, owner, name, after, times):
    row_id = follow_up(1)
    killed(owner, name, lambda: notices.begin(row_id), after=after)
    assert rows()[0].sent_at is None
    assert later() == (1, 0) and worked() == ["1"] * times
    assert later() == (0, 0)


def test_a_follow_up_that_fails_is_kept_with_its_error_and_tried_again(app, worked, monkeypatch):
    row_id = follow_up(1)
    good = notices._work["test_only"]
    monkeypatch.setitem(
        notices._work, "test_only", lambda params: model.Session.execute(sa.text("select * from nowhere"))
    )
    notices.begin(row_id)
    (row,) = rows()
    assert row.sent_at is None and row.attempts == 1 and "nowhere" in row.last_error
    monkeypatch.setitem(notices._work, "test_only", good)
    assert notices.send_waiting() == (0, 0), "it waits its time"
    assert later() == (1, 0) and worked() == ["1"]


def test_two_do_not_take_the_same_follow_up(app, worked):
    row_id, ready = follow_up(1), threading.Barrier(2)

    def run(act):
        ready.wait()
        act()
        model.Session.remove()

    threads = [
        threading.Thread(target=run, args=(act,)) for act in (lambda: notices.begin(row_id), notices.send_waiting)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert worked() == ["1"]


def test_what_follows_a_decision_survives_the_kill_of_the_web_process(app, unbound, worked):
    from ckanext.satudata.shared import effects

    effects.on("preparation", "submit")(lambda run: run.follow_up("test_only", n=7))
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    case_id = case.id
    killed(notices, "begin", lambda: give(case_id, "submit", OPERATOR), after=False)
    assert worked() == []
    notices.send_waiting()
    assert worked() == ["7"]


@pytest.mark.long
def test_a_worker_killed_again_and_again_sends_every_mail(app, mail_sink):
    """Some 150 mails; each kill sends at most the one of its window again."""
    wanted = [f"warga{number}@example.com" for number in range(150)]
    for address in wanted:
        notices.queue(model.Session, "step_opened", params=PARAMS, to_email=address)
    model.Session.commit()
    chance, kills = random.Random(5), 0
    while any(row.sent_at is None for row in rows()):
        model.Session.remove()
        child = os.fork()
        if not child:
            model.meta.engine.dispose(close=False)
            try:
                notices.send_waiting()
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0.02, 0.25))
        os.kill(child, signal.SIGKILL)
        kills += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert kills < 500
    got = Counter({address: len(mail_sink.to(address)) for address in wanted})
    assert min(got.values()) >= 1 and sum(got.values()) <= len(wanted) + kills and kills > 1
