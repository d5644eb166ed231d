"""Reports made in the background: asked once, made once, kept for some days, told by mail.

The queue in Redis gets the id of a row and nothing else. Whoever makes a report holds a lock of the database, which
falls with its process: what a killed worker left is begun again by `resume` and goes on from the files that are there.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import jobs as queues
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain import report as reading
from ckanext.satudata.domain import report_job as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import Question, Report
from ckanext.satudata.domain.report_job import State
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.report_job import ReportJob
from ckanext.satudata.reports import making
from ckanext.satudata.shared import actors, clock, notices, periodic, vault, wording, words
from ckanext.satudata.shared.boundary import is_full, no_room
from ckanext.satudata.shared.documents import report_files
from ckanext.satudata.shared.transaction import transaction

log = logging.getLogger(__name__)

SECONDS = 3600
"""As long as one worker may take for a report."""
PURPOSE = "report_job"
FIRST = "json"
"""Is made first: the other files are made of it, also by another worker than the one that counted."""


class _Stopped(Exception):
    """Somebody has stopped the report, or nobody who asked for it may read it any more."""


# ---------------------------------------------------------------- asking


def ask(session: Any, actor: Actor, data: Mapping[str, Any], *, schedule_id: str | None = None) -> ReportJob:
    """The job that makes this report, new or already there; does nothing of it yet, and does not commit.

    Raises as `making.make`, and `Invalid` at `formats`.
    """
    reading.require_reader(actor, making.process_of(data.get("name")))
    asked, language = making.asked(data), _language()
    formats = rules.formats(data.get("formats"), report_files.FORMATS)
    key = _key(asked, language)
    people = [actor.user_id] if actor.user_id and not schedule_id else []
    new = {
        "id": new_id(),
        "key": key,
        "asked": asked,
        "language": language,
        "formats": formats,
        "people": people,
        "schedule_id": schedule_id,
        "state": State.WAITING.value,
        "stage": "",
        **dict.fromkeys(("done", "total", "starts"), 0),
        "files": {},
        "asked_at": clock.now(),
    }
    while True:
        session.execute(insert(ReportJob).values(new).on_conflict_do_nothing())
        row: ReportJob | None = session.scalars(ReportJob.open_of(key)).one_or_none()
        if row is not None:
            break  # else it came to its end between the two statements
    row.people = [*dict.fromkeys([*row.people, *people])]
    row.formats = [one for one in report_files.FORMATS if one in {*row.formats, *formats}]
    row.schedule_id = row.schedule_id or schedule_id
    session.flush()
    return row


def _key(asked: Mapping[str, str], language: str) -> str:
    return hashlib.sha256(json.dumps([asked, language], sort_keys=True).encode()).hexdigest()


def _language() -> str:
    return str(wording.locale_of())


def done(session: Any, asked: Question) -> ReportJob | None:
    """Of a long period that is not filed: the newest report that was made in the background and is kept."""
    if not is_long(asked) or making.filed_of(session, asked.params) is not None:
        return None
    row: ReportJob | None = session.scalars(ReportJob.done_of(_key(asked.params, _language()))).first()
    return row


def in_the_making(session: Any, asked: Question) -> str | None:
    """The id of the job that makes the report of a long period now."""
    return session.scalar(ReportJob.open_id_of(_key(asked.params, _language()))) if is_long(asked) else None


def is_awaited(session: Any, asked: Question) -> bool:
    """Whether it has to be made in the background before it can be read."""
    return is_long(asked) and making.filed_of(session, asked.params) is None and done(session, asked) is None


def is_long(asked: Question) -> bool:
    """Whether nobody waits at the page until it is made."""
    return asked.period.days > rules.LONG_DAYS


def made(session: Any, row: ReportJob) -> Report:
    """The report that was made, as its files say it."""
    return report_files.of_dict(json.loads(vault.read_bytes(session, row.files[FIRST]["vault_id"])))


def begin(job_id: str) -> None:
    """After the commit: into the queue, unless it waits there already. Where Redis is away, `resume` does it."""
    name = f"satudata-report-{job_id}"
    try:
        if name not in queues.get_queue().get_job_ids():
            tk.enqueue_job(run, [job_id], title="satudata report", rq_kwargs={"job_id": name, "timeout": SECONDS})
    except RedisError as error:
        log.warning("A report waits for the periodic work, Redis does not answer: %s", error)


@periodic.every(minutes=1, name="report-jobs")
def resume() -> int:
    """Puts what no worker has in hand into the queue again; returns how many reports are not finished."""
    ids = list(model.Session.scalars(ReportJob.unfinished()))
    model.Session.rollback()
    for job_id in ids:
        with _held(job_id) as line:
            is_left = line is not None
        if is_left:
            begin(job_id)
    return len(ids)


def cancel(session: Any, actor: Actor, job_id: str) -> ReportJob:
    """Stops it for this person, and altogether where nobody else waits for it. Does not commit.

    Raises `NotThere`, `NotAllowed`, `Conflict` where it is over.
    """
    row = found(session, actor, job_id, locked=True)
    if row.is_over:
        raise Conflict("This report is not being made any more.")
    row.people, is_wanted = rules.without(actor, row.people, row.schedule_id is not None)
    if not is_wanted:
        _end(session, row, State.CANCELLED)
    session.flush()
    return row


def found(session: Any, actor: Actor, job_id: str, *, locked: bool = False) -> ReportJob:
    """The job of that id. Raises `NotThere`, also for who reads other reports; `NotAllowed` for who reads none."""
    reading.require_some(actor)
    row = session.scalars(ReportJob.locked(job_id)).one_or_none() if locked else session.get(ReportJob, job_id)
    if row is None or not _may_read(actor, row):
        raise NotThere("There is no such report any more.")
    return row


def listed(session: Any, actor: Actor, limit: int, offset: int) -> list[ReportJob]:
    """The jobs of the reports that this person reads, the newest first. Raises `NotAllowed` for who reads none."""
    reading.require_some(actor)
    names = None if reading.may_read(actor) else [one.name for one in making.known(actor)]
    return [*session.scalars(ReportJob.newest(names).limit(limit).offset(offset))]


def _may_read(actor: Actor, row: ReportJob) -> bool:
    return reading.may_read(actor, making.process_of(row.asked["name"]))


@periodic.every(minutes=24 * 60, name="forget-report-jobs")
def forget() -> int:
    """Removes reports whose days are over, with their files; returns how many."""
    session = model.Session
    with transaction():
        old = session.scalars(ReportJob.ended_before(clock.now() - timedelta(days=rules.KEPT_DAYS))).all()
        for row in old:
            _remove_files(session, row)
            session.delete(row)
    return len(old)


# ---------------------------------------------------------------- making


class _Line:
    """The worker's own way to the row, beside the transaction in which it counts."""

    def __init__(self, connection: sa.Connection, job_id: str):
        self.connection, self.job_id, self.done = connection, job_id, 0

    def tell(self, **values: Any) -> None:
        """Writes how far it is. Raises `_Stopped` where nobody wants it any more."""
        mine = sa.update(ReportJob).where(ReportJob.id == self.job_id, ReportJob.state == State.RUNNING.value)
        told = self.connection.execute(mine.values(**values))
        self.connection.commit()
        if not told.rowcount:
            raise _Stopped

    def part_done(self) -> None:
        """One more part of it is there."""
        self.done += 1
        self.tell(done=self.done)


