"""CKAN's own actions that write datasets, with the gate before them, and ours for editors and stewards."""

from __future__ import annotations

import copy
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.logic.auth.dataset import ASKED, TOLD, is_writer
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import raw_writes, shapes
from ckanext.satudata.shared.actors import UNDER_LOCK, is_own_hand
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import uploads
from ckanext.satudata.shared.finding import harvest_reports, harvesting, search_index
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.publishing import dataset_names, datasets, frozen, gate, permits, put_aside
from ckanext.satudata.shared.revision import revising
from ckanext.satudata.shared.transaction import undone_on_error


def _creator(context: dict[str, Any]) -> str | None:
    user = context.get("auth_user_obj") or (model.User.get(context["user"]) if context.get("user") else None)
    return getattr(user, "id", None)


@tk.chained_action
@harvesting.ended_when_refused
@boundary
def package_create(next_action, context, data_dict):
    """CKAN's `package_create`: the dataset is a private draft, its files go to the vault, its name is random.

    With `satudata_form_key` (any text of the caller's own, 8-100 characters) a repeated call answers with the dataset
    of the first. Where it could not take what was sent (`private`, `state`, `name`, …), `satudata_put_aside` in the
    answer says so, as `{field, text}` each. `type` is one that a plugin of this portal provides.
    """
    if data_dict.get("id") and ("schema" in context or _may_choose_id(context)):
        # A harvester brings a schema of its own, under which CKAN would write over the dataset that has this id.
        dataset_names.check_id(model.Session, str(data_dict["id"]))
    if not permits.is_governed(data_dict.get("type")):
        return next_action(context, _without_files(data_dict))
    data_dict, remarks = harvest_reports.taken(context, data_dict)
    shapes.dataset(data_dict)
    tk.check_access("package_create", context, data_dict)
    permits.check_type(data_dict.get("type"))
    session, data = model.Session, dict(data_dict)
    if context.get("ignore_auth") and "access_level" not in data:
        # An import from a portal that knows no levels: a person decides, until then it is the strictest.
        data["access_level"] = Level.TERTUTUP.value

    def create():
        made = _made_before(session, data, _creator(context))
        if made is not None:
            return tk.get_action("package_show")(context, {"id": made})
        context[gate.CONTEXT_KEY] = gate.before_create(
            session, data, _creator(context), of_report=context.get(gate.OF_REPORT) is True
        )
        if remarks:
            harvest_reports.keep(session, str(data["id"]), remarks)
        return put_aside.told(data_dict, next_action(context, data))

    return undone_on_error(create)


def _may_choose_id(context):
    return context.get("ignore_auth") or authz.is_sysadmin(context.get("user"))


def _made_before(session, data, creator):
    """The id of the dataset that this very form has made already. A doubled click waits for the first one."""
    key = data.get("satudata_form_key")
    if not key:
        data.pop("satudata_form_key", None)
        return None
    key = data["satudata_form_key"] = uploads.checked_key(key, creator)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))
    row = session.scalars(DatasetState.made_by(key)).one_or_none()
    return row.package_id if row is not None else None


@tk.chained_action
@boundary
def package_update(next_action, context, data_dict):
    """CKAN's `package_update`: drafts pass through the gate; of what is published the working copy is changed.

    Then the answer is the working copy with `satudata_revision`, the token of that version. Sent back with the next
    change, it keeps two people from writing over each other: what somebody else changed meanwhile is refused, field
    by field. What was narrowed is proposed to be open again only with that token, or with a `metadata_modified` of
    after the narrowing. The public sees the change once it is reviewed and published. Technical fields
    (`datastore_active`, `last_modified`, …) that CKAN's own hands set pass to the public row. In review nothing is
    changed. `satudata_put_aside` tells what of the call was not taken, as in `package_create`.
    """
    looked = context.pop(blind.EYES, None) or blind.Eyes(context)
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    session = model.Session
    if package is not None and not permits.is_governed(package.type):
        return next_action(context, _without_files(data_dict))
    if package is None or permits.is_permitted(session, package.id):
        return next_action(context, data_dict)
    shapes.dataset(data_dict)
    if not is_writer(looked.actor, package):
        # Who may not write makes nobody wait.
        tk.check_access("package_update", {**context, "package": package}, {**data_dict, "id": package.id})
    return put_aside.told(data_dict, undone_on_error(_update, next_action, context, package, dict(data_dict)))


def _without_files(data):
    """Raises for files of a dataset that is configuration, not data: they would be public without a release."""
    if data.get("resources"):
        raise tk.ValidationError({"resources": [tk._("Files belong to datasets; this type of entry has none.")]})
    return data


def _update(next_action, context, package, data):
    session, package_id = model.Session, package.id
    state = datasets.lock(session, package, with_row=True)
    if has_request_context():
        tk.g.satudata_state = state  # else the session forgets it, and whoever hears of the change reads it again
    # As CKAN's own: who keeps none of its topics may still change a dataset that is in one.
    context["package"] = package
    writer = _checked(context, {**data, "id": package_id})
    known = {name: context.get(name) for name in ("user", "auth_user_obj")}
    original = tk.get_action("package_show")({**known, "ignore_auth": True}, {"id": package_id})
    stage = DatasetStage(state.state)
    if context.get("ignore_auth") and "access_level" not in data:
        data["access_level"] = state.access_level
    if stage is DatasetStage.DRAFT:
        harvesting.check_import(context, package, data.get("owner_org"))
        data, remarks = harvest_reports.taken(context, data)
        harvest_reports.keep(session, package_id, remarks)
        with raw_writes.writing(session, DatasetState):
            gate.before_update(session, package, state, data, original, _creator(context))
        result = _next_from(original, writer, next_action, context, data)
    else:
        technical = frozen.technical_only(original, data, trusted=is_own_hand(context))
        if stage is DatasetStage.PUBLISHED and (technical is None or not is_own_hand(context)):
            return _revise(context, package, data)
        if technical is None:
            raise frozen.refusal(stage)
        context["original_package"] = copy.deepcopy(original)
        with permits.permit(session, package.id):
            result = next_action(context, technical)
    if not context.get("defer_commit"):
        session.commit()
    return result


