"""What the commands of the process `objection` mean: the superior's answer, and the request's way back.

Everything runs inside the one transaction of the command. What was answered before stays in the file: its letters are
kept, and a request that goes back gets a decision and a letter of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain import process as process_rules
from ckanext.satudata.domain.decision import GRANTED
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.objection import PROCESS, Ground, Outcome
from ckanext.satudata.domain.report import parse_on
from ckanext.satudata.domain.sop import Command, Step
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asked, former_giving, objections, requests
from ckanext.satudata.ppid.effects import forget_decision, forget_parts
from ckanext.satudata.shared import clock, crypto, effects, journal, params, process
from ckanext.satudata.shared.documents import case_letters, letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import moves, step_mail

case_letters.writes(PROCESS, "grant", "refuse", "settle")


def objection_of(run: Run) -> Objection:
    """The objection of the case, held until the command ends."""
    return run.session.scalars(
        Objection.by_case(run.case.id).with_for_update().execution_options(populate_existing=True)
    ).one()


@effects.checks(PROCESS, "grant", "refuse")
def answer_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The written reasons."""
    try:
        rules.checked_reasons(params.text(payload, "reasons"))
    except Invalid as fault:
        yield fault


@effects.checks(PROCESS, "settle")
def settlement_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The minutes, their day and what was agreed, all at once; an empty day the SOP misses itself."""
    if typed := payload.get("settled_on"):
        try:
            if parse_on(typed, "settled_on") > clock.today():
                raise Invalid("This day is still to come.", field="settled_on", mend="Enter the date of the minutes.")
        except Invalid as fault:
            yield fault
    if not scans.is_given(payload.get("scan")):
        yield Invalid("The minutes of the agreement are missing.", field="scan", mend="Choose the signed PDF.")
    try:
        rules.checked_terms(params.text(payload, "reasons"))
    except Invalid as fault:
        yield fault


@effects.on(PROCESS, "grant")
def uphold(run: Run) -> None:
    """The superior upholds it and sends the request back (art. 36(2))."""
    row = objection_of(run)
    request = objections.request_of(run.session, row)
    row.sent_to = params.text(run.payload, "to_step")
    _answer(run, row, request, Outcome.UPHELD, send_back(run, row, request, row.sent_to))


@effects.on(PROCESS, "refuse")
def reject(run: Run) -> None:
    """The superior confirms how the request was answered (art. 36(3))."""
    row = objection_of(run)
    _answer(run, row, objections.request_of(run.session, row), Outcome.REJECTED)


@effects.on(PROCESS, "settle")
def settle(run: Run) -> None:
    """Both sides agreed, with minutes (art. 35(2)); the request goes back where that was agreed."""
    row = objection_of(run)
    request = objections.request_of(run.session, row)
    row.settled_on = _settled_on(row, run.payload)
    row.minutes_id = scans.keep(run.session, run.payload.get("scan"), objections.PURPOSE, run.actor).id
    row.sent_to = params.text(run.payload, "to_step") or None
    order = send_back(run, row, request, row.sent_to) if row.sent_to else None
    _answer(run, row, request, Outcome.SETTLED, order)


@effects.on(PROCESS, "withdraw")
def withdraw(run: Run) -> None:
    """The applicant objects no more."""
    row = objection_of(run)
    row.outcome, row.answered_at = Outcome.WITHDRAWN.value, run.now


def _settled_on(row: Objection, payload: Mapping[str, Any]) -> date:
    """The day of the agreement. Raises Conflict on ground a, Invalid at `settled_on`."""
    on = parse_on(payload.get("settled_on"), "settled_on")
    received_on = requests.local_date(row.received_at)
    rules.check_settlement(Ground(row.ground), on, received_on=received_on, today=clock.today())
    return on


def _answer(run: Run, row: Objection, request: PpidRequest, outcome: Outcome, order: Order | None = None) -> None:
    """Keeps the answer, issues the letter and tells the applicant. `order`: what the PPID has to do then."""
    signatory = letters.superior_signatory(run.actor)
    row.outcome, row.answered_at = outcome.value, run.now
    row.reasons = crypto.seal(rules.checked_reasons(params.text(run.payload, "reasons")))
    row.superior_name, row.superior_position = signatory.name, signatory.title
    run.session.flush()
    draft = draft_of(row, request, outcome, params.text(run.payload, "reasons"), order)
    case_letters.write(run, draft, signatory, subject_type=requests.SUBJECT, subject_id=request.id)
    run.answer["mailed"] = objections.mail(run.session, row, request, "ppid_objection_answered")


def draft_of(row: Objection, request: PpidRequest, outcome: Outcome, reasons: str, order: Order | None) -> texts.Draft:
    """The superior's answer as a letter. `order`: what the PPID has to do then; None where nothing."""
    minutes = f"tanggal {texts.tanggal(row.settled_on)}" if row.settled_on else ""
    told = {"order": order.text, "carried_out_by": order.until, "is_counted_anew": order.is_anew} if order else {}
    answer = texts.ObjectionAnswer(objections.facts_of(row), outcome.value, reasons, minutes=minutes, **told)
    return texts.objection_answer(requests.facts_of(request), answer)