@contextmanager
def _held(job_id: str) -> Iterator[_Line | None]:
    """A connection that holds the job for as long as this process lives; None where another process does."""
    with model.meta.engine.connect() as connection:
        # Closed at the end instead of given back, the lock goes with it.
        connection.detach()
        number = sa.func.hashtextextended(_lock_name(job_id), 0)
        is_mine = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number)))
        connection.commit()
        yield _Line(connection, job_id) if is_mine else None


def is_in_hand(session: Any, job_id: str) -> bool:
    """Whether a process that lives makes it now: one that was killed has lost the lock of `_held`."""
    held = sa.text(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND datname = current_database()"
        " AND (classid::bigint << 32) | objid::bigint = hashtextextended(:name, 0))"
    )
    return bool(session.scalar(held, {"name": _lock_name(job_id)}))


def _lock_name(job_id: str) -> str:
    return f"report job {job_id}"


def run(job_id: str) -> None:
    """The job of the queue: makes the report, unless another process does or it is over. Safe to repeat."""
    with _held(job_id) as line:
        if line is None or not _started(job_id):
            return
        try:
            _make(line, job_id)
        except _Stopped:
            model.Session.rollback()
        except Exception as error:
            model.Session.rollback()
            _fail(job_id, _fault(error))


def _started(job_id: str) -> bool:
    """Marks the start. False where it is over, or has ended its worker too often."""
    with transaction():
        row = model.Session.scalars(ReportJob.locked(job_id)).one_or_none()
        if row is None or row.is_over:
            return False
        if row.starts < rules.MOST_STARTS:
            row.state, row.starts, row.started_at = State.RUNNING.value, row.starts + 1, clock.now()
            return True
    _fail(
        job_id,
        Invalid(
            "The server stopped {count} times while it made this report.",
            mend="Tell who runs the server: its log says why. If its memory is too small, a shorter period may help.",
            count=rules.MOST_STARTS,
        ),
    )
    return False


