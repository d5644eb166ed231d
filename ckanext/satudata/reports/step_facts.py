"""Facts of the steps of cases: those that were finished, and those that wait now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.sop import Process
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.sop_version import SopVersion
from ckanext.satudata.reports import agencies, worked_time
from ckanext.satudata.reports.facts import NUMBER, NUMBERED, Asked, Numbered, called, reads
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import inbox

_DAY = 86_400


@reads("steps")
def _steps(asked: Asked) -> sa.Select:
    """Steps finished by a command of their own; those another one closed took nobody's time."""
    return _finished(asked, sa.true())


@reads("collections")
def _collections(asked: Asked) -> sa.Select:
    """The same of data collection alone (004-1, 004-2): what was asked for, delivered, returned, found complete."""
    return _finished(asked, _of(Process.COLLECTION))


@reads("waiting")
def _waiting(asked: Asked) -> sa.Select:
    """Every open step as it stands now, whatever the period."""
    return _open(asked, sa.true())


@reads("running")
def _running(asked: Asked) -> sa.Select:
    """The open steps of requests."""
    return _open(asked, _of(Process.REQUEST))


def _of(process: Process) -> sa.ColumnElement[bool]:
    return CaseStep.case_id.in_(sa.select(Case.id).where(Case.process == process.value))


def _finished(asked: Asked, of: sa.ColumnElement[bool]) -> sa.Select:
    wanted = sa.and_(asked.within(CaseStep.done_at), CaseStep.command.is_not(None), of)
    found = of_cases(
        asked,
        wanted,
        sa.and_(CaseStep.due_at.is_not(None), CaseStep.done_at > CaseStep.due_at).label("late"),
        CaseStep.command.label("command"),
        CaseStep.done_at.label("at"),
    )
    found = asked.with_agency(found, Case.organization_id, CaseStep.done_at)
    if asked.wants("officer"):
        found = _with_officer(found, wanted)
    if asked.wants("days"):
        found = worked_time.beside(asked.session, found, CaseStep.opened_at, CaseStep.done_at, wanted)
    return found


def _with_officer(found: sa.Select, wanted: sa.ColumnElement[bool]) -> sa.Select:
    """The steps with who did them: each name is looked up once, however many steps there are."""
    ids = sa.select(CaseStep.done_by).where(wanted, CaseStep.done_by.is_not(None)).distinct().subquery("ids")
    officer = called(ids.c.done_by, ids.c.done_by).label("officer")
    people = sa.select(ids.c.done_by, officer).offset(0).subquery("people")
    return found.add_columns(people.c.officer).outerjoin(people, people.c.done_by == CaseStep.done_by)


def _open(asked: Asked, of: sa.ColumnElement[bool]) -> sa.Select:
    now = clock.now()
    return of_cases(
        asked,
        sa.and_(CaseStep.done_at.is_(None), of),
        agencies.name(Case.organization_id).label("producer"),
        sa.cast(sa.func.floor(sa.extract("epoch", now - CaseStep.opened_at) / _DAY), sa.Integer).label("days"),
        sa.and_(CaseStep.due_at.is_not(None), CaseStep.due_at < now).label("late"),
        _due(now).label("due"),
    )


def of_cases(asked: Asked, wanted: sa.ColumnElement[bool], *columns: Any, step: Any = CaseStep) -> sa.Select:
    """The wanted steps, in the words of the file their case began under, with these columns beside those of all."""
    found = sa.select(
        Case.organization_id.label("agency"),
        _data_of_case().label("package"),
        step.role.label("role"),
        Case.id.label("case"),
        *columns,
    ).join(Case, Case.id == step.case_id)
    if asked.wants("process", "what"):
        of_sop = _step_words(asked.session)
        same = sa.and_(of_sop.c.version == Case.sop_version_id, of_sop.c.no == step.no)
        said = [of_sop.c[NUMBER]] if asked.numbered else [of_sop.c.process, of_sop.c.what]
        found = found.add_columns(*said).join(of_sop, same)
    if asked.wants("step") and not asked.numbered:
        found = found.add_columns(step.no.label("step"))
    return found.where(wanted)


def _data_of_case() -> sa.ColumnElement[str]:
    """The dataset that a case is about: its subject, or what was requested; none where it is about something else."""
    asked_for = sa.select(PpidRequest.dataset_id).where(PpidRequest.case_id == Case.id).correlate(Case)
    objected = (
        sa.select(PpidRequest.dataset_id)
        .join(Objection, Objection.request_id == PpidRequest.id)
        .where(Objection.case_id == Case.id)
        .correlate(Case)
    )
    return sa.case(
        (Case.subject_type.in_(("dataset", "classification")), Case.subject_id),
        else_=sa.func.coalesce(asked_for.scalar_subquery(), objected.scalar_subquery()),
    )


def _step_words(session: Any) -> sa.Values:
    """What the SOP files call the steps: `version, no, process, what` and the number of the last three (`_said`). A
    case keeps the file it began under."""
    numbers = {said: number for number, said in enumerate(_said(session))}
    rows = [
        (version, no, process, what, numbers[process, no, what]) for version, process, no, what in _of_files(session)
    ]
    columns = [sa.column(name, sa.Text) for name in ("version", "no", "process", "what")]
    every = sa.values(*columns, sa.column(NUMBER, sa.Integer), name="of_sop")
    return every.data(rows or [("", "", "", "", 0)])


def _of_files(session: Any) -> Iterable[tuple[str, str, str, str]]:
    """Version, title of the process, number and words of each step of each file."""
    for version, process in session.execute(sa.select(SopVersion.id, SopVersion.process)):
        sop = sops.of_version(session, version)
        yield from ((version, sop.title or process, no, step.uraian) for no, step in sop.steps.items())


def _said(session: Any) -> list[tuple[str, ...]]:
    """Process, number and words of every step, each once; always in the same order."""
    return sorted({(process, no, what) for _, process, no, what in _of_files(session)})


NUMBERED["steps"] = NUMBERED["collections"] = Numbered(("process", "step", "what"), _said)


def _due(now: Any) -> sa.ColumnElement[str]:
    """The group of the desk in which a step lies, as `inbox.group_of` says it of one."""
    today = clock.today()
    return sa.case(
        (sa.or_(CaseStep.due_at.is_(None), CaseStep.due_on.is_(None)), inbox.LATER),
        (CaseStep.due_at < now, inbox.OVERDUE),
        (CaseStep.due_on <= today, inbox.TODAY),
        (CaseStep.due_on <= today + timedelta(days=6 - today.weekday()), inbox.WEEK),
        else_=inbox.LATER,
    )
