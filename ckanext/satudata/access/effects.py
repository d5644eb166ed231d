"""What the commands of the `classification` process mean (000-1, 000-2).

`record` keeps the result of the consequence test with the case; `approve` of the PPID writes it. Each has its minutes.
To open further goes through `submit` and `publish`.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ckanext.satudata.access import case_minutes
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.classification import FIELDS, Cause, Restriction, Standing
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, Several
from ckanext.satudata.domain.sop import END
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import effects, process
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import classification, widening
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.work import override

PROCESS = classification.PROCESS
TEST_STEP = "1"
"""The step of the consequence test, which can also be a proposal to open further."""


@effects.on(PROCESS, "record")
def record(run: Run) -> None:
    """The result of the test: what the restriction is to state from now on. It counts once PPID has approved it.

    The minutes of the test belong to it (000-1): `minutes_id`, or `held_on` and `result` of new ones.
    """
    now = _restriction(run)
    if now.level is Level.TERBUKA:
        raise _nothing_restricted()
    faults: list[Invalid] = []
    stored: dict[str, str] = {}
    try:
        proposed = classification.checked(run.session, run.payload, now.level)
        stored = {name: value for name, value in proposed.values.items() if value}
        classification.require_decree_lasts(run.session, proposed)
    except Several as wrong:
        faults += wrong.errors
    try:
        # Minutes of the test of another level say nothing of this one.
        before = (run.case.data.get("proposal") or {}).get("from_level")
        minutes_id = case_minutes.of_command(run, "test", again=before in (None, now.level.value))
    except Invalid as wrong:
        faults.append(wrong)
    Several.refuse(faults)
    tested = {**stored, "from_level": now.level.value}
    process.stamp_data(run.session, run.case.id, proposal=tested, minutes_id=minutes_id)
    run.journal("consequence_tested", payload=stored)


def _restriction(run: Run) -> Restriction:
    """What is stated now of what the case is about."""
    try:
        return classification.restriction_of(run.session, run.case.subject_id, _resource_id(run))
    except NotThere:
        raise Conflict(
            "The file of this case was taken out of the dataset: there is nothing to test.",
            mend="Test it when it is in the dataset again; until then it is not public.",
        ) from None


@effects.on(PROCESS, "approve")
def approve(run: Run) -> None:
    """PPID's word ends the case and writes what was recorded; the two approvals of an opening write nothing yet,
    and are of what was proposed.

    With it go the minutes of the discussion (000-2), as with `record`.
    """
    proposal = run.case.data.get("proposal") or {}
    if not run.moved.ended:
        if proposal.get("access_level"):
            _require_sealed(run, proposal)
        return
    values = {name: proposal.get(name) for name in FIELDS}
    level = _restriction(run).level
    if level is Level.TERBUKA:
        raise _nothing_restricted()
    if proposal.get("from_level") != level.value:
        raise Conflict(
            "The access was narrowed after the test: the level that holds now was not tested.",
            mend="Return the case to Walidata with a note, so that it is tested anew.",
        )
    if not run.case.data.get("minutes_id"):
        raise Conflict(
            "The minutes of the consequence test are missing.",
            mend="Return the case to Walidata, who records it again with its minutes.",
        )
    process.stamp_data(run.session, run.case.id, discussion_id=case_minutes.of_command(run, "discussion"))
    classification.restate(
        run.session, run.case.subject_id, _resource_id(run), values, actor=run.actor, case_id=run.case.id
    )
    run.follow_up("dataset_indexed", package_id=run.case.subject_id)


def _require_sealed(run: Run, proposal: dict[str, Any]) -> None:
    """Who agrees to an opening agrees to what was proposed, the same files, not narrowed since."""
    datasets.locked(run.session, run.case.subject_id)
    sealed = proposal.get("sealed") or {}
    widening.require_sealed(run.session, run.case.subject_id, proposal["access_level"], _resource_id(run), sealed)


@effects.on(PROCESS, "withdraw")
def withdraw(run: Run) -> None:
    """Only a mere proposal is given up, or a case whose reason is gone: a restriction is tested, not forgotten."""
    _require_not_needed(run)


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Nor do two persons outside the SOP end it so; what is put elsewhere is decided by its commands."""
    if done.to == END:
        _require_not_needed(done)


def _require_not_needed(run: Run | override.Done) -> None:
    if may_be_closed(run.session, run.case):
        return
    raise Conflict(
        "This restriction must be tested; the case cannot be closed without a result.",
        mend="Record the result of the consequence test, or propose to open the data further.",
    )


def may_be_closed(session: Any, case: Case) -> bool:
    """Whether the case may end without a result: a mere proposal, or one whose reason is gone."""
    if Cause(case.data["cause"]) is Cause.PROPOSED or session.get(model.Package, case.subject_id) is None:
        return True
    state = session.get(DatasetState, case.subject_id)
    if state is not None and DatasetStage(state.state) is DatasetStage.DRAFT:
        # Nothing is in force of what is written anew; once it is published it is asked for its test.
        return True
    resource_id = case.data.get("resource_id")
    try:
        now = classification.restriction_of(session, case.subject_id, resource_id)
    except NotThere:
        return True
    if now.level is Level.TERBUKA:
        return True
    untested = classification.standing_of(session, case.subject_id, now, resource_id) is Standing.UNTESTED
    return not untested and case.data["cause"] == Cause.UNTESTED.value


def _resource_id(run: Run) -> str | None:
    return run.case.data.get("resource_id")


def _nothing_restricted() -> Conflict:
    return Conflict(
        "Nothing is restricted here any more: the data is open, was withdrawn or deleted.",
        mend="Close the case without a change.",
    )
