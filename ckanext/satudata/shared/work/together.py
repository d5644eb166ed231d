"""One decision on many cases after each summary was seen: every case by itself, as `satudata_case_command` gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import disposition
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.process import Instance, OpenStep
from ckanext.satudata.domain.sop import Command, Exit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import clock, many, process, words
from ckanext.satudata.shared.work import case_view, desk, outputs

COMMANDS = (Command.APPROVE, Command.RETURN)
MOST = 25
"""Cases at once: as many as somebody can have read."""


def is_plain(instance: Instance, exit_: Exit, case: Case, step: OpenStep) -> bool:
    """Whether the command can be given to many: it decides, and asks for nothing but a note."""
    asks = desk.presenter(case.process).form_is_needed(case, exit_.command.value, step.no)
    return not asks and is_plain_exit(instance, exit_, step)


def is_plain_exit(instance: Instance, exit_: Exit, step: OpenStep) -> bool:
    """The same by the SOP alone, whatever form a room has for it."""
    return (
        exit_.command in COMMANDS
        and set(exit_.needs) <= {"note"}
        and not outputs.slots(instance.sop, step.no, exit_.command)
        and disposition.given_with(instance.sop, step.no, step.part, exit_.command) is None
    )


def chosen(session: Any, actor: Actor, step_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What the person sees of each case before he decides, in that order; left out is what he may not know of.

    `step_id`, `case_id`, `title`, `process_title`, `uraian`, `from` (who had it before), `since`, `late`, `commands`
    (empty where others were faster), `summary` (`Presenter.summary`).
    """
    wanted = list(dict.fromkeys(step_ids))[:MOST]
    steps = {step.id: step for step in session.scalars(sa.select(CaseStep).where(CaseStep.id.in_(wanted)))}
    cases = {id_: session.get_one(Case, step.case_id) for id_, step in steps.items()}
    seen = [id_ for id_ in wanted if id_ in cases and process.may_see(session, cases[id_], actor)]
    titles = desk.titles([cases[id_] for id_ in seen])
    names = case_view.display_names(session, {steps[id_].opened_by_name for id_ in seen})
    return [{**_shown(session, actor, cases[id_], steps[id_], names), "title": titles[cases[id_].id]} for id_ in seen]


def _shown(session: Any, actor: Actor, case: Case, step: CaseStep, names: Mapping[str, str]) -> dict[str, Any]:
    instance = process.instance_of(session, case)
    row = instance.sop.step(step.no)
    open_step = next((one for one in instance.open if one.id == step.id), None)
    exits = row.exits.values() if open_step else ()
    plain = {exit_.command.value for exit_ in exits if open_step and is_plain(instance, exit_, case, open_step)}
    given = case_view.commands(session, case, actor)
    return {
        "step_id": step.id,
        "case_id": case.id,
        "process_title": instance.sop.title,
        "uraian": row.uraian,
        "from": names.get(step.opened_by_name, step.opened_by_name),
        "since": step.opened_at,
        "late": step.due_at is not None and step.due_at < clock.now(),
        "commands": [one for one in given if one["step_id"] == step.id and one["command"] in plain],
        "summary": desk.presenter(case.process).summary(case, actor),
    }


def told(results: Sequence[many.Result], steps: Mapping[str, str], actor: Actor) -> list[dict[str, Any]]:
    """Each result in plain values; a title only of what the person may know of."""
    session = model.Session
    cases = {case.id: case for case in session.scalars(sa.select(Case).where(Case.id.in_(steps.values())))}
    seen = [case for case in cases.values() if process.may_see(session, case, actor)]
    titles = desk.titles(seen)
    return [
        {
            "id": steps[one.id],
            "step_id": one.id,
            "title": titles.get(steps[one.id], ""),
            "done": one.error is None,
            "outcome": one.answer["outcome"] if one.answer else None,
            "error": words.error_text(one.error) if one.error else None,
        }
        for one in results
    ]


def give(
    context: dict[str, Any], command: str, steps: Mapping[str, str], note: str, key: str | None
) -> list[many.Result]:
    """Gives the command to each case (step id -> case id), each with its own commit; results by step id.

    The same `key` again answers as the first time. Raises Invalid for another command, none or too many cases.
    """
    if command not in {one.value for one in COMMANDS}:
        raise Invalid("Only approving and returning are done for many at once.", field="command")
    if not steps:
        raise Invalid("Choose at least one case.", field="cases")
    if len(steps) > MOST:
        raise Invalid("At most {most} cases at once.", field="cases", most=MOST)
    payload = {"note": note} if note else {}
    return many.each(
        steps, lambda step_id: process.apply(context, steps[step_id], command, payload, key, step_id=step_id)
    )
