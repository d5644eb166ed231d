"""What the commands of the process `request` mean that give the applicant the answer (001-13 to 001-16).

Runs inside the one transaction of a command, as everything in `effects`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from ckanext.satudata.domain import giving as rules
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, config, drafts, links, requests
from ckanext.satudata.ppid.effects import PROCESS, issue, request_of
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops


@effects.checks(PROCESS, "deliver")
def deliver_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The way of giving that was typed."""
    return rules.faults(payload)


@effects.on(PROCESS, "deliver")
def deliver(run: Run) -> None:
    """The answer goes to the applicant: the data (001-13) or the refusal (001-15).

    Raises Conflict for a refusal of what is given.
    """
    request = request_of(run)
    given = run.session.get(PpidGiving, request.id)
    if given is not None:
        _deliver_rest(run, request, given)
    elif request.decision == "refused":
        draft = drafts.refusal_to_applicant(request)
        issue(run, request, draft, letters.ppid_signatory(run.actor, run.case.process))
        request.closed_at = run.now
        # Of an earlier answer, where the request was decided anew.
        links.end_former(run.session, request, (), actor=run.actor)
    elif request.decision and not run.moved.exit.to and (run.moved.closes or not run.moved.ended):
        raise _rest_waits(run)
    else:
        _deliver_data(run, request)
        if not run.moved.exit.to:
            # The step that gives was left when a part was sent back, which was then refused: nothing else is open.
            request.closed_at = run.now
    requests.mail_answer(run.session, request)


def _rest_waits(run: Run) -> Conflict:
    """Why the answer does not go out yet, by what is still open."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    exits: set[str] = set()
    # What this command would end stands open as well: it ends nothing where it is refused.
    for step in (*run.moved.closes, *run.session.scalars(CaseStep.open_of(run.case.id))):
        if step.id != run.step.id:
            exits |= sop.step(step.no).exits.keys()
    if Command.NOTIFY in exits and Command.DELIVER not in exits:
        return Conflict(
            "A part of the data is given, and the written notice has not gone out yet.",
            mend="Send the written notice first; the answer goes out after it.",
        )
    return Conflict(
        "A part of the data is given: the answer goes out with it.", mend="Finish the other open step first."
    )


def _deliver_rest(run: Run, request: PpidRequest, given: PpidGiving) -> None:
    """The second answer of a case that was begun when the file still allowed two: what came after the first one.

    The first told already what is given and what is not; it stands as it was.
    """
    files = drafts.files_in_force(run.session, request)
    late = [file for file in files if file.attested_at is None or file.attested_at > given.answered_at]
    if late:
        until_at = run.now + timedelta(days=config.link_days())
        if given.way == rules.Way.LINK.value:
            until_at = links.give(run.session, request, late, actor=run.actor, now=run.now)[-1].until_at
        how = rules.checked({**run.payload, "way": given.way})
        draft = drafts.delivery_to_applicant(run.session, request, late, how, until_at)
        issue(run, request, draft, letters.ppid_signatory(run.actor, run.case.process))
    if run.moved.ended:
        request.closed_at = request.closed_at or run.now


def _deliver_data(run: Run, request: PpidRequest) -> None:
    how = rules.checked(run.payload)
    rules.check_cost(how.cost, clocks.seen(run.session, request.id).notice_cost)
    files = drafts.files_in_force(run.session, request)
    links.end_former(run.session, request, files, actor=run.actor)
    until_at = run.now + timedelta(days=config.link_days())
    if how.way is rules.Way.LINK:
        until_at = links.give(run.session, request, files, actor=run.actor, now=run.now)[-1].until_at
    run.session.add(
        PpidGiving(
            request_id=request.id,
            way=how.way.value,
            manner=how.manner.value,
            form=how.form.value,
            cost=how.cost,
            payment=how.payment,
            answered_at=run.now,
        )
    )
    run.journal("data_given", payload={"way": how.way.value, "manner": how.manner.value, "form": how.form.value})
    draft = drafts.delivery_to_applicant(run.session, request, files, how, until_at)
    issue(run, request, draft, letters.ppid_signatory(run.actor, run.case.process))


@effects.on(PROCESS, "close")
def close(run: Run) -> None:
    """The applicant has the data, or the time to say so has run out (001-16)."""
    request_of(run).closed_at = run.now
