"""Our own tables against other code in the process: a dataset's stage, cases and the journal have one writer each."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal, JournalHead, JournalText
from ckanext.satudata.shared import journal, process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.tests.access.support import make, operator, publish

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def _set(kind, **values):
    row = model.Session.scalars(sa.select(kind)).first()
    for name, value in values.items():
        setattr(row, name, value)
    model.Session.flush()


def _make(row):
    model.Session.add(row)
    model.Session.flush()


def _delete(kind):
    model.Session.delete(model.Session.scalars(sa.select(kind)).first())
    model.Session.flush()


def _unwritten_before_a_right_writer(_):
    model.Session.scalars(sa.select(DatasetState)).first().access_level = "terbuka"
    journal.append(model.Session, "returned", actor=SYSTEM, subject=("dataset", "x"))


def _by_another_engine(_):
    with model.meta.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("update satudata_dataset_state set state = 'approved'"))


def _by_the_driver(*parameters):
    def write(_):
        where = "where state <> %s" if parameters else ""
        statement = f"update satudata_dataset_state set state = 'approved' {where}"
        model.Session.connection().exec_driver_sql(statement, *parameters)

    return write


def _text(statement):
    return lambda _: model.Session.execute(sa.text(statement))


WRITES = {
    "level": lambda _: _set(DatasetState, access_level="tertutup"),
    "stage": lambda _: _set(DatasetState, state="approved"),
    "four eyes": lambda _: _set(DatasetState, editors=[]),
    "stage by query": lambda _: model.Session.query(DatasetState).update({"state": "approved"}),
    "stage by bulk": lambda found: model.Session.bulk_update_mappings(
        DatasetState, [{"package_id": found, "state": "approved"}]
    ),
    "stage by text": _text("with x as (UPDATE only public.\"satudata_dataset_state\" set state = 'approved') select 1"),
    "stage in capitals": _text("UPDATE SATUDATA_DATASET_STATE SET STATE = 'approved'"),
    "stage by text with comments": _text("update/**/satudata_dataset_state -- x\n set state = 'approved'"),
    "stage by an engine of the engine": _by_another_engine,
    "stage by the driver": _by_the_driver(),
    "stage by the driver, without parameters": lambda _: model.Session.connection().exec_driver_sql(
        "update satudata_dataset_state set state = 'approved'", execution_options={"no_parameters": True}
    ),
    "stage by the driver, many times": _by_the_driver([("x",), ("y",)]),
    "stage deleted": lambda _: _delete(DatasetState),
    "unwritten": _unwritten_before_a_right_writer,
    "case": lambda _: _set(Case, outcome="approve"),
    "case made": lambda _: _make(Case(process="x", sop_version_id="x", subject_type="x", subject_id="x")),
    "step": lambda _: _set(CaseStep, hands=[], done_by="seseorang"),
    "step by query": lambda _: model.Session.query(CaseStep).delete(),
    "entry made": _text("insert into satudata_journal (chain) values ('x')"),
    "entry": lambda _: model.Session.query(Journal).update({"event": "x"}),
    "head": lambda _: model.Session.query(JournalHead).delete(),
    "head moved": lambda _: _set(JournalHead, position=9),
    "text": lambda _: model.Session.query(JournalText).delete(),
    "text changed": lambda _: _set(JournalText, text="lain"),
    "text by text": _text("delete from satudata_journal_text"),
    "emptied": _text('truncate "satudata_letter", "satudata_journal_head"'),
}


@pytest.fixture
def written():
    """A published dataset with a case, and a journal with a text."""
    mine = operator()
    shown = publish(make(mine, mine["org"], level="terbatas")["id"])
    process.start(
        model.Session,
        "preparation",
        subject_type="dataset",
        subject_id=shown["id"],
        organization_id=mine["org"]["id"],
        actor=SYSTEM,
    )
    journal.append(model.Session, "returned", actor=SYSTEM, subject=("dataset", shown["id"]), text="Catatan")
    model.Session.commit()
    return shown["id"]


def _stored():
    tables = [one.__table__ for one in (DatasetState, Case, CaseStep, Journal, JournalHead, JournalText)]
    return [model.Session.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables]


def test_nobody_else_writes_them(written):
    before = _stored()
    for name, write in WRITES.items():
        with pytest.raises(NotAllowed):
            write(written)
            pytest.fail(name)
        model.Session.rollback()
        model.Session.expire_all()
        assert _stored() == before, name


def test_reading_and_locking_pass(written):
    for statement in (
        "select * from satudata_case for update",
        "select 'update', * from satudata_dataset_state for update of satudata_dataset_state",
        "update satudata_outbox set attempts = attempts where id in (select chain from satudata_journal_head)",
    ):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()


def test_the_right_ends_with_its_block_also_after_an_error(written):
    with pytest.raises(ZeroDivisionError), raw_writes.writing(model.Session, DatasetState):
        _set(DatasetState, final_name="lain")
        with raw_writes.writing(model.Session, Case):
            _set(Case, outcome="x")
        with pytest.raises(NotAllowed):
            _set(Case, outcome="y")
        raise ZeroDivisionError
    model.Session.rollback()
    model.Session.expire_all()
    with pytest.raises(NotAllowed):
        _set(DatasetState, final_name="lain")
    model.Session.rollback()
