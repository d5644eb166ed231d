"""One case in plain values, as API and screen show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ckanext.satudata.domain import disposition
from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, OpenStep
from ckanext.satudata.domain.sop import EVENTS, OF_THE_CASE, Command, Exit
from ckanext.satudata.domain.workdays import Calendar
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.shared import clock, process, words
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.heads import way_words
from ckanext.satudata.shared.orders import dispositions, reassigning, vacancies
from ckanext.satudata.shared.sop import lent
from ckanext.satudata.shared.work import desk, outputs, override


def label(instance: Instance, exit_: Exit, case: Case, step: OpenStep) -> str:
    """The button's text, naming what comes of it ("Return to Operator", "Refuse the request")."""
    own = exit_.label or desk.presenter(case.process).command_label(case, exit_.command.value, step.no)
    return own or usual_label(instance, exit_, case.subject_type, step)


def usual_label(instance: Instance, exit_: Exit, subject_type: str, step: OpenStep) -> str:
    """The same where the case itself has no words for it."""
    order = disposition.given_with(instance.sop, step.no, step.part, exit_.command)
    if order:
        return tk._("Give the disposition to {to}").format(to=words.role_name(order))
    roles = dict.fromkeys(role for no in exit_.to for role in instance.sop.step(no).pelaksana)
    if exit_.command is Command.RETURN and set(roles) == {step.role}:
        return tk._("Go back to step {no}").format(no=", ".join(exit_.to))
    return words.command_name(exit_.command, subject_type, words.role_names(roles) or tk._("the end"))


def show(session: Any, case: Case, actor: Actor) -> dict[str, Any]:
    """`process.summary` with title, facts, timeline, commands and journal, in the reader's language."""
    steps = list(session.scalars(CaseStep.of([case.id])))
    instance = process.instance_of(session, case, steps)
    presenter, calendar = desk.presenter(case.process), clock.calendar(session)
    names = display_names(session, {row.done_by_name for row in steps} | {row.opened_by_name for row in steps})
    return {
        **process.summary(session, case),
        "process_title": instance.sop.title,
        "title": presenter.title(case),
        "facts": [{"label": name, "value": value} for name, value in presenter.facts(case, actor)],
        "steps": [_step(instance, row, names, calendar) for row in steps],
        "to_come": [
            {
                "no": no,
                "uraian": lent.said(instance.sop.step(no).uraian),
                "roles": [r.value for r in instance.sop.step(no).pelaksana],
            }
            for no in to_come(instance)
        ],
        "commands": _commands(instance, actor, case),
        "returned": returned(steps, names),
        "outputs": outputs.of_case(session, case.id),
        "journal": events(session, case.id, case.subject_type),
        "overrides": override.of_case(session, case, instance, actor),
        "override_targets": override.targets(session, case, instance, actor),
        "dispositions": dispositions.of_case(session, case, actor),
        "reassignable": _reassignable(instance, actor),
        "vacancies": [
            {**gap, "role_name": words.role_name(gap["role"])} for gap in vacancies.of_case(session, instance)
        ],
    }


def _reassignable(instance: Instance, actor: Actor) -> list[dict[str, Any]]:
    return [
        {**one, "role_name": words.role_name(one["role"]), "role": one["role"].value}
        for one in reassigning.choices(instance, actor)
    ]


def output_file(session: Session, case_id: str, output_id: str, actor: Actor) -> tuple[Any, dict[str, str]]:
    """The bytes and headers of an output's document, for officers of the process and auditors; journalled, committed.

    Raises NotThere.
    """
    row, case = session.get(CaseOutput, output_id), session.get(Case, case_id)
    # Who only runs the portal sees that there is a document, not what is in it.
    reader = replace(actor, is_sysadmin=False)
    seen = case is not None and process.may_see(session, case, reader)
    if not seen or row is None or row.case_id != case_id or row.vault_id is None:
        raise NotThere("There is no such document.")
    return scans.give(session, row.vault_id, (outputs.SUBJECT, row.id), actor)


def sent_back(steps: Iterable[CaseStep]) -> CaseStep | None:
    """The step whose `return_` brought the case to where it is now; None where none did."""
    steps = list(steps)
    here = {step.opened_at for step in steps if step.done_at is None}
    back = [step for step in steps if step.command == Command.RETURN.value and step.done_at in here]
    return max(back, key=lambda step: step.position, default=None)


def returned(steps: Iterable[CaseStep], names: dict[str, str]) -> dict[str, Any] | None:
    """Who sent the case back to its open step, when and with which note; None where nobody did."""
    back = sent_back(steps)
    if back is None or back.done_at is None:
        return None
    return {
        "role_name": words.role_name(back.role),
        "by": words.acting(back.done_as, names.get(back.done_by_name, back.done_by_name)),
        "at": back.done_at.isoformat(),
        "note": back.note or "",
    }


