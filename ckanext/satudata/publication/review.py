"""The case of a dataset's review: found, opened, and who follows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.publication.effects import PROCESS, SUBJECT, described
from ckanext.satudata.shared import process, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.publishing import approvals, datasets, frozen
from ckanext.satudata.shared.revision import revising, revisions
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import case_view

LADDER = (Role.SECTION_HEAD, Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD)
AGENCY_ROLES = (Role.OPERATOR, Role.VERIFIER, Role.PRODUCER_HEAD, *LADDER)


def case_of(session: Any, package_id: str) -> Case | None:
    """The newest review of a dataset, running or ended."""
    return session.scalars(Case.about(SUBJECT, package_id)).first()


def lock_case(session: Any, package_id: str) -> Case | None:
    """The running review; the dataset's row is locked, so that two presses open one case."""
    session.execute(DatasetState.locked(package_id)).scalar_one_or_none()
    return session.scalars(Case.about(SUBJECT, package_id, only_open=True)).first()


def send(
    session: Any, context: dict[str, Any], package_id: str, payload: dict[str, Any], key: str | None
) -> tuple[dict[str, Any], list[Callable[[], Any]]]:
    """Sends a draft or a change: opens its case, or goes on with the one that was returned. Does not commit.

    Returns (answer, what to run after the commit). Raises Conflict where nothing waits to be sent, and for a stub.
    """
    if datasets.stage_of(session, package_id) is DatasetStage.WITHDRAWN:
        raise frozen.refusal(DatasetStage.WITHDRAWN)
    case = lock_case(session, package_id)
    if case is None:
        _require_change(session, package_id)
        case = start(session, package_id, actor_of(context))
    return process.carry_out(session, context, case.id, "submit", payload, key)


def _require_change(session: Any, package_id: str) -> None:
    stage = datasets.stage_of(session, package_id)
    if stage is DatasetStage.PUBLISHED and not revisions.has_working_copy(session, package_id):
        raise Conflict(
            "Nothing of this dataset waits to be sent.",
            field="state",
            mend="Change the description or a file first; what the public sees stays until the change is published.",
        )


def shown_to_reviewers(session: Any, case: Case) -> dict[str, Any]:
    """What the case is about: the draft, or the working copy of what is published."""
    if case.data.get("revision") and revisions.has_working_copy(session, case.subject_id):
        return revising.shown(session, case.subject_id)
    return described(case.subject_id)


def start(session: Any, package_id: str, actor: Actor) -> Case:
    """Opens the review at the operator's step; its clock runs from now, when it is sent."""
    datasets.state_of(session, package_id)
    package = model.Package.get(package_id)
    revision = revisions.open_of(session, package_id) if revising.is_published(session, package) else None
    return process.start(
        session,
        PROCESS,
        subject_type=SUBJECT,
        subject_id=package_id,
        organization_id=package.owner_org,
        actor=actor,
        data={"revision": revision.id} if revision is not None else None,
    )


def discard(session: Any, context: dict[str, Any], package: model.Package, actor: Actor) -> list[Callable[[], Any]]:
    """Throws the working copy away, its case too; returns what to run after the commit. Raises NotThere, Conflict."""
    datasets.lock(session, package)
    case = session.scalars(Case.about(SUBJECT, package.id, only_open=True)).first()
    revision = revisions.open_of(session, package.id)
    if revision is None:
        raise NotThere("There is no change of this dataset that is not published.")
    if revision.state != RevisionState.DRAFT.value:
        raise frozen.refusal_of_change(revision.state)
    afterwards: list[Callable[[], Any]] = []
    if case is not None:
        _answer, afterwards = process.carry_out(session, context, case.id, "withdraw")
    revisions.discard(session, revision, actor)
    return afterwards


def returned(session: Any, case: Case) -> dict[str, Any] | None:
    """Who sent the draft back, when and with which note, see `case_view.returned`; None where it was not."""
    steps = list(session.scalars(CaseStep.of([case.id])))
    return case_view.returned(steps, case_view.display_names(session, {step.done_by_name for step in steps}))


