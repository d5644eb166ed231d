"""Written orders (disposisi): who hands one to whom at which step, as `disposition` of the SOP says. Pure.

The chain names the roles in order. Those before the last perform the step (in turn where there are several) and give
the order with the command that agrees; the last one gets the step that opens by it. Where the chain ends with the
performer of the first step, the order begins the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command, Sop, Step
from ckanext.satudata.domain.sop_text import Faults

MOST_FILES = 5
FILE = "attachment_"
"""Fields of the payload: `attachment_1` to `attachment_5`."""
FIELDS = frozenset({"to_user", "order_due_on"})
"""Its other fields; the instruction is the `note`."""
NEEDED = "Write the instruction: what is to be done."


@dataclass(frozen=True)
class Order:
    """What is ordered beside the instruction. `to_user`: the person, empty for whoever holds the role."""

    to_user: str = ""
    due_on: date | None = None


def given_with(sop: Sop, no: str, role: Role, command: Command) -> Role | None:
    """To which role an order goes that `role` gives with this command at this step; None where the file names none."""
    step = sop.step(no)
    if command is not next(iter(step.exits)) or role not in step.pelaksana:
        return None
    return dict(zip(step.disposition, step.disposition[1:], strict=False)).get(role)


def begins(sop: Sop) -> tuple[Role, Role] | None:
    """Who begins a case by an order, and who gets it; None where cases do not begin so."""
    step = sop.step(sop.first)
    return (step.disposition[0], step.disposition[1]) if _is_before(step) else None


def _is_before(step: Step) -> bool:
    chain = step.disposition
    return len(chain) == 2 and chain[1] in step.pelaksana and chain[0] not in step.pelaksana


def read(to_user: str, due_on: str, today: date) -> Order:
    """The order as it was typed. Raises Invalid."""
    try:
        on = date.fromisoformat(due_on) if due_on else None
    except ValueError:
        raise Invalid("This is no date.", field="order_due_on", mend="Write it like 2026-03-16.") from None
    if on and on < today:
        raise Invalid("This day has passed already.", field="order_due_on", mend="Choose today or a later day.")
    return Order(to_user, on)


def check_due(ordered_on: date | None, sop_due_on: date | None) -> None:
    """An order may shorten the time that the SOP gives, never lengthen it. Raises Invalid."""
    if ordered_on and sop_due_on and ordered_on > sop_due_on:
        raise Invalid(
            "The SOP gives this step until {date}; an order cannot give more.",
            field="order_due_on",
            mend="Choose that day or an earlier one, or leave the date empty.",
            date=sop_due_on,
        )


def check(sop: Sop, faults: Faults) -> None:
    """Adds a fault for every chain that nobody could carry out."""
    for step in sop.steps.values():
        chain = step.disposition
        if not chain:
            continue
        if _is_before(step):
            _check_start(sop, step, faults)
        elif step.pelaksana != chain[:-1] or len(chain) < 2 or (len(chain) > 2 and not step.in_turn):
            fault = "`disposition` does not fit `pelaksana`."
            mend = "Name who performs the step (several: `in_turn: true`), then who gets the order."
            faults.add(step.line, step.no, fault, mend)
        elif not any(chain[-1] in sop.steps[no].pelaksana for no in _onward(step) if no in sop.steps):
            fault = f"The order goes to {chain[-1].value}, who performs no step that opens by it."
            faults.add(step.line, step.no, fault, "Let the first exit lead to a step of that role.")


def _check_start(sop: Sop, step: Step, faults: Faults) -> None:
    giver = step.disposition[0]
    if step.no != sop.first:
        fault = f"{giver.value} gives the order for this step before it opens, and it is not the first one."
        faults.add(step.line, step.no, fault, "Give the order a step of its own, or the first step this chain.")
    elif sop.start is None or giver not in sop.start.by:
        fault = f"{giver.value} gives the order that begins the case, and may not begin one."
        faults.add(step.line, step.no, fault, f"Add {giver.value} to `by` of `mulai`.")


def _onward(step: Step) -> tuple[str, ...]:
    return next(iter(step.exits.values())).to
