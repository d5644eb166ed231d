"""The one open working copy of a published dataset: found, saved, sent through review, thrown away.

It lies in our tables only (`model.revision`): no index, activity, feed or action but those that ask here has it.
Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model
from sqlalchemy.orm import Session

from ckanext.satudata.domain import revision as rules
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import Conflict, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.revision import RevisionState, Started
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import clock, journal, raw_writes, vault
from ckanext.satudata.shared.levels import narrowings
from ckanext.satudata.shared.publishing import approved, datasets
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revision_levels as levels


@dataclass(frozen=True)
class Copy:
    """What is public and, if there is one, what is changed of it: read together, under the dataset's lock or without.

    `shown` is the dataset as the public has it, `public` its whole content; `content` that of the working copy.
    """

    state: DatasetState
    shown: dict[str, Any]
    public: dict[str, Any]
    public_files: dict[str, ResourceFile]
    revision: Revision | None
    content: dict[str, Any]
    files: dict[str, ResourceFile]
    former: dict[str, levels.Former]
    """Of the working copy's resources those that bring back what is or was restricted."""
    narrowed: Reclassification | None
    """The newest narrowing of the dataset, or of anything in it."""

    @property
    def token(self) -> str:
        """The version that a save may start from now (`satudata_revision`)."""
        return rules.token_of(self._base(self.revision), self._mark)

    def started(self, said: str) -> Started:
        """What a token, or "" for the public version, says of what a save began from."""
        return Started.read(said, self._base(None), self._mark)

    @property
    def _mark(self) -> str:
        return self.narrowed.id[:8] if self.narrowed is not None else ""

    def _base(self, revision: Revision | None) -> str:
        if revision is not None:
            return rules.base_of(revision.id, revision.saves)
        return self.state.published_at.isoformat(timespec="milliseconds") if self.state.published_at else ""

    def dressed(self) -> dict[str, Any]:
        """The working copy as `package_show` would show it, with `satudata_revision`."""
        pointers = {id_: file.id for id_, file in self.files.items()}
        found = contents.dressed(self.shown, self.content, pointers, self.public_files, self.files)
        return {**found, "satudata_revision": self.token}


def open_of(session: Session, package_id: str) -> Revision | None:
    """The working copy of a dataset."""
    return session.scalars(Revision.open_of(package_id)).one_or_none()


def read(session: Session, package_id: str, user: str = "") -> Copy:
    """What is public of a published dataset and its working copy. Raises NotThere."""
    state = datasets.state_of(session, package_id)
    shown = contents.published(package_id, user)
    public, public_files = contents.snapshot(session, state, shown)
    revision, narrowed = open_of(session, package_id), narrowings.newest(session, package_id)
    if revision is None:
        return Copy(state, shown, public, public_files, None, public, public_files, {}, narrowed)
    content, files = levels.join(revision.content, public), contents.files_of(session, revision)
    former = levels.brought_back(session, package_id, public, public_files, content, files)
    return Copy(state, shown, public, public_files, revision, content, files, former, narrowed)


def has_working_copy(session: Session, package_id: str) -> bool:
    """Whether the dataset is published and has a working copy."""
    is_published = datasets.stage_of(session, package_id) is DatasetStage.PUBLISHED
    return is_published and open_of(session, package_id) is not None


# ---------------------------------------------------------------- saving


