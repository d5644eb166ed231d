"""Files and addresses of a draft on their way in: to the vault or our table, each version a row of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import uploader
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import effective_level
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.files import inspect, served

LONGEST_ID = 100


def take(
    session: Session,
    resources: list[dict[str, Any]],
    level: str,
    package: model.Package | None,
    created_by: str | None,
    revision_id: str | None = None,
) -> list[ResourceFile]:
    """Takes files and addresses out of the resources of a draft, in place; `package` is None for a new one.

    `revision_id`: they are of this working copy of a published dataset. Returns the new versions. Raises Invalid,
    ValidationError.
    """
    package_id = package.id if package is not None else None
    _drop_repeated(resources, package_id)
    for resource in resources:
        resource["id"] = str(resource.get("id") or uuid.uuid4())
    ids = [resource["id"] for resource in resources]
    _refuse_bad_ids(ids)
    newest = session.scalars(ResourceFile.newest(ids, revision_id)) if ids else ()
    kept = {file.resource_id: file for file in newest}
    rows = _rows_of(session, ids, package)
    _refuse_foreign(resources, [*kept.values(), *rows.values()], package_id)
    taken = []
    for resource in resources:
        served.forget_level(resource)
        effective_level(level, resource.get("access_level"), str(resource.get("name") or resource.get("id") or ""))
        old, row = kept.get(resource["id"]), rows.get(resource["id"])
        new = _take_one(session, resource, old, row, created_by, revision_id)
        if new is not None:
            new.package_id, new.revision_id = package_id, revision_id
            session.add(new)
            taken.append(new)
            resource["last_modified"] = clock.now().replace(tzinfo=None).isoformat()
        current = new or old
        served.hide(resource, current.real_format if current else _real_format(resource, "", None))
    session.flush()
    return taken


def _refuse_bad_ids(ids: list[str]) -> None:
    """Ids that a caller brings along; the database would fail on them."""
    said = {"id": [tk._("Another file has this id, or it is too long.")]}
    errors = [said if len(one) > LONGEST_ID or ids.index(one) < at else {} for at, one in enumerate(ids)]
    if any(errors):
        raise tk.ValidationError({"resources": errors})


def _rows_of(session: Session, ids: list[str], package: model.Package | None) -> dict[str, model.Resource]:
    """CKAN's rows of these resources, whosever they are. Those of the dataset itself CKAN reads too, and only once."""
    own = {row.id: row for row in package.resources_all} if package is not None else {}
    others = [one for one in ids if one not in own]
    if others:
        own |= {row.id: row for row in session.query(model.Resource).filter(model.Resource.id.in_(others))}
    return {one: own[one] for one in ids if one in own}


def _refuse_foreign(resources: list[dict[str, Any]], known: list[Any], package_id: str | None) -> None:
    """CKAN lets the id of a deleted resource be taken again; with it would come the file that lies behind it."""
    foreign = {
        row.id if isinstance(row, model.Resource) else row.resource_id
        for row in known
        if package_id is None or row.package_id != package_id
    }
    if foreign:
        text = tk._("A resource cannot have the id of another one.")
        raise tk.ValidationError({"resources": [{"id": [text]} if r["id"] in foreign else {} for r in resources]})


def checked_key(key: Any, whose: str | None) -> str:
    """The UUID that stands for a caller's own key, within what it is for. Raises Invalid."""
    text = str(key).strip()
    if not 8 <= len(text) <= 100:
        raise Invalid("The form key is a text of 8 to 100 characters.", field="satudata_form_key")
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{whose or ''} {text}"))


def refuse_empty(resource: Mapping[str, Any]) -> None:
    """Raises Invalid for a new resource with neither a file nor an address."""
    if not resource.get("upload") and not str(resource.get("url") or "").strip():
        raise Invalid(
            "No file was chosen and no web address was typed.",
            field="upload",
            mend="Choose a file on your computer, or name the address where the data are.",
        )


