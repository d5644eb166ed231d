"""Narrowing the access to published data: the preview, the act, and what was done."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.access import records
from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.reclassification import PROCESS, check_narrowing, require_narrower
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import params, process
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.levels import classification, reclassify, reclassify_plan, widening
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.transaction import transaction, undone_on_error

__all__ = [
    "satudata_classification_propose",
    "satudata_dataset_exposure_show",
    "satudata_dataset_reclassify",
    "satudata_dataset_reclassify_preview",
    "satudata_reclassification_list",
    "satudata_reclassification_show",
]


@tk.side_effect_free
@boundary
def satudata_dataset_reclassify_preview(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What narrowing a published dataset would do; nothing is changed.

    `id`; `to_level` (`terbatas`, `tertutup`); `resource_id` for one of its files only. Returns `from_level`,
    `to_level`, `leaves_stub`, `open_left` (files that everybody may download afterwards), `resources` and `counts`:
    `files` that leave the public store, `links` to addresses elsewhere, `tables` (of the DataStore), `views`,
    `activity`, `tracking`, `followers`, `tasks` that are erased, `posts` that leave the public page, `reports` that
    stay, `grants` (personal links) that end, `requests` that go on, `downloads` so far and, of these, those by
    `programs`.
    `clients`: downloads by kind of client, with `client`, `count`, `first_at`, `last_at`; who it was is not recorded.
    """
    package = _package(context, data_dict)
    tk.check_access("satudata_dataset_reclassify_preview", context, {"id": package.id})
    require_narrower(actor_of(context), package.owner_org)
    resource_id = params.text(data_dict, "resource_id") or None
    found = reclassify_plan.plan(model.Session, package.id, params.text(data_dict, "to_level"), resource_id=resource_id)
    return found.plain()


@boundary
def satudata_dataset_reclassify(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Narrow the access to a published dataset, or to one of its files: at once, and provisionally.

    For Walidata, PPID and the head of the agency. `id`; `to_level` (`terbatas`, `tertutup`); `resource_id`; `reason`
    (a sentence, kept in the journal); optional `access_ground`, `access_basis`, `access_until`, `access_permanent`,
    `access_review_on`, `access_decree`; `key` (any text of the caller's own, 8-100 characters: the same key is answered
    as the first time); `dry_run` to get the preview only. Returns the record as `satudata_reclassification_show`.
    Opening further goes through the review of the classification.
    """
    package = _package(context, data_dict)
    tk.check_access("satudata_dataset_reclassify", context, {"id": package.id})
    actor, wanted = actor_of(context), params.text(data_dict, "to_level")
    resource_id, reason = params.text(data_dict, "resource_id") or None, params.text(data_dict, "reason")
    ground = {name: value for name in FIELDS if (value := params.text(data_dict, name))}
    if params.flag(data_dict, "dry_run"):
        found = reclassify_plan.plan(model.Session, package.id, wanted, resource_id=resource_id)
        stage = datasets.stage_of(model.Session, package.id)
        old, new = Level(found.from_level), Level(found.to_level)
        check_narrowing(actor, package.owner_org, stage, old, new, reason)
        return found.plain()

    def narrow() -> reclassify.Done:
        done = reclassify.narrow(
            model.Session,
            package.id,
            wanted,
            actor=actor,
            reason=reason,
            resource_id=resource_id,
            ground=ground,
            form_key=params.text(data_dict, "key") or None,
        )
        model.Session.commit()
        return done

    done = undone_on_error(narrow)
    done.finish()
    return records.described(model.Session.get_one(Reclassification, done.record_id))


@boundary
def satudata_classification_propose(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open the case in which a more open level is asked for, or go on with the open one. Walidata's act; opens nothing.

    `id` of a dataset that is published or left a stub, `resource_id` for one of its files. Returns the case; its
    command `submit` names the level (`to_level`), then verifier, head of the agency and Walidata decide.
    """
    package = _package(context, data_dict)
    tk.check_access("satudata_classification_propose", context, {"id": package.id})
    actor = actor_of(context)
    if not actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        raise NotAllowed("Only Walidata proposes to open data further.")
    resource_id, session = params.text(data_dict, "resource_id") or None, model.Session
    with transaction():
        if widening.level_now(session, package.id, resource_id) is Level.TERBUKA:
            raise Conflict("These data are open already.", field="to_level")
        case = classification.open_case(session, package.id, "proposed", resource_id=resource_id, actor=actor)
        return process.summary(session, case)


@tk.side_effect_free
@boundary
def satudata_reclassification_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What one change of a level did: `id` of the record.

    For Walidata, PPID, the auditor and the head of the agency; to others there is no such record.
    """
    record = model.Session.get(Reclassification, params.text(data_dict, "id"))
    if record is None or not records.may_read(actor_of(context), record.organization_id):
        raise NotThere("There is no such record.")
    tk.check_access("satudata_reclassification_show", context, data_dict)
    return records.described(record)


@tk.side_effect_free
@boundary
def satudata_reclassification_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was narrowed, by whom, on which ground, tested or not: the newest first.

    `kind` (`narrowing`, `withdrawal`, `widening`; without it all), `limit` (at most 1000, default 100), `offset`. The
    head of an agency gets that agency's. Returns `{count, results}`.
    """
    tk.check_access("satudata_reclassification_list", context, data_dict)
    return records.listed(
        model.Session,
        actor_of(context),
        kind=params.text(data_dict, "kind"),
        limit=params.whole(data_dict, "limit", 100, 1, 1000),
        offset=params.whole(data_dict, "offset", 0, 0, 2**31 - 1),
    )


@tk.side_effect_free
@boundary
def satudata_dataset_exposure_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What of a dataset was open from when until when, and who may have it: for the notice that UU 27/2022 asks.

    `id`, optional `resource_id`. For Walidata, PPID, the auditor and the head of the agency. Persons are numbers here;
    PPID also gets the numbers of the requests under which personal links were given, and the `accounts`, people or
    programs with a token, to which files were given. A download of open data is recorded with its kind of client only.
    """
    package = _package(context, data_dict)
    tk.check_access("satudata_dataset_exposure_show", context, {"id": package.id})
    actor = actor_of(context)
    records.require_reader(actor, package.owner_org)
    return records.exposure(model.Session, package, actor, params.text(data_dict, "resource_id") or None)


def _package(context: dict[str, Any], data_dict: dict[str, Any]) -> model.Package:
    """The dataset, as far as this person may know of it; a stub too. Raises tk.ObjectNotFound."""
    wanted = params.text(data_dict, "id")
    if not wanted:
        tk.get_or_bust({}, "id")
    package = model.Package.get(wanted)
    if package is None or not records.knows(context, package):
        raise NotThere("There is no such dataset.")
    return package
