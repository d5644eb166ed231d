"""The journal cannot be changed, and a change by other means is found."""

import itertools
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.shared import journal, params, process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ACTOR = Actor("u", "u")
PPID = Actor("p", "p", (Held(Role.PPID, None),))


@pytest.fixture
def entries():
    made = []
    for case in ("a", "b"):
        for number in range(4):
            made.append(
                journal.append(
                    model.Session, "noted", actor=ACTOR, case_id=case, payload={"n": number, "ä": ["x", None, True]},
                    text=f"catatan {number}",
                )
            )  # fmt: skip
    model.Session.commit()
    return [entry.id for entry in made]


def faults():
    model.Session.rollback()
    model.Session.expire_all()
    return [(fault.chain, fault.position, fault.fault) for fault in journal.verify(model.Session)]


def by_force(sql, **params):
    """What somebody with the database's password could do."""
    elsewhere(sql, params, "set local session_replication_role = replica")


def elsewhere(sql, params=None, first="select 1"):
    """A statement over a connection that is not CKAN's."""
    model.Session.rollback()  # what it has read would keep a table from being emptied
    engine = sa.create_engine(model.meta.engine.url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(first))
            connection.execute(sa.text(sql), params or {})
    finally:
        engine.dispose()


def test_a_whole_journal_has_no_fault(entries):
    assert faults() == []


def test_the_database_refuses_changes(entries):
    for sql in (
        "update satudata_journal set event = 'x'",
        "delete from satudata_journal",
        "truncate satudata_journal cascade",
        "update satudata_journal_text set text = 'x'",
        "update satudata_journal_text set text = null, salt = null",
        "delete from satudata_journal_text",
        "truncate satudata_journal_text",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="is refused"):
            elsewhere(sql)
        assert faults() == []


FORCED = [
    ("update satudata_journal set payload = '{\"n\": 9}' where id = :id", "changed"),
    ("update satudata_journal set actor_name = 'lain' where id = :id", "changed"),
    ("update satudata_journal set at = at + interval '1 microsecond' where id = :id", "changed"),
    ("delete from satudata_journal_text where journal_id = :id", "missing"),
    ("update satudata_journal_text set text = 'lain' where journal_id = :id", "text was changed"),
    ("delete from satudata_journal where id = :id", "missing"),
]


def test_a_change_by_force_is_named_and_nothing_else():
    hurt = {}
    for (sql, says), place in itertools.product(FORCED, (0, 1, 3)):
        chain = f"{says} {place} {len(hurt)}"
        ids = [
            journal.append(model.Session, "noted", actor=ACTOR, case_id=chain, payload={"n": 1}, text="catatan").id
            for _ in range(4)
        ]
        journal.append(model.Session, "noted", actor=ACTOR, case_id=f"whole {len(hurt)}")
        model.Session.commit()
        by_force(sql, id=ids[place])
        hurt[chain] = says
    found = faults()
    assert {chain for chain, _position, _fault in found} == set(hurt)
    for chain, says in hurt.items():
        assert any(says in fault for name, _position, fault in found if name == chain), chain


def test_swapped_entries_are_named(entries):
    by_force(
        "update satudata_journal set position = case id when :a then -1 else 2 end where id in (:a, :b)",
        a=entries[1],
        b=entries[2],
    )
    by_force("update satudata_journal set position = 3 where id = :a", a=entries[1])
    assert ("a", 2, "the entry was changed") in faults()


def test_a_whole_chain_that_is_gone_is_named(entries):
    by_force("delete from satudata_journal where chain = 'b'")
    assert [fault[0] for fault in faults()] == ["b"]


def test_an_erased_note_leaves_the_chain_whole_and_no_copy(entries):
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d", organization_id="x", actor=ACTOR
    )
    with raw_writes.writing(model.Session, CaseStep):
        step = model.Session.scalars(CaseStep.open_of(case.id)).one()
        step.note = "NIK warga"
    noted = journal.append(model.Session, "noted", actor=ACTOR, case_id=case.id, text="NIK warga")
    model.Session.commit()
    said = journal.erase_note(model.Session, noted.id, actor=PPID, reason="Atas permintaan yang bersangkutan")
    model.Session.commit()
    assert faults() == []
    assert (said.chain, said.payload, said.actor_id) == (case.id, {"position": noted.position}, "p")
    told = model.Session.get(JournalText, noted.id)
    assert (told.text, told.salt, told.erased_at is not None) == (None, None, True)
    assert model.Session.get(CaseStep, step.id).note is None
    with pytest.raises(Conflict):
        journal.erase_note(model.Session, noted.id, actor=PPID, reason="lagi")


@pytest.mark.parametrize("actor", [ACTOR, SYSTEM, Actor("s", "s", is_sysadmin=True)], ids=["plain", "system", "root"])
def test_only_walidata_and_ppid_erase_and_say_why(entries, actor):
    with pytest.raises(NotAllowed):
        journal.erase_note(model.Session, entries[1], actor=actor, reason="x")
    with pytest.raises(Invalid):
        journal.erase_note(model.Session, entries[1], actor=PPID, reason=" ")
    model.Session.rollback()
    assert model.Session.get(JournalText, entries[1]).text


def test_a_text_that_somebody_emptied_past_the_portal_is_named(entries):
    elsewhere("update satudata_journal_text set text = null, salt = null, erased_at = now() where journal_id = :id",
              {"id": entries[2]})  # fmt: skip
    assert faults() == [("a", 3, "the text was emptied, and no entry says by whom and why")]


def test_what_would_not_come_back_the_same_is_refused():
    for value in (1.5, b"x", "a\0b", object()):
        with pytest.raises(Invalid):
            journal.append(model.Session, "noted", actor=ACTOR, payload={"v": value})


def test_a_text_without_end_is_no_note():
    """The bound of every reason and note: whatever an act is, its words come here."""
    with pytest.raises(Invalid) as caught:
        journal.append(model.Session, "noted", actor=ACTOR, text="x" * (params.LONGEST + 1))
    assert caught.value.params["most"] == params.LONGEST


def test_writers_of_one_subject_wait_for_one_another_and_lose_nothing():
    """No row of a case is locked here: the chain's own head keeps them in line."""
    ready = threading.Barrier(8)

    def write(name):
        ready.wait()
        for number in range(10):
            journal.append(
                model.Session, "noted", actor=Actor(name, name), subject=("dataset", "d"), payload={"n": number}
            )
            model.Session.commit()
        model.Session.remove()

    threads = [threading.Thread(target=write, args=(f"u{number}",)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert faults() == []
    found = model.Session.scalars(
        sa.select(Journal).where(Journal.chain == "dataset:d").order_by(Journal.position)
    ).all()
    assert [entry.position for entry in found] == list(range(1, 81))
    for number in range(8):
        assert [entry.payload["n"] for entry in found if entry.actor_id == f"u{number}"] == list(range(10))
