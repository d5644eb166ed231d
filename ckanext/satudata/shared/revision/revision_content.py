"""What a revision says, and how CKAN shows it: from the public rows to content, and from content to a shown dataset.

Content leaves out what jobs and CKAN set (`shared.publishing.frozen`), what never changes by a revision (`FRAME`), and
the topics (CKAN's groups), which those who keep a topic set at once. Its levels: `shared.revision.revision_levels`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.navl.dictization_functions import Missing
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.revision import digest
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.publishing import datasets, frozen

FRAME = ("name", "owner_org", "private", "state", "type")
"""What no revision changes: address, agency and whether it is public at all."""
_ASIDE = frozen.TECHNICAL_DATASET | frozen.MADE_BY_CKAN | frozenset(FRAME) | {"resources", "extras", "tags", "groups"}
_ASIDE_RESOURCE = (
    frozen.TECHNICAL_RESOURCE
    | (frozen.MADE_BY_CKAN_RESOURCE - {"url_type"})
    | frozen.LOADERS_OWN
    | {"id", "url", "url_type", "format", served.LEVEL_FROM, *served.EDIT_KEYS}
)
_EMPTY_RESOURCE = dict.fromkeys(
    ("cache_last_updated", "cache_url", "created", "last_modified", "mimetype", "mimetype_inner", "resource_type"),
) | {"hash": "", "size": None, "url_type": "", "datastore_active": False}


def published(package_id: str, user: str = "") -> dict[str, Any]:
    """The dataset as the public has it, from its rows."""
    context = {"ignore_auth": True, "use_cache": False, "user": user}
    return copy.deepcopy(tk.get_action("package_show")(context, {"id": package_id}))


def snapshot(
    session: Session, state: DatasetState, shown: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, ResourceFile]]:
    """The whole content of what is public, kept-back resources too, and the file of each resource."""
    resources = [dict(one) for one in shown["resources"]]
    newest: dict[str, ResourceFile] = {
        file.resource_id: file for file in session.scalars(ResourceFile.newest(_ids(session, shown["id"])))
    }
    listed = {one["id"] for one in resources}
    if state.state == DatasetStage.PUBLISHED.value:
        resources += [dict(file.withheld) for id_, file in newest.items() if file.withheld and id_ not in listed]
    content = of_dict(shown)
    content["license_id"] = state.own_licence or shown.get("license_id") or ""
    content["access_level"] = state.access_level
    content["resources"] = []
    for one in resources:
        served.forget_level(one)
        file = newest.get(one["id"])
        said = of_resource(one)
        said["data_format"] = file.real_format if file is not None else one.get("data_format") or ""
        content["resources"].append(said)
    kept = {one["id"] for one in content["resources"]}
    return content, {id_: file for id_, file in newest.items() if id_ in kept}


def _ids(session: Session, package_id: str) -> list[str]:
    return list(session.scalars(ResourceFile.of_package(package_id).with_only_columns(ResourceFile.resource_id)))


def of_dict(data: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a shown or validated dataset, without its resources."""
    own = {row["field_name"] for row in metadata.fields()}
    content = {
        key: _json(value)
        for key, value in data.items()
        if key not in _ASIDE and not key.startswith("satudata_") and not isinstance(value, Missing)
    }
    extras = {one["key"]: one["value"] for one in data.get("extras") or [] if one.get("key") not in own}
    if extras:
        content["extras"] = _json(extras)
    content["tags"] = sorted({one["name"] for one in data.get("tags") or [] if one.get("state") != "deleted"})
    return content


def of_resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The content of one resource; where its file lies is not in it."""
    content = {
        key: _json(value)
        for key, value in resource.items()
        if key not in _ASIDE_RESOURCE and not key.startswith("satudata_") and not isinstance(value, Missing)
    }
    return {"id": resource["id"], **content}


def validated(context: dict[str, Any], package: model.Package, data: Mapping[str, Any]) -> dict[str, Any]:
    """The content that CKAN's own validation makes of what was sent. Raises `tk.ValidationError`, by field."""
    plugin = lib_plugins.lookup_package_plugin(package.type)
    schema = plugin.update_package_schema()
    inner: dict[str, Any] = {
        name: context[name] for name in ("user", "auth_user_obj", "ignore_auth") if name in context
    }
    inner.update(model=model, session=model.Session, package=package, schema=schema)
    clean, errors = lib_plugins.plugin_validate(plugin, inner, copy.copy(dict(data)), schema, "package_update")
    if errors:
        raise tk.ValidationError(errors)
    content = of_dict(clean)
    content["resources"] = [of_resource(one) for one in clean.get("resources") or []]
    return content