def gaps(package: dict[str, Any]) -> list[dict[str, str]]:
    """What is missing before it can be sent, in the reader's language."""
    return [{"field": gap.field, "label": tk._(gap.label), "why": tk._(gap.why)} for gap in metadata.missing(package)]


def may_submit(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person is an operator of the producer."""
    return actor.has(Role.OPERATOR, organization_id, PROCESS)


def may_follow(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person sees where a dataset of this producer stands."""
    if actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA, Role.AUDITOR, process=PROCESS):
        return True
    return any(actor.has(role, organization_id, PROCESS) for role in AGENCY_ROLES)


def levels(session: Any, case: Case) -> list[dict[str, Any]]:
    """Who checks a dataset that is sent, in the order of the SOP: what is done, who has it now, who comes after."""
    if case.ended_at is not None:
        return []
    sop = sops.of_version(session, case.sop_version_id)
    done = {(one["step"], one["role"]): one["at"] for one in approvals.levels_of(session, case.id)}
    here = {(step.no, step.role) for step in session.scalars(CaseStep.open_of(case.id))}
    found = []
    for step in sop.steps.values():
        for role in step.pelaksana if Command.APPROVE in step.exits or Command.PUBLISH in step.exits else ():
            key = (step.no, role.value)
            state = "now" if key in here else "done" if key in done else "todo"
            at = done.get(key) if state == "done" else None
            found.append(
                {"step": step.no, "role": role.value, "role_name": words.role_name(role), "state": state, "at": at}
            )
    return found


def drafts_of(session: Any, actor: Actor) -> list[dict[str, Any]]:
    """What the person, an operator of these agencies, has not sent: drafts, and changes of what is published.

    Each is `{id, name, title, organization, since, is_change}`; `since` it was last changed.
    """
    held = [held.organization_id for held in actor.held if held.role is Role.OPERATOR and held.counts_for(PROCESS)]
    changed_at = sa.func.coalesce(Revision.changed_at, DatasetState.changed_at)
    published = sa.and_(DatasetState.state == DatasetStage.PUBLISHED.value, Revision.id.is_not(None))
    is_change = sa.and_(Revision.package_id == model.Package.id, Revision.state == RevisionState.DRAFT.value)
    query = (
        sa.select(
            model.Package.id,
            model.Package.name,
            sa.func.coalesce(Revision.content["title"].astext, model.Package.title),
            model.Group.title,
            changed_at,
            Revision.id,
        )
        .join(DatasetState, DatasetState.package_id == model.Package.id)
        .join(model.Group, model.Group.id == model.Package.owner_org)
        .outerjoin(Revision, is_change)
        .where(sa.or_(DatasetState.state == DatasetStage.DRAFT.value, published), model.Package.state == "active")
        .order_by(changed_at.desc())
    )
    if None not in held:
        query = query.where(model.Package.owner_org.in_(held))
    return [
        {
            "id": row[0],
            "name": row[1],
            "title": row[2],
            "organization": row[3],
            "since": row[4].astimezone(timezone.utc),
            "is_change": row[5] is not None,
        }
        for row in session.execute(query)
    ]


def copyable(session: Any, actor: Actor, part: str, limit: int) -> list[dict[str, Any]]:
    """Approved datasets of the operator's agencies whose title holds `part`, the newest first: what can be copied."""
    held = [held.organization_id for held in actor.held if held.role is Role.OPERATOR and held.counts_for(PROCESS)]
    stages = [DatasetStage.PUBLISHED.value, DatasetStage.CLOSED.value]
    query = (
        sa.select(model.Package.id, model.Package.title, model.Group.title, model.Package.metadata_modified)
        .join(DatasetState, DatasetState.package_id == model.Package.id)
        .join(model.Group, model.Group.id == model.Package.owner_org)
        .where(DatasetState.state.in_(stages), model.Package.state == "active")
        .order_by(model.Package.metadata_modified.desc(), model.Package.id)
        .limit(limit)
    )
    if None not in held:
        query = query.where(model.Package.owner_org.in_(held))
    if part:
        query = query.where(model.Package.title.icontains(part, autoescape=True))
    names = ("id", "title", "organization", "since")
    return [dict(zip(names, row, strict=True)) for row in session.execute(query)]
