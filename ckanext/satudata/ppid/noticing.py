"""The statutory clock at work: extension, Pemberitahuan Tertulis, warnings, and agencies that are silent.

The rules are `domain.statutory`. Effects run inside the one transaction of a command, as everything in `effects`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import giving, statutory
from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.decision import GRANTED
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.letters.answering import NO_COST, cost_said
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.statutory import EXTENSION_REASONS
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asked, clocks, deciding, drafts, links, parts, reaching, requests
from ckanext.satudata.ppid.effects import PROCESS, issue_to_applicant, request_of
from ckanext.satudata.shared import clock, effects, journal, notices, params, periodic
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work.step_mail import NOBODY_TO_MAIL


@effects.on(PROCESS, "extend")
def extend(run: Run) -> None:
    """The one extension of 7 working days, with its reason in a letter (art. 22(8))."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    code, calendar = params.text(run.payload, "extension_code"), clock.calendar(run.session)
    statutory.check_extendable(clocks.of(run.session, request), calendar, run.now, code)
    facts = requests.facts_of(request)
    kept.extended_at, kept.extension_code = run.now, code
    run.session.flush()
    new_due = clocks.of(run.session, request).due(calendar, run.now)
    reason = f"{EXTENSION_REASONS[code][1]}; {params.text(run.payload, 'note')}"
    issue_to_applicant(run, request, texts.extension(facts, reason, new_due.due_on), letters.ppid_signatory(run.actor))
    run.journal("due_extended", payload={"from": facts.due_on.isoformat(), "to": new_due.due_on.isoformat()})


# ---------------------------------------------------------------- the notice


PROMISED_MOST = timedelta(days=60)
"""How far ahead the data may be promised: the steps of 001 that are left take 12 working days."""


