"""What left the operator is frozen: only fields that no reviewer decides still change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.publishing import datasets, permits

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

LOADERS_OWN = frozenset(
    {
        "hash",
        "ckan_url",
        "ignore_hash",
        "original_url",
        "queue_name",
        "resource_id",
        "set_url_type",
        "task_created",
        "tries",
    }
)
"""What loaders write beside them into a resource: xloader all that its job was given, datapusher the hash. A published
one keeps what the release wrote."""

MADE_BY_CKAN = frozenset(
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
        "satudata_revision",
        "tag_string",
        "save",
        "return_to",
        "pkg_name",
        "plugin_data",
    ]
)
MADE_BY_CKAN_RESOURCE = frozenset(
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


def technical_only(original: Mapping[str, Any], data: Mapping[str, Any], *, trusted: bool) -> dict[str, Any] | None:
    """The published dataset with nothing but technical fields changed; None where the content would change.

    From anybody but the portal's own hands (`trusted`) those are left as they are.
    """
    passing = TECHNICAL_RESOURCE if trusted else frozenset()
    if _differs(original, data, TECHNICAL_DATASET | MADE_BY_CKAN | {"resources"}):
        return None
    merged = {key: value for key, value in original.items() if key not in TECHNICAL_DATASET}
    if "resources" not in data:
        return merged
    before, after = list(original["resources"]), list(data["resources"] or [])
    if [r.get("id") for r in before] != [r.get("id") for r in after]:
        return None
    merged["resources"] = []
    for old, new in zip(before, after, strict=True):
        if not resource_technical_only(old, new):
            return None
        merged["resources"].append({**old, **{key: new[key] for key in passing & set(new)}})
    return merged


def resource_technical_only(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether nothing that a reviewer decides differs between a published resource and what is sent of it."""
    return not (new.get("upload") or _differs(old, new, TECHNICAL_RESOURCE | LOADERS_OWN | MADE_BY_CKAN_RESOURCE))


def refusal(stage: DatasetStage) -> Conflict:
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
            "This dataset is published; no import and no program changes it by itself.",
            "An operator of the agency changes it; the public sees the change once it is reviewed and published.",
        ),
        DatasetStage.CLOSED: (
            "This dataset is approved as Tertutup and kept; it cannot be changed now.",
            "Ask Walidata to open it again, with a reason.",
        ),
        DatasetStage.WITHDRAWN: ("This dataset was withdrawn and cannot be changed.", "Hand in a new dataset."),
    }[stage]
    return Conflict(message, field="state", mend=mend)


def refusal_of_change(state: str) -> Conflict:
    """The refusal of an edit while the change of a published dataset (`domain.revision.RevisionState`) is reviewed."""
    if state == RevisionState.APPROVED.value:
        return Conflict(
            "The change of this dataset is approved and waits for publication; it cannot be changed now.",
            field="state",
            mend="Ask Walidata to return it to you.",
        )
    return Conflict(
        "The change of this dataset is being reviewed and cannot be changed now.",
        field="state",
        mend="Ask the reviewer to return it to you.",
    )


def told(session: Session, package: model.Package) -> dict[str, str]:
    """Why its content cannot be changed now (`message`) and what to do instead (`mend`), in the reader's language;
    empty for a draft, for a published dataset whose change is not in review, and for what is not governed."""
    stage = datasets.stage_of(session, package.id)
    if stage is DatasetStage.DRAFT or not permits.is_governed(package.type):
        return {}
    why = refusal(stage)
    if stage is DatasetStage.PUBLISHED:
        change = session.scalars(Revision.open_of(package.id)).one_or_none()
        if change is None or change.state == RevisionState.DRAFT.value:
            return {}
        why = refusal_of_change(change.state)
    return {"message": tk._(why.message), "mend": tk._(why.mend)}


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
