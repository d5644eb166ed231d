"""Facts of the steps of cases: those that were finished, and those that wait now."""

from __future__ import annotations

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
from ckanext.satudata.reports.facts import Asked, called, reads
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
    days: Any = sa.null()
    if asked.wants("days"):
        days = worked_time.between(asked.session, CaseStep.opened_at, CaseStep.done_at, wanted)
    found = _of_cases(
        asked,
        wanted,
        asked.agency(Case.organization_id, CaseStep.done_at).label("producer"),
        called(CaseStep.done_by, CaseStep.done_by).label("officer"),
        days.label("days"),
        sa.and_(CaseStep.due_at.is_not(None), CaseStep.done_at > CaseStep.due_at).label("late"),
        CaseStep.command.label("command"),
        CaseStep.done_at.label("at"),
    )
    # Each row's time is reckoned once, however many measures are taken of it.
    return found.offset(0) if asked.wants("days") else found


def _open(asked: Asked, of: sa.ColumnElement[bool]) -> sa.Select:
    now = clock.now()
    return _of_cases(
        asked,
        sa.and_(CaseStep.done_at.is_(None), of),
        agencies.name(Case.organization_id).label("producer"),
        sa.cast(sa.func.floor(sa.extract("epoch", now - CaseStep.opened_at) / _DAY), sa.Integer).label("days"),
        sa.and_(CaseStep.due_at.is_not(None), CaseStep.due_at < now).label("late"),
        _due(now).label("due"),
    )


def _of_cases(asked: Asked, wanted: sa.ColumnElement[bool], *columns: Any) -> sa.Select:
    """The wanted steps, in the words of the file their case began under, with these columns beside those of all."""
    found = sa.select(
        Case.organization_id.label("agency"),
        _data_of_case().label("package"),
        CaseStep.no.label("step"),
        CaseStep.role.label("role"),
        Case.id.label("case"),
        *columns,
    ).join(Case, Case.id == CaseStep.case_id)
    if asked.wants("process", "what"):
        of_sop = _step_words(asked.session)
        same = sa.and_(of_sop.c.version == Case.sop_version_id, of_sop.c.no == CaseStep.no)
        found = found.add_columns(of_sop.c.process, of_sop.c.what).join(of_sop, same)
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
    """What the SOP files call the steps: `version, no, process, what`. A case keeps the file it began under."""
    rows = []
    for version, process in session.execute(sa.select(SopVersion.id, SopVersion.process)):
        sop = sops.of_version(session, version)
        rows += [(version, no, sop.title or process, step.uraian) for no, step in sop.steps.items()]
    columns = [sa.column(name, sa.Text) for name in ("version", "no", "process", "what")]
    return sa.values(*columns, name="of_sop").data(rows or [("", "", "", "")])


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
