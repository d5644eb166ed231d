"""What the forms of datasets and files ask for."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import uploader

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.publishing import frozen, gate
from ckanext.satudata.shared.revision import revising


def satudata_form_key() -> str:
    """A fresh key for a form: sent twice, it is carried out once."""
    return str(uuid.uuid4())


def satudata_producers() -> list[dict[str, Any]]:
    """The agencies for which this person drafts: an operator's own, and for Walidata every one."""
    if actor_for(tk.current_user).has_anywhere(Role.WALIDATA, process=PROCESS):
        return tk.get_action("organization_list")({"user": tk.current_user.name}, {"all_fields": True, "limit": 1000})
    return tk.h.organizations_available("create_dataset")


def satudata_seen(dataset_id: str) -> str:
    """The mark of the description as it is stored now; a form hands it back, so that nobody writes over another."""
    return gate.fingerprint(_stored(dataset_id))


def satudata_frozen(pkg: dict[str, Any]) -> dict[str, str]:
    """Why a dataset cannot be changed now (`message`) and what to do instead (`mend`); empty for a draft."""
    package = model.Package.get(pkg["id"])
    return frozen.told(model.Session, package) if package else {}


def satudata_working_copy(pkg: dict[str, Any]) -> dict[str, Any]:
    """What an editor works on: of what is published its working copy, else the dataset itself. Ask the right first."""
    if not revising.is_published(model.Session, model.Package.get(pkg["id"])):
        return pkg
    return revising.shown(model.Session, pkg["id"], tk.current_user.name, with_files=True)


def satudata_is_published(dataset_id: str) -> bool:
    """Whether an edit of the dataset is one of its working copy."""
    return revising.is_published(model.Session, model.Package.get(dataset_id) if dataset_id else None)


def satudata_max_upload() -> str:
    """The largest file that can be uploaded, as people read it: `10 MB`, `2 GB`."""
    size = uploader.get_max_resource_size()
    return f"{wording.number(size // 1024)} GB" if size >= 1024 and size % 1024 == 0 else f"{wording.number(size)} MB"


def satudata_form_labels(file: bool = False) -> dict[str, str]:
    """{field: label} of the form of a dataset, or of a file, in the reader's language."""
    if file:
        own = {"upload": tk._("File"), "url": tk._("Web address"), "access_level": tk._("Access level of this file")}
        return own | {
            field["field_name"]: tk._(field["label"]) for field in metadata.fields() if _is_restriction(field)
        }
    return {field["field_name"]: tk._(field["label"]) for field in metadata.fields()}


def _is_restriction(field: dict[str, Any]) -> bool:
    return field["field_name"] in FIELDS


def satudata_changed_meanwhile(dataset_id: str, typed: dict[str, Any]) -> list[dict[str, str]]:
    """Where the stored description differs from what was typed: `field`, `label`, `stored`, `typed`."""
    stored, rows = _stored(dataset_id), []
    for field in metadata.fields():
        name = field["field_name"]
        mine, theirs = str(typed.get(name) or "").strip(), str(stored.get(name) or "").strip()
        if name == "tag_string" or field.get("form_snippet", "") is None or mine.replace("\r\n", "\n") == theirs:
            continue
        if field.get("vocabulary"):
            terms = vocabulary(field["vocabulary"])
            mine, theirs = terms.label(mine, tk.h.lang()), terms.label(theirs, tk.h.lang())
        rows.append({"field": name, "label": tk._(field["label"]), "stored": theirs, "typed": mine})
    return rows


def satudata_source_of(resource: dict[str, Any]) -> dict[str, Any]:
    """What is behind a resource, for its editor: `name` and `size` of a file, or `address`; empty where nothing is.

    Empty too for who may not change the dataset.
    """
    if not resource.get("id"):
        return {}
    row = model.Resource.get(resource["id"])
    package = row.package if row is not None else revising.package_of_new(model.Session, resource["id"])
    try:
        tk.check_access("package_update", {"user": tk.current_user.name}, {"id": package.id if package else ""})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return {}
    file, kept = revising.file_of(model.Session, package, resource["id"])
    if kept is not None:
        of_change = file.revision_id is not None
        return {"name": kept.original_name, "size": kept.size_bytes, "at": file.created_at, "of_change": of_change}
    return {"address": file.address} if file is not None and file.address else {}


def satudata_typed_address(resource: dict[str, Any], source: dict[str, Any]) -> str:
    """The address for the form: what was typed, or the stored one; never the portal's own page."""
    url = str(resource.get("url") or "")
    if resource.get("id") and url == served.ask_address(resource["id"]) or url == source.get("name"):
        url = ""
    return url or source.get("address", "")


def _stored(dataset_id: str) -> dict[str, Any]:
    # Only ever asked for the dataset whose form is open, which the view has checked.
    package = model.Package.get(dataset_id)
    if revising.is_published(model.Session, package):
        return revising.shown(model.Session, package.id, tk.current_user.name)
    return tk.get_action("package_show")(
        {"ignore_auth": True, "for_update": True, "user": tk.current_user.name}, {"id": dataset_id}
    )
