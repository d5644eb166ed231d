"""Edits of a published dataset: each makes or extends its one working copy, and answers with it.

CKAN's own actions are not asked: what they write is public. `shared.revision.revisions` keeps the copy.
"""

from __future__ import annotations

import copy as copies
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.revision import OPENS, RESOURCE, RevisionState, Started
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import words
from ckanext.satudata.shared.files import uploads
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import datasets, frozen, permits
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revisions

TOKEN = "satudata_revision"
SEEN = "satudata_seen"
"""The same token in the form of one file: what it was filled from, not what it writes over."""
NAMED = "satudata_named"
"""Under this key the context has what the caller named, where CKAN puts the rest to it (`package_patch`)."""
_CLOSE = timedelta(minutes=1)
"""What was published by earlier versions of this portal was modified a moment before it counts as published."""


@dataclass(frozen=True)
class Named:
    """What the caller himself says of what he started from: a token, or the date of what he read (aware)."""

    token: str = ""
    read: datetime | None = None

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> Named:
        """Of a dataset or a resource as it was sent."""
        try:
            read = datetime.fromisoformat(str(sent.get("metadata_modified") or ""))
        except ValueError:
            return cls(_token_in(sent))
        return cls(_token_in(sent), read if read.tzinfo else read.replace(tzinfo=timezone.utc))

    def knows(self, copy: revisions.Copy) -> bool:
        """Whether it is of after the newest narrowing; who says nothing does not know of it."""
        if copy.narrowed is None:
            return True
        if self.token:
            return copy.started(self.token).knows_levels
        # A narrowing sets this date, too.
        return self.read is not None and self.read >= copy.narrowed.at


def _token_in(sent: Mapping[str, Any]) -> str:
    return str(sent.get(TOKEN) or sent.get(SEEN) or "")


def is_published(session: Session, package: model.Package | None) -> bool:
    """Whether an edit of this dataset is one of its working copy."""
    if package is None or not permits.is_governed(package.type) or permits.is_permitted(session, package.id):
        return False
    return datasets.stage_of(session, package.id) is DatasetStage.PUBLISHED


def package_of_new(session: Session, resource_id: object) -> model.Package | None:
    """The published dataset whose working copy has this resource, which CKAN does not know yet, or no more."""
    if not isinstance(resource_id, str) or not resource_id:
        return None
    row = session.get(model.Resource, resource_id)
    if row is not None and row.state == model.State.ACTIVE:
        return None
    file = session.scalars(ResourceFile.of_open_revision(resource_id)).one_or_none() or _kept_back(session, resource_id)
    package = session.get(model.Package, file.package_id) if file is not None else None
    return package if is_published(session, package) else None


def _kept_back(session: Session, resource_id: str) -> ResourceFile | None:
    """The file of a Tertutup resource of a dataset whose other resources are public."""
    file = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    return file if file is not None and file.withheld else None


def shown(session: Session, package_id: str, user: str = "", *, with_files: bool = False) -> dict[str, Any]:
    """The working copy as CKAN shows a dataset, or what is public where there is none; for who may edit it only.

    With `satudata_revision`, the token of that version; `with_files`: and the keys of an editor's own files.
    """
    copy = revisions.read(session, package_id, user)
    found = copy.dressed()
    if with_files:
        contents.add_files(session, found, copy.files)
        found["satudata_stage"] = copy.revision.state if copy.revision else DatasetStage.PUBLISHED.value
        found["satudata_final_name"] = copy.shown["name"]
    return found


def file_of(
    session: Session, package: model.Package | None, resource_id: str
) -> tuple[ResourceFile | None, VaultObject | None]:
    """The file of a resource as its editors have it: of what is published that of the working copy."""
    revision = (
        revisions.open_of(session, package.id) if package is not None and is_published(session, package) else None
    )
    newest = ResourceFile.newest([resource_id], revision.id if revision else None)
    file = session.scalars(newest).one_or_none()
    return file, session.get(VaultObject, file.vault_object_id) if file is not None and file.vault_object_id else None


