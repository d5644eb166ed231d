"""What a person may not know of answers as what does not exist: same status, same words.

CKAN answers 403 for a hidden dataset and 404 for an unknown one. Here the action is called with a made-up id
instead of the hidden one, so the two answers cannot differ; a made-up id in the words is put back.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm.util import identity_key

from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import is_storable
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.hidden import labels

Action = Callable[..., Any]
Sees = Callable[["Eyes", str], bool]

_PACKAGE: dict[str, tuple[str, ...]] = {
    "package_show": ("id", "name_or_id"),
    "package_update": ("id", "name"),
    "package_patch": ("id",),
    "package_delete": ("id",),
    "dataset_purge": ("id",),
    "package_resource_reorder": ("id",),
    "package_owner_org_update": ("id",),
    "package_relationships_list": ("id", "id2"),
    "package_relationship_create": ("subject", "object"),
    "package_relationship_update": ("subject", "object"),
    "package_relationship_delete": ("subject", "object"),
    "package_collaborator_list": ("id",),
    "package_collaborator_create": ("id",),
    "package_collaborator_delete": ("id",),
    "resource_create": ("package_id",),
    "follow_dataset": ("id",),
    "unfollow_dataset": ("id",),
    "am_following_dataset": ("id",),
    "dataset_follower_count": ("id",),
    "dataset_follower_list": ("id",),
    "satudata_dataset_completeness": ("id",),
    "satudata_dataset_show_for_edit": ("id",),
    "satudata_dataset_withdraw": ("id",),
    "member_create": ("object",),
    "member_delete": ("object",),
}
_RESOURCE: dict[str, tuple[str, ...]] = {
    "resource_show": ("id",),
    "resource_update": ("id",),
    "resource_patch": ("id",),
    "resource_delete": ("id",),
    "resource_view_list": ("id",),
    "resource_view_reorder": ("id",),
    "resource_view_create": ("resource_id",),
    "task_status_show": ("entity_id",),
}
_EDITED = ("resource_show", "resource_update", "resource_patch", "resource_delete")
"""Actions that work on the working copy of published data, which has what is kept back from the public, too."""
_VIEW: dict[str, tuple[str, ...]] = {
    "resource_view_show": ("id",),
    "resource_view_update": ("id",),
    "resource_view_delete": ("id",),
}
_SOURCE: dict[str, tuple[str, ...]] = {
    "harvest_source_show": ("id",),
    "harvest_source_show_status": ("id",),
    "harvest_source_update": ("id",),
    "harvest_source_patch": ("id",),
    "harvest_source_delete": ("id",),
    "harvest_source_clear": ("id",),
    "harvest_source_index_clear": ("id",),
    "harvest_source_job_history_clear": ("id",),
    "harvest_source_reindex": ("id",),
    "harvest_job_create": ("source_id",),
    "harvest_job_list": ("source_id",),
}
_USER: dict[str, tuple[str, ...]] = {
    "user_show": ("id",),
    "user_follower_count": ("id",),
    "user_follower_list": ("id",),
    "user_followee_count": ("id",),
    "user_followee_list": ("id",),
    "dataset_followee_count": ("id",),
    "dataset_followee_list": ("id",),
    "group_followee_count": ("id",),
    "group_followee_list": ("id",),
    "organization_followee_count": ("id",),
    "organization_followee_list": ("id",),
    "followee_count": ("id",),
    "followee_list": ("id",),
    "am_following_user": ("id",),
    "follow_user": ("id",),
    "unfollow_user": ("id",),
}
_READS = ("_show", "_list", "_count", "_diff", "_status")
EYES = "satudata_eyes"
"""Key of a context: the `Eyes` that have just looked at what `package_update` is about to change."""


def actions(own: dict[str, Action]) -> dict[str, Action]:
    """The chained actions of this module around `own`, which may chain the same names."""
    tables: list[tuple[dict[str, tuple[str, ...]], Sees]] = [
        (_PACKAGE, sees_package),
        ({name: keys for name, keys in _RESOURCE.items() if name not in _EDITED}, look_at_resource),
        ({name: _RESOURCE[name] for name in _EDITED}, look_at_edited),
        (_VIEW, _sees_view),
        (_USER, _sees_user),
    ]
    if p.plugin_loaded("harvest"):
        tables.append((_SOURCE, sees_package))
    if p.plugin_loaded("activity"):
        tables.append(({"package_activity_list": ("id",)}, sees_package))
        tables.append(({"user_activity_list": ("id",)}, _sees_user))
        tables.append(
            (dict.fromkeys(("activity_show", "activity_data_show", "activity_diff"), ("id",)), _sees_activity)
        )
    for loader in ("xloader", "datapusher"):
        if p.plugin_loaded(loader):
            tables.append(({f"{loader}_status": ("resource_id", "id")}, look_at_resource))
    found: dict[str, Action] = {}
    for table, sees in tables:
        for name, keys in table.items():
            if not name.startswith("satudata_") or name in own:
                found[name] = _blinded(name, keys, sees, own.get(name))
    inside: list[tuple[str, str, str, Sees]] = [
        ("package_create_default_resource_views", "package", "id", sees_package),
        ("resource_create_default_resource_views", "resource", "id", look_at_resource),
    ]
    if p.plugin_loaded("xloader"):
        inside.append(("xloader_hook", "metadata", "resource_id", look_at_resource))
    for name, outer, key, sees_it in inside:
        found[name] = _blinded_inside(name, outer, key, sees_it)
    found["package_revise"] = _revise_around(own.get("package_revise"))
    return {**own, **found}


def as_unknown(action: Action, context: Any, data_dict: dict[str, Any], keys: list[str]) -> Any:
    """Calls the action as if the values under these keys were ids that nobody ever gave."""
    made_up = {key: str(uuid.uuid4()) for key in keys}
    try:
        return action(context, {**data_dict, **made_up})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError) as error:
        raise _put_back(error, {made_up[key]: str(data_dict[key]) for key in keys}) from None


class Eyes:
    """Who looks, for one decision: the roles are read once for it, and what was looked at stays in the session."""

    def __init__(self, context: Any):
        self.context = context
        self.held: list[Any] = []

    @functools.cached_property
    def actor(self) -> Actor:
        """The person with the roles in force now."""
        return actor_of(self.context)

    @functools.cached_property
    def _labels(self) -> set[str]:
        return set(labels.of_user(self._user, self.actor))

    @functools.cached_property
    def _user(self) -> Any:
        context = self.context
        return context.get("auth_user_obj") or (model.User.get(context["user"]) if context.get("user") else None)

    def see(self, package: model.Package) -> bool:
        """Whether the person may know of the dataset."""
        if self.context.get("ignore_auth"):
            return True
        of_dataset = labels.of_dataset(package)
        if "public" in of_dataset:
            return True
        if self._user is None or getattr(self._user, "is_anonymous", False):
            return False
        return bool(self._user.sysadmin) or not self._labels.isdisjoint(of_dataset)


def sees(context: Any, package: model.Package) -> bool:
    """Whether the person behind the context may know of the dataset."""
    return Eyes(context).see(package)


def _blinded(name: str, keys: tuple[str, ...], sees_it: Sees, own: Action | None) -> Action:
    # Who writes reads anew, behind a lock; `package_update` lets the session forget what it knew.
    holds = name.endswith(_READS) or name == "package_update"

    def blinded(call, context, data_dict):
        if context.get("ignore_auth"):
            return call(context, data_dict)
        if not all(may_be_id(data_dict.get(key)) for key in keys):
            raise tk.ObjectNotFound()
        eyes = Eyes(context)
        hidden = [key for key in keys if data_dict.get(key) and not sees_it(eyes, str(data_dict[key]))]
        if hidden:
            return as_unknown(call, context, data_dict, hidden)
        if not holds or context.get("for_update"):
            eyes.held.clear()
        elif name == "package_show" and eyes.held:
            data_dict = {**data_dict, "id": eyes.held[0].id}
        elif name == "package_update":
            context[EYES] = eyes
        return call(context, data_dict)

    def chained(next_action, context, data_dict):
        return blinded(functools.partial(own, next_action) if own else next_action, context, data_dict)

    def plain(context, data_dict):
        return blinded(own, context, data_dict)

    action = plain if own and not getattr(own, "chained_action", False) else tk.chained_action(chained)
    action.__name__ = name
    action.__doc__ = (own.__doc__ if own else None) or "CKAN's own; hidden things answer like unknown ones."
    action.auth_audit_exempt = True  # the action behind it asks
    if name.endswith(_READS) or name.startswith("am_") or getattr(own, "side_effect_free", False):
        action.side_effect_free = True
    return action


def _blinded_inside(name: str, outer: str, key: str, sees_it: Sees) -> Action:
    """The same for an action that is given a whole thing, under `outer`, in which `key` names it."""

    @tk.chained_action
    def chained(next_action, context, data_dict):
        given = data_dict.get(outer)
        reference = given.get(key) if isinstance(given, dict) else None
        if reference and not context.get("ignore_auth"):
            if not may_be_id(reference):
                raise tk.ObjectNotFound()
            if not sees_it(Eyes(context), reference):
                data_dict = {**data_dict, outer: {key: str(uuid.uuid4())}}
        return next_action(context, data_dict)

    chained.__name__ = name
    chained.__doc__ = "CKAN's own; hidden things answer like unknown ones."
    chained.auth_audit_exempt = True
    return chained


def may_be_id(value: object) -> bool:
    """Whether a table could hold it as an id; CKAN would hand anything on to the database."""
    return not value or (isinstance(value, str) and is_storable(value))


def sees_package(eyes: Eyes, reference: str) -> bool:
    """Whether the person may know of the dataset; true for an id or name that nobody gave."""
    # A whole dataset that is sent back names itself twice.
    seen = next((one for one in eyes.held if getattr(one, "name", None) == reference), None)
    package = seen or _read(eyes, _PACKAGE_ROWS, reference, _known(reference))
    return package is None or eyes.see(package)


def sees_resource(context: Any, resource_id: str) -> bool:
    """Whether the person may know of the resource; true for an id that nobody gave."""
    return look_at_resource(Eyes(context), resource_id)


def look_at_resource(eyes: Eyes, resource_id: str) -> bool:
    """As `sees_resource`, for a caller who goes on reading."""
    known = model.Session.identity_map.get(identity_key(model.Resource, resource_id))
    rows = [known, *_known(known.package_id)] if known is not None else []
    # By name too, as CKAN's own actions do.
    resource = _read(eyes, _RESOURCE_ROWS, resource_id, rows) or model.Resource.by_name(resource_id)
    if resource is None:
        return True
    package = model.Session.get(model.Package, resource.package_id or "")
    return resource.state != "deleted" and package is not None and eyes.see(package)


def look_at_edited(eyes: Eyes, resource_id: str) -> bool:
    """As `look_at_resource`; what is kept back of published data is known to those who may have it."""
    if look_at_resource(eyes, resource_id):
        return True
    file = model.Session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    package = model.Session.get(model.Package, file.package_id or "") if file and file.withheld else None
    return package is not None and access.reads_kept(model.Session(), eyes.actor, package)


def _known(package_id: str | None) -> list[Any]:
    """The dataset and its state, where the session knows them already; else None."""
    found = model.Session.identity_map
    return [found.get(identity_key(kind, package_id)) for kind in (model.Package, DatasetState)]


def _read(eyes: Eyes, statement: sa.Select, reference: str, known: list[Any]) -> Any:
    """The row with this id, else with this name; with what `labels` asks for of it, in one statement."""
    row = known if known and None not in known else None
    if row is None and statement is _PACKAGE_ROWS and len(reference) == _UUID_LENGTH:
        # Nearly always an id: PostgreSQL plans one key in three quarters of the time of two.
        row = model.Session.execute(_PACKAGE_BY_ID, {"reference": reference}).first()
    if row is None:
        rows = model.Session.execute(statement, {"reference": reference}).all()
        row = next((row for row in rows if row[0].id == reference), rows[0] if rows else None)
    eyes.held.extend(row or ())
    return row[0] if row is not None else None


_ASKED: sa.BindParameter[str] = sa.bindparam("reference")
_UUID_LENGTH = 36
_PACKAGES = sa.select(model.Package, DatasetState).outerjoin(DatasetState, DatasetState.package_id == model.Package.id)
_PACKAGE_BY_ID = _PACKAGES.where(model.Package.id == _ASKED)
_PACKAGE_ROWS = _PACKAGES.where(sa.or_(model.Package.id == _ASKED, model.Package.name == _ASKED))
_RESOURCE_ROWS = (  # CKAN has no index for the names of resources
    sa.select(model.Resource, model.Package, DatasetState)
    .outerjoin(model.Package, model.Package.id == model.Resource.package_id)
    .outerjoin(DatasetState, DatasetState.package_id == model.Package.id)
    .where(model.Resource.id == _ASKED)
)


def _sees_view(eyes: Eyes, view_id: str) -> bool:
    view = model.Session.get(model.ResourceView, view_id)
    return view is None or look_at_resource(eyes, view.resource_id)


def _sees_activity(eyes: Eyes, activity_id: str) -> bool:
    about = model.Session.execute(
        sa.text("select object_id from activity where id = :id"), {"id": activity_id}
    ).scalar_one_or_none()
    package = model.Session.get(model.Package, about or "")
    return package is None or eyes.see(package)


def _sees_user(eyes: Eyes, user_id: str) -> bool:
    """Whether the person may know of the account: one that was invited is nobody's but theirs who invite."""
    user = model.User.get(user_id)
    return user is None or user.state != model.State.PENDING or invites(eyes.actor)