def save(
    session: Session,
    copy: Copy,
    revision_id: str,
    whole: dict[str, Any],
    files: Mapping[str, ResourceFile],
    started: Started,
    user_id: str,
) -> Revision | None:
    """Makes or extends the working copy; None where nothing is changed. The dataset is locked.

    Raises `Stale` where somebody else changed the same parts after `started`.
    """
    content = levels.split(whole, copy.public)
    pointers = {id_: file.id for id_, file in files.items()}
    revision = copy.revision
    before = levels.split(copy.content, copy.public) if revision is None else revision.content
    old = {id_: file.id for id_, file in copy.files.items()}
    parts = rules.parts(before, old), rules.parts(content, pointers)
    stale = rules.stale(*parts, started, revision.id if revision else "", revision.touched if revision else {})
    if stale:
        raise Stale(copy, whole, stale)
    differing = rules.changed(*parts)
    if not differing:
        return revision
    with raw_writes.writing(session, Revision):
        if revision is None:
            base = version_of_today(session, copy)
            revision = Revision(
                id=revision_id,
                package_id=copy.state.package_id,
                base_id=base.id,
                state=RevisionState.DRAFT.value,
                saves=0,
                touched={},
                editors=[],
            )
            session.add(revision)
        revision.content, revision.files = content, pointers
        revision.hash = contents.hash_of(session, content, files)
        revision.saves += 1
        revision.touched = {**revision.touched, **dict.fromkeys(differing, revision.saves)}
        revision.changed_at, revision.changed_by = clock.now(), user_id
        if user_id not in revision.editors:
            revision.editors = [*revision.editors, user_id]
    return revision


class Stale(Conflict):
    """Somebody else changed the same meanwhile: `stored` is the content that stands, `sent` what was not taken."""

    def __init__(self, copy: Copy, sent: dict[str, Any], parts: Collection[str]):
        super().__init__(
            "Nothing was stored: somebody else changed the same meanwhile.",
            field="satudata_revision",
            mend="What is stored now stands at each field. Take over what is right and save again.",
        )
        self.stored, self.sent, self.parts, self.token = copy.content, sent, sorted(parts), copy.token


def version_of_today(session: Session, copy: Copy) -> Revision:
    """The version that the public sees, recorded where it is not yet; call inside `raw_writes.writing`."""
    newest = session.scalars(Revision.versions_of(copy.state.package_id).limit(1)).one_or_none()
    hash_ = contents.hash_of(session, copy.public, copy.public_files)
    if newest is not None and newest.hash == hash_:
        return newest
    at = copy.state.published_at
    row = Revision(
        package_id=copy.state.package_id,
        number=(newest.number or 0) + 1 if newest else 1,
        state=RevisionState.PUBLISHED.value,
        content=copy.public,
        files={id_: file.id for id_, file in copy.public_files.items()},
        hash=hash_,
        published_at=at,
        published_by=(approved.released_by(session, copy.state.package_id, at) or None) if at else None,
        saves=0,
        touched={},
        editors=[],
        pending=[],
    )
    session.add(row)
    session.flush()
    return row


# ---------------------------------------------------------------- its way through review


def move(session: Session, revision: Revision, to: RevisionState) -> None:
    """Moves an open revision on, for the effects of its review. Raises Conflict for a way that does not exist.

    Sent to review it is sealed; sent back to a level that checks it stays what the others agreed to.
    """
    before = RevisionState(revision.state)
    if to not in rules.EXITS[before]:
        raise Conflict("The change is not in the state that this step needs.", field="state")
    with raw_writes.writing(session, Revision):
        revision.state = to.value
        if before is RevisionState.DRAFT and to is RevisionState.IN_REVIEW:
            revision.reviewed_hash = _sealed(session, read(session, revision.package_id))


def locked(session: Session, revision_id: str, *, to_go_on: bool = True) -> Revision:
    """The open revision of a case, with its dataset locked; `to_go_on`: towards the public.

    Raises NotThere, Conflict where it is not open any more, or, `to_go_on`, its dataset is not public any more.
    """
    row = session.get(Revision, revision_id)
    package = session.get(model.Package, row.package_id) if row is not None else None
    if row is None or package is None:
        raise NotThere("There is no such change.")
    state = datasets.lock(session, package)
    row = session.get_one(Revision, revision_id)
    if RevisionState(row.state) not in rules.OPEN:
        raise Conflict("This change is not open any more.", field="state")
    if to_go_on and state.state != DatasetStage.PUBLISHED.value:
        raise Conflict(
            "The dataset is not public any more: its change waits until it is again.",
            field="state",
            mend="Return or cancel the review; what was changed stays as it is.",
        )
    return row


