"""Opening further through the `classification` process: what is asked for at step 1, and done by Walidata's publish."""

from __future__ import annotations

from ckanext.satudata.access import records
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.reclassification import PROCESS, check_proposal
from ckanext.satudata.shared import effects, params, process
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import classification, reclassify, widening


@effects.on(PROCESS, "submit")
def submit(run: Run) -> None:
    """Asks for a more open level; nothing is opened before Walidata publishes.

    `to_level`, `note` (why); with `terbatas` also the `access_…` fields of what stays restricted.
    """
    check_proposal(params.text(run.payload, "note"))
    wanted = params.text(run.payload, "to_level")
    old, new = widening.check(run.session, run.case.subject_id, wanted, run.case.data.get("resource_id"))
    values = {name: params.text(run.payload, name) for name in FIELDS}
    stated = {} if new.strictness == 0 else classification.checked(run.session, values, new).values
    proposal = {name: value for name, value in stated.items() if value}
    sealed = widening.seal(run.session, run.case.subject_id, wanted, run.case.data.get("resource_id"))
    whole = {**proposal, "access_level": new.value, "from_level": old.value, "sealed": sealed}
    process.stamp_data(run.session, run.case.id, proposal=whole)
    run.journal("opening_proposed", payload={"from_level": old.value, "to_level": new.value, **proposal})


@effects.on(PROCESS, "publish")
def publish(run: Run) -> None:
    """Opens what was asked for and approved twice (000-8, 000-10)."""
    proposal = run.case.data.get("proposal") or {}
    if not proposal.get("access_level"):
        raise Conflict("Nothing was proposed here.", mend="Return the case.")
    resource_id = run.case.data.get("resource_id")
    before = classification.restriction_of(run.session, run.case.subject_id, resource_id)
    done = widening.widen(
        run.context,
        run.session,
        run.case.subject_id,
        proposal["access_level"],
        from_level=proposal.get("from_level", ""),
        sealed=proposal.get("sealed") or {},
        actor=run.actor,
        reason=records.proposed_because(run.session, run.case.id),
        resource_id=resource_id,
        ground={name: proposal[name] for name in FIELDS if proposal.get(name)},
        case_id=run.case.id,
    )
    process.stamp_data(run.session, run.case.id, before={**before.values, "access_level": before.level.value})
    run.answer["dataset"] = done.name
    run.answer["reclassification"] = done.record_id
    run.after_commit(lambda: reclassify.clean_up(done.record_id))
