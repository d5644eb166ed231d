"""Sending a dataset to review, and seeing where it stands."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.metadata import Missing
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.publication import comments, effects, review
from ckanext.satudata.shared import actors
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.revision import revising, revisions
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_dataset_review_show", "satudata_dataset_submit"]


@boundary
def satudata_dataset_submit(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a draft, or the change of a published dataset, to the verifier (000-7): opens its case, or goes on with the
    one that was returned.

    `id` of the dataset, optional `note` and `key` (the same key is answered as the first time). Returns the case
    as `satudata_case_show` summarises it. A ValidationError names the fields that are still empty.
    """
    package_id = tk.get_action("package_show")(context, {"id": tk.get_or_bust(data_dict, "id")})["id"]
    session = model.Session
    payload = {"note": data_dict["note"]} if data_dict.get("note") else {}
    try:
        with transaction() as one:
            answer, one.afterwards = review.send(session, context, package_id, payload, data_dict.get("key"))
    except effects.Incomplete as incomplete:
        raise tk.ValidationError({gap.field: [_lack(gap)] for gap in incomplete.gaps}) from incomplete
    return answer


def _lack(gap: Missing) -> str:
    """That it is empty, why it is asked for, and what to write."""
    said = tk._("{field} is still empty.").format(field=tk._(gap.label))
    return " ".join(filter(None, [said, tk._(gap.why), tk._(gap.how) if gap.how else ""]))


@boundary
@tk.side_effect_free
def satudata_dataset_review_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where a dataset stands: `{stage, case, returned: {role_name, by, at, note} or null, note, missing: [{field,
    label, why}], comments: [{field, label, text, by, at}], levels, change, may_submit, may_withdraw}`.

    `comments` are those of the last return; `levels` who checks it, in order: `{step, role, role_name, state: done, now
    or todo, at}`. `change` is where the change of a published dataset stands (draft, in_review, approved), null where
    there is none.

    For who may edit or review it; others get the answer of a dataset that does not exist.
    """
    package = tk.get_action("package_show")(context, {"id": tk.get_or_bust(data_dict, "id")})
    actor = actors.actor_of(context)
    if not review.may_follow(actor, package["owner_org"]):
        raise Conflict("Only the officers of the producer and Walidata follow the review.", field="id")
    stage = datasets.stage_of(model.Session, package["id"])
    case = review.case_of(model.Session, package["id"])
    change = revisions.open_of(model.Session, package["id"]) if stage is DatasetStage.PUBLISHED else None
    is_draft = stage is DatasetStage.DRAFT or (change is not None and change.state == RevisionState.DRAFT.value)
    if change is not None and is_draft:
        package = revising.shown(model.Session(), package["id"])
    gaps = review.gaps(package) if is_draft else []
    back = review.returned(model.Session, case) if case and is_draft else None
    return {
        "stage": stage.value,
        "case": case.id if case else None,
        "returned": back,
        "note": back["note"] if back else "",
        "missing": gaps,
        "comments": comments.of_last_return(model.Session(), case) if case and back else [],
        "levels": review.levels(model.Session(), case) if case and not is_draft else [],
        "change": change.state if change is not None else None,
        "may_withdraw": stage is DatasetStage.PUBLISHED and actor.has_anywhere(Role.WALIDATA, process=effects.PROCESS),
        "may_submit": is_draft and review.may_submit(actor, package["owner_org"]),
    }
