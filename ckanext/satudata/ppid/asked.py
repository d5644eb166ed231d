"""What each agency that is asked owes of a request: its decision, its file, its letter of refusal.

The one rule for whatever takes a request from its usual way (sent back, routed anew, an upheld objection): what an
agency has decided stands until that agency is asked anew or PPID says that it counts no more, and what it still owes
stays open. So nothing granted is lost, and nothing that its agency does not give is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.decision import GRANTED
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.process import Instance, Opened
from ckanext.satudata.domain.sop import Command, Sop, Step
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared import clock, process
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops

Owed = tuple[str, str | None]
"""A step by its number, and the agency that it is a step of; None for one of the office that answers."""


def decided(session: Any, request: PpidRequest) -> dict[str | None, list[PpidPart]]:
    """The parts in force of each agency that has decided, in the order they did."""
    found = defaultdict(list)
    for part in session.scalars(PpidPart.in_force(request.id)):
        found[part.organization_id or request.organization_id].append(part)
    return dict(found)


def to_ask(session: Any, request: PpidRequest) -> set[str]:
    """The agencies that are ticked first where a request is routed: those that were asked and have no word that stands,
    else the one that has the dataset. Who has decided is asked anew only where the office says so."""
    last: dict[str, CaseStep] = {}
    case = session.get_one(Case, request.case_id)
    sop = sops.of_version(session, case.sop_version_id)
    for step in session.scalars(CaseStep.of([case.id])):
        if step.organization_id and Command.GRANT in sop.step(step.no).exits:
            last[step.organization_id] = step
    known = decided(session, request)
    # Who sent it back does not have the data; who has it open is asked already.
    over = {agency for agency, step in last.items() if step.done_at and step.command != Command.RETURN.value}
    own = {request.organization_id} if request.organization_id and not last else set()
    return over - known.keys() or own


def forget_files(session: Any, request: PpidRequest, now: datetime, agency: str | None = None) -> None:
    """What was handed over is given no more; by one agency only where it is named."""
    for file in session.scalars(PpidHandover.latest_of(request.id)):
        if agency is None or file.organization_id in (None, agency):
            file.replaced_at = now


def gives(parts: Sequence[PpidPart]) -> bool:
    """Whether an agency that decided so gives something."""
    return any(part.decision == GRANTED for part in parts)


def givers(decided: Mapping[str | None, Sequence[PpidPart]]) -> list[str | None]:
    """Of the agencies that have decided those that give something, in the same order."""
    return [agency for agency, parts in decided.items() if gives(parts)]


def is_for(step: Step, decided: Collection[Sequence[PpidPart]]) -> bool:
    """Whether there is anything to do at the step after these decisions; yes after one taken before there were parts.

    What is given goes its own way to the applicant, and a refusal beside it goes out with it.
    """
    given = [gives(parts) for parts in decided]
    if Command.FORWARD in step.exits:
        return not all(given) or not given
    if Command.DELIVER in step.exits and not step.exits[Command.DELIVER].to:
        return not any(given)
    if {Command.HANDOVER, Command.ATTEST, Command.DELIVER} & step.exits.keys():
        return any(given) or not given
    return True


def files_of(session: Any, request: PpidRequest) -> dict[str | None, list[PpidHandover]]:
    """The files in force, by the agency that handed them over."""
    found = defaultdict(list)
    for file in session.scalars(PpidHandover.latest_of(request.id)):
        found[file.organization_id or request.organization_id].append(file)
    return dict(found)


def check_whole(session: Any, request: PpidRequest) -> None:
    """Raises Conflict where the files in force are not those of exactly the agencies that give something.

    What was decided before there were parts is not looked at.
    """
    parts = decided(session, request)
    if not parts:
        return
    giving, files = givers(parts), files_of(session, request)
    if late := [agency for agency in giving if agency not in files]:
        raise Conflict(
            "A file that was granted is not there: {agencies}.",
            mend="Send it back to the agency that granted it.",
            agencies=called(late),
        )
    if others := [agency for agency in files if agency not in giving]:
        raise Conflict(
            "A file is there of an agency that does not give it: {agencies}.",
            mend="Send it back to that agency.",
            agencies=called(others),
        )


def called(agencies: Collection[str | None]) -> str:
    """Their titles, with commas between them."""
    return ", ".join(sorted(letters.organization_title(one) for one in agencies if one))


def check_sent_back(
    session: Any, request: PpidRequest, sop: Sop, opened: Sequence[CaseStep], named: Sequence[str]
) -> None:
    """Raises Invalid where a part is sent back to an agency that has not decided, or to hand over what it refused."""
    parts = decided(session, request)
    ever = sa.select(PpidPart.id).where(PpidPart.request_id == request.id).limit(1)
    if not parts and session.scalars(ever).first() is None:
        return  # decided before there were parts
    for agency in named:
        if agency not in parts:
            raise Invalid(
                "This agency has decided nothing that could be sent back.",
                field="organization_id",
                mend="Choose an agency that has decided its part.",
            )
    for step in opened:
        if Command.HANDOVER in sop.step(step.no).exits and not gives(parts.get(step.organization_id, ())):
            raise Invalid(
                "This agency gives nothing: it has no file to hand over.",
                field="organization_id",
                mend="Choose an agency that has granted its part.",
            )


def owed(session: Any, request: PpidRequest, sop: Sop) -> list[Owed]:
    """The next step of each agency that has decided, in the order they did."""
    files = files_of(session, request)
    found: list[Owed | None] = []
    for agency, parts in decided(session, request).items():
        if not gives(parts):
            found.append(
                None if _forwarded(session, request, sop, agency, parts) else _at(sop, Command.FORWARD, agency)
            )
        elif agency not in files:
            found.append(_at(sop, Command.HANDOVER, agency))
        elif not all(file.attested for file in files[agency]):
            found.append(_at(sop, Command.ATTEST, None))
        else:
            found.append(_at(sop, Command.DELIVER, None))
    return list(dict.fromkeys(one for one in found if one is not None))


def _at(sop: Sop, command: Command, agency: str | None) -> Owed | None:
    """The step that has the command; of two that deliver, the one that gives data and so leads on to its receipt."""
    steps = sop.having(command)
    if command is Command.DELIVER:
        steps = [no for no in steps if sop.step(no).exits[command].to]
    return (steps[0], agency) if steps else None


def _forwarded(session: Any, request: PpidRequest, sop: Sop, agency: str | None, parts: Sequence[PpidPart]) -> bool:
    """Whether the agency's letter of refusal has gone to the office since it decided so."""
    since = max(part.decided_at for part in parts)
    done = sa.select(CaseStep.id).where(
        CaseStep.case_id == request.case_id,
        CaseStep.no.in_(sop.having(Command.FORWARD)),
        CaseStep.command == Command.FORWARD.value,
        CaseStep.done_at >= since,
        sa.or_(CaseStep.organization_id == agency, CaseStep.organization_id.is_(None)),
    )
    return session.scalars(done.limit(1)).first() is not None