# ---------------------------------------------------------------- as CKAN shows it


def dressed(
    shown: Mapping[str, Any],
    whole: Mapping[str, Any],
    files: Mapping[str, str],
    public_files: Mapping[str, ResourceFile],
    rows: Mapping[str, ResourceFile],
) -> dict[str, Any]:
    """The content as `package_show` would show it; a file that is the public one is shown as the public sees it.

    `shown`: the dataset as the public has it; `files`: of the content; `rows`: its file rows by resource.
    """
    found = {key: copy.deepcopy(value) for key, value in shown.items() if key in _ASIDE}
    for key in {*shown, *whole} - _ASIDE:
        empty = None if shown.get(key) is None else [] if isinstance(shown.get(key), list) else ""
        found[key] = copy.deepcopy(whole.get(key, empty))
    extras = whole.get("extras") or {}
    found["extras"] = [{"key": key, "value": value} for key, value in sorted(extras.items())]
    tags = {tag["name"]: tag for tag in shown.get("tags") or []}
    found["tags"] = [
        tags.get(name) or {"name": name, "display_name": name, "state": "active", "vocabulary_id": None}
        for name in whole.get("tags") or []
    ]
    listed = {one["id"]: one for one in shown["resources"]}
    if whole["access_level"] != shown.get("access_level"):
        for id_, one in listed.items():
            listed[id_] = {**one}
            served.forget_level(listed[id_])
    found["resources"] = []
    for position, one in enumerate(whole["resources"]):
        old, public = listed.get(one["id"]), public_files.get(one["id"])
        is_same = old is not None and files.get(one["id"]) == (public.id if public is not None else None)
        found["resources"].append(_resource(shown, one, old, rows.get(one["id"]), is_same, position))
    found["num_resources"], found["num_tags"] = len(found["resources"]), len(found["tags"])
    licence = model.Package.get_license_register().get(found.get("license_id") or "")
    if licence is not None:
        found.update(license_title=licence.title, isopen=licence.isopen())
    return found


def _resource(
    shown: Mapping[str, Any],
    one: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    file: ResourceFile | None,
    is_same: bool,
    position: int,
) -> dict[str, Any]:
    if is_same and old is not None:
        base = {key: value for key, value in old.items() if key in _ASIDE_RESOURCE or key == "data_format"}
        base |= {key: None if old[key] is None else "" for key in old if key not in base}
        if old.get(served.LEVEL_FROM) and not one.get("access_level"):
            one = {**one, "access_level": old["access_level"]}
    else:
        base = {**_EMPTY_RESOURCE, "state": "active", "package_id": shown["id"]}
        base["created"] = (old or {}).get("created")
    found = {**base, **{key: copy.deepcopy(value) for key, value in one.items() if key != "data_format"}}
    found["position"] = position
    found.setdefault("data_format", "")
    if not (is_same and old is not None):
        served.hide(found, file.real_format if file is not None else one.get("data_format") or "")
    return found


def facts_of(session: Session, rows: Mapping[str, ResourceFile]) -> dict[str, str]:
    """What each file is: its sha256, or its address."""
    ids = {file.vault_object_id for file in rows.values() if file.vault_object_id}
    kept = {one.id: one.sha256 for one in session.query(VaultObject).filter(VaultObject.id.in_(ids))} if ids else {}
    return {id_: kept.get(file.vault_object_id or "") or file.address or "" for id_, file in rows.items()}


def hash_of(
    session: Session,
    content: Mapping[str, Any],
    rows: Mapping[str, ResourceFile],
    opens: Mapping[str, Any] | None = None,
) -> str:
    """The hash of exactly this content with these files; `opens` see `domain.revision.digest`."""
    return digest(content, facts_of(session, rows), opens)


def files_of(session: Session, revision: Revision) -> dict[str, ResourceFile]:
    """The rows of a revision's files, by resource."""
    ids = list(revision.files.values())
    found = session.query(ResourceFile).filter(ResourceFile.id.in_(ids)) if ids else ()
    return {row.resource_id: row for row in found}


def add_files(session: Session, shown: dict[str, Any], rows: Mapping[str, ResourceFile]) -> None:
    """Adds to each shown resource, in place, what officers may know of its file."""
    for one in shown["resources"]:
        if one["id"] in rows:
            datasets.add_file(session, one, rows[one["id"]])


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda one: one.isoformat() if isinstance(one, datetime) else str(one)))
