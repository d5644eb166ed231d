"""Another office does the step where four eyes leave nobody of a small agency, as `stand_in` of the SOP says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import access, performers
from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.performers import Office
from ckanext.satudata.domain.process import Instance, OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, journal, raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import instances

NAMED = "stand_in_named"


def settle(session: Any, case: Case) -> list[CaseStep]:
    """Gives open steps to the stand-in, or back to the agency once it has somebody; no commit. Returns
    those that changed hands.

    Asked whenever steps open and, since roles come and go, by `shared.orders.vacancies` from time to time.
    """
    sop = sops.of_version(session, case.sop_version_id)
    if not any(step.stand_in for step in sop.steps.values()):
        return []
    rows = {row.id: row for row in session.scalars(CaseStep.of([case.id]))}
    instance = instances.instance_of(session, case, rows.values())
    return [rows[step.id] for step in instance.open if _settle(session, case, instance, step, rows[step.id])]


def _settle(session: Any, case: Case, instance: Instance, step: OpenStep, row: CaseStep) -> bool:
    if case.organization_id is None or instance.sop.step(step.no).stand_in is None or step.part in GOVERNMENT_WIDE:
        return False
    if step.organization_id and process_rules.branch_of(step, case.organization_id) != case.organization_id:
        return False  # another agency that is asked beside this one
    if step.role in GOVERNMENT_WIDE and step.organization_id:
        return False  # taken over
    wanted: tuple[Role, str | None] | None = (step.part, case.organization_id)
    if performers.needs_stand_in(instance, step, office_of(session, case, step.part)):
        wanted = performers.stand_in(instance, step, parent_of(session, case.organization_id))
    if wanted is None or wanted == (step.role, step.organization_id):
        return False
    role, agency = wanted
    stands = wanted != (step.part, case.organization_id)
    with raw_writes.writing(session, CaseStep):
        row.stands_for = step.part.value if stands else None
        row.role, row.organization_id, row.assignee_id = role.value, agency, None
    journal.append(
        session,
        NAMED,
        actor=SYSTEM,
        case_id=case.id,
        subject=(case.subject_type, case.subject_id),
        payload={"step": row.no, "role": step.part.value, "to_role": role.value, "organization_id": agency or ""},
    )
    return True


def office_of(session: Any, case: Case, role: Role) -> Office:
    """Who of the case's agency acts in its process."""
    held = OfficerRole.not_ended(clock.today()).where(
        AccountProof.holds_for(OfficerRole.user_id),
        sa.or_(OfficerRole.organization_id == case.organization_id, OfficerRole.organization_id.is_(None)),
    )
    rows = [row for row in session.scalars(held) if row.held.counts_for(case.process)]
    return Office(
        holders=frozenset(row.user_id for row in rows if row.role == role.value),
        everybody=frozenset(row.user_id for row in rows if row.organization_id),
    )


def parent_of(session: Any, organization_id: str) -> str | None:
    """The agency above: CKAN's own hierarchy of organizations."""
    agency = session.get(model.Group, organization_id)
    above = agency.get_parent_groups("organization") if agency is not None else []
    return above[0].id if above else None


def reader(session: Any, actor: Actor, package: model.Package) -> Actor:
    """The person as a reader of this dataset: who stands in at an open step has meanwhile the role he stands in for."""
    if not actor.held or access.reads_unpublished(actor, package.owner_org):
        return actor
    parts = [
        Held(Role(row.stands_for), package.owner_org)
        for row in _standing(session, package.id)
        if actor.has(Role(row.role), row.organization_id, access.PROCESS)
    ]
    return replace(actor, held=(*actor.held, *parts)) if parts else actor


def labels_of(session: Any, package_id: str) -> list[str]:
    """The labels of those who stand in at an open step about the dataset."""
    return [label(Role(row.role), row.organization_id) for row in _standing(session, package_id) if row.organization_id]


def label(role: Role, organization_id: str) -> str:
    """The label of a role of an agency, as far as it stands in for another."""
    return f"satudata-stand-in-{role.value}-{organization_id}"


def _standing(session: Any, package_id: str) -> Sequence[Any]:
    return session.execute(_STANDING, {"package": package_id}).all()


_STANDING = (
    sa.select(CaseStep.role, CaseStep.organization_id, CaseStep.stands_for)
    .join(Case, Case.id == CaseStep.case_id)
    .where(Case.subject_type == "dataset", Case.subject_id == sa.bindparam("package"))
    .where(CaseStep.done_at.is_(None), CaseStep.stands_for.is_not(None))
)
