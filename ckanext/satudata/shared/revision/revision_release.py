"""The approved working copy takes the place of what is public, files included, in one transaction.

Bytes never move then: approved ones are copied to new public objects, and the rows point to these. What lies outside
the database (former copies, rows in the DataStore) is named in the version and removed after the commit, by the same
process or by the next run of `resume`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import clock, notices, optional, periodic, raw_writes
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import classification, narrowings, reclassify
from ckanext.satudata.shared.levels.reclassify_cleanup import STEPS, work_off
from ckanext.satudata.shared.publishing import approvals, approved, release, traces
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revisions


def check_opening(session: Session, copy: revisions.Copy) -> None:
    """Raises Conflict where the change would open what was narrowed at once and is not tested yet."""
    for resource_id in revisions.opens(copy):
        back = copy.former.get(resource_id or "")
        if back is not None:
            narrowings.require_all_tested(session, [back])
        else:
            narrowings.require_tested(session, copy.state.package_id, resource_id)


def swap(context: dict[str, Any], revision_id: str, *, actor: Actor) -> release.Released:
    """Publishes an approved revision in the place of what is public. Does not commit; call `finish` after it.

    Raises Conflict where it is not what was approved, or the dataset is not public any more.
    """
    session = model.Session()
    revision = revisions.locked(session, revision_id)
    if revision.state != RevisionState.APPROVED.value:
        raise Conflict("Only an approved change can be published.", field="state", mend="Send it through review first.")
    revisions.require_reviewed(session, revision)
    approval = approvals.require(session, revision.package_id, revision)
    package = session.get_one(model.Package, revision.package_id)
    copy = revisions.read(session, package.id, context.get("user") or "")
    check_opening(session, copy)
    state, now, opened = copy.state, clock.now(), revisions.opens(copy)
    data = copy.dressed()
    data.pop("satudata_revision")
    with raw_writes.writing(session, DatasetState, Revision):
        revisions.version_of_today(session, copy)
        pending = _adopt_files(session, copy, revision)
        state.access_level = data["access_level"]
        classification.drop_idle(data)
        release.project(session, data, state)
        data.update(private=False, name=package.name)
        release.write_public(context, package, data)
        package.metadata_modified = now.replace(tzinfo=None)
        state.published_at = now
        session.flush()
        _become_version(session, copy, revision, actor)
        revision.pending = pending
    classification.overrule(session, package.id)
    if opened:
        classification.ask_for_tests(session, package.id, actor=actor)
    _note_opened(session, copy, opened, data, actor)
    approved.mark(session, package.id, actor)
    approvals.serve(session, approval)
    search_index.write_along(package.id, hides=False)
    return Swapped(package.id, package.name, is_public=True, files=0, revision_id=revision_id)


def _adopt_files(session: Session, copy: revisions.Copy, revision: Revision) -> list[dict[str, str]]:
    """The revision's files become the dataset's; returns what is to be done after the commit."""
    now = clock.now()
    pending: list[dict[str, str]] = [{"what": "index", "id": copy.state.package_id}]
    here = {one["id"] for one in copy.content["resources"]}
    for id_, old in copy.public_files.items():
        new = copy.files.get(id_) if id_ in here else None
        if new is not None and new.id == old.id:
            continue
        if old.is_released:
            old.retired_at = now
            if old.public_location:
                pending.append({"what": "object", "id": old.public_location})
            if p.plugin_loaded("datastore"):
                pending.append({"what": "rows", "id": id_})
        if new is None:
            traces.erase(session, traces.Scope(copy.state.package_id, "", (id_,), (), is_whole=False))
        if old.withheld is not None:
            if new is not None:
                new.retired_at = old.retired_at
            old.withheld = None
    for file in copy.files.values():
        file.revision_id = None
    listed = {one["id"] for one in copy.shown["resources"]}
    for one in copy.content["resources"]:
        new = copy.files.get(one["id"])
        if one["id"] not in listed:
            pending.append({"what": "views", "id": one["id"]})
        if new is not None and not new.is_released:
            pending.append({"what": "load_file", "id": one["id"]})
    session.flush()
    revisions.drop_files(session, revision.id)  # what was replaced before it was sent
    return pending


def _become_version(session: Session, copy: revisions.Copy, revision: Revision, actor: Actor) -> None:
    newest = session.scalars(Revision.versions_of(revision.package_id).limit(1)).one()
    shown = contents.published(revision.package_id)
    whole, files = contents.snapshot(session, copy.state, shown)
    revisions.move(session, revision, RevisionState.PUBLISHED)
    revision.number = (newest.number or 0) + 1
    revision.content, revision.files = whole, {id_: file.id for id_, file in files.items()}
    revision.hash = contents.hash_of(session, whole, files)
    revision.published_at, revision.published_by = copy.state.published_at, actor.name


def _note_opened(
    session: Session,
    copy: revisions.Copy,
    opened: Mapping[str | None, tuple[Level, Level]],
    data: Mapping[str, Any],
    actor: Actor,
) -> None:
    """What was opened further is recorded as every change of a level is."""
    described = {one["id"]: one for one in copy.content["resources"]}
    for resource_id, (before, after) in opened.items():
        said = described[resource_id] if resource_id else copy.content
        record = Reclassification(
            id=new_id(),
            package_id=copy.state.package_id,
            resource_id=resource_id,
            organization_id=copy.shown["owner_org"],
            kind=Kind.WIDENING.value,
            from_level=before.value,
            to_level=after.value,
            title=str(data.get("title") or ""),
            reason=tk._("Opened further with a reviewed change of the dataset."),
            ground={name: said[name] for name in FIELDS if said.get(name)},
            by_id=actor.user_id,
            by_name=actor.name,
            at=clock.now(),
            provisional=False,
            done={},
            pending=[],
            finished_at=clock.now(),
        )
        session.add(record)
        session.flush()
        reclassify.note(session, record, actor)


# ---------------------------------------------------------------- after the commit


class Swapped(release.Released):
    """A release whose clean-up is named in the version."""

    revision_id: str

    def __init__(self, *args: Any, revision_id: str, **kw: Any):
        super().__init__(*args, **kw)
        object.__setattr__(self, "revision_id", revision_id)

    def finish(self) -> None:
        """Removes what the former version left outside the database; rows of new files go to the DataStore."""
        clean_up(self.revision_id)


@notices.work("revision_published")
def finish(params: Mapping[str, Any]) -> None:
    """The same for the outbox: `revision_id`. What fails stays named in the version, and `resume` goes on with it."""
    clean_up(params["revision_id"])


def clean_up(revision_id: str) -> bool:
    """Does what a publication left to do; True once nothing is pending. Commits. Safe to repeat."""
    return work_off(Revision, revision_id, _STEPS)


@periodic.every(minutes=1, name="publications")
def resume() -> int:
    """Goes on with what a killed process left; returns how many are finished now."""
    waiting = list(model.Session.scalars(Revision.unfinished()))
    model.Session.commit()
    return sum(clean_up(revision_id) for revision_id in waiting)


def _add_views(resource_id: str) -> None:
    """As CKAN does for a resource that is added to a public dataset."""
    row = model.Resource.get(resource_id)
    if row is None or row.state != model.State.ACTIVE:
        return
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": row.package_id})
    resource = next(one for one in shown["resources"] if one["id"] == resource_id)
    tk.get_action("resource_create_default_resource_views")(
        {"ignore_auth": True, "user": tk.config["ckan.site_id"]}, {"package": shown, "resource": resource}
    )


def _load_file(resource_id: str) -> None:
    row = model.Resource.get(resource_id)
    if row is not None and row.state == model.State.ACTIVE:
        optional.load_rows(row.package_id, resource_id)


_STEPS: dict[str, Callable[[str], Any]] = {**STEPS, "views": _add_views, "load_file": _load_file}