def commands(session: Any, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """What the person may do with the case now, without showing it; nothing for who may not know of it."""
    if not process.may_see(session, case, actor):
        return []
    return _commands(process.instance_of(session, case), actor, case)


def _commands(instance: Instance, actor: Actor, case: Case) -> list[dict[str, Any]]:
    """What the person may do now, without what could only be refused. What concerns the whole case stands once, however
    many steps are open, and from the step that leads on; two buttons of one name say for which role they are."""
    found: list[tuple[OpenStep, Exit]] = []
    names: Counter[str] = Counter()
    presenter = desk.presenter(case.process)
    offered = [pair for pair in rules.commands_for(instance, actor) if presenter.offers(case, pair[1].command.value)]
    leading = {exit_.command for _, exit_ in offered if exit_.to}
    for step, exit_ in offered:
        # What an agency gets back it gets back from any of the open steps.
        is_whole = exit_.cancels or exit_.command in OF_THE_CASE or _goes_back(exit_)
        is_less = not exit_.to and exit_.command in leading
        if is_whole and (is_less or any(_same(other, exit_) for _, other in found)):
            continue
        found.append((step, exit_))
        names[label(instance, exit_, case, step)] += 1
    return [
        {
            "command": exit_.command.value,
            "step_id": step.id,
            "step": step.no,
            "label": name if names[name] == 1 else f"{name} ({_whose(instance, step, exit_)})",
            "needs": list(dict.fromkeys((*exit_.needs, *presenter.asks(case, exit_.command.value)))),
            "outputs": [slot.name for slot in outputs.slots(instance.sop, step.no, exit_.command)],
            "order": dispositions.asked_of(instance, step, exit_),
        }
        for step, exit_ in found
        for name in [label(instance, exit_, case, step)]
    ]


def _goes_back(exit_: Exit) -> bool:
    return exit_.command is Command.RETURN and bool(exit_.agency_from)


def _same(one: Exit, other: Exit) -> bool:
    return one.command is other.command and (one.to == other.to or not _goes_back(one))


def _whose(instance: Instance, step: OpenStep, exit_: Exit) -> str:
    """The agency, where several do the step each for itself; to which step an agency gets it back; else the role."""
    if _goes_back(exit_):
        return tk._("step {no}").format(no=", ".join(exit_.to))
    beside = {other.organization_id for other in instance.open if (other.no, other.part) == (step.no, step.part)}
    agency = model.Group.get(step.organization_id) if len(beside) > 1 and step.organization_id else None
    return (agency.title or agency.name) if agency is not None else words.role_name(step.role)


def _step(instance: Instance, row: CaseStep, names: dict[str, str], calendar: Calendar) -> dict[str, Any]:
    ended = row.done_at or clock.now()
    assignee = model.User.get(row.assignee_id) if row.assignee_id else None
    return {
        "id": row.id,
        "no": row.no,
        "uraian": lent.said(instance.sop.step(row.no).uraian),
        "role": row.role,
        "role_name": words.role_name(row.role),
        "stands_for": words.role_name(row.stands_for) if row.stands_for else None,
        "assignee": assignee.display_name if assignee else None,
        "round": row.round,
        "opened_at": row.opened_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "due_provisional": row.due_provisional,
        "due_explanation": due_dates.explanation_of(row, instance.sop, calendar, instance.received_at),
        "late": bool(row.due_at and ended > row.due_at),
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "done_by": row.done_by_name or None,
        "done_by_title": words.acting(row.done_as, names.get(row.done_by_name, row.done_by_name)),
        "command": row.command,
        "event": EVENTS[Command(row.command)] if row.command else None,
        "note": row.note,
    }


def to_come(instance: Instance) -> list[str]:
    """The steps ahead if everybody agrees: the first exit of each, from the open ones on."""
    ahead: list[str] = []
    here = {step.no for step in instance.open}
    todo = sorted(here)
    while todo:
        exits = instance.sop.step(todo.pop(0)).exits
        for no in next(iter(exits.values())).to:
            if no not in ahead and no not in here:
                ahead.append(no)
                todo.append(no)
    return ahead


def events(session: Any, case_id: str, subject_type: str = "") -> list[dict[str, Any]]:
    """The journal of a case, oldest first, with its texts."""
    found = session.execute(
        sa.select(Journal, JournalText)
        .outerjoin(JournalText, JournalText.journal_id == Journal.id)
        .where(Journal.chain == case_id)
        .order_by(Journal.position)
    ).all()
    names = display_names(session, {entry.actor_name for entry, _text in found})
    return [
        {
            "position": entry.position,
            "at": entry.at.isoformat(),
            "event": entry.event,
            "event_name": way_words.by_way(words.event_name(entry.event, subject_type), entry.payload),
            "actor": entry.actor_name,
            "actor_title": names.get(entry.actor_name, entry.actor_name),
            "payload": entry.payload,
            "text": text.text if text else None,
            "text_erased": bool(text and text.erased_at),
            "hash": entry.hash,
        }
        for entry, text in found
    ]


def display_names(session: Any, names: set[str]) -> dict[str, str]:
    """Full names by user name; the portal and the applicant by their role."""
    users = session.scalars(_NAMED, {"names": [name for name in names if name]})
    found = {user.name: user.display_name for user in users}
    for role in (Role.APPLICANT, Role.SYSTEM):
        found.setdefault(role.value, words.role_name(role))
    return found


_NAMED = sa.select(model.User).where(model.User.name == sa.any_(sa.bindparam("names", type_=ARRAY(sa.Text))))
