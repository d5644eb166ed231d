"""What the commands of the process `request` mean, up to the decision; `handover` has the file, `giving` the answer.

Everything here runs inside the one transaction of a command. The rules that no form, role or sysadmin may pass by
(a coded reason, the attestation bound to the file's bytes) are checked here and in `domain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.ppid_request import DIP_RESULTS
from ckanext.satudata.domain.refusal import Refusal, faults
from ckanext.satudata.domain.sop import END, Command
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, requests
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.documents import case_letters, letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.work import override

PROCESS, SUBJECT = requests.PROCESS, requests.SUBJECT

case_letters.writes(PROCESS, "route", "handover", "forward", "deliver")


def request_of(run: Run) -> PpidRequest:
    """The request of the case, held until the command ends."""
    return run.session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.id == run.case.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@effects.checks(PROCESS, "route")
def route_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """An agency that is there, and what the list says."""
    agency = model.Group.get(str(payload.get("organization_id") or ""))
    if agency is None or not agency.is_organization or agency.state != "active":
        yield Invalid("Choose an agency.", field="organization_id")
    if str(payload.get("dip_result") or "") not in DIP_RESULTS:
        yield Invalid("Record what the public information list says about the data.", field="dip_result")


@effects.on(PROCESS, "route")
def route(run: Run) -> None:
    """PPID checked the DIP and asks the agency's PPID Pembantu (001-6, 001-7)."""
    request = request_of(run)
    agency = model.Group.get(str(run.payload["organization_id"]))
    request.organization_id = run.case.organization_id = agency.id
    for step in run.opened:
        if step.organization_id is not None:
            step.organization_id = agency.id
    request.dip_result = str(run.payload["dip_result"])
    due_on = next((step.due_on for step in run.opened if step.due_on), requests.statutory_due(run.now).due_on)
    draft = texts.request_to_pembantu(requests.facts_of(request), due_on, str(run.payload.get("note") or "").strip())
    issue(run, request, draft, letters.ppid_signatory(run.actor))


@effects.on(PROCESS, "grant")
def grant(run: Run) -> None:
    """PPID Pembantu decides to give the data (001-8)."""
    _decide(run, "granted", None)


@effects.checks(PROCESS, "grant_in_part", "refuse")
def reason_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The ground that was typed."""
    return faults(*drafts.typed_reason(payload))


@effects.checks(PROCESS, "not_held")
def not_held_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The words of "not held"."""
    return faults(*drafts.typed_not_held(payload))


@effects.on(PROCESS, "grant_in_part")
def grant_in_part(run: Run) -> None:
    """PPID Pembantu gives a part; what is withheld has a coded reason."""
    _decide(run, "granted_in_part", drafts.reason_of(run.payload))


@effects.on(PROCESS, "refuse")
def refuse(run: Run) -> None:
    """PPID Pembantu refuses, with a coded reason and clear words (001-8, 001-14)."""
    _decide(run, "refused", drafts.reason_of(run.payload))


@effects.on(PROCESS, "not_held")
def not_held(run: Run) -> None:
    """The agency does not hold it (UU 14/2008 art. 6(3)e)."""
    _decide(run, "refused", drafts.not_held_of(run.payload))


def _decide(run: Run, decision: str, refusal: Refusal | None) -> None:
    request = request_of(run)
    request.decision, request.decided_at, request.decided_by = decision, run.now, run.actor.user_id
    request.refusal_code = refusal.reason.code if refusal else None
    request.refusal_explanation = refusal.explanation if refusal else None
    request.refusal_detail = refusal.detail if refusal else None


@effects.on(PROCESS, "return_")
def return_(run: Run) -> None:
    """Sent back. A decision that is to be taken again counts no more."""
    if any(step.no != run.step.no and _has_exit(run, step.no, "grant") for step in run.opened):
        forget_decision(request_of(run))


def _has_exit(run: Run, no: str, command: str) -> bool:
    from ckanext.satudata.shared.sop import sops

    return command in {exit_.value for exit_ in sops.of_version(run.session, run.case.sop_version_id).step(no).exits}


@effects.on(PROCESS, "forward")
def forward(run: Run) -> None:
    """PPID Pembantu tells PPID of the refusal by letter (001-14)."""
    request = request_of(run)
    agency = run.case.organization_id
    draft = texts.refusal_to_ppid(requests.facts_of(request), drafts.refusal_of(request))
    issue(run, request, draft, letters.pembantu_signatory(run.actor, agency), agency)


@effects.on(PROCESS, "withdraw")
def withdraw(run: Run) -> None:
    """The applicant wants it no more."""
    request = request_of(run)
    request.decision, request.closed_at = "withdrawn", run.now


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Where two persons put the case outside the SOP: a decision that lies ahead again counts no more.

    Raises Conflict where the answer has gone out, and for an end without one: the applicant is owed an answer
    (UU 14/2008 art. 22(7)).
    """
    request = done.session.scalars(
        sa.select(PpidRequest).where(PpidRequest.id == done.case.subject_id).with_for_update()
    ).one()
    if done.to == END:
        if done.session.get(PpidGiving, request.id) is None:
            raise Conflict(
                "A request ends with an answer to the applicant.",
                mend="Put it at the step where the answer is written.",
            )
        request.closed_at = done.now
        return
    if done.session.get(PpidGiving, request.id) is not None:
        raise Conflict("The answer has gone out; this request is not taken up again.")
    decided = [no for no, step in done.instance.sop.steps.items() if Command.GRANT in step.exits]
    if not any(done.lies_behind(no) for no in decided):
        forget_decision(request)


def forget_decision(request: PpidRequest) -> None:
    """Empties a decision that is to be taken anew."""
    request.decision = request.decided_at = request.decided_by = None
    request.refusal_code = request.refusal_explanation = request.refusal_detail = None


def issue(
    run: Run,
    request: PpidRequest,
    draft: texts.Draft,
    signatory: letters.Signatory,
    organization_id: str | None = None,
) -> None:
    """Issues a letter of the request, notes it in the journal and tells the command's caller of it."""
    case_letters.write(run, draft, signatory, organization_id, subject_type=SUBJECT, subject_id=request.id)
