"""What is cut off whole with the triggers off leaves no hole in the chains: what else is stored names it."""

from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import pytest
from ckan.cli.cli import ckan as ckan_cli
from ckan.tests.helpers import changed_config
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.shared import journal, process
from ckanext.satudata.shared.care import journal_beside, journal_seals
from ckanext.satudata.shared.work import override
from ckanext.satudata.tests.shared.test_journal import by_force
from ckanext.satudata.tests.shared.test_process import HEAD, OPERATOR, VERIFIER, give, person

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")

ACTOR = Actor("u", "u")
NOON = datetime(2026, 3, 2, 5, tzinfo=timezone.utc)  # 2 March, noon in Jakarta
LATER = NOON + timedelta(days=3)
TABLES = ", ".join(f"satudata_journal{name}" for name in ("", "_head", "_text", "_seal", "_seal_part"))


def begun():
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    return case.id


@pytest.fixture
def case_id():
    """A case that went up, came back with a note and went up again; another beside it."""
    made = begun()
    begun()
    give(made, "submit", OPERATOR)
    give(made, "return_", VERIFIER, {"note": "Perbaiki judul"})
    give(made, "submit", OPERATOR)
    give(made, "approve", HEAD)
    assert told() == []
    return made


def told():
    model.Session.rollback()
    model.Session.expire_all()
    return [str(fault) for fault in journal_seals.verify(model.Session)]


def cut(chain, entries=1):
    """Takes the last entries of a chain with their texts and pulls its head back, as a careful attacker would."""
    own = "select id from satudata_journal where chain = :chain order by position desc limit :entries"
    by_force(f"delete from satudata_journal_text where journal_id in ({own})", chain=chain, entries=entries)
    by_force(f"delete from satudata_journal where id in ({own})", chain=chain, entries=entries)
    by_force("delete from satudata_journal_head where chain = :chain", chain=chain)
    by_force(
        "insert into satudata_journal_head select chain, position, hash from satudata_journal where chain = :chain "
        "order by position desc limit 1",
        chain=chain,
    )
    assert list(journal.verify(model.Session)) == [], "the chains alone do not show it"


def test_the_chain_of_a_case_that_is_gone_with_head_and_texts_is_named(case_id):
    cut(case_id, entries=99)
    assert told() == [f"{case_id} #1: the whole chain of this case is missing"]


def test_a_last_command_that_is_gone_with_the_head_pulled_back_is_named_by_its_step(case_id):
    cut(case_id)
    (fault,) = told()
    assert fault.startswith(f"{case_id}: the entry of step ") and "approve, done at" in fault


def test_the_second_round_is_not_told_by_the_first(case_id):
    cut(case_id, entries=2)
    faults = told()
    assert [fault.split("is missing: ")[1].split(",")[0] for fault in faults] == ["submit", "approve"]
    assert "round 2" in faults[0]


def test_a_command_whose_step_was_emptied_too_is_missed_in_the_count(case_id):
    cut(case_id)
    by_force("update satudata_case_step set command = null where command = 'approve'")
    assert told() == [f"{case_id}: 4 commands were carried out, but there are entries of 3 only"]


def test_the_entry_of_an_override_is_missed(case_id):
    ppid, walidata = Actor("p", "p", (Held(Role.PPID, None),)), person("w", Role.WALIDATA)
    asked = override.ask(model.Session, case_id, "7", "Macet sejak lama tanpa verifikator.", actor=walidata)
    model.Session.commit()
    override.answer(model.Session, asked["id"], True, "Setuju", actor=ppid)
    model.Session.commit()
    assert told() == [], "a move is no command, and counted"
    cut(case_id, entries=2)
    faults = told()
    assert [fault.split(", ")[-1] for fault in faults] == [
        "but there are entries of 4 only", "by which an override was asked", "by which an override was answered",
    ]  # fmt: skip


def test_a_note_without_its_entry_is_named(case_id):
    chain = "satudata_journal where chain = 'portal'"
    entry = journal.append(model.Session, "noted", actor=ACTOR, text="catatan").id
    model.Session.commit()
    by_force(f"delete from {chain}")
    by_force("delete from satudata_journal_head where chain = 'portal'")
    assert told() == [f"notes: the entry with the id {entry} is missing, by which a note was written"]


def test_an_emptied_journal_beside_cases_is_a_fault(case_id):
    by_force(f"truncate {TABLES} cascade")
    assert told() == ["journal: the journal is empty, though there are 2 cases"]


