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
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.publication.effects import PROCESS, SUBJECT
from ckanext.satudata.shared import case_view, datasets, frozen, process, revising, revisions

AGENCY_ROLES = (Role.OPERATOR, Role.VERIFIER, Role.PRODUCER_HEAD)


def case_of(session: Any, package_id: str) -> Case | None:
    """The newest review of a dataset, running or ended."""
    return session.scalars(Case.about(SUBJECT, package_id)).first()


def lock_case(session: Any, package_id: str) -> Case | None:
    """The running review. Where there is none the dataset's row is locked, so that two presses open one case.

    To be called before anything is written: a case found after the lock gives the lock back, because every command
    locks the case first and the dataset after it.
    """
    running = Case.about(SUBJECT, package_id, only_open=True)
    case = session.scalars(running).first()
    if case is None:
        session.execute(DatasetState.locked(package_id)).scalar_one_or_none()
        case = session.scalars(running).first()
        if case is not None:
            session.rollback()
    return case


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


def drafts_of(session: Any, actor: Actor) -> list[dict[str, Any]]:
    """What the person, an operator of these agencies, has not sent: drafts, and changes of what is published.

    Each is `{id, name, title, organization, changed_at, is_change}`.
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
            "changed_at": row[4].astimezone(timezone.utc),
            "is_change": row[5] is not None,
        }
        for row in session.execute(query)
    ]
