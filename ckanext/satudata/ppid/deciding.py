"""The decision on a request (001-8): part by part, with coded reasons, and what must stand behind a refusal.

Runs inside the one transaction of a command, as everything in `effects`. That data is Terbatas is no reason by itself
(`domain.refusal`); a refusal under art. 17 stands on a consequence test, or has one begun (UU 14/2008 art. 19).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.classification import Cause
from ckanext.satudata.domain.decision import (
    ASKED,
    GRANTED,
    TESTED,
    WHOLE,
    Part,
    overall,
    part_faults,
    parts_of,
)
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.refusal import ReasonGroup
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.ppid import refusal_tests, requests
from ckanext.satudata.ppid.effects import (
    PROCESS,
    agency_of,
    forget_decision,
    forget_parts,
    issue,
    request_of,
    signatory_of,
)
from ckanext.satudata.ppid.parts import in_letter
from ckanext.satudata.shared import effects, notices
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import classification, restrictions
from ckanext.satudata.shared.sop import sops

DECIDE = frozenset({Command.GRANT, Command.ROUTE})


@effects.checks(PROCESS, "refuse")
def reason_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The ground that was typed, and those of the parts."""
    yield from part_faults(payload, Command.REFUSE)


@effects.checks(PROCESS, "grant_in_part")
def partly_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The same, and that the parts are named."""
    yield from part_faults(payload, Command.GRANT_IN_PART)


@effects.checks(PROCESS, "not_held")
def not_held_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The words of "not held"."""
    yield from part_faults(payload, Command.NOT_HELD)


@effects.on(PROCESS, "grant")
def grant(run: Run) -> None:
    """The agency decides to give the data."""
    decide(run)


@effects.on(PROCESS, "grant_in_part")
def grant_in_part(run: Run) -> None:
    """A part is given; what is withheld has a coded reason."""
    decide(run)


@effects.on(PROCESS, "refuse")
def refuse(run: Run) -> None:
    """Nothing is given, with a coded reason and clear words (001-8, 001-14)."""
    decide(run)


@effects.on(PROCESS, "not_held")
def not_held(run: Run) -> None:
    """The agency does not hold it (UU 14/2008 art. 6(3)e)."""
    decide(run)


def decide(run: Run) -> None:
    """Keeps the agency's decision on each part, and the whole one once every agency that is asked has decided."""
    request, agency = request_of(run), agency_of(run)
    parts = parts_of(run.payload, Command(run.command), _files(request))
    forget_parts(run.session, request, run.now, agency)
    rows = [_row(run, request, agency, position, part) for position, part in enumerate(parts, start=1)]
    run.session.add_all(rows)
    run.session.flush()
    settle(run, request)
    _ask_for_tests(run, request, rows)
    facts = replace(requests.facts_of(request), producer=letters.organization_title(agency))
    signatory, office = signatory_of(run, agency)
    issue(
        run, request, texts.decision(facts, [in_letter(run.session, request, row) for row in rows]), signatory, office
    )


def _files(request: PpidRequest) -> dict[str, str]:
    """Names of the dataset's files by id."""
    package = model.Package.get(request.dataset_id) if request.dataset_id else None
    return {one.id: one.name or one.id for one in package.resources} if package is not None else {}


def _row(run: Run, request: PpidRequest, agency: str | None, position: int, part: Part) -> PpidPart:
    reason = part.refusal.reason if part.refusal else None
    row = PpidPart(
        id=new_id(),
        request_id=request.id,
        organization_id=agency,
        position=position,
        what=part.what or WHOLE,
        resource_id=part.resource_id or None,
        decision=part.decision,
        reason_code=reason.code if reason else None,
        explanation=part.refusal.explanation if part.refusal else None,
        detail=part.refusal.detail if part.refusal else None,
        decided_at=run.now,
        decided_by=run.actor.user_id,
        test_state="",
    )
    if reason is not None and reason.group is ReasonGroup.EXCLUDED:
        _stand_on_test(run.session, request, row)
    return row


def _stand_on_test(session: Any, request: PpidRequest, row: PpidPart) -> None:
    """The consequence test and the decree behind the restriction, where there are."""
    if not request.dataset_id or model.Package.get(request.dataset_id) is None:
        refusal_tests.stand_on(session, request, row)
        return
    row.test_state = ASKED
    resource = row.resource_id or request.resource_id or ""
    for resource_id in dict.fromkeys((resource, "")):
        standing = restrictions.one(session, request.dataset_id, resource_id)
        if standing is None:
            continue
        row.decree_id = row.decree_id or standing.decree or None
        test = session.get(RestrictionTest, (request.dataset_id, resource_id, standing.level))
        if standing.tested and test is not None:
            row.test_state, row.test_case_id = TESTED, test.case_id
            return


def _ask_for_tests(run: Run, request: PpidRequest, rows: Sequence[PpidPart]) -> None:
    """A task for each refusal under art. 17 that no test carries yet (art. 19), begun after the commit.

    Not within it: the dataset is locked before its cases, and this case is locked already. A test that stands already
    and is about no dataset is told which part it carries from now on.
    """
    for row in rows:
        if row.test_state == ASKED or (row.test_state and not request.dataset_id):
            run.follow_up("ppid_test_needed", part_id=row.id)
        if row.test_state:
            run.journal("refusal_tested", payload={"state": row.test_state, "test": row.test_case_id or ""})


@notices.work("ppid_test_needed")
def ask_for_test(params: Mapping[str, Any]) -> None:
    """Opens the case of the consequence test, or finds the one that is open; safe to do twice."""
    session = model.Session
    row = session.get(PpidPart, params["part_id"])
    request = session.get(PpidRequest, row.request_id) if row is not None else None
    if row is None or request is None or row.replaced_at:
        return
    try:
        case = classification.open_case(
            session,
            request.dataset_id or "",
            Cause.UNTESTED.value,
            resource_id=row.resource_id or request.resource_id,
            actor=SYSTEM,
            data={"request": request.number},
        )
    except NotThere:
        case = refusal_tests.ask(session, request, row)
    row.test_case_id = case.id
    session.commit()


# ---------------------------------------------------------------- the whole


def settle(run: Run, request: PpidRequest) -> None:
    """The decision on the whole request: that of all agencies together, none while one of them has not decided."""
    parts = list(run.session.scalars(PpidPart.in_force(request.id)))
    whole = overall([part.decision for part in parts]) if not undecided(run) else None
    forget_decision(request)
    if whole is None:
        return
    request.decision, request.decided_at, request.decided_by = whole, run.now, run.actor.user_id
    withheld = next((part for part in parts if part.decision != GRANTED), None)
    if withheld is not None:
        request.refusal_code = withheld.reason_code
        request.refusal_explanation, request.refusal_detail = withheld.explanation, withheld.detail


def undecided(run: Run) -> list[CaseStep]:
    """The open steps at which an agency has still to decide, or one is sought anew, but for that done now."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    open_steps = run.session.scalars(CaseStep.open_of(run.case.id))
    return [step for step in open_steps if DECIDE & sop.step(step.no).exits.keys() and step.id != run.step.id]
