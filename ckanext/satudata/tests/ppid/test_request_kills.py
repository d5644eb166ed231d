"""Web process, worker, PostgreSQL and Redis are killed (SIGKILL) at every step of a request, from asking to close.

Each walk is compared with one that nobody disturbed: steps, letters, numbers, journal, mails, files and links agree.
"""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import call_action
from freezegun import freeze_time
from redis.exceptions import RedisError
from sqlalchemy import orm
from sqlalchemy.exc import DBAPIError

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_link import PpidLink
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, completing, drafts, requests
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import APPLICANT, actor_for
from ckanext.satudata.shared.care import audit, journal_seals, upkeep
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.tests.ppid.conftest import ASKED, _officer, upload
from ckanext.satudata.tests.shared.test_kills import killed
from ckanext.satudata.tests.support import limits

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1200),
    pytest.mark.usefixtures("with_plugins", "satudata_db", "app"),
]

WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
OBJECTED = "Angka per kecamatan tidak mengenali seorang pun; mohon diberikan."
GIVEN = (
    "ask",
    "confirm",
    "incomplete",
    "repair",
    "complete",
    "route",
    "grant",
    "notify",
    "handover",
    "attest",
    "deliver",
)
GIVEN += ("close",)
REFUSED = (
    "ask",
    "route",
    "refuse",
    "forward",
    "deliver",
    "object",
    "uphold",
    "grant",
    "handover",
    "attest",
    "deliver again",
)
SENT = {
    "incomplete": {"missing": ["purpose"], "note": "Sebutkan kegunaannya."},
    "refuse": {"reason_code": "17h", "note": WHY},
    "uphold": {"reasons": OBJECTED},
}


class Walk:
    """One request on its way; each step can be done again under its key and is then done once."""

    def __init__(self, people, superior, name):
        self.people, self.superior, self.name = people, superior, name
        self.email = f"{name}@contoh.example"

    @property
    def row(self):
        model.Session.rollback()
        model.Session.expire_all()
        return next(row for row in model.Session.scalars(sa.select(PpidRequest)) if self._is_own(row))

    def _is_own(self, row):
        return requests.person_of(row)["email"] == self.email

    def do(self, step):
        """The step, or what is left of it; what was done already is refused and changes nothing."""
        with suppress(SatudataError):
            getattr(self, f"_{step}", lambda: self._command(step))()

    def _ask(self):
        about = {**ASKED, "email": self.email, "phone": "", "key": f"key-{self.name}-0123456789"}
        call_action("satudata_ppid_request_create", **about)

    def _confirm(self):
        row = self.row
        with transaction():
            addresses.confirm(model.Session, row.id, requests.confirmation_code(row))

    def _repair(self):
        completing.send_repair(self.row, {"purpose": "Penelitian tesis tentang layanan kesehatan"}, ())

    def _close(self):
        process.apply({}, self.row.case_id, "close", actor=APPLICANT)

    def _object(self):
        row = self.row
        proof = {"number": row.number, "tracking_code": requests.tracking_code(row)}
        call_action("satudata_objection_create", **proof, ground="a", words=OBJECTED, key=f"key-{self.name}-objection")

    def _uphold(self):
        case_id = model.Session.scalars(Objection.of_request(self.row.id)).one().case_id
        self._give(case_id, "grant", self.superior, {**SENT["uphold"], "to_step": "8"}, "uphold")

    def _command(self, step):
        command, row = step.split(" ")[0], self.row
        who = self.people.pembantu if command in ("grant", "refuse", "handover", "forward") else self.people.ppid
        sent = dict(SENT.get(command, {}))
        if command == "route":
            sent = {"organization_id": self.people.agency["id"], "dip_result": "listed"}
        elif command == "notify":
            sent = {"promised_on": clock.calendar(model.Session).shift(clock.today(), 7).isoformat()}
        elif command == "handover":
            sent = {"upload": upload()}
        elif command == "attest":
            sent = {"sha256": drafts.latest_handover(model.Session, row).sha256, "checked": "true"}
        self._give(row.case_id, command, who, sent, step)

    def _give(self, case_id, command, user, sent, step):
        actor = actor_for(model.User.get(user["id"]))
        process.apply({}, case_id, command, sent, f"key-{self.name}-{step}", actor=actor)

    def facts(self):
        """What is told of the request, without times and ids."""
        row, session = self.row, model.Session
        cases = [row.case_id, *session.scalars(sa.select(Objection.case_id).where(Objection.request_id == row.id))]
        steps = session.scalars(sa.select(CaseStep).where(CaseStep.case_id.in_(cases)))
        count = lambda table: session.scalar(  # noqa: E731
            sa.select(sa.func.count()).select_from(table).where(table.request_id == row.id)
        )
        mails = sa.or_(
            Outbox.params["request_id"].astext == row.id, *(Outbox.params["case_id"].astext == one for one in cases)
        )
        return {
            "decision": (row.decision, row.closed_at is not None, row.confirmed_at is not None),
            "steps": sorted((step.no, step.command or "") for step in steps),
            "letters": [one.kind for one in session.scalars(Letter.of_subject("ppid_request", row.id))],
            "journal": Counter(session.scalars(sa.select(Journal.event).where(Journal.case_id.in_(cases)))),
            "mails": Counter(session.scalars(sa.select(Outbox.kind).where(mails))),
            "files": count(PpidHandover),
            "links": count(PpidLink),
            "given": count(PpidGiving),
        }


