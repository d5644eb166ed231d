"""The approval sheet: whose decisions are taken from paper, and who may enter them. Pure."""

from __future__ import annotations

from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.errors import Conflict, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.process import Instance, OpenStep

HEADS = (
    Role.PRODUCER_HEAD,
    Role.SECTION_HEAD,
    Role.DIVISION_HEAD,
    Role.DEPARTMENT_HEAD,
    Role.PPID_SUPERIOR,
)
"""Who signs on paper; everybody else decides at a screen."""


def may_make(actor: Actor, head_id: str, process: str) -> bool:
    """Whether the person may print what waits for that head: the head, and Walidata, who enters it."""
    return actor.user_id is not None and (
        actor.user_id == head_id or actor.has_anywhere(Role.WALIDATA, process=process)
    )


def check_enterer(instance: Instance, step: OpenStep, enterer: Actor, head_id: str) -> None:
    """Raises NotAllowed for who may not enter the head's decision on this step.

    Walidata only, never the head. Who enters is bound as who signs: nobody whom four eyes keep from the step, and
    nobody who drafted it, whatever the SOP says.
    """
    if not enterer.has_anywhere(Role.WALIDATA, process=instance.sop.process.value) or enterer.user_id == head_id:
        raise NotAllowed(
            "Only {roles} may do this.", mend="Ask an officer who holds that role.", roles=(Role.WALIDATA,)
        )
    if step.role not in HEADS:
        raise NotAllowed("Only decisions of a head are taken from paper.", mend="This officer decides on the desk.")
    drafted = (done.hands for done in instance.done if done.no == instance.sop.first)
    if enterer.user_id in rules.barred_from(instance, step).union({instance.started_by or ""}, *drafted):
        raise NotAllowed(
            "You worked on this case yourself; the sheet is entered by another officer.",
            mend="Ask another officer of Walidata.",
        )


def check_content(shown: str, now: str) -> None:
    """Raises Conflict where what was read and what stands now are two things."""
    if shown != now:
        raise Conflict(
            "This is not the content that was read: it is another by now.",
            field="state",
            mend="Read it as it is now, and decide on that.",
        )
