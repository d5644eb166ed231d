"""Cases as the rules see them, and the person an open step was given to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import performers
from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import actors
from ckanext.satudata.shared.sop import sops

REVIEWS = "reviews"
"""Under this name `case.data` keeps the id of the case that a case reviews (an objection: that of the request)."""


def instance_of(session: Any, case: Case, steps: Iterable[CaseStep] | None = None) -> Instance:
    """The case as the rules see it."""
    sop = sops.of_version(session, case.sop_version_id)
    rows = list(session.scalars(CaseStep.of([case.id])) if steps is None else steps)
    return Instance(
        sop=sop,
        organization_id=case.organization_id,
        open=tuple(_open(case, row, row.assignee_id) for row in rows if row.done_at is None),
        done=tuple(_done(row) for row in rows if row.done_at is not None),
        started_by=case.started_by,
        received_at=case.received_at,
        reviewed=_reviewed(session, case),
    )


def at_step(session: Any, case: Case, row: CaseStep, *, is_assigned: bool) -> Instance:
    """The case with this open step alone, for who asks what comes next; whom its past bars stands in the row's marks.

    `is_assigned`: whether it matters to whom the step was given.
    """
    return Instance(
        sop=sops.of_version(session, case.sop_version_id),
        organization_id=case.organization_id,
        open=(_open(case, row, row.assignee_id if is_assigned else None),),
        started_by=case.started_by,
        received_at=case.received_at,
        reviewed=_reviewed(session, case) if row.barred is None else frozenset(),
    )


def _reviewed(session: Any, case: Case) -> frozenset[str]:
    """Everybody who had a hand in the finished steps of the case that this one reviews; nobody where there is none."""
    case_id = case.data.get(REVIEWS)
    rows = session.scalars(CaseStep.of([case_id])) if case_id else ()
    return frozenset().union(*(_done(row).hands for row in rows if row.done_at is not None))


def part_of(row: CaseStep) -> Role:
    """The performer whose part of the step a row is, as the file names him."""
    return Role(row.stands_for or row.role)


def _open(case: Case, row: CaseStep, assignee: str | None) -> OpenStep:
    role, agency = Role(row.role), row.organization_id
    assignee = assignee if assignee and _holds_still(case, row, role) else None
    return OpenStep(row.id, row.no, role, agency, row.round, assignee, Role(row.stands_for) if row.stands_for else None)


def _holds_still(case: Case, row: CaseStep, role: Role) -> bool:
    """Whether the person holds the role now: what was given to somebody who left is everybody's again."""
    user = model.User.get(row.assignee_id)
    agency = row.organization_id or case.organization_id
    return user is not None and any(one.id == user.id for one in actors.users_holding(role, agency, case.process))


def _done(row: CaseStep) -> DoneStep:
    return DoneStep(
        id=row.id,
        no=row.no,
        role=Role(row.role),
        hands=frozenset(filter(None, [*row.hands, row.done_by])),
        command=Command(row.command) if row.command else None,
        round=row.round,
        by_name=row.done_by_name,
        at=row.done_at,
        stands_for=Role(row.stands_for) if row.stands_for else None,
    )


def person_for(instance: Instance, step: OpenStep, user: str, field: str) -> model.User:
    """The user (id or name) to whom the step can be given. Raises Invalid."""
    found = model.User.get(user)
    if found is None:
        raise Invalid("There is no such person.", field=field, mend="Choose from the list.")
    performers.check_assignee(instance, step, actors.actor_for(found), field)
    return found


def candidates(instance: Instance, step: OpenStep) -> list[model.User]:
    """Who could be given the step now: the holders of its role whom four eyes do not bar."""
    agency, process = step.organization_id or instance.organization_id, instance.sop.process.value
    people = actors.users_holding(step.role, agency, process)
    return [user for user in people if not rules.barred_by(instance, step, user.id)]