def invites(actor: Actor) -> bool:
    """Whether accounts that were invited are this person's affair."""
    return actor.is_sysadmin or actor.has_anywhere(Role.WALIDATA)


def _revise_around(own: Action | None) -> Action:
    @tk.chained_action
    def package_revise(next_action, context, data_dict):
        """CKAN's `package_revise`; a hidden dataset answers like an unknown one."""
        call = functools.partial(own, next_action) if own else next_action
        match = data_dict.get("match") if isinstance(data_dict.get("match"), dict) else {}
        for key in ("id", "name"):
            given = data_dict.get(f"match__{key}") or match.get(key)
            if given and not sees_package(Eyes(context), str(given)) and not context.get("ignore_auth"):
                return as_unknown(call, context, {"match__id": given, "update__notes": ""}, ["match__id"])
        return call(context, data_dict)

    package_revise.auth_audit_exempt = True
    return package_revise


def _put_back(error: Exception, names: dict[str, str]) -> Exception:
    def mended(text: str) -> str:
        for made_up, given in names.items():
            text = text.replace(made_up, given)
        return text

    if isinstance(error, tk.ValidationError):
        return tk.ValidationError(json.loads(mended(json.dumps(error.error_dict))))
    message = getattr(error, "message", None)
    return type(error)(mended(str(message))) if message else type(error)()
