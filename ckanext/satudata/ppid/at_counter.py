"""What the applicant brings, sends by letter or says by telephone instead of on the page: PPID records it in his name,
of an office of the government Walidata.

The SOP's file says who may (`by`) and at which steps; here is what stands for the applicant's own word: how it came,
on which day, and the evidence. It counts from that day, and the journal says who recorded it and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import intake
from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.intake import Channel
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, requests
from ckanext.satudata.shared import clock, effects, params
from ckanext.satudata.shared.effects import Run

EVENTS = {
    Channel.COUNTER: "taken_at_counter",
    Channel.LETTER: "taken_by_letter",
    Channel.TELEPHONE: "taken_by_telephone",
}
"""What the journal says beside the command itself."""
FILES = (FileKind.EVIDENCE, *applicant_files.APPLICANTS)


def is_recorded(actor: Actor) -> bool:
    """Whether an officer gives the command; the applicant, proven by number and code, has no account in it."""
    return actor.user_id is not None


@effects.dated(requests.PROCESS, "repair", "withdraw")
def came_at(session: Any, case: Case, actor: Actor, payload: Mapping[str, Any]) -> datetime | None:
    """When it came, never before the last thing that was done in the case; None where that is told wrongly."""
    if not is_recorded(actor):
        return None
    try:
        at = _received(payload, session.get_one(PpidRequest, case.subject_id))
    except Invalid:
        return None  # told by `taken`, with all else that is wrong
    query = sa.select(sa.func.greatest(sa.func.max(CaseStep.opened_at), sa.func.max(CaseStep.done_at)))
    return max(at, session.scalar(query.where(CaseStep.case_id == case.id)))


def taken(run: Run, request: PpidRequest) -> set[str]:
    """Keeps evidence and documents of what an officer records, and journals how it came; nothing for the applicant's
    own act. Returns the kinds of the files. Raises Several with every fault."""
    if not is_recorded(run.actor):
        return set()
    requests.check_answers(run.actor, request)
    files = applicant_files.received(run.payload, FILES, "")
    Several.refuse(list(_faults(run.payload, request, FileKind.EVIDENCE in files)))
    applicant_files.keep(run.session, files, request_id=request.id)
    kinds = {kind.value for kind in files}
    at = _received(run.payload, request)
    event = EVENTS[Channel(params.text(run.payload, "channel"))]
    run.journal(event, payload={"received_at": at.isoformat(), "command": run.command, "fields": sorted(kinds)})
    return kinds


def _faults(payload: Mapping[str, Any], request: PpidRequest, has_scan: bool) -> Iterator[Invalid]:
    channel = params.text(payload, "channel")
    if channel not in {one.value for one in EVENTS}:
        yield Invalid("Choose how it came.", field="channel")
    try:
        _received(payload, request)
    except Invalid as fault:
        yield fault
    if channel == Channel.LETTER.value and not has_scan:
        yield Invalid("Attach the scan of the letter.", field="evidence")
    elif not has_scan and not params.text(payload, "note"):
        yield Invalid("Write in the note what was said or shown, or attach a scan.", field="note")


def _received(payload: Mapping[str, Any], request: PpidRequest) -> datetime:
    """The day that was typed. Raises Invalid for none, one to come, or one before the request itself."""
    typed = params.text(payload, "received_at")
    if not typed:
        raise Invalid("Enter when it came.", field="received_at")
    now = clock.now()
    # How long ago is bounded by the request's own day.
    at = intake.received(typed, now, clock.zone(), (now - request.received_at + timedelta(days=2)).days)
    if requests.local_date(at) < requests.local_date(request.received_at):
        raise Invalid(
            "The request itself was received on {date}.",
            field="received_at",
            mend="Check the date.",
            date=requests.local_date(request.received_at).isoformat(),
        )
    return at
