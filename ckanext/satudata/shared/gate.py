"""The gate before `package_create` and `package_update`: every file and address goes to the vault or our table.

The core row keeps only what may be served. Both actions hand their data over before CKAN sees it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import munge, uploader
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage, effective_level, level_of
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, inspect, served, vault

CONTEXT_KEY = "satudata_intake"

TECHNICAL_DATASET = frozenset({"metadata_modified"})
TECHNICAL_RESOURCE = frozenset(
    {
        "datastore_active",
        "datastore_contains_all_records_of_source_file",
        "last_modified",
        "metadata_modified",
    }
)
"""Fields that no reviewer decides. CKAN's own hands (jobs, xloader, datapusher) set them on a published row."""

_LOADERS_OWN = frozenset({"hash", "ckan_url", "ignore_hash", "original_url", "resource_id", "set_url_type"})
"""What loaders write beside them into a resource; a published one keeps what the release wrote, above all its hash."""

_MADE_BY_CKAN = frozenset(
    [
        "id",
        "type",
        "num_resources",
        "num_tags",
        "isopen",
        "license_title",
        "license_url",
        "metadata_created",
        "creator_user_id",
        "relationships_as_object",
        "relationships_as_subject",
        "organization",
        "satudata_seen",
        "tag_string",
        "save",
        "return_to",
        "pkg_name",
        "plugin_data",
    ]
)
_MADE_BY_CKAN_RESOURCE = frozenset(
    [
        "package_id",
        "position",
        "created",
        "state",
        "revision_timestamp",
        "tracking_summary",
        "mimetype_inner",
        "cache_url",
        "cache_last_updated",
        "url_type",
        "size",
        "mimetype",
        "resource_type",
        "upload",
        "clear_upload",
        "save",
    ]
)


@dataclass
class Intake:
    """What the gate took out of a dataset on its way to CKAN."""

    access_level: str
    final_name: str
    created_by: str | None = None
    form_key: str | None = None
    files: list[ResourceFile] = field(default_factory=list)


def before_create(session: Session, data: dict[str, Any], created_by: str | None) -> Intake:
    """Makes the data of a new dataset private and free of secrets, in place. Files are stored in the transaction."""
    final = str(data.get("name") or "") or _name_from(str(data.get("title") or ""))
    intake = Intake(
        access_level=_level(data),
        final_name=_checked_name(final) if final else "",
        created_by=created_by,
        form_key=data.pop("satudata_form_key", None),
    )
    _prefill(data)
    # CKAN's own "draft" hides a dataset from everybody's search; our stages say what a draft is.
    data.pop("state", None)
    data["name"] = f"data-{secrets.token_hex(8)}"
    data["private"] = True
    data["resources"] = [dict(resource) for resource in data.get("resources") or []]
    intake.files = _take_resources(session, data["resources"], intake.access_level, None, created_by)
    return intake


def after_create(session: Session, package: model.Package, intake: Intake | None) -> None:
    """Writes our rows for a dataset that CKAN has just made, in the same transaction."""
    intake = intake or Intake(access_level="tertutup", final_name=package.name)
    for file in intake.files:
        file.package_id = package.id
    session.add(
        DatasetState(
            package_id=package.id,
            state=DatasetStage.DRAFT.value,
            access_level=intake.access_level,
            final_name=intake.final_name or package.name,
            editors=[intake.created_by] if intake.created_by else [],
            form_key=intake.form_key,
        )
    )
    session.flush()


def before_update(
    session: Session,
    package: model.Package,
    state: DatasetState,
    data: dict[str, Any],
    original: Mapping[str, Any],
    created_by: str | None,
) -> None:
    """Makes the data of a draft private and free of secrets, in place, and writes our rows."""
    _refuse_stale(data, original)
    _refuse_unseen(data, original)
    if "owner_org" in data:
        refuse_move(session, package, data["owner_org"])
    if created_by and created_by not in state.editors:
        state.editors = [*state.editors, created_by]
    if package.state.startswith("draft") or str(data.get("state") or "").startswith("draft"):
        data["state"] = package.state = "active"
    name = str(data.get("name") or package.name)
    if name not in (package.name, state.final_name):
        state.final_name = _checked_name(name)
    data["name"] = package.name
    data["private"] = True
    state.access_level = _level(data) if "access_level" in data else _level(dict(original))
    if "resources" in data:
        data["resources"] = [dict(resource) for resource in data["resources"] or []]
        _take_resources(session, data["resources"], state.access_level, package.id, created_by)
    else:
        for resource in original.get("resources") or []:
            effective_level(state.access_level, resource.get("access_level"))
    session.flush()


