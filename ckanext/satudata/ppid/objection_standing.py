"""What the applicant sees of objections on the tracking page: what can be done, on which day, and what came of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain.objection import Ground, Outcome, Window
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import disputes, objections, time_told
from ckanext.satudata.shared import clock, crypto, wording
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.shared.wording import N_

SENTENCES = {
    Outcome.UPHELD: N_("The superior upheld your objection on {date}. Your request is being worked on again."),
    Outcome.REJECTED: N_("The superior did not uphold your objection on {date}. The letter says why."),
    Outcome.SETTLED: N_("You and the office reached an agreement on {date}."),
    Outcome.WITHDRAWN: N_("You took this objection back on {date}."),
}
ORDERED = N_("Its present step is counted anew from that day and is due by {date}.")


def for_applicant(session: Any, request: PpidRequest) -> dict[str, Any]:
    """`grounds` that can be used now; `silence_on`: from when silence is one; `objections`, the newest first."""
    found = objections.windows_of(session, request)
    rows = objections.of_request(session, request)
    now = clock.now()
    offered = rules.offered(found, objections.lodged_of(rows), now)
    silence = next((one for one in found if one.ground is Ground.SILENCE), None)
    return {
        "grounds": [_ground(window) for window in offered],
        "until": max((window.until.due_on for window in offered if window.until), default=None),
        "silence_on": _first_day(silence) if silence and silence.opens_at >= now and not request.closed_at else None,
        "objections": [_shown(session, row) for row in reversed(rows)],
    }


TOO_LATE = N_("The time to go to the Komisi Informasi ended on {date}.")
TO_DISPUTE = N_("If you do not agree, you can go to the Komisi Informasi until {date}.")
BROUGHT = N_("The dispute about it was brought before the Komisi Informasi on {date}.")
LATEST = N_("The latest in it: {what} ({date}).")
CAME = N_("You objected ({number})")
ENDED = {
    Outcome.UPHELD: N_("The superior upheld the objection ({number})"),
    Outcome.REJECTED: N_("The superior did not uphold the objection ({number})"),
    Outcome.SETTLED: N_("Agreement on the objection ({number})"),
    Outcome.WITHDRAWN: N_("You took the objection back ({number})"),
}


def lead(session: Any, request: PpidRequest, *, is_reopened: bool) -> str:
    """What an objection changes for the request now: that it waits, that it was upheld and the request is worked on
    again (`is_reopened`), or that it was not and until when there is a way on; empty otherwise."""
    rows = objections.of_request(session, request)
    row = next((row for row in rows if row.outcome is None), rows[-1] if rows else None)
    if row is None:
        return ""
    due, outcome = objections.answer_due(row), Outcome(row.outcome) if row.outcome else None
    said = _sentence(session, row, outcome, outcome is None and clock.now() > due.due_at, due)
    if outcome is None or (outcome is Outcome.UPHELD and is_reopened):
        return said
    if outcome is not Outcome.REJECTED or not request.closed_at:
        return ""
    if disputes.is_brought(session, row):
        return said
    until = _dispute_until(session, row, outcome, False)
    if until is None:
        return ""
    return f"{said} {tk._(TO_DISPUTE).format(date=wording.day(date.fromisoformat(until), weekday=True))}"


def events(session: Any, request: PpidRequest) -> list[tuple[datetime, str]]:
    """When objections came and how they ended, for the timeline."""
    found = []
    for row in objections.of_request(session, request):
        found.append((row.received_at, tk._(CAME).format(number=row.number)))
        if row.outcome and row.answered_at:
            found.append((row.answered_at, tk._(ENDED[Outcome(row.outcome)]).format(number=row.number)))
    return found


def _first_day(window: Window) -> str:
    """The day after the time to answer has ended."""
    return wording.as_date(window.opens_at + timedelta(seconds=1)).isoformat()


def _ground(window: Window) -> dict[str, Any]:
    text = rules.GROUNDS[window.ground]
    return {
        "code": window.ground.value,
        "title": tk._(text.title),
        "hint": tk._(text.hint),
        "until": window.until.due_on.isoformat() if window.until else None,
    }


def _shown(session: Any, row: Objection) -> dict[str, Any]:
    due = objections.answer_due(row)
    outcome = Outcome(row.outcome) if row.outcome else None
    is_silent = outcome is None and clock.now() > due.due_at
    return {
        "number": row.number,
        "ground": row.ground,
        "ground_title": tk._(rules.GROUNDS[Ground(row.ground)].title),
        "words": crypto.unseal(row.words),
        "received_at": row.received_at.isoformat(),
        "due_on": due.due_on.isoformat(),
        "due_told": time_told.with_left(due, clock.calendar(), clock.now()),
        "due_why": f"{due_dates.explanation(due)}.",
        "outcome": row.outcome,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "response": row.response,
        "sentence": _sentence(session, row, outcome, is_silent, due),
        "can": sorted(_can(row, outcome)),
        "dispute_until": _dispute_until(session, row, outcome, is_silent),
        "dispute": disputes.shown(session, row),
    }


def _ordered_until(session: Any, row: Objection) -> date | None:
    """The day of the step that the superior's order opened, while it is open."""
    case_id = objections.request_of(session, row).case_id
    dues = [
        step.due_on
        for step in session.scalars(CaseStep.open_of(case_id or ""))
        if step.due_on and row.answered_at and step.opened_at >= row.answered_at
    ]
    return min(dues, default=None)