def revise(
    context: dict[str, Any],
    package: model.Package,
    data: dict[str, Any],
    user_id: str | None,
    named: Named | None = None,
) -> dict[str, Any]:
    """`package_update` of a published dataset: `data` is the whole of it. The dataset is locked; does not commit.

    `named`: what the caller himself named of it, where that is less. What was narrowed is opened again only by who
    started from after the narrowing, and says so. Returns the working copy with `satudata_revision`.
    Raises `tk.ValidationError`, Conflict, Invalid.
    """
    session = model.Session()
    copy = revisions.read(session, package.id, context.get("user") or "")
    if copy.revision is not None and copy.revision.state != RevisionState.DRAFT.value:
        raise frozen.refusal_of_change(copy.revision.state)
    if user_id is None:
        raise frozen.refusal(DatasetStage.PUBLISHED)
    _refuse_frame(package, data, copy.shown)
    knows = (named or Named.of(data)).knows(copy)
    token = str(data.pop(TOKEN, None) or "")
    data.pop(SEEN, None)
    started = replace(_started(copy, token, data), knows_levels=knows)
    revision_id = copy.revision.id if copy.revision is not None else new_id()
    before = copy.dressed()
    sent = _complete(package, data, before)
    if "resources" in data and not token:
        # Who read what the public sees does not know of what is kept back from it.
        listed = {one["id"] for one in [*copy.shown["resources"], *sent["resources"]] if one.get("id")}
        sent["resources"] += [
            one for one in before["resources"] if one["id"] not in listed and one["id"] in copy.public_files
        ]
    has_resources = "resources" in data
    metadata.check_kind(sent, before)
    classification.check(session, sent, sent["access_level"], before)
    if has_resources:
        uploads.take(session, sent["resources"], sent["access_level"], package, user_id, revision_id)
    whole = contents.validated(context, package, sent)
    if not has_resources:
        whole["resources"] = copies.deepcopy(copy.content["resources"])
    files = _files_now(session, whole, package.id, revision_id)
    for one in whole["resources"]:
        file = files.get(one["id"])
        one["data_format"] = file.real_format if file is not None else one.get("data_format") or ""
    try:
        saved = revisions.save(session, copy, revision_id, whole, files, started, user_id)
    except revisions.Stale as stale:
        raise _told(stale) from stale
    return shown(session, package.id, context.get("user") or "") if saved is not None else before


def change(
    context: dict[str, Any],
    package: model.Package,
    user_id: str | None,
    edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    sent: Mapping[str, Any],
) -> dict[str, Any]:
    """Changes the list of resources of the working copy: `edit` gets it as it stands and gives the new one.

    As `revise`, for what was `sent`; without a token it starts from what stands. What is wrong with one resource is
    told as that resource's own.
    """
    session = model.Session()
    data = shown(session, package.id, context.get("user") or "")
    known = [one["id"] for one in data["resources"]]
    data["resources"] = edit(data["resources"])
    if sent.get(TOKEN):
        data[TOKEN] = sent[TOKEN]
    try:
        return revise(context, package, data, user_id, Named.of(sent))
    except tk.ValidationError as error:
        raise _of_resource(error, data["resources"], known) from error


def _of_resource(error: tk.ValidationError, sent: list[dict[str, Any]], known: list[str]) -> tk.ValidationError:
    told = error.error_dict.get("resources")
    if isinstance(told, list):
        one = next((each for each in told if isinstance(each, dict) and each), None)
        if one is not None:
            return tk.ValidationError(one)
    return error


def _ids_of(groups: Iterable[Mapping[str, Any]]) -> set[str]:
    found = (model.Group.get(str(one.get("id") or one.get("name") or "")) for one in groups)
    return {group.id for group in found if group is not None}


