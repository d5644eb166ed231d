"""An applicant gets one answer, however many agencies were asked: what that asks of the SOP file of a request.

The ways of the agencies meet where the answer goes out: it ends whatever is open beside it (`cancels: true`), and what
the answering office sends back it sends to an agency that it names (`agency_from`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command, Exit, Sop, Step
from ckanext.satudata.domain.sop_meaning import AGENCY, REQUESTS
from ckanext.satudata.domain.sop_text import Faults


def check(sop: Sop, faults: Faults) -> None:
    """Adds a fault for every answer that would leave another one owed, and for every return to nobody in particular."""
    for step, exit_ in _loose(sop):
        if exit_.command is Command.DELIVER:
            fault = "`deliver` leaves open what lies with other agencies: a second answer would be owed beside it."
            mend = f"Write `deliver: {{to: {', '.join(exit_.to) or 'end'}, cancels: true}}`."
        else:
            fault = f"`{exit_.command.value}` does not say to which of several agencies it goes."
            mend = f"Write `{exit_.command.value}: {{to: {', '.join(exit_.to)}, agency_from: {AGENCY}}}`."
        faults.add_new(step.line, step.no, fault, mend)


def joined(sop: Sop) -> Sop:
    """The same file with both said: what cases follow that began before it was asked of files."""
    mended: dict[str, Step] = {}
    for step, exit_ in _loose(sop):
        said = {"cancels": True} if exit_.command is Command.DELIVER else {"agency_from": AGENCY}
        exits = {**mended.get(step.no, step).exits, exit_.command: replace(exit_, **said)}
        mended[step.no] = replace(step, exits=MappingProxyType(exits))
    rows = tuple(mended.get(row.no, row) for row in sop.rows)
    return replace(sop, steps=MappingProxyType({**sop.steps, **mended}), rows=rows) if mended else sop


def _loose(sop: Sop) -> Iterator[tuple[Step, Exit]]:
    if sop.process not in REQUESTS:
        return
    for step, exit_ in sop.exits():
        is_loose = exit_.command is Command.DELIVER and not exit_.cancels
        if is_loose or (exit_.command is Command.RETURN and not exit_.agency_from and _to_agencies(sop, step, exit_)):
            yield step, exit_


def _to_agencies(sop: Sop, step: Step, exit_: Exit) -> bool:
    """Whether an exit leads from an office of which there is one to a step that each agency has for itself."""
    following = [sop.steps[no] for no in exit_.to if no in sop.steps]
    return set(step.pelaksana) <= GOVERNMENT_WIDE and any(set(one.pelaksana) - GOVERNMENT_WIDE for one in following)
