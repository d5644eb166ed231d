"""Taking back: CKAN's ways to delete, which make withdrawals of what was ever public, and our own."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.access import PROCESS, DatasetStage
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import clock, journal, params, wording
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.finding import harvesting
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.levels import classification, reclassify, tombstone
from ckanext.satudata.shared.publishing import datasets, gate, permits
from ckanext.satudata.shared.transaction import undone_on_error

__all__ = [
    "bulk_update_delete",
    "bulk_update_private",
    "dataset_purge",
    "package_delete",
    "satudata_dataset_withdraw",
    "satudata_withdrawn_list",
]

MOST_ROWS = 1000


@tk.chained_action
@boundary
def package_delete(next_action, context, data_dict):
    """CKAN's `package_delete` of drafts; what is published is withdrawn (Walidata, with a `reason`).

    What is in review is returned first.
    """
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or not permits.is_governed(package.type):
        return next_action(context, data_dict)
    tk.check_access("package_delete", context, data_dict)

    def delete():
        stage = DatasetStage(datasets.lock(model.Session, package).state)
        if stage is DatasetStage.PUBLISHED:
            withdraw_deleted(context, data_dict, [package])
            # Who is told of the deletion looks the dataset up by what was asked for: its name is another now.
            data_dict["id"] = package.id
            return None
        if stage is not DatasetStage.DRAFT:
            raise Conflict(
                "Only a draft can be deleted.",
                field="state",
                mend="A published dataset is withdrawn by Walidata; one in review is returned first.",
            )
        harvesting.check_import(context, package)
        gate.refuse_delete(model.Session, package)
        return next_action(context, {**data_dict, "id": package.id})

    return undone_on_error(delete)


@tk.chained_action
@boundary
def dataset_purge(next_action, context, data_dict):
    """CKAN's `dataset_purge`. What is published is withdrawn; its stub is purged only after its term.

    The files leave the vault with what is purged.
    """
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or not permits.is_governed(package.type):
        return next_action(context, data_dict)
    tk.check_access("dataset_purge", context, data_dict)
    session = model.Session

    def purge():
        state = datasets.lock(session, package)
        if DatasetStage(state.state) is DatasetStage.PUBLISHED:
            withdraw_deleted(context, data_dict, [package])
            data_dict["id"] = package.id
            return None
        _refuse_purge(state)
        harvesting.check_import(context, package)
        datasets.forget(session, package.id)
        return next_action(context, {**data_dict, "id": package.id})

    return undone_on_error(purge)


def _refuse_purge(state: DatasetState) -> None:
    stage, end = DatasetStage(state.state), tombstone.ends_at(state)
    if stage is DatasetStage.DRAFT and state.first_published_at is None:
        return
    if end is not None and end <= clock.now():
        return
    if end is not None:
        raise Conflict(
            "These data were withdrawn; until {day} their stub tells other portals so.",
            field="state",
            mend="Purge it after that day.",
            day=wording.as_date(end),
        )
    raise Conflict("What was public or is in review cannot be purged.", field="state", mend="Withdraw it instead.")


@tk.chained_action
@boundary
def bulk_update_delete(next_action, context, data_dict):
    """CKAN's `bulk_update_delete`: each dataset of the list as `package_delete` would."""
    tk.check_access("bulk_update_delete", context, data_dict)
    for package in _listed(context, data_dict):
        asked = {"id": package.id, **({"reason": data_dict["reason"]} if data_dict.get("reason") else {})}
        tk.get_action("package_delete")(tk.fresh_context(context), asked)


@tk.chained_action
@boundary
def bulk_update_private(next_action, context, data_dict):
    """CKAN's `bulk_update_private` takes back nothing that is published, and says so; what is not is private anyhow."""
    tk.check_access("bulk_update_private", context, data_dict)
    session, listed = model.Session, _listed(context, data_dict)
    governed = [one for one in listed if permits.is_governed(one.type)]
    public = [one for one in governed if datasets.stage_of(session, one.id) is DatasetStage.PUBLISHED]
    if public:
        raise _only_walidata(public)
    for one in listed:
        if one not in governed:
            tk.get_action("package_patch")(tk.fresh_context(context), {"id": one.id, "private": True})