def _brought(session: Any, row: Objection) -> str:
    """That a dispute was brought, and what happened last in it; empty where none was."""
    events = disputes.shown(session, row)
    if not events:
        return ""
    said, last = tk._(BROUGHT).format(date=wording.day(date.fromisoformat(events[0]["happened_on"]))), events[-1]
    if last is events[0]:
        return said
    what = ", ".join(filter(None, (last["kind_name"], last["outcome_name"])))
    return f"{said} {tk._(LATEST).format(what=what, date=wording.day(date.fromisoformat(last['happened_on'])))}"


def _sentence(session: Any, row: Objection, outcome: Outcome | None, is_silent: bool, due: Any) -> str:
    brought = _brought(session, row)
    if outcome is not None and row.answered_at is not None:
        said = " ".join(filter(None, (tk._(SENTENCES[outcome]).format(date=wording.day(row.answered_at)), brought)))
        if (
            not brought
            and outcome is Outcome.REJECTED
            and (window := disputes.window_of(row)).until.due_at < clock.now()
        ):
            return f"{said} {tk._(TOO_LATE).format(date=wording.day(window.until.due_on, weekday=True))}"
        until = _ordered_until(session, row) if row.sent_to else None
        return f"{said} {tk._(ORDERED).format(date=wording.day(until, weekday=True))}" if until else said
    if brought:
        said = tk._("The superior should have answered by {date}, and has not.")
        return f"{said.format(date=wording.day(due.due_on, weekday=True))} {brought}"
    text = (
        tk._("The superior should have answered by {date}, and has not. You can go to the Komisi Informasi.")
        if is_silent
        else tk._("The PPID's superior looks into your objection and answers in writing by {date}.")
    )
    return text.format(date=wording.day(due.due_on, weekday=True))


def _can(row: Objection, outcome: Outcome | None) -> set[str]:
    if outcome is None:
        return {"withdraw"}
    is_answered = outcome in (Outcome.UPHELD, Outcome.REJECTED)
    return {"respond"} if is_answered and row.response is None else set()


def _dispute_until(session: Any, row: Objection, outcome: Outcome | None, is_silent: bool) -> str | None:
    """The last day for the Komisi Informasi, while that way is open; None once it was gone."""
    if outcome in (Outcome.WITHDRAWN, Outcome.SETTLED) or (outcome is None and not is_silent):
        return None
    if disputes.is_brought(session, row):
        return None
    window = disputes.window_of(row)
    return window.until.due_on.isoformat() if window.is_open(clock.now()) else None
