"""Filing a report closes every step that waits for it, and its own: the SOP says which step makes which report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Period, Question
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.domain.sop_outputs import Maker
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import making
from ckanext.satudata.shared import clock, process
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import instances

Afterwards = list[Callable[[], Any]]
EVENT = "report_filed"


def made_by(sop: Sop, no: str) -> tuple[str, ...]:
    """The reports that a step makes by its agreeing command, by name; none where it makes none."""
    bound = (sop.outputs[name] for name in sop.step(no).output if name in sop.outputs)
    return tuple(name for one in bound if one.maker is Maker.REPORT for name in one.what)


def _agreeing(sop: Sop, no: str) -> str:
    """The command by which a step is agreed to: the first that its file names."""
    return next(iter(sop.step(no).exits)).value


def periods_of(case: Case, wanted: Definition) -> Iterator[Period]:
    """The periods of which a case asks for the report: that it was begun for; of a round the last ones that are over;
    of what follows other work those in which it was begun."""
    if case.data.get("from_on"):
        yield Period(*(date.fromisoformat(case.data[day]) for day in ("from_on", "until_on")))
        return
    round_ = case.data.get("round")
    for span in wanted.spans:
        if round_:
            yield Period.spanning(span, date.fromisoformat(round_)).before()
        else:
            yield Period.spanning(span, case.received_at.astimezone(clock.zone()).date())


def may_file(actor: Actor, wanted: Definition) -> bool:
    """Whether the person does the first step of the report's process, as the running SOP has it."""
    sop = sops.running(wanted.process)
    return actor.has_anywhere(*sop.step(sop.first).pelaksana, process=wanted.process)


def waiting(session: Any, actor: Actor, asked: Question) -> list[tuple[Case, CaseStep]]:
    """The open steps that this report closes and this person may finish, the oldest first."""
    wanted = making.definition(asked.name)
    kinds = sa.select(Case.sop_version_id, CaseStep.no).join(CaseStep, CaseStep.case_id == Case.id)
    makes = []
    for version, no in session.execute(kinds.where(CaseStep.done_at.is_(None)).distinct()):
        sop = sops.of_version(session, version)
        if asked.name in made_by(sop, no):
            makes.append((version, no))
    if not makes:
        return []
    query = (
        sa.select(Case, CaseStep)
        .join(CaseStep, CaseStep.case_id == Case.id)
        .where(CaseStep.done_at.is_(None), sa.tuple_(Case.sop_version_id, CaseStep.no).in_(makes))
        .order_by(CaseStep.opened_at, CaseStep.id)
    )
    rows = [(case, step) for case, step in session.execute(query) if asked.period in periods_of(case, wanted)]
    return [(case, step) for case, step in rows if _may_finish(session, case, step, actor)]


def _may_finish(session: Any, case: Case, step: CaseStep, actor: Actor) -> bool:
    offered = process_rules.commands_for(instances.instance_of(session, case), actor)
    return any(open_step.id == step.id for open_step, _exit in offered)


def file(session: Any, context: dict[str, Any], actor: Actor, asked: Question) -> tuple[dict[str, Any], Afterwards]:
    """Files the report: closes the steps that wait for it, else that of a case of its own. No commit.

    Returns the answer of the case it was filed in, and what runs after the commit. Raises as `making.freeze` and as
    the command of the step.
    """
    wanted = making.definition(asked.name)
    closes = waiting(session, actor, asked)
    if not closes:
        if not may_file(actor, wanted):
            sop = sops.running(wanted.process)
            roles = sop.step(sop.first).pelaksana
            raise NotAllowed("Only {roles} may do this.", mend="Ask one of them.", roles=roles)
        case = process.start(
            session,
            wanted.process,
            subject_type=making.SUBJECT,
            subject_id=":".join(asked.params.values()),
            organization_id=None,
            actor=actor,
            data=asked.params,
        )
        answer, after = process.carry_out(session, context, case.id, Command.RECORD.value)
        if "report" not in answer:
            mend = "Bind the output of its step to `report` (docs/sop.md)."
            raise Invalid("The SOP of this site makes this report elsewhere.", field="name", mend=mend)
        return answer, after
    answers, afterwards = [], []
    for case, step in closes:
        command = _agreeing(sops.of_version(session, case.sop_version_id), step.no)
        answer, after = process.carry_out(session, context, case.id, command, asked.params, step_id=step.id)
        answers.append(answer)
        afterwards += after
    return {**answers[0], "closed": [answer["id"] for answer in answers]}, afterwards


def record(run: Run) -> None:
    """What finishes a step that makes a report: the report is filed, or was before, by another step that waited."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    names = made_by(sop, run.step.no)
    if not names or run.command != _agreeing(sop, run.step.no):
        return
    asked = _asked(run, names)
    row = making.filed_of(run.session, asked.params)
    if row is not None and run.case.data.get("from_on"):
        raise making.already_filed(row.as_of_at, row.filed_by_name)
    if row is None:
        row = making.freeze(run.session, run.actor, asked, run.case.id)
    hashes = {name: file["sha256"] for name, file in row.files.items()}
    run.journal(EVENT, payload={"report": row.id, "name": row.name, "as_of_at": row.as_of_at, **hashes})
    run.answer["report"] = row.id


def _asked(run: Run, names: tuple[str, ...]) -> Question:
    """Which report of which period: what the command says, else what the case was begun for, else what it asks for."""
    wanted = making.definition(run.case.data.get("name") or names[0])
    open_to = list(periods_of(run.case, wanted))
    if run.payload.get("from_on"):
        asked = making.question({**run.payload, "name": wanted.name})
        if asked.period not in open_to:
            raise Invalid("This case asks for the report of another period.", field="from_on")
        return asked
    over = [period for period in open_to if period.until_on <= clock.today()]
    if not over:
        raise making.not_over()
    filed = (
        period
        for period in over
        if run.session.scalars(FiledReport.of_period(wanted.name, period.from_on, period.until_on)).first()
    )
    return Question(wanted.name, next(filed, over[0]))