@effects.checks(PROCESS, "notify")
def notice_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """A cost that is one; a promised day that is one, and is still to come."""
    cost = cost_said(params.text(payload, "cost"))
    if cost != NO_COST and not giving.rupiah_told(cost):
        yield Invalid(
            "This is no cost in rupiah.", field="cost", mend="Type 15000, for example; leave it empty for no charge."
        )
    typed = params.text(payload, "promised_on")
    on = _day(typed)
    if typed and on is None:
        yield Invalid("This is no date.", field="promised_on", mend="Write it like 2026-03-16.")
    elif on is not None and on < clock.today():
        yield Invalid("This day has passed.", field="promised_on", mend="Promise a day that is still to come.")
    elif on is not None and on > clock.today() + PROMISED_MOST:
        yield Invalid(
            "This day is more than {days} days away.",
            field="promised_on",
            mend="Promise a nearer day; the steps that are left take less.",
            days=PROMISED_MOST.days,
        )
    elif on is not None and not clock.calendar(model.Session).is_working_day(on):
        yield Invalid("Nobody works on this day.", field="promised_on", mend="Promise a working day.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@effects.on(PROCESS, "notify")
def notify(run: Run) -> None:
    """The Pemberitahuan Tertulis with all of art. 22(7); it stops the clock and promises when the data comes."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    if deciding.undecided(run) or not request.decision:
        raise Conflict(
            "Not every agency that is asked has decided yet.", mend="Wait for its decision, or take the step over."
        )
    notice = notice_of(run.session, request, run.payload)
    if notice.ready_on is None and any(part.refusal is None for part in notice.parts):
        raise Invalid("Say until when the data comes.", field="promised_on")
    issue_to_applicant(
        run, request, texts.notice(requests.facts_of(request), notice), letters.ppid_signatory(run.actor)
    )
    kept.notified_at, kept.promised_on, kept.notice_cost = run.now, notice.ready_on, notice.cost
    giving = asked.givers(asked.decided(run.session, request))
    former = [one.file for one in links.given(run.session, request)]
    stays = [file for file in former if (file.organization_id or request.organization_id) in giving]
    links.end_former(run.session, request, stays, actor=run.actor)


def notice_of(session: Any, request: PpidRequest, payload: Mapping[str, Any]) -> texts.Notice:
    """What the notice says, from the decision and what was typed."""
    rows = list(session.scalars(PpidPart.in_force(request.id)))
    told = parts.in_letters(session, request)
    held = not rows or any(row.decision != "not_held" for row in rows)
    holder = next((row.detail for row in rows if row.decision == "not_held" and row.detail), "") or ""
    return texts.Notice(
        parts=tuple(told),
        held=held,
        holder=holder,
        cost=cost_said(params.text(payload, "cost")),
        payment=drafts.PAID.get(params.text(payload, "payment"), params.text(payload, "payment")),
        ready_on=_day(params.text(payload, "promised_on")) if any(row.decision == GRANTED for row in rows) else None,
        how=params.text(payload, "how"),
    )


AGENCIES_DO = frozenset({Command.GRANT, Command.HANDOVER, Command.FORWARD, Command.ATTEST})


@effects.on(PROCESS, "deliver")
def stop(run: Run) -> None:
    """The answer itself says all that the notice would; where it comes first, it stops the clock.

    Raises Conflict while an agency that was asked has still to do its part, whether the SOP file ends that or not, and
    where the files are not those of the agencies that give.
    """
    sop = sops.of_version(run.session, run.case.sop_version_id)
    begun = {run.step.id, *(step.id for step in run.opened)}
    staying = [step for step in run.session.scalars(CaseStep.open_of(run.case.id)) if step.id not in begun]
    if any(AGENCIES_DO & sop.step(step.no).exits.keys() for step in (*run.moved.closes, *staying)):
        raise Conflict("Not every agency that is asked has done its part yet.", mend="The applicant gets one answer.")
    request = request_of(run)
    if request.decision != "refused":
        asked.check_whole(run.session, request)
    kept = clocks.handling(run.session, run.case.subject_id)
    kept.notified_at = kept.notified_at or run.now


# ---------------------------------------------------------------- warnings


@periodic.every(minutes=5, name="ppid-statutory-warnings")
def warn() -> int:
    """Warns officer and superior on days 7 and 9 of the clock, each once; returns how many requests.

    The day that was told of is kept with the request, so that a run that was missed is made up and none is doubled.
    """
    session, now = model.Session, clock.now()
    calendar, told = clock.calendar(session), 0
    if not calendar.has_opened(now):
        return 0
    for request_id in session.scalars(_running().where(Case.process == PROCESS)).all():
        request = session.scalars(sa.select(PpidRequest).where(PpidRequest.id == request_id)).one()
        # The case first, as every command locks it.
        session.scalars(Case.locked(request.case_id)).one()
        kept = clocks.handling(session, request_id)
        session.refresh(kept, with_for_update=True)
        own = clocks.of(session, request)
        day = statutory.warning_due(own, calendar, now, kept.warned_day)
        if day:
            _warn(session, request, day, own.due(calendar, now).due_on)
            kept.warned_day = day
            told += 1
        session.commit()
    return told


def _running() -> sa.Select[tuple[str]]:
    """Requests whose case is open and to which no notice has gone."""
    notified = sa.select(PpidHandling.request_id).where(PpidHandling.notified_at.is_not(None))
    return (
        sa.select(PpidRequest.id)
        .join(Case, Case.id == PpidRequest.case_id)
        .where(Case.ended_at.is_(None), PpidRequest.closed_at.is_(None), PpidRequest.id.not_in(notified))
        .order_by(PpidRequest.received_at, PpidRequest.id)
    )


def _warn(session: Any, request: PpidRequest, day: int, due_on: date) -> None:
    whom = [(Role.PPID_SUPERIOR.value, None, None), (Role.PPID.value, None, None)]
    whom += [
        (step.role, step.organization_id, step.assignee_id)
        for step in session.scalars(CaseStep.open_of(request.case_id))
    ]
    for role, agency, person in dict.fromkeys(whom):
        if Role(role) in NOBODY_TO_MAIL:
            continue
        to = {"to_user": person} if person else {"to_role": role, "organization_id": agency}
        notices.queue(
            session,
            "ppid_due_soon",
            **to,
            params={"case_id": request.case_id, "day": day, "due_on": due_on.isoformat()},
            key=f"ppid-due:{request.id}:{day}:{role}:{agency or ''}:{person or ''}",
        )
    journal.append(
        session, "due_warned", actor=SYSTEM, case_id=request.case_id, payload={"day": day, "due_on": due_on.isoformat()}
    )


MANY = 200
"""Requests that one transaction looks at."""
TOLD = 20
"""Requests that a mail names one by one."""


@periodic.every(minutes=5, name="ppid-due-moved")
def tell_moved() -> int:
    """Tells officers and applicants of legal due dates that moved with the calendar of working days; says how many.

    What was told stands with the request, in the transaction of the mails: a run that was missed or killed is made up,
    none tells twice. What moved by a command (an extension, a pause) was told by its own letter.
    """
    session, last, told = model.Session, "", 0
    while True:
        running = _running().with_only_columns(PpidRequest, Case).where(Case.id > last).order_by(None).order_by(Case.id)
        # Cases first, in one order, as every command locks them.
        held = running.limit(MANY).with_for_update(of=Case).execution_options(populate_existing=True)
        rows = session.execute(held).all()
        if not rows:
            session.commit()
            return told
        last = rows[-1].Case.id
        told += _tell_moved(session, [row.PpidRequest for row in rows])
        session.commit()


def _tell_moved(session: Any, found: list[PpidRequest]) -> int:
    calendar, now = clock.calendar(session), clock.now()
    own, moved = clocks.of_many(session, found), []
    for request in found:
        kept, due_on = clocks.handling(session, request.id), own[request.id].due(calendar, now).due_on
        before, is_other = kept.told_due_on, kept.told_calendar not in (None, calendar.version)
        if before and is_other and before != due_on and own[request.id].paused_since is None:
            moved.append((request, before, due_on))
        if (before, kept.told_calendar) != (due_on, calendar.version):
            kept.told_due_on, kept.told_calendar = due_on, calendar.version
    offices = defaultdict(list)
    for request, before, due_on in moved:
        told = {"case_id": request.case_id, "from": before.isoformat(), "to": due_on.isoformat()}
        about = {"request_id": request.id, "from": told["from"], "to": told["to"]}
        told["by_hand"] = not reaching.mail(session, request, "ppid_due_moved", about)
        for office in _in_charge(session, request):
            offices[office].append(told)
    for (role, agency, person), rows in offices.items():
        to = {"to_user": person} if person else {"to_role": role, "organization_id": agency}
        notices.queue(session, "ppid_dues_moved", **to, params={"count": len(rows), "moved": rows[:TOLD]})
    payloads = [
        (request.case_id or "", {"from": before.isoformat(), "to": due_on.isoformat()})
        for request, before, due_on in moved
    ]
    journal.append_to_cases(session, "due_followed_calendar", actor=SYSTEM, payloads=payloads)
    return len(moved)


def _in_charge(session: Any, request: PpidRequest) -> list[tuple[str, str | None, str | None]]:
    """PPID, and who has the open steps, as (role, agency, person)."""
    steps = session.scalars(CaseStep.open_of(request.case_id))
    whom = [
        (requests.office_of(request).value, None, None),
        *((step.role, step.organization_id, step.assignee_id) for step in steps),
    ]
    return [office for office in dict.fromkeys(whom) if Role(office[0]) not in NOBODY_TO_MAIL]


@periodic.every(minutes=30, name="ppid-silent-agencies")
def tell_of_silence() -> int:
    """Tells the office that answers once of each step that an agency left undone until its day had passed; returns how
    many."""
    session, now = model.Session, clock.now()
    if not clock.calendar(session).has_opened(now):
        return 0
    told = 0
    late = (
        sa.select(CaseStep, Case.process)
        .join(Case, Case.id == CaseStep.case_id)
        .where(Case.process.in_(requests.PROCESSES), CaseStep.done_at.is_(None), CaseStep.due_at < now)
        .where(CaseStep.role == Role.PPID_PEMBANTU.value)
    )
    for step, process in session.execute(late):
        key, office = f"ppid-silent:{step.id}", requests.ANSWERED_BY[process]
        notices.queue(session, "ppid_agency_silent", to_role=office, params={"step_id": step.id}, key=key)
        told += 1
    session.commit()
    return told