def require_reviewed(session: Session, revision: Revision) -> None:
    """Raises Conflict where content and files, and what they open, are not exactly those that were sent to review."""
    now = contents.hash_of(session, revision.content, contents.files_of(session, revision))
    if now != revision.hash:
        raise Conflict(
            "This is not what was sent to review.", field="state", mend="Return it; the operator sends it again."
        )
    if not is_reviewed(session, read(session, revision.package_id)):
        raise Conflict(
            "Access was narrowed since this was sent to review, where this would open it.",
            field="state",
            mend="Return it; the operator sends it again.",
        )


def is_reviewed(session: Session, copy: Copy) -> bool:
    """Whether the working copy would publish what was sent to review, and open nothing that was narrowed since."""
    return copy.revision is not None and copy.revision.reviewed_hash == _sealed(session, copy)


def _sealed(session: Session, copy: Copy) -> str:
    """The hash of the working copy, its files, and what it would open with the newest narrowing of each."""
    if copy.revision is None:
        raise NotThere("There is no such change.")
    found = {}
    for id_, (before, after) in opens(copy).items():
        back = copy.former.get(id_ or "")
        source = (back.package_id, back.resource_id) if back is not None else (copy.state.package_id, id_)
        found[id_ or "dataset"] = [before.value, after.value, narrowings.stamp(session, *source)]
    return contents.hash_of(session, copy.revision.content, copy.files, found)


def discard(session: Session, revision: Revision, actor: Actor) -> None:
    """Throws the working copy away, with the files that it brought. Raises Conflict while it is in review."""
    move(session, revision, RevisionState.DISCARDED)
    with raw_writes.writing(session, Revision):
        drop_files(session, revision.id)
        revision.files, revision.changed_at, revision.changed_by = {}, clock.now(), actor.user_id
    journal.append(
        session,
        "revision_discarded",
        actor=actor,
        subject=("dataset", revision.package_id),
        payload={"revision": revision.id, "hash": revision.hash},
    )


def drop_files(session: Session, revision_id: str, *resource_ids: str) -> None:
    """Deletes what an open revision brought, of these resources or all; bytes that a version has too stay."""
    rows = list(session.scalars(ResourceFile.brought_by(revision_id)))
    for file in rows if not resource_ids else [row for row in rows if row.resource_id in resource_ids]:
        object_id = file.vault_object_id
        session.delete(file)
        session.flush()
        if object_id and not session.query(ResourceFile).filter_by(vault_object_id=object_id).count():
            vault.delete(session, object_id)


def opens(copy: Copy) -> dict[str | None, tuple[Level, Level]]:
    """What the working copy would open further: resource (None: the dataset) → from which level, to which."""
    if copy.revision is None:
        return {}
    return levels.opened(copy.revision.content, copy.public, copy.former)


def void_openings(session: Session, package_id: str) -> None:
    """Takes out of the working copy all that it would open: something of the dataset is narrowed now.

    To open it is said anew. What was reviewed with it is another content then, and goes back to its operator.
    """
    revision = open_of(session, package_id)
    if revision is None or not revision.content.get(rules.OPENS):
        return
    with raw_writes.writing(session, Revision):
        revision.content = {key: value for key, value in revision.content.items() if key != rules.OPENS}
        revision.hash = contents.hash_of(session, revision.content, contents.files_of(session, revision))


def differs(copy: Copy) -> set[str]:
    """The parts in which the working copy differs from what is public."""
    pointers = {id_: file.id for id_, file in copy.files.items()}
    public = {id_: file.id for id_, file in copy.public_files.items()}
    return rules.changed(rules.parts(copy.public, public), rules.parts(copy.content, pointers))