def _listed(context: Any, data_dict: dict[str, Any]) -> list[model.Package]:
    """The datasets of a bulk command. Raises Invalid, for one that the agency has not as for one that is none."""
    wanted = data_dict.get("datasets") or []
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise Invalid("This must be a list of ids.", field="datasets")
    agency = model.Group.get(params.text(data_dict, "org_id"))
    theirs = sa.select(model.Package).where(
        model.Package.id.in_(wanted), model.Package.owner_org == (agency.id if agency is not None else "")
    )
    eyes = blind.Eyes(context)
    found = [one for one in model.Session.scalars(theirs) if eyes.see(one)]
    if {one.id for one in found} != {*wanted}:
        raise Invalid(
            "The agency has not all of these datasets; nothing was done.",
            field="datasets",
            mend="Give ids of datasets of one agency, and its id or name.",
        )
    return found


def withdraw_deleted(context: Any, data_dict: dict[str, Any], packages: list[model.Package]) -> None:
    """In the caller's place: withdraws in one transaction, commits, and cleans up."""
    actor = actor_of(context)
    if not actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        raise _only_walidata(packages)
    reason = params.text(data_dict, "reason")
    if not reason:
        raise _no_reason()
    ids = [package.id for package in packages]
    done = [reclassify.withdraw(model.Session, package_id, actor=actor, reason=reason) for package_id in sorted(ids)]
    model.Session.commit()
    for one in done:
        one.finish()


def _only_walidata(packages: list[model.Package]) -> Conflict:
    return Conflict(
        "These data are published ({names}); only Walidata withdraws them.",
        field="state",
        mend="Ask Walidata to withdraw them, with a reason.",
        names=", ".join(package.title or package.name for package in packages[:5]),
    )


def _no_reason() -> Invalid:
    return Invalid("A reason is needed.", field="reason", mend="Write why the dataset is withdrawn.")


@boundary
def satudata_dataset_withdraw(context, data_dict):
    """Withdraw a published dataset: only a stub stays. Walidata's act; `reason` is required and journalled.

    A Tertutup dataset that was approved and kept was never public: it becomes a draft of its operator again.
    """
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound()
    tk.check_access("satudata_dataset_withdraw", context, {"id": package.id})
    actor = actor_of(context)
    reclassify.require_withdrawer(actor)
    reason = params.text(data_dict, "reason")
    if not reason:
        raise _no_reason()

    def reopen():
        reclassify.require_withdrawer(actor)
        datasets.move(model.Session, package.id, DatasetStage.DRAFT)
        classification.forget_tests(model.Session, package.id)
        journal.append(model.Session, "dataset_reopened", actor=actor, subject=("dataset", package.id), text=reason)
        model.Session.commit()
        return {"id": package.id, "name": package.name}

    def withdraw():
        state = datasets.lock(model.Session, package)
        if package.state == model.State.DELETED and state.state == DatasetStage.PUBLISHED.value:
            # Deleted past the portal: its row comes back, to become the stub that harvesters are told by.
            with permits.permit(model.Session, package.id):
                package.state = model.State.ACTIVE
        _, state = datasets.locked(model.Session, package.id)
        if DatasetStage(state.state) is DatasetStage.CLOSED:
            return reopen()
        done = reclassify.withdraw(model.Session, package.id, actor=actor, reason=reason)
        model.Session.commit()
        done.finish()
        return {"id": done.package_id, "name": done.name}

    return undone_on_error(withdraw)


@tk.side_effect_free
@boundary
def satudata_withdrawn_list(context, data_dict):
    """What was public and is not any more: `id` and `withdrawn_at`, oldest first.

    `since` is an ISO instant (UTC where it names no zone); `limit` at most 1000, the default; `offset`.
    """
    tk.check_access("satudata_withdrawn_list", context, data_dict)
    try:
        since = datetime.fromisoformat(str(data_dict["since"])) if data_dict.get("since") else None
    except ValueError:
        raise tk.ValidationError({"since": [tk._("Write a date as 2026-01-31.")]}) from None
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=timezone.utc)
    limit = params.whole(data_dict, "limit", MOST_ROWS, 1, MOST_ROWS)
    offset = params.whole(data_dict, "offset", 0, 0, 2**31 - 1)
    rows = model.Session.scalars(DatasetState.withdrawn_since(since).limit(limit).offset(offset))
    return [{"id": row.package_id, "withdrawn_at": row.withdrawn_at.isoformat()} for row in rows]
