"""Courtesy before the law: who is shown the ways to change a dataset."""

from __future__ import annotations

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import PROCESS, DatasetStage
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.publishing import datasets, permits
from ckanext.satudata.shared.revision import revising

WRITERS = (Role.OPERATOR, Role.WALIDATA)
"""Who drafts datasets; a CKAN membership alone, which has no dates, lets nobody write."""

ASKED = "satudata_may_write"
"""Key of a context: the id of the dataset that is locked, and that this person was found to be allowed to write."""

TOLD = "satudata_told"
"""Key of a context: a list, into which goes the actor whose roles were read for the answer."""


@tk.chained_auth_function
def package_create(next_auth, context, data_dict):
    """Operators of the agency, and Walidata; what is no data but configuration (harvest sources) is Walidata's."""
    data_dict = data_dict or {}
    actor = actor_of(context)
    found = _known_to_ckan(next_auth(context, data_dict), actor, data_dict)
    if not found["success"]:
        return found
    if not permits.is_governed(data_dict.get("type")):
        return found if actor.has_anywhere(Role.WALIDATA) else _refused_configuration()
    organization = model.Group.get(str(data_dict["owner_org"])) if data_dict.get("owner_org") else None
    if organization is None:
        allowed = actor.has_anywhere(*WRITERS, process=PROCESS)
    else:
        allowed = actor.has(Role.OPERATOR, organization.id, PROCESS) or actor.has_anywhere(
            Role.WALIDATA, process=PROCESS
        )
    return found if allowed else _refused()


@tk.chained_auth_function
def package_update(next_auth, context, data_dict):
    """As for a new one; which stages may be changed is not decided here."""
    return _writer_of(next_auth, context, data_dict)


@tk.chained_auth_function
def package_delete(next_auth, context, data_dict):
    """As for a change."""
    return _writer_of(next_auth, context, data_dict)


@tk.chained_auth_function
def dataset_purge(next_auth, context, data_dict):
    """Sysadmins, as in CKAN; what is published Walidata withdraws in this way, too."""
    found = next_auth(context, data_dict)
    package = model.Package.get((data_dict or {}).get("id"))
    if found["success"] or package is None or not permits.is_governed(package.type):
        return found
    eyes = blind.Eyes(context)
    if not eyes.see(package):
        return found
    is_public = datasets.stage_of(model.Session, package.id) is DatasetStage.PUBLISHED
    return {"success": is_public and eyes.actor.has_anywhere(Role.WALIDATA, process=PROCESS)}


@tk.chained_auth_function
def bulk_update_delete(next_auth, context, data_dict):
    """As in CKAN, and Walidata; each dataset of the list is asked about by itself."""
    return _known_to_ckan(next_auth(context, data_dict), blind.Eyes(context).actor, {})


@tk.chained_auth_function
def resource_update(next_auth, context, data_dict):
    """CKAN's own; one that is kept from the public answers like none, in the views that ask before any action too."""
    return _of_known_resource(next_auth, context, data_dict)


@tk.chained_auth_function
def resource_delete(next_auth, context, data_dict):
    """Likewise."""
    return _of_known_resource(next_auth, context, data_dict)


def _of_known_resource(next_auth, context, data_dict):
    reference = (data_dict or {}).get("id")
    new = revising.package_of_new(model.Session, reference)
    if new is None:
        if reference and not blind.sees_resource(context, reference):
            raise tk.ObjectNotFound()
        return next_auth(context, data_dict)
    found = authz.is_authorized("package_update", tk.fresh_context(context), {"id": new.id})
    if not found["success"]:
        raise tk.ObjectNotFound()  # what is new in a working copy is its editors' only
    return found


def is_writer(actor: Actor, package: model.Package) -> bool:
    """Whether the person's roles, by themselves, allow to change the dataset."""
    return actor.has_anywhere(Role.WALIDATA, process=PROCESS) or bool(
        package.owner_org and actor.has(Role.OPERATOR, package.owner_org, PROCESS)
    )


def _writer_of(next_auth, context, data_dict):
    if context.get(ASKED) and context[ASKED] == (data_dict or {}).get("id"):
        return {"success": True}
    known = model.Package.get((data_dict or {}).get("id"))
    eyes = blind.Eyes(context)
    if known is not None and not eyes.see(known):
        # CKAN's views ask before any action does: here too a hidden dataset is none.
        raise tk.ObjectNotFound()
    actor = eyes.actor
    context.get(TOLD, []).append(actor)
    found = _known_to_ckan(next_auth(context, data_dict), actor, data_dict or {})
    package = known or context.get("package")
    if not found["success"] or package is None:
        return found
    if not permits.is_governed(package.type):
        return found if actor.has_anywhere(Role.WALIDATA) else _refused_configuration()
    return found if is_writer(actor, package) else _refused()


def _known_to_ckan(answer, actor, data_dict):
    """CKAN asks for a membership, which Walidata has in no agency: the office works for all of them."""
    if not answer["success"] and not data_dict.get("groups") and actor.has_anywhere(Role.WALIDATA, process=PROCESS):
        return {"success": True}
    return answer


def _refused():
    return {"success": False, "msg": tk._("Only operators of the agency and Walidata change datasets.")}


def _refused_configuration():
    return {"success": False, "msg": tk._("Only Walidata sets up where data is harvested from.")}


def satudata_dataset_show_for_edit(context, data_dict):
    """Whoever may change the dataset."""
    return authz.is_authorized("package_update", context, data_dict)


def satudata_dataset_withdraw(context, data_dict):
    """Walidata."""
    return {"success": actor_of(context).has_anywhere(Role.WALIDATA, process=PROCESS)}


@tk.auth_allow_anonymous_access
def satudata_withdrawn_list(context, data_dict):
    """Everyone: harvesters ask it."""
    return {"success": True}