def fingerprint(original: Mapping[str, Any]) -> str:
    """A mark of the description as it is stored: another one, once somebody changed a field of the form."""
    fields = {row["field_name"]: original.get(row["field_name"]) or "" for row in metadata.fields()}
    fields["tag_string"] = sorted(tag["name"] for tag in original.get("tags") or [])
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _refuse_stale(data: dict[str, Any], original: Mapping[str, Any]) -> None:
    """A form tells what it was filled from (`satudata_seen`); callers without one overwrite, as CKAN does."""
    seen = data.pop("satudata_seen", None)
    if seen and seen != fingerprint(original):
        raise Conflict(
            "Nothing was stored: what you typed stands below, beside what is stored now.",
            field="satudata_seen",
            mend="Take over what is right and save again.",
        )


def _refuse_unseen(data: Mapping[str, Any], original: Mapping[str, Any]) -> None:
    """Who sends back a whole dataset that he read before somebody added a file does not mean to delete that file."""
    read = data.get("metadata_modified")
    # A harvester sends another portal's date, which is later than ours.
    if not read or str(read) >= original["metadata_modified"] or "resources" not in data:
        return
    sent = {resource.get("id") for resource in data["resources"] or []}
    if any(resource["id"] not in sent for resource in original.get("resources") or []):
        raise Conflict(
            "Nothing was stored: the dataset was changed after you read it, and a file would be lost.",
            field="metadata_modified",
            mend="Read the dataset again and send it with all its files.",
        )


def refuse_move(session: Session, package: model.Package, owner: object) -> None:
    """A draft that was sent back keeps its agency: the review's officers are those of the agency that handed it in."""
    organization = model.Group.get(str(owner)) if owner else None
    if organization is None or organization.id == package.owner_org:
        return
    if _has_case(session, package):
        raise Conflict(
            "This draft was sent back in a review of its agency.",
            field="owner_org",
            mend="Cancel that review on the desk first, then move the draft.",
        )


def refuse_delete(session: Session, package: model.Package) -> None:
    """A draft that was sent back is not deleted from under its review."""
    if _has_case(session, package):
        raise Conflict(
            "This draft has a review that is not finished.",
            field="state",
            mend="Cancel that review on the desk first, then delete the draft.",
        )


def _has_case(session: Session, package: model.Package) -> bool:
    return session.scalars(Case.about("dataset", package.id, only_open=True)).first() is not None


def technical_only(original: Mapping[str, Any], data: Mapping[str, Any], *, trusted: bool) -> dict[str, Any] | None:
    """The published dataset with nothing but technical fields changed; None where the content would change.

    From anybody but the portal's own hands (`trusted`) those are left as they are.
    """
    passing = TECHNICAL_RESOURCE if trusted else frozenset()
    if _differs(original, data, TECHNICAL_DATASET | _MADE_BY_CKAN | {"resources"}):
        return None
    merged = {key: value for key, value in original.items() if key not in TECHNICAL_DATASET}
    if "resources" not in data:
        return merged
    before, after = list(original["resources"]), list(data["resources"] or [])
    if [r.get("id") for r in before] != [r.get("id") for r in after]:
        return None
    merged["resources"] = []
    for old, new in zip(before, after, strict=True):
        if new.get("upload") or _differs(old, new, TECHNICAL_RESOURCE | _LOADERS_OWN | _MADE_BY_CKAN_RESOURCE):
            return None
        merged["resources"].append({**old, **{key: new[key] for key in passing & set(new)}})
    return merged


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


def frozen(stage: DatasetStage) -> Conflict:
    """The refusal of a change to what is not a draft."""
    message, mend = {
        DatasetStage.IN_REVIEW: (
            "This dataset is being reviewed and cannot be changed now.",
            "Ask the reviewer to return it to you.",
        ),
        DatasetStage.APPROVED: (
            "This dataset is approved and waits for publication; it cannot be changed now.",
            "Ask Walidata to return it to you.",
        ),
        DatasetStage.PUBLISHED: (
            "This dataset is published; what the public sees cannot be changed here.",
            "Ask Walidata to withdraw it, and hand in a new dataset.",
        ),
        DatasetStage.CLOSED: (
            "This dataset is approved as Tertutup and kept; it cannot be changed now.",
            "Ask Walidata to open it again, with a reason.",
        ),
        DatasetStage.WITHDRAWN: ("This dataset was withdrawn and cannot be changed.", "Hand in a new dataset."),
    }[stage]
    return Conflict(message, field="state", mend=mend)


def _take_resources(
    session: Session, resources: list[dict[str, Any]], level: str, package_id: str | None, created_by: str | None
) -> list[ResourceFile]:
    _drop_repeated(resources)
    for resource in resources:
        resource["id"] = str(resource.get("id") or uuid.uuid4())
    ids = [resource["id"] for resource in resources]
    kept = {file.resource_id: file for file in session.scalars(ResourceFile.newest(ids))} if ids else {}
    rows = {row.id: row for row in session.query(model.Resource).filter(model.Resource.id.in_(ids))} if ids else {}
    _refuse_foreign(resources, [*kept.values(), *rows.values()], package_id)
    taken = []
    for resource in resources:
        effective_level(level, resource.get("access_level"))
        old, row = kept.get(resource["id"]), rows.get(resource["id"])
        new = _take_one(session, resource, old, row, created_by)
        if new is not None:
            new.package_id = package_id
            session.add(new)
            taken.append(new)
            resource["last_modified"] = clock.now().replace(tzinfo=None).isoformat()
        current = new or old
        served.hide(resource, current.real_format if current else _real_format(resource, "", None))
    session.flush()
    return taken


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