@dataclass(frozen=True)
class Order:
    """What the PPID has to do, in words that the applicant understands, and until when; `is_anew`: counted from now."""

    text: str
    until: date | None
    is_anew: bool = False


ORDERS = {
    Command.ROUTE: "memeriksa kembali permohonan dan menanyakannya kepada perangkat daerah yang memiliki datanya",
    Command.GRANT: "memutuskan kembali apakah data yang dimohon diberikan",
    Command.HANDOVER: "menyiapkan data yang dimohon",
    Command.ATTEST: "memeriksa kembali data pribadi pada berkas, lalu menyampaikannya",
    Command.FORWARD: "menuliskan kembali alasan penolakan dengan jelas",
    Command.DELIVER: "menyampaikan kembali jawaban dan datanya kepada pemohon",
}


def order_to(step: Step, until: date | None, is_anew: bool) -> Order:
    """The order that sends the request to this step."""
    text = next((text for command, text in ORDERS.items() if command in step.exits), step.uraian)
    return Order(text, until, is_anew)


# ---------------------------------------------------------------- the request's way back


def ways_back(session: Any, request: PpidRequest) -> list[rules.WayBack]:
    """The steps to which the request can go back now."""
    instance = process.instance_of(session, session.get_one(Case, request.case_id))
    ways = rules.ways_back(instance, is_refused=request.decision == "refused")
    decided = asked.decided(session, request)
    return [way for way in ways if way.is_here or way.forgets or asked.is_for(way.step, decided.values())]


def send_back(run: Run, row: Objection, request: PpidRequest, to: str) -> Order:
    """Puts the request at that step, in a new round; where the decision is made there or after it, it counts no more.

    Where it stands there already, what is overdue begins anew: the order names a day to come.

    The locks are taken in the order of every command of the request: its case, then its row. Returns the order to the
    PPID, as the letter has it.
    """
    session = run.session
    case = session.scalars(Case.locked(request.case_id)).one()
    query = sa.select(PpidRequest).where(PpidRequest.id == request.id).with_for_update()
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    instance = process.instance_of(session, case)
    way = rules.check_way_back(ways_back(session, request), to)
    if way.is_here:
        renewed = moves.renew(session, case, instance, run.actor)
        process.mark(session, case)
        step_mail.announce(session, case, instance.sop, renewed, returned=True)
    else:
        anew = _asked_again(session, request, way.step)
        opens = process_rules.opened_at(instance, to, calendar=clock.calendar(session), now=run.now, agencies=anew)
        others = asked.beside(session, request, instance, to, anew)
        more, kept = asked.opens_for(instance, others, run.now, session)
        if not way.forgets:
            kept |= {step.id for step in instance.open if Command.NOTIFY in instance.sop.step(step.no).exits}
        opened = moves.put(session, case, instance, (*opens, *more), run.actor, keeps=kept)
        request.closed_at = None
        _put_giving_aside(session, row, request)
        if way.forgets:
            # Put before it, what was decided stands until agencies are asked anew, see `routing.route`.
            if Command.GRANT in way.step.exits:
                forget_parts(session, request, run.now)
            elif row.ground == Ground.EXCLUDED.value:
                _forget_refusals(session, request, run.now)
            forget_decision(request)
        elif Command.HANDOVER in way.step.exits:
            for agency in anew:
                asked.forget_files(session, request, run.now, agency)
        process.mark(session, case)
        step_mail.announce(session, case, instance.sop, opened, returned=True)
    journal.append(
        session,
        "sent_back_on_objection",
        actor=run.actor,
        case_id=case.id,
        subject=(case.subject_type, case.subject_id),
        payload={"to_step": to, "objection": row.number},
    )
    here = [step for step in session.scalars(CaseStep.open_of(case.id)) if step.no == to and step.due_on]
    until = max((step.due_on for step in here if step.due_on), default=None)
    return order_to(way.step, until, bool(here) and all(step.opened_at >= run.now for step in here))


def _forget_refusals(session: Any, request: PpidRequest, now: datetime) -> None:
    """Who refused something, which the superior has overturned, decides anew; what others give whole stands."""
    for agency, parts in asked.decided(session, request).items():
        if any(part.decision != GRANTED for part in parts):
            forget_parts(session, request, now, agency)


def _asked_again(session: Any, request: PpidRequest, step: Step) -> list[str]:
    """The agencies that the step is opened for: of a handover those that give something, of a refusal those that give
    nothing, of the decision each that has decided or is asked now."""
    decided = asked.decided(session, request)
    if Command.HANDOVER in step.exits:
        return [*filter(None, asked.givers(decided))]
    if Command.FORWARD in step.exits:
        return [agency for agency, parts in decided.items() if agency and not asked.gives(parts)]
    return requests.producers(request) if Command.GRANT in step.exits else []


def _put_giving_aside(session: Any, row: Objection, request: PpidRequest) -> None:
    """Makes room for what will be given anew; the objection keeps the signed receipt of what was given before, and how
    it was given: the register tells that until something is given anew.

    A personal link that still works goes on: what it leads to was rightly given.
    """
    giving = session.get(PpidGiving, request.id)
    if giving is not None:
        row.former_receipt_id, row.former_giving = giving.receipt_id, former_giving.put_aside(giving)
        session.delete(giving)
        session.flush()