def _refuse_frame(package: model.Package, data: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Its address, agency and being public are not changed with the content."""
    if data.get("state") not in (None, "", package.state) or tk.asbool(data.get("private") or False):
        raise Conflict(
            "A published dataset is taken back by a withdrawal only.",
            field="state",
            mend="Ask Walidata to withdraw it, with a reason.",
        )
    if data.get("name") not in (None, "", package.name, package.id):
        raise Conflict(
            "The address of published data stays: others link to it.", field="name", mend="Leave the address as it is."
        )
    topics = {group["id"] for group in shown.get("groups") or []}
    if "groups" in data and topics != _ids_of(data["groups"] or []):
        raise Conflict(
            "Topics are no part of a change: they are set at once, for the dataset as it is.",
            field="groups",
            mend="Leave them out here, and set them on the page of topics of the dataset.",
        )
    owner = model.Group.get(str(data["owner_org"])) if data.get("owner_org") else None
    if owner is not None and owner.id != package.owner_org:
        raise Conflict(
            "Published data stay with the agency that approved them.",
            field="owner_org",
            mend="Ask Walidata to withdraw them; the other agency hands them in.",
        )


def _started(copy: revisions.Copy, token: str, data: Mapping[str, Any]) -> Started:
    read, published_at = data.get("metadata_modified"), copy.state.published_at
    if token or not read or not published_at:
        return copy.started(token)
    # Read before the present version was published, by a caller who knows no token.
    is_old = str(read) < (published_at - _CLOSE).replace(tzinfo=None).isoformat()
    return Started("?", 0) if is_old else copy.started("")


def _complete(package: model.Package, data: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, with the frame of the public row. Without resources those that stand are validated along."""
    sent = {
        **data,
        "id": package.id,
        "type": package.type,
        "name": package.name,
        "owner_org": package.owner_org,
        "private": False,
        "state": package.state,
    }
    sent["access_level"] = sent.get("access_level") or _extra(data, "access_level") or before["access_level"]
    chosen = data["resources"] if "resources" in data else before["resources"]
    sent["resources"] = [dict(one) for one in chosen or []]
    sent.pop("groups", None)
    return sent


def _extra(data: Mapping[str, Any], name: str) -> Any:
    found = (one for one in data.get("extras") or [] if isinstance(one, dict))
    return next((one.get("value") for one in found if one.get("key") == name), None)


def _files_now(
    session: Session, whole: Mapping[str, Any], package_id: str, revision_id: str
) -> dict[str, ResourceFile]:
    """The file row of each resource; a new one without a file gets an empty row, by which its id is known."""
    ids = [one["id"] for one in whole["resources"]]
    found = {file.resource_id: file for file in session.scalars(ResourceFile.newest(ids, revision_id))} if ids else {}
    for id_ in ids:
        if id_ not in found and session.get(model.Resource, id_) is None:
            found[id_] = ResourceFile(
                resource_id=id_, package_id=package_id, version=1, real_format="", revision_id=revision_id
            )
            session.add(found[id_])
    session.flush()
    return found


def _told(stale: revisions.Stale) -> tk.ValidationError:
    """The refusal with what is stored now, field by field, and the token to save with next."""
    labels = {row["field_name"]: tk._(row["label"]) for row in metadata.fields()}
    errors: dict[str, Any] = {"satudata_revision": [words.error_text(stale)], "conflict": [words.error_text(stale)]}
    names = {one["id"]: one.get("name") or "" for one in stale.stored.get("resources") or []}
    for part in stale.parts:
        if part.startswith(RESOURCE):
            name = names.get(part.removeprefix(RESOURCE))
            text = tk._("The file “{name}” is another now.").format(name=name) if name is not None else None
            errors.setdefault("resources", []).append(text or tk._("A file that you send is not there any more."))
        elif part.startswith(f"{OPENS}/"):
            text = tk._("The access was narrowed meanwhile. To open it again, choose the level once more and save.")
            errors.setdefault("access_level", []).append(text)
            way = tk._("A program opens it again with `satudata_revision_now` of this answer as `satudata_revision`.")
            errors["conflict"] = [words.error_text(stale), way]
        elif part in labels or part in stale.stored:
            value = stale.stored.get(part)
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "–")
            name = "tag_string" if part == "tags" else part
            errors.setdefault(name, []).append(tk._("Stored now: {value}").format(value=text))
    errors["satudata_revision_now"] = [stale.token]
    return tk.ValidationError(errors)
