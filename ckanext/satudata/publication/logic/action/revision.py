"""The change of a published dataset that is not published yet, and the versions that were."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.publication import review, versions
from ckanext.satudata.shared import actors, params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.revision import revision_diff, revisions
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_revision_discard",
    "satudata_revision_show",
    "satudata_version_compare",
    "satudata_version_list",
    "satudata_version_restore",
]


def _package(context: dict[str, Any], data_dict: dict[str, Any], action: str) -> model.Package:
    # What is hidden answers here as what does not exist.
    shown = tk.get_action("package_show")({**context}, {"id": tk.get_or_bust(data_dict, "id")})
    tk.check_access(action, context, {"id": shown["id"]})
    return model.Session.get_one(model.Package, shown["id"])


def _lock(context: dict[str, Any], package: model.Package, action: str) -> None:
    """A role that ended while its holder waited for the dataset counts no more."""
    datasets.lock(model.Session, package)
    tk.check_access(action, tk.fresh_context(context), {"id": package.id})


@boundary
@tk.side_effect_free
def satudata_revision_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What the change of a published dataset (`id`) would change.

    Returns `revision` (null where there is none, else `state`, `saves`, `created_at`, `changed_at`),
    `satudata_revision` (the token to save with), `fields` (`{field, label, before, after}`), `files` (`{id, name,
    kind: added|removed|changed|described, fields, before, after, rows}`, with size and sha256; of a changed table
    `rows` is `{state: waiting|running|done|failed, share, found, fault}`, where `found` tells rows, key, columns,
    statistics and samples; large ones are compared by a job: ask again) and `flags`: what a reviewer must not
    overlook. For officers of the agency and Walidata.
    """
    package = _package(context, data_dict, "satudata_revision_show")
    if datasets.stage_of(model.Session, package.id) is not DatasetStage.PUBLISHED:
        raise NotThere("There is no change of this dataset that is not published.")
    copy = revisions.read(model.Session(), package.id, context.get("user") or "")
    row = copy.revision
    told = None
    if row is not None:
        told = {
            "state": row.state,
            "saves": row.saves,
            "created_at": row.created_at.isoformat(),
            "changed_at": row.changed_at.isoformat(),
        }
    differences = revision_diff.of_working_copy(model.Session(), actors.actor_of(context), copy)
    return {"id": package.id, "revision": told, "satudata_revision": copy.token, **differences}


@boundary
def satudata_revision_discard(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Throw away the change of a published dataset that is not published; what the public sees stays.

    `id` of the dataset. Not while it is reviewed. Returns `{id}`.
    """
    package = _package(context, data_dict, "satudata_revision_discard")
    with transaction() as one:
        _lock(context, package, "satudata_revision_discard")
        one.afterwards = review.discard(model.Session, context, package, actors.actor_of(context))
    return {"id": package.id}


@boundary
@tk.side_effect_free
def satudata_version_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The versions of a dataset (`id`) that were public, the newest first; none of a dataset that is not public.

    Each is `{number, published_at, by, restored, is_current}`; `by` is empty for what was public before this portal.
    For officers of the agency and Walidata.
    """
    package = _package(context, data_dict, "satudata_version_list")
    return versions.listed(model.Session, package.id)


@boundary
@tk.side_effect_free
def satudata_version_compare(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What two versions of a dataset (`id`) differ in: from version `old` to version `new`.

    Returns `fields`, `files` and `flags` as `satudata_revision_show`.
    """
    package = _package(context, data_dict, "satudata_version_compare")
    old, new = (params.whole(data_dict, name, None, 1, 2**31 - 1) for name in ("old", "new"))
    return versions.compared(model.Session(), actors.actor_of(context), package.id, old, new)


@boundary
def satudata_version_restore(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring back what version `number` of a published dataset (`id`) said: as a new change, which is reviewed.

    Its access level stays that of today. Returns `{id, satudata_revision}`.
    """
    package = _package(context, data_dict, "satudata_version_restore")
    number = params.whole(data_dict, "number", None, 1, 2**31 - 1)
    actor = actors.actor_of(context)
    with transaction():
        _lock(context, package, "satudata_version_restore")
        versions.restore(model.Session(), package, number, actor.user_id or "")
        answer = {"id": package.id, "satudata_revision": revisions.read(model.Session(), package.id).token}
    return answer