def _make(line: _Line, job_id: str) -> None:
    session = model.Session
    row = session.get_one(ReportJob, job_id, populate_existing=True)
    actor, asked, language, is_counted = _reader(session, row), row.asked, row.language, FIRST in row.files
    parts = making.parts(asked)
    session.commit()
    line.tell(stage=rules.FACTS, done=parts if is_counted else 0, total=parts)
    if not is_counted:
        counted = making.standing(session, actor, asked, locale=language, told=line.part_done)
        _keep(job_id, counted, FIRST, actor)
    report = made(session, session.get_one(ReportJob, job_id))
    session.commit()
    while name := _missing(job_id):
        line.tell(stage=name, done=parts)
        _keep(job_id, report, name, actor)


def _missing(job_id: str) -> str:
    """The first file that is still to be made; where none is, the report is at its end, in this transaction.

    Asked anew each time: others who asked for the same may have wished for more formats.
    """
    with transaction():
        row = _running(job_id)
        left = next((one for one in row.formats if one not in row.files), "")
        if not left:
            _end(model.Session, row, State.DONE)
    return left


def _running(job_id: str) -> ReportJob:
    """The row, locked. Raises `_Stopped` where nobody wants it any more."""
    row: ReportJob | None = model.Session.scalars(ReportJob.locked(job_id)).one_or_none()
    if row is None or row.state != State.RUNNING.value:
        raise _Stopped
    return row


def _reader(session: Any, row: ReportJob) -> Actor:
    """In whose name it is made: the first who asked and may read it now. Raises `_Stopped` where there is none."""
    if row.schedule_id:
        return actors.SYSTEM
    for user in map(model.User.get, row.people):
        if user is not None and _may_read(actor := actors.actor_for(user), row):
            return actor
    with transaction():
        _end(session, session.scalars(ReportJob.locked(row.id)).one(), State.CANCELLED)
    raise _Stopped


def _keep(job_id: str, report: Report, name: str, actor: Actor) -> None:
    """Makes a file of it and keeps it; file and row are one transaction. Raises `_Stopped`."""
    session = model.Session
    row = session.get_one(ReportJob, job_id)
    content, about = _content(row, report, name, actor), report_files.format_of(name)
    session.commit()
    with transaction():
        row = _running(job_id)
        kept = vault.put(
            session,
            io.BytesIO(content),
            name=making.filename(making.question(row.asked), about.ending),
            content_type=about.content_type,
            purpose=PURPOSE,
            created_by=actor.user_id,
        )
        row.files = {**row.files, name: {"vault_id": kept.id, "sha256": kept.sha256, "size": kept.size_bytes}}


