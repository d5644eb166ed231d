"""What the commands of the process `request` mean. Here: returns, refusals on their way, withdrawal, what all share.

`completing` has the check of completeness, `routing` the agencies and the short ends, `deciding` the decision,
`noticing` the statutory clock, `handover` the file, `giving` the answer.

Everything here runs inside the one transaction of a command. The rules that no form, role or sysadmin may pass by
(a coded reason, the attestation bound to the file's bytes) are checked here and in `domain`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain import objection
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.performers import NOBODYS
from ckanext.satudata.domain.process import Instance, branch_of, named_agencies
from ckanext.satudata.domain.sop import END, GOVERNMENT_WIDE, Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asked, at_counter, drafts, reaching, requests
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.documents import case_letters, letter_drafts, letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import override

PROCESS, SUBJECT = requests.PROCESS, requests.SUBJECT

case_letters.writes(PROCESS, "incomplete", "already_public", "pass_on", "merge", "extend", "route", "grant")
case_letters.writes(PROCESS, "grant_in_part", "notify", "handover", "forward", "deliver")


def request_of(run: Run) -> PpidRequest:
    """The request of the case, held until the command ends."""
    # What another effect of the command put there would be read over: CKAN's session does not flush by itself.
    run.session.flush()
    return run.session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.id == run.case.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def agency_of(run: Run) -> str | None:
    """The agency whose part of the case the command's step is."""
    return branch_of(run.moved.step, run.case.organization_id)


def signatory_of(run: Run, agency: str | None) -> tuple[letters.Signatory, str | None]:
    """Who signs at an agency's step, and the agency that writes: the answering office where it took the step over."""
    if run.step.role == requests.ANSWERED_BY[run.case.process].value:
        return letters.ppid_signatory(run.actor, run.case.process), None
    return letters.pembantu_signatory(run.actor, agency), agency


@effects.on(PROCESS, "return_")
def return_(run: Run) -> None:
    """Sent back. A decision that is to be taken again counts no more.

    Raises Invalid where it is not said to whom, Conflict for a decision by which the data was given, and for a file
    that was.
    """
    request, exit_ = request_of(run), run.moved.exit
    sop = sops.of_version(run.session, run.case.sop_version_id)
    if exit_.agency_from:
        named = named_agencies(run.payload.get(exit_.agency_from))
        others = asked.decided(run.session, request).keys() - {step.organization_id for step in run.opened}
        if not named and others:
            raise Invalid("Choose an agency.", field=exit_.agency_from)
        asked.check_sent_back(run.session, request, sop, run.opened, named)
    again = [step for step in run.opened if step.no != run.step.no and _has_exit(run, step.no, Command.GRANT)]
    given = run.session.get(PpidGiving, request.id)
    if given is not None and again:
        raise Conflict("The data was given by this decision: it is not taken again.")
    if given is not None and any(_was_given(run, request, step, given) for step in run.opened):
        raise Conflict("What this agency handed over was given: no other file takes its place.")
    if _has_exit(run, run.step.no, Command.GRANT):
        # Who does not have the data decides nothing.
        forget_parts(run.session, request, run.now, agency_of(run))
    for step in again:
        forget_parts(run.session, request, run.now, step.organization_id)
    for step in run.opened:
        if _has_exit(run, step.no, Command.HANDOVER):
            asked.forget_files(run.session, request, run.now, step.organization_id or request.organization_id)
    if again:
        forget_decision(request)
        letter_drafts.end_of(run.session, run.case.id, Command.NOTIFY.value, Command.DELIVER.value)
        asked.close_idle(run.session, request, sop, run.now)
    if given is None:
        # What another agency gives and waits at the step that was left is checked, and given, all the same.
        asked.open_owed(run, request, Command.ATTEST, Command.DELIVER)


def _was_given(run: Run, request: PpidRequest, step: CaseStep, given: PpidGiving) -> bool:
    """Whether the file that would be handed over anew at the step went out with the answer."""
    if not _has_exit(run, step.no, Command.HANDOVER):
        return False
    files = run.session.scalars(PpidHandover.latest_of(request.id))
    theirs = [file for file in files if file.organization_id in (None, step.organization_id)]
    return any(file.attested_at is not None and file.attested_at <= given.answered_at for file in theirs)


def _has_exit(run: Run, no: str, command: Command) -> bool:
    return command in sops.of_version(run.session, run.case.sop_version_id).step(no).exits


