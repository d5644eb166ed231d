"""One command for many datasets, and the copy of last year's."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.model.batch import STATES, Batch
from ckanext.satudata.publication import bulk, copying
from ckanext.satudata.shared import params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_dataset_bulk", "satudata_dataset_bulk_show", "satudata_dataset_copy"]


@boundary
def satudata_dataset_bulk(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """One command for many datasets: each is stored by itself and has a line of its own; nothing is all or nothing.

    `command`: `submit`, `withdraw` (both operator), `publish`, `return_` (with `note`), `copy` (optional `year`).
    Or `narrow`, which undoes a `publish`: `batch` (the id of one's own command), `to_level` (`terbatas`, `tertutup`),
    `reason`, and `ids` of what it published, or `all`; each is a reclassification of its own, at once and provisional.
    `ids`: up to 10,000 datasets; or, to publish, `all` (true) with an optional `organization_id`. `key`: the same key
    again answers for what was asked first. Little is done at once, more by the worker; ask
    `satudata_dataset_bulk_show` how far it is, and for its answer here.

    Where the SOP has no step that approves (Jember, row 3), publishing many is the approval of what was sent
    complete and Terbuka, by another person than its operator; what is left out says why.
    """
    tk.check_access("satudata_dataset_bulk", context, data_dict)
    user = context.get("auth_user_obj") or model.User.get(context["user"])
    with transaction():
        batch_id = bulk.ask(model.Session(), user, data_dict).id
    batch = model.Session.get_one(Batch, batch_id)
    if batch.ended_at is None:
        bulk.begin(batch_id)
    batch = model.Session.get_one(Batch, batch_id, populate_existing=True)
    return bulk.told(model.Session(), _asking(context), batch)


@boundary
@tk.side_effect_free
def satudata_dataset_bulk_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """How far one's own command for many is (`id`), and its lines: optional `state`, `offset`, `limit` (1-1000, 100).

    Returns `{id, command, asked_at, ended_at, count, counts: {waiting, done, left_out, refused}, items: [{position,
    id, title, state, why, made_id, done_at}]}`; `made_id` is the new draft of a copy.
    """
    tk.check_access("satudata_dataset_bulk_show", context, data_dict)
    user = context.get("auth_user_obj") or model.User.get(context["user"])
    batch = model.Session.get(Batch, params.text(data_dict, "id"), populate_existing=True)
    if batch is None or batch.asked_by != user.id:
        raise NotThere("There is no such command.")
    state = params.text(data_dict, "state")
    if state and state not in STATES:
        raise Invalid("There is no such state.", field="state")
    offset = params.whole(data_dict, "offset", 0, 0, 10**6)
    limit = params.whole(data_dict, "limit", 100, 1, 1000)
    return bulk.told(model.Session(), _asking(context), batch, state=state, offset=offset, limit=limit)


@boundary
def satudata_dataset_copy(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Copy last year's dataset (`id`) as a new draft: its fields with level and grounds, without files.

    `year`: the one that title and period are moved to; the one after theirs where there is none. `key` (8-100
    characters): the same key again makes no second draft. Returns `{id, name, title}`.
    """
    tk.check_access("satudata_dataset_copy", context, data_dict)
    year, key = params.whole(data_dict, "year", 0, 0, 2100) or None, params.text(data_dict, "key") or None
    made = model.Package.get(copying.copy(context, tk.get_or_bust(data_dict, "id"), year, key))
    return {"id": made.id, "name": made.name, "title": made.title}


def _asking(context: dict[str, Any]) -> dict[str, Any]:
    return {name: context[name] for name in ("user", "auth_user_obj") if name in context}