def _content(row: ReportJob, report: Report, name: str, actor: Actor) -> bytes:
    """The bytes of a file; those that were filed, unless the report was filed only after it was counted here."""
    filed = making.filed_of(model.Session, row.asked)
    if filed is not None and name in filed.files:
        first = row.files.get(FIRST, filed.files[FIRST])
        if first["sha256"] == filed.files[FIRST]["sha256"]:
            return making.filed_bytes(model.Session, filed, name)
    signs = making.signatory(actor, making.process_of(report.name))
    return report_files.render(report, name, signatory=signs, locale=row.language)


def _fail(job_id: str, fault: SatudataError) -> None:
    with transaction():
        row = model.Session.scalars(ReportJob.locked(job_id)).one_or_none()
        if row is not None and not row.is_over:
            row.fault = {"message": fault.message, "mend": fault.mend, "params": fault.params}
            _end(model.Session, row, State.FAILED)


def _fault(error: BaseException) -> SatudataError:
    """Why it could not be made, in words for an officer."""
    if isinstance(error, SatudataError):
        return error
    log.error("A report could not be made", exc_info=error)
    if isinstance(error, BadSop):
        first = error.problems[0]
        return Invalid(
            "The definition of this report is wrong: {fault}",
            mend="Correct the file, or tell who keeps it.",
            fault=f"{first.file.rsplit('/', 1)[-1]}, {first.line}: {first.fault}",
        )
    if isinstance(error, JobTimeoutException):
        return Invalid("It took longer than {count} minutes.", mend="Ask for a shorter period.", count=SECONDS // 60)
    if is_full(error):
        return no_room()
    return Invalid(
        "The portal failed at this report. Its log tells why.", mend="Ask for it again, or tell who runs the server."
    )


def fault_text(row: ReportJob) -> str | None:
    """Why it was not made, in words."""
    fault = row.fault
    return words.error_text(Invalid(fault["message"], mend=fault["mend"], **fault["params"])) if fault else None


def _end(session: Any, row: ReportJob, state: State) -> None:
    """Its end, with one mail for each person it was made for; what was made of it goes, unless it is whole."""
    row.state, row.stage, row.ended_at = state.value, "", clock.now()
    if state is not State.DONE:
        _remove_files(session, row)
    if state is State.CANCELLED:
        return
    scheduled = [user.id for user in actors.users_holding(Role.WALIDATA)] if row.schedule_id else []
    for user_id in dict.fromkeys([*row.people, *scheduled]):
        params = {"job": row.id, "user": user_id}
        notices.queue(session, "report_made", to_user=user_id, params=params, key=f"{PURPOSE}:{row.id}:{user_id}")


def _remove_files(session: Any, row: ReportJob) -> None:
    for file in row.files.values():
        with suppress(NotThere):
            vault.delete(session, file["vault_id"])
    row.files = {}


@notices.mail("report_made")
def _mail(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """The address only, for who may still read it: mails are read in open places."""
    row, user = model.Session.get(ReportJob, params["job"]), model.User.get(params["user"])
    if row is None or user is None or not _may_read(actors.actor_for(user), row):
        return None
    page = notices.site_url(f"/laporan/antrean/{row.id}")
    if row.state == State.FAILED.value:
        return (
            tk._("A report could not be made"),
            tk._("A report that you asked for could not be made. Why, and how to go on:\n\n{url}").format(url=page),
        )
    return (
        tk._("A report is ready"),
        tk._("A report that you asked for is ready. Its files stay there for {count} days:\n\n{url}").format(
            url=page, count=rules.KEPT_DAYS
        ),
    )