def test_a_journal_in_which_nothing_happened_is_whole():
    assert told() == []


@pytest.fixture
def sealed():
    """Three days with a seal each, mailed outside; the second's stands on a filed report."""
    with changed_config("ckanext.satudata.journal.seal_mail", "luar@example.com"):
        for day in range(3):
            with freeze_time(NOON + timedelta(days=day)):
                journal.append(model.Session, "noted", actor=ACTOR, case_id="a", text="catatan")
                model.Session.commit()
            with freeze_time(NOON + timedelta(days=day + 1)):
                assert journal_seals.seal() == 1
    report = {"name": "r", "title": "R", "from_on": date(2026, 3, 1), "until_on": date(2026, 3, 3), "case_id": "x"}
    second = model.Session.get(journal_seals.JournalSeal, date(2026, 3, 3)).hash
    model.Session.add(FiledReport(**report, as_of_at=NOON, filed_by_name="w", seal=second))
    model.Session.add(FiledReport(**{**report, "name": "s", "case_id": "y"}, as_of_at=NOON, filed_by_name="w"))
    model.Session.commit()
    with freeze_time(LATER):
        assert told() == []
    return second


def without_seals(where="true"):
    by_force(f"delete from satudata_journal_seal_part where {where}")
    by_force(f"delete from satudata_journal_seal where {where}")


def unmailed():
    model.Session.execute(journal_beside.Outbox.__table__.delete())
    model.Session.execute(FiledReport.__table__.delete())
    model.Session.commit()


def test_all_seals_gone_are_named_by_the_days_the_mails_and_the_report(sealed):
    without_seals()
    with freeze_time(LATER):
        faults = told()
    assert faults[0].startswith("seals: no day until 2026-03-04 is sealed, though entries wait for it (3)")
    assert [fault.split(" is missing")[0] for fault in faults[1:4]] == [
        f"seal 2026-03-0{day}: the seal of this day" for day in (2, 3, 4)
    ]
    assert faults[4:] == [f"report r 2026-03-01/2026-03-03: the seal that was printed on it is missing: {sealed}"]


def test_all_seals_gone_are_named_where_none_was_mailed_or_printed(sealed):
    unmailed()
    without_seals()
    with freeze_time(LATER):
        (fault,) = told()
    assert "no day until 2026-03-04 is sealed" in fault and "ckan satudata journal seal" in fault


def test_the_newest_seal_gone_is_named_and_seals_made_anew_must_be_those_that_were_mailed(sealed):
    without_seals("day = '2026-03-04'")
    with freeze_time(LATER):
        assert told()[0].startswith("seals: no day after 2026-03-03 until 2026-03-04 is sealed")
        assert journal_seals.seal() == 1
        assert told() == [], "made anew of the same entries it is the same seal"
    without_seals()
    with freeze_time(LATER):
        assert journal_seals.seal() == 1
        faults = told()
    assert [fault.split(": ")[1] for fault in faults[:3]] == [
        "the seal of this day is missing, which was mailed",
        "the seal of this day is missing, which was mailed",
        "the seal of this day is not the one that was mailed",
    ]
    assert len(faults) == 4 and sealed in faults[3]


def test_a_day_is_owed_its_seal_two_hours_after_midnight(sealed):
    with freeze_time(LATER):
        journal.append(model.Session, "noted", actor=ACTOR, case_id="b")
        model.Session.commit()
    for at, faults in (("2026-03-05 18:59", 0), ("2026-03-05 19:01", 1)):  # in Jakarta seven hours later
        with freeze_time(at):
            assert len(told()) == faults, at


def test_the_nightly_check_seals_what_no_worker_sealed_and_tells_nobody_of_it():
    with freeze_time(NOON):
        journal.append(model.Session, "noted", actor=ACTOR, case_id="a")
        model.Session.commit()
    with freeze_time(LATER):
        assert len(told()) == 1
        assert journal_seals.check() == 0


def test_the_command_line_names_it_says_what_to_do_and_ends_with_1(cli, case_id):
    verify = lambda: cli.invoke(ckan_cli, ["satudata", "journal", "verify"])  # noqa: E731
    assert verify().exit_code == 0
    cut(case_id)
    answer = verify()
    assert answer.exit_code == 1 and "the entry of step" in answer.output and "journal seals" in answer.output
    audit = cli.invoke(ckan_cli, ["satudata", "access", "audit"])
    assert audit.exit_code == 1 and f"journal: {case_id}: the entry of step" in audit.output
    assert model.Session.get(Case, case_id).version == 4
