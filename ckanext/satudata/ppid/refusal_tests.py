"""The consequence test of refused data that is not in the catalogue (process `refusal_test`).

PPID tests, its superior approves, PPID states the decree (UU 14/2008 art. 19). Data of the catalogue is tested by the
process `classification`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import erasing
from ckanext.satudata.domain.decision import ASKED, FAILED, TESTED, WHOLE
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.sop import END, Process
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import effects, journal, params, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import decrees, minutes
from ckanext.satudata.shared.work import override

PROCESS = Process.REFUSAL_TEST.value
TEST_STEP, DECREE_STEP = "1", "3"


def stand_on(session: Any, request: PpidRequest, row: PpidPart) -> None:
    """What an earlier test of the same data, on the same ground, by the same agency says; else one is asked for."""
    row.test_state = ASKED
    case = _of_the_same(session, request, row)
    earlier = part_of(session, case) if case is not None else None
    if case is None or earlier is None or earlier.test_state != TESTED:
        return
    row.test_state, row.test_case_id, row.decree_id = TESTED, case.id, earlier.decree_id


def ask(session: Any, request: PpidRequest, row: PpidPart) -> Case:
    """The case of the part's test, told which part it is about now; begun where there is none. Safe to do twice; no
    commit."""
    session.scalars(sa.select(PpidRequest.id).where(PpidRequest.id == request.id).with_for_update()).one()
    case = _of_the_same(session, request, row)
    if case is None or (case.ended_at is not None and row.test_state != TESTED):
        case = process.start(
            session,
            PROCESS,
            subject_type=PROCESS,
            subject_id=request.id,
            organization_id=None,
            actor=SYSTEM,
            data={"request": request.number, "part": row.id},
            works=False,
            announce=True,
        )
    elif case.data["part"] != row.id and case.ended_at is None:
        process.stamp_data(session, case.id, part=row.id)
    row.test_case_id = case.id
    return case


def _of_the_same(session: Any, request: PpidRequest, row: PpidPart) -> Case | None:
    """The newest case about this part, or about what it was before it was decided anew with the same words."""
    query = sa.select(Case).where(Case.process == PROCESS, Case.subject_id == request.id)
    for case in session.scalars(query.order_by(Case.started_at.desc())):
        part = part_of(session, case)
        if part is not None and (part.id == row.id or (part.replaced_at is not None and _about(part) == _about(row))):
            return case
    return None


def _about(row: PpidPart) -> tuple[str | None, ...]:
    return row.organization_id, row.what, row.reason_code, row.detail


def part_of(session: Any, case: Case) -> PpidPart | None:
    """The refused part that the case tests."""
    found: PpidPart | None = session.get(PpidPart, str(case.data.get("part") or ""))
    return found


def asked_for(session: Any, case: Case) -> str:
    """What was asked for and refused, without what tells who asked: minutes are read by more than PPID."""
    request, row = requests.find(session, case.subject_id), part_of(session, case)
    question = erasing.without_person(request.question, requests.person_of(request))
    if row is None or row.what == WHOLE:
        return question
    return f"{row.what} ({question})"


def is_needed(session: Any, case: Case) -> bool:
    """Whether the refusal still stands that the case tests."""
    row = part_of(session, case)
    return row is not None and row.replaced_at is None


@effects.on(PROCESS, "record", TEST_STEP)
def record(run: Run) -> None:
    """The result of the test with its minutes: `held_on`, `result` and, if there is one, their `scan` as PDF."""
    _require_needed(run)
    sent = {name: params.text(run.payload, name) for name in ("held_on", "result")}
    subject = asked_for(run.session, run.case)[:500]
    about = {**sent, "kind": "test", "subject": subject, "case_id": run.case.id}
    kept, _is_new = minutes.create(run.context, run.actor, about, run.payload.get("scan"))
    process.stamp_data(run.session, run.case.id, minutes_id=kept.id)


@effects.on(PROCESS, "approve")
def approve(run: Run) -> None:
    """The superior agrees: the refusal stands on the test."""
    _require_needed(run)
    if run.session.get(Minutes, str(run.case.data.get("minutes_id") or "")) is None:
        raise Conflict("The minutes of the consequence test are missing.", mend="Return the case to PPID with a note.")
    _settle(run, TESTED)


@effects.on(PROCESS, "refuse")
def refuse(run: Run) -> None:
    """The test does not carry the refusal: the request's page says so, and PPID has it decided anew."""
    _require_needed(run)
    _settle(run, FAILED)


@effects.on(PROCESS, "record", DECREE_STEP)
def state(run: Run) -> None:
    """The decree of exclusion, one that is recorded and in force."""
    row = _require_needed(run)
    wanted = params.text(run.payload, "decree_id")
    if wanted not in {id_ for id_, _label in decrees.choices(run.session)}:
        raise Invalid(
            "Choose the decree." if not wanted else "There is no such decree.",
            field="decree_id",
            mend="Record it under decrees first, with its number and day.",
        )
    row.decree_id = wanted
    run.journal("decree_stated", payload={"decree": wanted})


@effects.on(PROCESS, "withdraw")
def withdraw(run: Run) -> None:
    """Only where the refusal counts no more: a refusal is tested, not forgotten."""
    _require_idle(run.session, run.case)


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Nor do two persons outside the SOP end it so."""
    if done.to == END:
        _require_idle(done.session, done.case)


def _require_idle(session: Any, case: Case) -> None:
    if is_needed(session, case):
        raise Conflict(
            "This refusal must be tested; the case cannot be closed without a result.",
            mend="Record the result of the consequence test, or return the request so that it is decided anew.",
        )


def _require_needed(run: Run) -> PpidPart:
    row = part_of(run.session, run.case)
    if row is None or row.replaced_at is not None:
        raise Conflict(
            "This refusal counts no more: the request was decided anew.", mend="Close the case without a result."
        )
    return row


def _settle(run: Run, state: str) -> None:
    row = _require_needed(run)
    row.test_state, row.test_case_id = state, run.case.id
    request = requests.find(run.session, row.request_id)
    if request.case_id:
        journal.append(
            run.session,
            "refusal_tested",
            actor=run.actor,
            case_id=request.case_id,
            subject=(requests.SUBJECT, request.id),
            payload={"state": state, "test": run.case.id},
        )
