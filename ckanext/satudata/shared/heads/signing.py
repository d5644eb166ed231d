"""One decision on exactly what was read, whether on the desk's paper or on a phone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import paper
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import actors, process, wording
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import desk, together


def content_of(case: Case, step_id: str) -> str:
    """SHA-256 (hex) of what is decided on at this step, the same in every language and for every reader."""
    with wording.speaking("id"):
        said = desk.presenter(case.process).content(case)
    return hashlib.sha256(f"{case.id}\0{step_id}\0{said}".encode()).hexdigest()


def decide(
    asking: Actor,
    as_user: model.User,
    via: str,
    sent: dict[str, str],
    beside: Callable[[Case, Actor], None] | None = None,
) -> dict[str, Any]:
    """Gives `sent["command"]` as that user with the roles he has behind the lock, and commits.

    `sent`: `case_id`, `step_id`, `command`, `content` (of `content_of`, as it was read), `note`, `key`. `asking`: who
    has it done; `beside(case, actor)` writes in the same transaction, before. Raises Conflict where the content is
    another by now, NotThere for another command than those of `together`, and what `process.apply` does.
    """
    if sent["command"] not in {one.value for one in together.COMMANDS}:
        raise NotThere("There is no such command.")
    session = model.Session
    context = {"user": as_user.name, "auth_user_obj": as_user, actors.VIA: via}
    with transaction() as one:
        case = process.locked(session, sent["case_id"], asking)
        actor = actors.actor_of(context)
        before = process.repeated(session, case, actor, sent["key"], sent["command"])
        if before is not None:
            return before
        paper.check_content(sent["content"], content_of(case, sent["step_id"]))
        if beside is not None:
            beside(case, actor)
        payload = {"note": sent["note"]} if sent["note"] else {}
        answer, one.afterwards = process.carry_out(
            session,
            context,
            case.id,
            sent["command"],
            payload,
            sent["key"],
            actor=actor,
            step_id=sent["step_id"],
        )
    return answer