def _checked(context, data):
    """Whether the dataset, which is locked, may be written; who asks, with the roles that this was decided by."""
    context[TOLD] = told = []
    try:
        tk.check_access("package_update", context, data)
    finally:
        del context[TOLD]
    return told[-1] if told else None


def _revise(context, package, data):
    answer = revising.revise(context, package, data, _answerable(context), context.get(revising.NAMED))
    if not context.get("defer_commit"):
        model.Session.commit()
    return answer["id"] if context.get("return_id_only") else answer


def _answerable(context: dict[str, Any]) -> str | None:
    """Who stands for a change of what is published; nobody for an import or a program."""
    return None if harvesting.is_harvester(context) else _creator(context)


def _next_from(original, writer, next_action, context, data):
    """CKAN need not read again what was read under the lock, nor ask again who writes; it asks three times."""
    known = {"original_package": original, ASKED: original["id"], UNDER_LOCK: writer}
    context.update(known)
    try:
        return next_action(context, data)
    finally:
        for key in known:
            context.pop(key, None)


@tk.chained_action
@tk.side_effect_free
def package_show(next_action, context, data_dict):
    """CKAN's `package_show`; who edits (`for_edit`, `for_update`) gets the working copy of what is published.

    The edit forms get the editor's own file name, address and format, too. `resource_show` asks this one, so its form
    gets them as well. No API caller can set that part of the context.
    """
    shown = next_action(context, data_dict)
    edits = context.get("for_edit") or context.get("for_update")
    if not edits or context.get("ignore_auth") or not permits.is_governed(shown.get("type")):
        return shown
    is_form, package = not context.get("for_update"), model.Session.get(model.Package, shown["id"])
    is_published = revising.is_published(model.Session, package)
    if not (is_form or is_published):
        return shown
    try:
        who = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")}
        tk.check_access("package_update", who, {"id": shown["id"]})
    except tk.NotAuthorized:
        return shown
    if not is_published:
        return datasets.for_form(model.Session, copy.deepcopy(shown))
    found = revising.shown(model.Session, shown["id"], context.get("user") or "", with_files=is_form)
    if not is_form:
        return found
    for one in found["resources"]:
        # The form of one file sends it back: it opens nothing that is narrowed after this.
        one[revising.SEEN] = found[revising.TOKEN]
    return datasets.as_typed(found)


@tk.chained_action
@tk.side_effect_free
def resource_show(next_action, context, data_dict):
    """CKAN's `resource_show`; who may edit a published dataset sees by its id what its working copy alone has."""
    package = revising.package_of_new(model.Session, data_dict.get("id"))
    if package is None:
        return next_action(context, data_dict)
    try:
        tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})
    except tk.NotAuthorized:
        raise tk.ObjectNotFound() from None
    found = tk.get_action("package_show")({**context, "for_edit": True}, {"id": package.id})
    resource = next((one for one in found["resources"] if one["id"] == data_dict["id"]), None)
    if resource is None:
        raise tk.ObjectNotFound()
    return resource


@tk.chained_action
@boundary
def bulk_update_public(next_action, context, data_dict):
    """CKAN's `bulk_update_public` publishes nothing here, and says so: only the release of a reviewed dataset does."""
    tk.check_access("bulk_update_public", context, data_dict)
    raise tk.NotAuthorized(
        tk._("Nothing was published. A dataset becomes public when its review is finished and Walidata publishes it.")
    )


@tk.chained_action
@boundary
def package_owner_org_update(next_action, context, data_dict):
    """CKAN's `package_owner_org_update`, which forgets the index: the former agency would go on finding it.

    Not during a review: its officers are those of the agency that handed the dataset in.
    """
    package = model.Package.get(data_dict.get("id"))
    if package is None or context.get("defer_commit"):
        return next_action(context, data_dict)

    def move():
        stage, before = DatasetStage(datasets.lock(model.Session, package).state), package.owner_org
        gate.refuse_move(model.Session, package, data_dict.get("organization_id"))
        result = next_action({**context, "defer_commit": True}, {**data_dict, "id": package.id})
        if package.owner_org != before and stage is not DatasetStage.DRAFT:
            raise frozen.refusal(stage)
        search_index.write_along(package.id, hides=True)
        model.Session.commit()
        return result

    result = undone_on_error(move)
    search_index.finish(package.id)
    return result


@tk.side_effect_free
@boundary
def satudata_dataset_show_for_edit(context, data_dict):
    """A dataset as its editors see it: of what is published its working copy, with `satudata_revision`.

    As `package_show`, with `satudata_stage`, `satudata_final_name` and, in each resource, `satudata_file` (name,
    format, size, sha256, content_type, version) or `satudata_address`. These keys are dropped on save.
    """
    shown = tk.get_action("package_show")(dict(context), {"id": tk.get_or_bust(data_dict, "id")})
    tk.check_access("satudata_dataset_show_for_edit", context, {"id": shown["id"]})
    if datasets.stage_of(model.Session, shown["id"]) is DatasetStage.PUBLISHED:
        return revising.shown(model.Session, shown["id"], context.get("user") or "", with_files=True)
    return datasets.for_edit(model.Session, copy.deepcopy(shown))