def _drop_repeated(resources: list[dict[str, Any]], package_id: str | None) -> None:
    """A file whose form was sent twice is one file: its id is made of the form's key. A form without a file is refused.

    Lists and harvesters may name a file that is still to come; who leaves it empty cannot send the dataset.
    """
    for resource in [*resources]:
        key = resource.pop("satudata_form_key", None)
        if key and not resource.get("id"):
            refuse_empty(resource)
            resource["id"] = checked_key(key, package_id)
            if any(other is not resource and other.get("id") == resource["id"] for other in resources):
                resources.remove(resource)


def _take_one(
    session: Session,
    resource: dict[str, Any],
    old: ResourceFile | None,
    row: model.Resource | None,
    created_by: str | None,
    revision_id: str | None,
) -> ResourceFile | None:
    """The new version of the resource's file, or None where neither file, address nor format is new."""
    upload, clear = resource.pop("upload", None), tk.asbool(resource.pop("clear_upload", None) or False)
    new = ResourceFile(resource_id=resource["id"], version=(old.version if old else 0) + 1, created_by=created_by)
    if upload and getattr(upload, "stream", None) is None:
        raise Invalid(
            "This is no file, but the text of a field.",
            field="upload",
            mend="Send the file itself as a part of multipart/form-data.",
        )
    if upload:
        limit = uploader.get_max_resource_size() << 20
        if hasattr(upload.stream, "seek"):
            inspect.check(upload.stream, upload.filename or "")
        kept = vault.put(
            session,
            upload.stream,
            name=upload.filename,
            purpose="resource",
            created_by=created_by,
            max_bytes=limit,
        )
        new.vault_object_id, source = kept.id, kept.original_name
    elif _is_new_address(str(resource.get("url") or ""), resource, old, row, session):
        new.address = source = served.checked_address(str(resource["url"]))
    elif clear and old is not None:
        source = ""
    else:
        return _in_other_format(new, resource, old, revision_id)
    new.real_format = _real_format(resource, source, old)
    return new


def _in_other_format(
    new: ResourceFile, resource: Mapping[str, Any], old: ResourceFile | None, revision_id: str | None
) -> ResourceFile | None:
    """The same file under another format. What is published stays as it is: a working copy has a row of its own."""
    real = _real_format(resource, "", old)
    if old is None or real == old.real_format:
        return None
    if old.revision_id == revision_id:
        if not old.is_released:
            old.real_format = real
        return None
    new.vault_object_id, new.address, new.real_format = old.vault_object_id, old.address, real
    return new


def _is_new_address(
    url: str, resource: Mapping[str, Any], old: ResourceFile | None, row: model.Resource | None, session: Session
) -> bool:
    if not url.strip() or resource.get("url_type") == "upload":
        return False
    known = {served.ask_address(str(resource["id"]))}
    if row is not None and (old is None or old.revision_id is None):
        known.add(row.url)
    if old is not None:
        known.add(old.address)
    if url in known:
        return False
    # A form that showed the editor his own file name sends it back.
    return not (old and old.vault_object_id and vault.get(session, old.vault_object_id).original_name == url)


def _real_format(resource: Mapping[str, Any], source: str, old: ResourceFile | None) -> str:
    given = served.clean_format(resource.get("format"))
    declared = served.clean_format(resource.get("data_format"))
    if given and given.upper() != "HTML":
        return given
    if declared and (old is None or declared != old.real_format):
        return declared
    return served.format_of(source) or (old.real_format if old else "")


class NothingToUpload:
    """Stands where CKAN would store an upload itself: the gate has taken it already, or it is refused."""

    def __init__(self, resource: dict[str, Any]):
        if resource.get("upload"):
            raise tk.ValidationError({"upload": [tk._("Files are taken through the dataset's own actions only.")]})
        resource.pop("upload", None)
        resource.pop("clear_upload", None)

    def upload(self, id: str, max_size: int = 10) -> None:
        """Stores nothing."""

    def get_path(self, id: str) -> str:
        """There is no such file."""
        raise tk.ObjectNotFound()
