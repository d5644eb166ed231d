"""The gate before `package_create` and `package_update`: every file and address goes to the vault or our table.

The core row keeps only what may be served. Both actions hand their data over before CKAN sees it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import munge
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage, effective_level, level_of
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.files import uploads
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import dataset_names

CONTEXT_KEY = "satudata_intake"
OF_REPORT = "satudata_of_report"
"""In the context of `package_create`: this is the dataset of an approved analysis report."""


@dataclass
class Intake:
    """What the gate took out of a dataset on its way to CKAN."""

    access_level: str
    final_name: str
    created_by: str | None = None
    form_key: str | None = None
    files: list[ResourceFile] = field(default_factory=list)


def before_create(session: Session, data: dict[str, Any], created_by: str | None, *, of_report: bool = False) -> Intake:
    """Makes the data of a new dataset private and free of secrets, in place. Files are stored in the transaction."""
    if not of_report:
        metadata.check_kind(data, {})
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
    classification.check(session, data, intake.access_level)
    intake.files = uploads.take(session, data["resources"], intake.access_level, None, created_by)
    return intake


def after_create(session: Session, package: model.Package, intake: Intake | None) -> None:
    """Writes our rows for a dataset that CKAN has just made, in the same transaction."""
    intake = intake or Intake(access_level="tertutup", final_name=package.name)
    for file in intake.files:
        file.package_id = package.id
    with raw_writes.writing(session, DatasetState):
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
    metadata.check_kind(data, original)
    if "owner_org" in data:
        refuse_move(session, package, data["owner_org"])
    if created_by and created_by not in state.editors:
        state.editors = [*state.editors, created_by]
    if package.state.startswith("draft") or str(data.get("state") or "").startswith("draft"):
        data["state"] = package.state = "active"
    name = str(data.get("name") or package.name)
    if name not in (package.name, state.final_name):
        state.final_name = _checked_name(name)
    elif state.first_published_at is None and "title" in data:
        state.final_name = _following(state.final_name, str(original.get("title") or ""), str(data["title"] or ""))
    data["name"] = package.name
    data["private"] = True
    state.access_level = _level(data) if "access_level" in data else _level(dict(original))
    if "resources" in data:
        data["resources"] = [dict(resource) for resource in data["resources"] or []]
    classification.check(session, data, state.access_level, original)
    if "resources" in data:
        uploads.take(session, data["resources"], state.access_level, package, created_by)
    else:
        for resource in original.get("resources") or []:
            effective_level(
                state.access_level, resource.get("access_level"), str(resource.get("name") or resource.get("id") or "")
            )
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
    if owner == package.owner_org:
        return
    organization = model.Group.get(str(owner)) if owner else None
    if organization is None or organization.id == package.owner_org:
        return
    if _has_case(session, package):
        raise Conflict(
            "This draft was sent back in a review of its agency.",
            field="owner_org",
            mend="Cancel that review on the desk first, then move the draft.",
        )
    if _has_case(session, package, "classification"):
        raise Conflict(
            "The classification of these data is being decided at its agency.",
            field="owner_org",
            mend="Walidata closes that case on the desk first, then move the draft.",
        )


def refuse_delete(session: Session, package: model.Package) -> None:
    """A draft that was sent back is not deleted from under its review."""
    if _has_case(session, package):
        raise Conflict(
            "This draft has a review that is not finished.",
            field="state",
            mend="Cancel that review on the desk first, then delete the draft.",
        )


def _has_case(session: Session, package: model.Package, subject: str = "dataset") -> bool:
    return session.scalars(Case.about(subject, package.id, only_open=True)).first() is not None


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


def _name_from(title: str) -> str:
    name = munge.munge_title_to_name(title)
    return f"data-{name}" if name in dataset_names.RESERVED else name


def _following(name: str, old_title: str, title: str) -> str:
    """The name made from a title follows the title: a draft's former title is nobody's affair once it is published."""
    derived = _name_from(title)
    if title == old_title or name != _name_from(old_title) or len(derived) < 2:
        return name
    return _checked_name(derived)


def _checked_name(name: str) -> str:
    slug = name.strip().lower()
    if slug.startswith(dataset_names.STUB_PREFIX):
        # The names of stubs are theirs: another portal's stub that is harvested keeps its own behind a word of ours.
        slug = f"data-{slug}"[:100]
    if slug in dataset_names.RESERVED:
        text = tk._("The portal needs the name {name} for a page of its own. Choose another.").format(name=slug)
        raise tk.ValidationError({"name": [text]})
    if not re.fullmatch(r"[a-z0-9_-]{2,100}", slug):
        raise tk.ValidationError(
            {"name": [tk._("Use 2 to 100 characters: small letters, digits, hyphen and underscore.")]}
        )
    return slug
