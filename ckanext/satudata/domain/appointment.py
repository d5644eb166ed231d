"""When a role may be given, by whom, and for what; the law behind the officers' table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, Several
from ckanext.satudata.domain.officer import Actor, Held, HoldKind, Role

AGENCY_ROLES = frozenset({Role.OPERATOR, Role.VERIFIER, Role.PRODUCER_HEAD, Role.PPID_PEMBANTU})
"""Held for one agency. Never government-wide: an empty cell in a list must not open every agency."""

GOVERNMENT_ROLES = frozenset({Role.WALIDATA, Role.PPID, Role.PPID_SUPERIOR, Role.AUDITOR})
"""Held for the whole government; there is one Walidata and one PPID."""

GRANTABLE = tuple(role for role in Role if role not in (Role.APPLICANT, Role.SYSTEM))
"""Every role an officer can hold; those in neither set above may be held either way."""

KIND_LABELS: dict[HoldKind, str] = {
    HoldKind.DEFINITIVE: "Definitive",
    HoldKind.PLT: "Acting (Plt.)",
    HoldKind.PLH: "Daily acting (Plh.)",
    HoldKind.AN: "On behalf of (a.n.)",
}


@dataclass(frozen=True)
class Appointment:
    """A checked role to be given: what is held, and the letter that gives it."""

    held: Held
    letter_number: str
    letter_on: date | None = None


def require_manager(actor: Actor) -> None:
    """Raises `NotAllowed` unless the actor may give and end roles: Walidata or a system administrator."""
    if not (actor.is_sysadmin or actor.has(Role.WALIDATA)):
        raise NotAllowed("Only the data steward (Walidata) or a system administrator may change officers' roles.")


def may_read_journal(actor: Actor) -> bool:
    """Auditor, Walidata and system administrators search the journal."""
    return actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA, Role.AUDITOR)


def may_export_journal(actor: Actor) -> bool:
    """Auditor and system administrators take the journal away as a file."""
    return actor.is_sysadmin or actor.has_anywhere(Role.AUDITOR)


def may_erase_notes(actor: Actor) -> bool:
    """Walidata and PPID, who answer for people's data; a system administrator without such a role does not."""
    return actor.has_anywhere(Role.WALIDATA, Role.PPID)


def check(appointment: Appointment, known_processes: Iterable[str] | None = None) -> Appointment:
    """The appointment, if it can stand; else raises `Several` with every fault.

    `known_processes` are the names a.n. may be limited to; None skips that question.
    """
    Several.refuse(faults(appointment, known_processes))
    return appointment


def faults(appointment: Appointment, known_processes: Iterable[str] | None = None) -> Iterator[Invalid]:
    """Everything for which the appointment cannot stand, each with its field."""
    held = appointment.held
    if held.role not in GRANTABLE:
        yield Invalid("This role cannot be given to an officer.", field="role", mend="Choose a role from the list.")
    if held.role in AGENCY_ROLES and not held.organization_id:
        yield Invalid("This role is held for one agency.", field="organization_id", mend="Choose the agency.")
    if held.role in GOVERNMENT_ROLES and held.organization_id:
        yield Invalid(
            "This role is held for the whole government.", field="organization_id", mend="Leave the agency empty."
        )
    yield from _faults_of_period(held)
    yield from _faults_of_processes(held, known_processes)
    if not appointment.letter_number:
        yield Invalid(
            "The number of the appointment letter is missing.",
            field="letter_number",
            mend="Enter the number as it stands on the letter.",
        )
    if appointment.letter_on and held.valid_until_on and appointment.letter_on > held.valid_until_on:
        yield Invalid(
            "The letter is dated after the role ends.",
            field="letter_on",
            mend="Check the letter's date and the last day.",
        )


def refuse_past(appointment: Appointment, today: date) -> None:
    """Raises `Invalid` for a role that would have ended before it is given."""
    last = appointment.held.valid_until_on
    if last and last < today:
        raise Invalid(
            "The last day has passed already.",
            field="valid_until_on",
            mend="Enter a later last day; a role that has ended is not given any more.",
        )


def _faults_of_period(held: Held) -> Iterator[Invalid]:
    if held.valid_from_on and held.valid_until_on and held.valid_until_on < held.valid_from_on:
        yield Invalid("The last day is before the first day.", field="valid_until_on", mend="Enter a later last day.")
    if held.kind in (HoldKind.PLT, HoldKind.PLH) and not held.valid_until_on:
        yield Invalid(
            "An acting officer is appointed for a time.",
            field="valid_until_on",
            mend="Enter the last day of the acting appointment.",
        )


def _faults_of_processes(held: Held, known: Iterable[str] | None) -> Iterator[Invalid]:
    if held.kind == HoldKind.AN and not held.processes:
        yield Invalid(
            "Signing on behalf (a.n.) is for named processes.", field="processes", mend="Choose at least one process."
        )
    if held.kind != HoldKind.AN and held.processes:
        yield Invalid(
            "Only signing on behalf (a.n.) is limited to processes.",
            field="processes",
            mend="Leave the processes empty, or choose a.n.",
        )
    unknown = sorted(held.processes - frozenset(known)) if known is not None else []
    if unknown:
        yield Invalid(
            "Unknown process: {process}.", field="processes", mend="Choose from the list.", process=unknown[0]
        )


def overlap(one: Held, other: Held) -> bool:
    """Whether two rows give the same person the same role for the same agency on a common day."""
    return (
        (one.role, one.organization_id) == (other.role, other.organization_id)
        and (one.kind == HoldKind.AN) == (other.kind == HoldKind.AN)
        and (one.valid_from_on or date.min) <= (other.valid_until_on or date.max)
        and (other.valid_from_on or date.min) <= (one.valid_until_on or date.max)
    )


def refuse_overlap(new: Held, rows: Iterable[Held]) -> None:
    """Raises `Conflict` when the person already holds that role for that agency in that time."""
    if any(overlap(new, row) for row in rows):
        raise Conflict(
            "This person already holds this role for this agency in that period.",
            field="role",
            mend="End the present row first, or choose a later first day.",
        )