def rows_in_tables():
    """How many rows each table of the portal holds."""
    model.Session.rollback()
    names = [name for name in sa.inspect(model.meta.engine).get_table_names() if name.startswith("satudata_")]
    with model.meta.engine.connect() as connection:
        return {name: connection.scalar(sa.text(f'select count(*) from "{name}"')) for name in names}


def apart(act):
    """Done in a child of this process: the scan of a file starts threads, after which no more children can be had."""
    model.Session.remove()
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "see what the child printed"
        return
    code = 1
    try:
        model.meta.engine.dispose(close=False)
        act()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


# ---------------------------------------------------------------- who is killed


def kill_web(act):
    """The process that carries the step out, before its commit and right after it; then somebody sends it again."""
    before = rows_in_tables()
    killed(orm.Session, "commit", act, after=False)
    assert rows_in_tables() == before
    killed(orm.Session, "commit", act, after=True)
    apart(act)


def kill_worker(act):
    """The step is done; the process that sends its mails and follows it up is killed at each end of its commit."""
    apart(act)
    for after in (False, True):
        with suppress(AssertionError):  # where nothing waits, it comes to its end
            killed(orm.Session, "commit", notices.send_waiting, after=after)


def kill_postgres(act):
    """The server process of the step's own connection, which takes all others along, before and after the commit."""
    before = rows_in_tables()
    apart(lambda: at_commit(act, first=True))
    recovered()
    assert rows_in_tables() == before
    apart(lambda: at_commit(act, first=False))
    recovered()
    apart(act)


def kill_redis(act):
    """Amid the step it is gone; the step is done, or is sent again once it is back."""
    pid = connect_to_redis().info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)
    apart(lambda: suppressed(act))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(RedisError):
            if connect_to_redis().info("server")["process_id"] != pid:
                break
        time.sleep(0.1)
    apart(act)


def at_commit(act, *, first):
    """The step in a child whose connection's server process is killed before its commit, or right after it."""
    real = orm.Session.commit
    done = []

    def deadly(session):
        if done:
            return real(session)
        done.append(True)
        pid = session.scalar(sa.text("select pg_backend_pid()"))
        if not first:
            real(session)
        os.kill(pid, signal.SIGKILL)
        return None if not first else real(session)

    orm.Session.commit = deadly
    suppressed(act)


def suppressed(act):
    with suppress(DBAPIError, RedisError, OSError):
        act()


def recovered():
    """PostgreSQL has replayed its log and answers again."""
    with suppress(Exception):
        model.Session.remove()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        model.meta.engine.dispose()
        with suppress(DBAPIError), model.meta.engine.connect() as connection:
            connection.execute(sa.text("select 1"))
            return
        time.sleep(0.1)
    raise AssertionError("PostgreSQL does not come back")


@pytest.fixture
def on_disk():
    """What was committed is on the disk, as in a portal; the tests' databases save that wait, and lose it at a kill."""
    _wait_for_disk("on")
    yield
    _wait_for_disk("off")


def _wait_for_disk(said):
    model.Session.remove()
    with model.meta.engine.begin() as connection:
        name = connection.scalar(sa.text("select current_database()"))
        connection.execute(sa.text(f'alter database "{name}" set synchronous_commit to {said}'))
    model.meta.engine.dispose()


@pytest.fixture
def walk(on_disk, people, mail_sink):
    superior = _officer("Atasan PPID", "ppid_superior")
    yield lambda name: Walk(people, superior, name)
    recovered()


@pytest.mark.parametrize("kill", [kill_web, kill_worker, kill_postgres, kill_redis])
@pytest.mark.parametrize("steps", [GIVEN, REFUSED], ids=["given", "refused and upheld"])
def test_nothing_is_lost_or_doubled(walk, kill, steps):
    limits.forget()
    calm, hit = walk("tenang"), walk("terpukul")
    for step in steps:
        apart(lambda step=step: calm.do(step))
    for step in steps:
        kill(lambda step=step: hit.do(step))
    for _ in range(2):
        apart(notices.send_waiting)
    undisturbed = calm.facts()
    ended = steps is GIVEN
    assert undisturbed["decision"] == ("granted", ended, ended) and undisturbed["files"] == undisturbed["links"] == 1
    assert undisturbed["letters"][-1] == "delivery_applicant"
    assert hit.facts() == undisturbed
    numbers = [one.number_count for one in model.Session.scalars(sa.select(PpidRequest))]
    assert sorted(numbers) == [1, 2]
    letters = model.Session.scalars(sa.select(Letter.number).where(Letter.number.is_not(None))).all()
    assert len(set(letters)) == len(letters)
    waiting = sa.select(Outbox.kind).where(Outbox.sent_at.is_(None), Outbox.dropped_at.is_(None))
    assert model.Session.scalars(waiting).all() == []
    assert list(journal_seals.verify(model.Session)) == []
    with freeze_time(clock.now() + timedelta(days=2)):
        upkeep.sweep()
    assert {one.kind: one.names for one in audit.examine(model.Session)} == {}