def beside(session: Any, request: PpidRequest, instance: Instance, to: str, asked: Collection[str]) -> list[Owed]:
    """What goes on where a request is put at step `to` for the agencies `asked`: what every other one owes.

    Nothing where it is put before agencies are asked: `routing.route` says then who goes on.
    """
    sop = instance.sop
    if not any(sop.leads(no, to) for no in sop.having(Command.ROUTE)) or Command.ROUTE in sop.step(to).exits:
        return []
    waiting = [(step.no, step.organization_id) for step in instance.open if Command.GRANT in sop.step(step.no).exits]
    found = [*waiting, *owed(session, request, sop)]
    return [
        (no, agency)
        for no, agency in dict.fromkeys(found)
        # What the office does is done for all once `to` leads there.
        if no != to and agency not in asked and (agency is not None or not sop.leads(to, no))
    ]


def opens_for(instance: Instance, wanted: Sequence[Owed], now: datetime, session: Any) -> tuple[list[Opened], set[str]]:
    """The steps to open for what is owed, and the ids of those that are open already."""
    calendar, opens, kept = clock.calendar(session), [], set()
    for no, agency in wanted:
        here = [one.id for one in instance.open if one.no == no and agency in (None, one.organization_id)]
        kept.update(here)
        if not here:
            agencies = [agency] if agency else []
            opens += process_rules.opened_at(instance, no, calendar=calendar, now=now, agencies=agencies)
    return opens, kept


def open_owed(run: Run, request: PpidRequest, *commands: Command) -> None:
    """Opens what agencies that have decided still owe and is not open; of steps with these commands only, if named."""
    run.session.flush()
    instance = process.instance_of(run.session, run.case)
    wanted = owed(run.session, request, instance.sop)
    if commands:
        wanted = [one for one in wanted if instance.sop.step(one[0]).exits.keys() & set(commands)]
    opens, _here = opens_for(instance, wanted, run.now, run.session)
    if opens:
        at = len(instance.open) + len(instance.done)
        run.opened += process.open_steps(run.session, run.case, instance.sop, opens, run.actor, run.now, at=at)


def close_idle(session: Any, request: PpidRequest, sop: Sop, now: datetime) -> None:
    """Closes what the office has nothing to do at any more: no file waits to be checked, none is to be given, or no
    refusal is to be told."""
    session.flush()  # what was forgotten a moment before counts no more
    files = [file for some in files_of(session, request).values() for file in some]
    parts = decided(session, request)
    refused = len(givers(parts)) < len(parts)
    for step in session.scalars(CaseStep.open_of(request.case_id)):
        exits = sop.step(step.no).exits
        leads_on = Command.DELIVER in exits and bool(exits[Command.DELIVER].to)
        is_checked = Command.ATTEST in exits and all(file.attested for file in files)
        is_empty = Command.DELIVER in exits and not (files if leads_on else refused)
        if is_checked or is_empty:
            step.done_at = now