@effects.on(PROCESS, "forward")
def forward(run: Run) -> None:
    """PPID Pembantu tells PPID of the refusal by letter (001-14)."""
    request = request_of(run)
    agency = agency_of(run)
    signatory, office = signatory_of(run, agency)
    issue(run, request, drafts.refusal_to_ppid(run.session, request, agency), signatory, office)


@effects.on(PROCESS, "withdraw")
def withdraw(run: Run) -> None:
    """The applicant wants it no more. Raises Conflict once an answer has gone out, whatever step is open since."""
    request = request_of(run)
    if requests.is_answered(run.session, run.case.id):
        raise Conflict("An answer has gone out: this request cannot be withdrawn any more.")
    at_counter.taken(run, request)
    request.decision, request.closed_at = "withdrawn", run.now


@override.checks(PROCESS)
def may_be_put(session: Any, case: Case, instance: Instance, to: str) -> None:
    """Where two persons may put the case outside the SOP. Raises Conflict.

    Not where the answer has gone out, nor at an end without one: the applicant is owed an answer (UU 14/2008 art.
    22(7)). Nor at a step from which it would not come to one, or that would be one agency's of several.
    """
    request = session.scalars(PpidRequest.by_case(case.id)).one()
    is_answered = session.get(PpidGiving, request.id) is not None
    if to == END:
        if not is_answered:
            raise Conflict(
                "A request ends with an answer to the applicant.",
                mend="Put it at the step where the answer is written.",
            )
        return
    if is_answered:
        raise Conflict("The answer has gone out; this request is not taken up again.")
    step = instance.sop.step(to)
    if objection.is_beside(step) or Command.NOTIFY in step.exits or set(step.pelaksana) <= NOBODYS:
        raise Conflict(
            "The request does not go on from this step.",
            mend="Put it at the step from which it goes on to its answer.",
        )
    if not instance.sop.is_before(to, Command.GRANT) and any(one.organization_id for one in instance.open):
        raise Conflict("Not every agency that is asked has done its part yet.", mend="The applicant gets one answer.")
    if not set(step.pelaksana) <= GOVERNMENT_WIDE and len(requests.producers(request)) > 1:
        raise Conflict(
            "Several agencies are asked, and this step would be one's alone.",
            mend="Put it at the step from which agencies are asked.",
        )


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Where two persons put the case outside the SOP: a decision that lies ahead again counts no more."""
    request = done.session.scalars(
        sa.select(PpidRequest).where(PpidRequest.id == done.case.subject_id).with_for_update()
    ).one()
    if done.to == END:
        request.closed_at = done.now
        return
    decided = done.instance.sop.having(Command.GRANT)
    if not any(done.lies_behind(no) for no in decided):
        # Put before it, what was decided stands until agencies are asked anew, see `routing.route`.
        if done.to in decided:
            forget_parts(done.session, request, done.now)
        forget_decision(request)


def forget_parts(session: Any, request: PpidRequest, now: datetime, agency: str | None = None) -> None:
    """What was decided on the parts counts no more, nor what was handed over by it; of one agency only where it is
    named. Else a file would be given that its agency then refuses."""
    for part in session.scalars(PpidPart.in_force(request.id)):
        if agency in (None, part.organization_id):
            part.replaced_at = now
    asked.forget_files(session, request, now, agency)


def forget_decision(request: PpidRequest) -> None:
    """A decision that is to be taken again counts no more."""
    request.decision = request.decided_at = request.decided_by = None
    request.refusal_code = request.refusal_explanation = request.refusal_detail = None


def issue(
    run: Run,
    request: PpidRequest,
    draft: texts.Draft,
    signatory: letters.Signatory,
    organization_id: str | None = None,
) -> Letter | None:
    """Issues a letter of the request, see `case_letters.write`."""
    return case_letters.write(run, draft, signatory, organization_id, subject_type=SUBJECT, subject_id=request.id)


def issue_to_applicant(run: Run, request: PpidRequest, draft: texts.Draft, signatory: letters.Signatory) -> None:
    """The same, and a mail that says that a letter lies on the request's page; what it says stands there only."""
    letter = issue(run, request, draft, signatory)
    if letter is not None:
        about = {"request_id": request.id, "letter_id": letter.id}
        reaching.mail(run.session, request, "ppid_letter_came", about, key=f"ppid-letter:{letter.id}")
