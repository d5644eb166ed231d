"""Roles and how they are held (glossary; evaluated at each decision)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Role(str, Enum):
    """A role an officer can hold, or a party that acts in a process."""

    WALIDATA = "walidata"
    PPID = "ppid"
    PPID_PEMBANTU = "ppid_pembantu"
    PPID_SUPERIOR = "ppid_superior"
    PRODUCER_HEAD = "producer_head"
    VERIFIER = "verifier"
    OPERATOR = "operator"
    DESIGNER = "designer"
    REDAKTUR = "redaktur"
    STAFF = "staff"
    """Staff of the section, below its head (004)."""
    SECTION_HEAD = "section_head"
    DIVISION_HEAD = "division_head"
    DEPARTMENT_HEAD = "department_head"
    AUDITOR = "auditor"
    APPLICANT = "applicant"
    """The citizen who asks; nobody holds it in the officers' table."""
    SYSTEM = "system"
    """The portal itself, for steps that run by the clock."""


class HoldKind(str, Enum):
    """On what footing a role is held."""

    DEFINITIVE = "definitive"
    PLT = "plt"
    PLH = "plh"
    AN = "an"


PHONE, PAPER = "phone", "paper"


@dataclass(frozen=True)
class Held:
    """One role held by one person. `organization_id` None means government-wide; `processes` empty means all."""

    role: Role
    organization_id: str | None
    kind: HoldKind = HoldKind.DEFINITIVE
    processes: frozenset[str] = frozenset()
    valid_from_on: date | None = None
    valid_until_on: date | None = None

    def counts_for(self, process: str | None) -> bool:
        """Whether the role counts in this process; one held a.n. for named processes counts nowhere else."""
        return not self.processes or process in self.processes

    def in_force(self, on: date) -> bool:
        """Whether the role is held on that day; both ends count."""
        return (self.valid_from_on is None or self.valid_from_on <= on) and (
            self.valid_until_on is None or on <= self.valid_until_on
        )


@dataclass(frozen=True)
class Actor:
    """Who acts, with the roles in force at that instant."""

    user_id: str | None
    name: str
    held: tuple[Held, ...] = ()
    is_sysadmin: bool = False
    via: str = ""
    """By what way the person acts where it is not a login: `PHONE` or `PAPER`; the journal keeps it."""

    def has(self, role: Role, organization_id: str | None = None, process: str | None = None) -> bool:
        """Whether the role is held for that agency (government-wide counts) and that process."""
        return any(
            held.role == role
            and (held.organization_id is None or held.organization_id == organization_id)
            and held.counts_for(process)
            for held in self.held
        )

    def footing(self, role: Role, organization_id: str | None, process: str | None) -> HoldKind | None:
        """On what footing the role is held there; the definitive one where there are several, None without the role.

        `organization_id` None: for any agency.
        """
        kinds = {
            held.kind
            for held in self.held
            if held.role == role
            and held.counts_for(process)
            and (organization_id is None or held.organization_id in (None, organization_id))
        }
        return next((kind for kind in HoldKind if kind in kinds), None)

    def has_anywhere(self, *roles: Role, process: str | None = None) -> bool:
        """Whether one of the roles is held for any agency, and for that process."""
        return any(held.role in roles and held.counts_for(process) for held in self.held)
