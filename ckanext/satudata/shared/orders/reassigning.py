"""An open step given to one of those who hold its role, or back to all of them. The law is in `domain.performers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain import performers
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import actors, journal, notices, process, raw_writes
from ckanext.satudata.shared.work import instances

GIVEN = "step_given"


def reassign(
    session: Any, case_id: str, step_id: str, user: str, note: str, *, actor: Actor, key: str | None = None
) -> dict[str, Any]:
    """Gives an open step to `user` (id or name), or with "" to all who hold its role. No commit. Returns the case.

    The same `key` of the same person answers as the first time. Raises NotThere, NotAllowed, Invalid, Conflict.
    """
    case = process.locked(session, case_id, actor)
    actor = actors.again(actor)
    said = {"step_id": step_id, "user": user, "note": note}
    if (known := process.repeated(session, case, actor, key, GIVEN, said=said)) is not None:
        return known
    instance = instances.instance_of(session, case)
    step = next((one for one in instance.open if one.id == step_id), None)
    if step is None:
        raise Conflict("This step is not open any more.", mend="Look at the case as it is now.")
    performers.require_assigner(instance, step, actor)
    row = session.get_one(CaseStep, step_id)
    person = instances.person_for(instance, step, user, "user") if user else None
    if row.assignee_id == (person.id if person else None):
        raise Invalid("The step is with this person already." if person else "The step is with nobody in particular.",
                      field="user", mend="Choose somebody else.")  # fmt: skip
    with raw_writes.writing(session, CaseStep):
        row.assignee_id = person.id if person else None
    entry = journal.append(
        session,
        GIVEN,
        actor=actor,
        case_id=case.id,
        subject=(case.subject_type, case.subject_id),
        payload={"step": step.no, "role": step.role.value, "to_user": person.name if person else ""},
        text=note.strip() or None,
    )
    if person:
        params = {
            "case_id": case.id,
            "process": instance.sop.title,
            "step": instance.sop.step(step.no).uraian,
            "name": actor.name,
        }
        notices.queue(session, GIVEN, to_user=person.id, params=params, key=f"{GIVEN}:{entry.id}")
    return process.remember(session, case, actor, key, GIVEN, process.summary(session, case), said=said)


def choices(instance: Instance, actor: Actor) -> list[dict[str, Any]]:
    """The open steps that this person may give to somebody, each with whom (`people`)."""
    found = []
    for step in instance.open:
        try:
            performers.require_assigner(instance, step, actor)
        except NotAllowed:
            continue
        people = [{"id": user.id, "name": user.display_name} for user in instances.candidates(instance, step)]
        if len(people) > 1 or step.assignee:
            found.append({"step_id": step.id, "role": step.role, "assignee": step.assignee, "people": people})
    return found


@notices.mail(GIVEN)
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: case_id, process, step, name (of who gave it)."""
    lines = [
        tk._("{name} has given this step to you: {step}.").format(
            name=process.called(params["name"]), step=params["step"]
        ),
        tk._("Open it here: {url}").format(url=notices.site_url(f"/meja/{params['case_id']}")),
        config.government_name(),
    ]
    return tk._("{process}: a step was given to you").format(process=params["process"]), "\n\n".join(lines)
