"""A day's seal ties all chains together: made in order, made up for, and it shows a journal that was written anew."""

import hashlib
import json
from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import changed_config
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.journal import Journal, JournalCheck, JournalHead, JournalSeal, JournalSealPart
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import journal, notices
from ckanext.satudata.shared.care import doctor, journal_seals
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.shared.test_journal import by_force, elsewhere, entries  # noqa: F401
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ACTOR = Actor("u", "u")
NOON = datetime(2026, 3, 2, 5, tzinfo=timezone.utc)  # 2 March, noon in Jakarta
DAYS = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]


def add(at, *chains):
    with freeze_time(at):
        for chain in chains:
            journal.append(model.Session, "noted", actor=ACTOR, case_id=chain, text="catatan")
        model.Session.commit()


def seal(at):
    with freeze_time(at):
        return journal_seals.seal()


def seals():
    model.Session.expire_all()
    return list(model.Session.scalars(JournalSeal.newest()))[::-1]


def faults():
    """At noon of the day after the third: what `sealed` has made is all that is due."""
    model.Session.rollback()
    model.Session.expire_all()
    with freeze_time(NOON + timedelta(days=3)):
        return [(fault.chain, fault.position, fault.fault) for fault in journal_seals.verify(model.Session)]


@pytest.fixture
def sealed():
    """Three days: chain `a` grows each day, `b` on the second, `c` is not sealed yet."""
    add(NOON, "a", "a")
    add(NOON + timedelta(days=1), "a", "b")
    add(NOON + timedelta(days=2), "a")
    add(NOON + timedelta(days=3), "c")
    with freeze_time(NOON + timedelta(days=1)):
        assert journal_seals.seal() == 1
    assert seal(NOON + timedelta(days=3)) == 2
    return seals()


def test_days_are_sealed_in_order_and_missed_ones_are_made_up(sealed):
    assert [row.day for row in sealed] == DAYS
    assert [(row.entries, row.chains) for row in sealed] == [(2, 1), (2, 2), (1, 1)]
    assert [row.previous for row in sealed] == [journal.START, sealed[0].hash, sealed[1].hash]
    assert seal(NOON + timedelta(days=3)) == 0, "today is not over"
    assert faults() == []


def test_a_seal_can_be_reckoned_by_others(sealed):
    parts = model.Session.execute(
        sa.select(JournalSealPart.chain, JournalSealPart.position, JournalSealPart.hash).where(
            JournalSealPart.day == DAYS[1]
        )
    ).all()
    head = ["2026-03-03", "2026-03-03T17:00:00+00:00", sealed[0].hash]
    text = json.dumps(head) + "".join(json.dumps(list(part)) for part in sorted(parts))
    assert hashlib.sha256(text.encode()).hexdigest() == sealed[1].hash


def test_midnight_is_the_governments_and_what_began_before_it_may_end():
    add(NOON, "a")
    assert seal("2026-03-02 17:09:00") == 0
    assert seal("2026-03-02 17:11:00") == 1
    assert [(row.day, row.entries) for row in seals()] == [(DAYS[0], 1)]


def test_what_was_committed_after_the_seal_is_in_the_next(sealed):
    add(NOON, "late")
    assert seal(NOON + timedelta(days=4)) == 1
    assert seals()[-1].entries == 2 and faults() == []


def test_an_empty_journal_has_nothing_to_seal_and_a_quiet_day_has_a_seal():
    assert seal(NOON) == 0
    add(NOON, "a")
    assert seal(NOON + timedelta(days=3)) == 1
    assert seal(NOON + timedelta(days=5)) == 2
    assert [row.entries for row in seals()] == [1, 0, 0] and faults() == []


def test_the_database_refuses_changes_of_seals(sealed):
    for table in ("satudata_journal_seal", "satudata_journal_seal_part"):
        for sql in (f"update {table} set hash = 'x'", f"delete from {table}", f"truncate {table}"):
            with pytest.raises(sa.exc.DBAPIError, match="is refused"):
                elsewhere(sql)
    assert faults() == []


def rewritten(chain, position):
    """The chain with another entry there and every hash after it reckoned anew, as its attacker would."""
    model.Session.rollback()
    rows = list(model.Session.scalars(Journal.of_case(chain)))
    previous = rows[position - 2].hash if position > 1 else journal.START
    model.Session.expunge_all()
    for row in rows[position - 1 :]:
        row.event, row.previous = ("approved" if row.position == position else row.event), previous
        row.hash = previous = journal.hash_of(row)
        by_force(
            "update satudata_journal set event = :event, previous = :previous, hash = :hash where id = :id",
            event=row.event,
            previous=row.previous,
            hash=row.hash,
            id=row.id,
        )
    by_force("update satudata_journal_head set hash = :hash where chain = :chain", hash=previous, chain=chain)