def _drop_repeated(resources: list[dict[str, Any]]) -> None:
    """A file whose form was sent twice is one file: its id is made of the form's key. A form without a file is refused.

    Other callers may name a resource first and send its file afterwards; who leaves it empty cannot send the dataset.
    """
    for resource in [*resources]:
        key = resource.pop("satudata_form_key", None)
        if key and not resource.get("id"):
            if not resource.get("upload") and not str(resource.get("url") or "").strip():
                raise Invalid(
                    "No file was chosen and no web address was typed.",
                    field="upload",
                    mend="Choose a file on your computer, or name the address where the data are.",
                )
            resource["id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, str(key)))
            if any(other is not resource and other.get("id") == resource["id"] for other in resources):
                resources.remove(resource)


def _take_one(
    session: Session,
    resource: dict[str, Any],
    old: ResourceFile | None,
    row: model.Resource | None,
    created_by: str | None,
) -> ResourceFile | None:
    """The new version of the resource's file, or None where neither file, address nor format is new."""
    upload, clear = resource.pop("upload", None), tk.asbool(resource.pop("clear_upload", None) or False)
    new = ResourceFile(resource_id=resource["id"], version=(old.version if old else 0) + 1, created_by=created_by)
    if upload and getattr(upload, "stream", None) is not None:
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
        real = _real_format(resource, "", old)
        if old is not None and real != old.real_format and not old.is_released:
            old.real_format = real
        return None
    new.real_format = _real_format(resource, source, old)
    return new


def _is_new_address(
    url: str, resource: Mapping[str, Any], old: ResourceFile | None, row: model.Resource | None, session: Session
) -> bool:
    if not url.strip() or resource.get("url_type") == "upload":
        return False
    known = {served.ask_address(str(resource["id"])), row.url if row is not None else None}
    if old is not None:
        known.add(old.address)
        if old.vault_object_id:
            # A form that showed the editor his own file name sends it back.
            known.add(vault.get(session, old.vault_object_id).original_name)
    return url not in known


def _real_format(resource: Mapping[str, Any], source: str, old: ResourceFile | None) -> str:
    given = str(resource.get("format") or "").strip()
    declared = str(resource.get("data_format") or "").strip()
    if given and given.upper() != "HTML":
        return given[:40]
    if declared and (old is None or declared != old.real_format):
        return declared[:40]
    return served.format_of(source) or (old.real_format if old else "")


def _prefill(data: dict[str, Any]) -> None:
    """What the form offers in advance, for callers without a form; what was sent, if empty, stays as sent."""
    for row in metadata.fields():
        if row.get("default_jinja2") and row["field_name"] not in data:
            data[row["field_name"]] = tk.h.scheming_render_from_string(row["default_jinja2"])


def _level(data: Mapping[str, Any]) -> str:
    if data.get("access_level"):
        return level_of(data["access_level"]).value
    extras = {extra.get("key"): extra.get("value") for extra in data.get("extras") or []}
    return level_of(extras.get("access_level")).value


_RESERVED = frozenset({"new", "edit", "search"})
"""Names that CKAN refuses (`name_validator`), since its own pages have these addresses."""


def _name_from(title: str) -> str:
    name = munge.munge_title_to_name(title)
    return f"data-{name}" if name in _RESERVED else name


def _checked_name(name: str) -> str:
    slug = name.strip().lower()
    if slug in _RESERVED:
        text = tk._("The portal needs the name {name} for a page of its own. Choose another.").format(name=slug)
        raise tk.ValidationError({"name": [text]})
    if not re.fullmatch(r"[a-z0-9_-]{2,100}", slug):
        raise tk.ValidationError(
            {"name": [tk._("Use 2 to 100 characters: small letters, digits, hyphen and underscore.")]}
        )
    return slug


def _differs(original: Mapping[str, Any], data: Mapping[str, Any], ignored: frozenset[str]) -> bool:
    keys = (set(original) | set(data)) - ignored - set(served.EDIT_KEYS)
    return any(_plain(key, original.get(key)) != _plain(key, data.get(key)) for key in keys)


def _plain(key: str, value: Any) -> Any:
    """The value without what only its way through a form or JSON changes."""
    if key == "tags":
        return sorted(tag["name"] for tag in value or [])
    if key == "groups":
        return sorted(str(group.get("id") or group.get("name")) for group in value or [])
    if value in (None, "", [], {}):
        return None
    return str(value) if isinstance(value, (bool, int, float)) else value
