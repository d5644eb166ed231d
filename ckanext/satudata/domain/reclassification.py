"""When the level of what is public may be changed, and by whom.

Narrowing acts at once, provisionally: a consequence test must follow (UU 14/2008 art. 19). Widening is decided by a
review. Sources: Malang SOP 000 steps 1-2, Jember SOP 003 step 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role

PROCESS = "classification"
"""The process in which levels are tested and decided; a role held a.n. counts only if it is held for this one."""

OVERSEERS = (Role.PPID, Role.PPID_SUPERIOR)
"""Whose desk shows a step of this process that is overdue, whoever has it."""

SHORTEST_REASON = 10
"""Characters: a word is no reason that anybody could test."""


class Kind(str, Enum):
    """What was done to a level."""

    NARROWING = "narrowing"
    """At once and provisional: the test is still to come."""
    WITHDRAWAL = "withdrawal"
    """Walidata's act: the data are taken back, for whatever reason."""
    WIDENING = "widening"
    """After a review: more becomes public than before."""


KIND_WORDS = {
    Kind.NARROWING.value: "Narrowed at once",
    Kind.WITHDRAWAL.value: "Withdrawn",
    Kind.WIDENING.value: "Opened after a review",
}
"""What was done (msgids)."""


def may_narrow(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person may narrow what this agency has published: Walidata, PPID, the head of the agency.

    Being a system administrator is no such role.
    """
    return actor.has_anywhere(Role.WALIDATA, Role.PPID, process=PROCESS) or (
        organization_id is not None and actor.has(Role.PRODUCER_HEAD, organization_id, PROCESS)
    )


def require_narrower(actor: Actor, organization_id: str | None) -> None:
    """Raises NotAllowed for everybody else."""
    if not may_narrow(actor, organization_id):
        raise NotAllowed(
            "Only Walidata, PPID and the head of the agency narrow the access to published data.",
            mend="Tell one of them what should not be public.",
        )


def check_narrowing(
    actor: Actor, organization_id: str | None, stage: DatasetStage, old: Level, new: Level, reason: str
) -> None:
    """Raises NotAllowed, Conflict or Invalid where this narrowing may not be."""
    require_narrower(actor, organization_id)
    if stage is not DatasetStage.PUBLISHED:
        raise Conflict(
            "Only what is published can be reclassified.",
            field="state",
            mend="The level of a draft is chosen in its form; one in review is returned first.",
        )
    if new.strictness == old.strictness:
        raise Conflict("It has this level already.", field="to_level", mend="Load the page again.")
    if new.strictness < old.strictness:
        raise Invalid(
            "This would open more than before.",
            field="to_level",
            mend="Opening goes through the review of the classification; it is begun on the desk.",
        )
    check_reason(reason)


def uncovered(agreed: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts that would be opened now and were not agreed to as they are; what is gone opens nothing."""
    return [part for part, hash_ in now.items() if agreed.get(part) != hash_]


def check_proposal(note: str) -> None:
    """Raises Invalid for a wish to open further that says nothing about why."""
    if len(note.strip()) < SHORTEST_REASON:
        raise Invalid(
            "A reason is needed.",
            field="note",
            mend="Write in a sentence why this may be more open; verifier, head and PPID read it.",
        )


def check_reason(reason: str) -> None:
    """Raises Invalid for a reason that says nothing."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            "A reason is needed.",
            field="reason",
            mend="Write in a sentence why this must not be public any more; it is kept in the journal.",
        )