def test_a_chain_written_anew_with_all_its_hashes_is_named_by_the_seal(sealed):
    rewritten("a", 2)
    assert list(journal.verify(model.Session)) == [], "the chain alone does not show it"
    assert faults() == [("a", position, f"the entry is not the one that was sealed on {day}")
                        for day, position in zip(DAYS, (2, 3, 4), strict=True)]  # fmt: skip


def test_a_chain_that_is_gone_with_its_head_is_named_by_the_seal(sealed):
    by_force(
        "delete from satudata_journal_text where journal_id in (select id from satudata_journal where chain = 'b')"
    )
    by_force("delete from satudata_journal where chain = 'b'")
    by_force("delete from satudata_journal_head where chain = 'b'")
    assert faults() == [("b", 1, f"the entry that was sealed on {DAYS[1]} is missing")]


FORCED = {
    "seal changed": ("update satudata_journal_seal set hash = 'x' where day = '2026-03-03'", "seal 2026-03-03"),
    "day changed": ("update satudata_journal_seal set until_at = now() where day = '2026-03-03'", "seal 2026-03-03"),
    "part changed": ("update satudata_journal_seal_part set position = 1 where day = '2026-03-04'", "seal 2026-03-04"),
    "part gone": ("delete from satudata_journal_seal_part where chain = 'b'", "seal 2026-03-03"),
    "part added": (
        "insert into satudata_journal_seal_part select '2026-03-02', chain, position, hash from satudata_journal "
        "where chain = 'c'",
        "seal 2026-03-02",
    ),
    "seal gone": ("delete from satudata_journal_seal where day = '2026-03-03'", "seal 2026-03-03"),
    "first seal gone": ("delete from satudata_journal_seal where day = '2026-03-02'", "seal 2026-03-02"),
}


@pytest.mark.parametrize("name", FORCED)
def test_a_seal_changed_by_force_is_named(sealed, name):
    sql, named = FORCED[name]
    if name == "part changed":
        by_force("delete from satudata_journal_seal_part where chain = 'a' and position = 1")
    by_force(sql)
    assert named in {chain for chain, _position, _fault in faults()}


def test_the_seal_is_mailed_outside_once(app, mail_sink):
    add(NOON, "a")
    with changed_config("ckanext.satudata.journal.seal_mail", "luar@example.com arsip@example.com"):
        seal(NOON + timedelta(days=1))
        seal(NOON + timedelta(days=1))
    assert notices.send_waiting() == (2, 0)
    (mail,) = mail_sink.to("luar@example.com")
    assert seals()[0].hash in text_of(mail) and "2 Maret 2026" in text_of(mail)


def test_a_fault_is_kept_for_the_doctor_and_told(entries, app, mail_sink):  # noqa: F811
    auditor = officer(Role.AUDITOR)
    assert journal_seals.check() == 0 and problems() == []
    by_force("update satudata_journal set event = 'x' where id = :id", id=entries[1])
    assert journal_seals.check() == 1
    (found,) = problems()
    assert found.danger and found.params["count"] == 1
    assert model.Session.scalars(JournalCheck.newest()).first().first == ["a #2: the entry was changed"]
    notices.send_waiting()
    notices.send_waiting()
    assert len(mail_sink.to(auditor["email"])) == 1


def problems():
    with changed_config("ckanext.satudata.journal.seal_mail", "luar@example.com"):
        return [one for one in doctor.examine() if one.check == "journal"]


def test_the_doctor_says_when_days_are_not_sealed_or_the_clock_was_wrong(sealed):
    model.Session.execute(sa.delete(Outbox))
    for day, said in ((2, 0), (5, 1), (-1, 1)):
        with freeze_time(datetime(2026, 3, 4, 5, tzinfo=timezone.utc) + timedelta(days=day)):
            assert len(problems()) == said, day
    with changed_config("ckanext.satudata.journal.seal_mail", ""):
        assert any("seal_mail" in one.mend for one in doctor.examine())


def test_sealing_keeps_no_writer_waiting():
    """A writer holds a chain's head while the day is sealed; the seal takes what is committed and goes on."""
    add(NOON, "a")
    with model.meta.engine.connect() as other:
        other.execute(sa.select(JournalHead).where(JournalHead.chain == "a").with_for_update())
        model.Session.execute(sa.text("set lock_timeout = '2s'"))
        assert seal(NOON + timedelta(days=1)) == 1
    assert seals()[0].entries == 1
