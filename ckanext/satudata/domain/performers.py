"""Who does an open step: given to one person, or to an office that stands in. Pure.

A step belongs to everybody who holds its role. A superior or Walidata may give it to one of them. Where `not_same_as`
bars the only officer that an agency has for it, the office named by `stand_in` gets it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Sop, StandIn
from ckanext.satudata.domain.sop_checks import after, reach

NOBODYS = frozenset({Role.APPLICANT, Role.SYSTEM})
"""Parties that no officer is."""

SUPERIORS: Mapping[Role, tuple[Role, ...]] = MappingProxyType(
    {
        Role.OPERATOR: (Role.VERIFIER, Role.PRODUCER_HEAD),
        Role.VERIFIER: (Role.PRODUCER_HEAD,),
        Role.PPID_PEMBANTU: (Role.PRODUCER_HEAD, Role.PPID),
        Role.PPID: (Role.PPID_SUPERIOR,),
        Role.DESIGNER: (Role.REDAKTUR,),
        Role.STAFF: (Role.SECTION_HEAD, Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD),
        Role.SECTION_HEAD: (Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD),
        Role.DIVISION_HEAD: (Role.DEPARTMENT_HEAD,),
    }
)
"""Whose word goes over a role's; Walidata's goes over every one in the cases that it sees."""


def assigners(role: Role) -> tuple[Role, ...]:
    """Who may give a step of that role to a person."""
    return (*SUPERIORS.get(role, ()), Role.WALIDATA)


def require_assigner(instance: Instance, step: OpenStep, actor: Actor) -> None:
    """Raises NotAllowed, for a system administrator without such a role too."""
    roles = assigners(step.role)
    agency = step.organization_id or instance.organization_id
    if step.role in NOBODYS or not any(rules.holds_role(actor, role, agency, instance) for role in roles):
        raise NotAllowed("Only {roles} may do this.", mend="Ask an officer who holds that role.", roles=roles)


def check_assignee(instance: Instance, step: OpenStep, person: Actor, field: str) -> None:
    """Whether the step can be given to that person. Raises Invalid."""
    if not does(instance, step, person):
        raise Invalid(
            "{name} does not hold the role of this step.",
            field=field,
            mend="Choose from the list.",
            name=person.name,
        )
    no = rules.barred_by(instance, step, person.user_id)
    if no == rules.REVIEWED:
        raise Invalid(
            "{name} worked on what is looked at here; this step needs another person.",
            field=field,
            mend="Choose somebody else.",
            name=person.name,
        )
    if no:
        raise Invalid(
            "{name} worked on step {step}; this step needs another person.",
            field=field,
            mend="Choose somebody else.",
            name=person.name,
            step=no,
        )


def does(instance: Instance, step: OpenStep, person: Actor) -> bool:
    """Whether the person holds the role of the step, for its agency and process."""
    return rules.holds_role(person, step.role, step.organization_id or instance.organization_id, instance)


@dataclass(frozen=True)
class Office:
    """The officers of one agency for one process: `holders` of the step's role, and `everybody` of any role."""

    holders: frozenset[str]
    everybody: frozenset[str]


def needs_stand_in(instance: Instance, step: OpenStep, office: Office) -> bool:
    """Whether four eyes leave nobody of the agency for a step that names a stand-in.

    All who hold the role are barred; or nobody holds it, and the agency's only officer is barred.
    """
    if instance.sop.step(step.no).stand_in is None or step.part in GOVERNMENT_WIDE:
        return False
    people = office.holders or (office.everybody if len(office.everybody) == 1 else frozenset())
    return bool(people) and all(rules.barred_by(instance, step, person) for person in people)


def stand_in(instance: Instance, step: OpenStep, parent_id: str | None) -> tuple[Role, str | None] | None:
    """Role and agency that stand in, by the file; None where the agency has no parent."""
    if instance.sop.step(step.no).stand_in is StandIn.WALIDATA:
        return Role.WALIDATA, None
    return (step.part, parent_id) if parent_id else None


def ahead(sop: Sop, numbers: Iterable[str]) -> Collection[str]:
    """The steps that a case at these may still come to, by any way; these included."""
    return reach(set(numbers), {no: after(step) for no, step in sop.steps.items()})
