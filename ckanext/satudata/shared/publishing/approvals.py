"""The gate in the data: nothing becomes public without an approval row for exactly this content.

A row is written when the last level has agreed, and used once, by the release. Nothing here commits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.approval import Approval
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import clock, raw_writes
from ckanext.satudata.shared.levels import narrowings
from ckanext.satudata.shared.publishing import approved, datasets
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revisions


class Kind(str, Enum):
    """What made the approval."""

    REVIEW = "review"
    """The levels of the SOP, however many."""
    PUBLICATION = "publication"
    """The SOP has no level of its own: Walidata's publishing of what was sent is the approval (003-3)."""
    OPENING = "opening"
    """The review of a proposal to open further what was published."""
    ADOPTION = "adoption"
    """It was public before this portal came."""


def hash_of(session: Session, package_id: str) -> str:
    """The hash of a draft: its description, its level, what its files are, and what they open that is restricted."""
    session.flush()
    ids = session.scalars(ResourceFile.of_package(package_id).with_only_columns(ResourceFile.resource_id))
    rows = {file.resource_id: file for file in session.scalars(ResourceFile.newest(list(ids)))}
    said = {
        "description": approved.digests(session, [package_id])[package_id],
        "access_level": datasets.state_of(session, package_id).access_level,
        "files": contents.facts_of(session, rows),
        "formats": {id_: file.real_format for id_, file in rows.items()},
    }
    opens = narrowings.stamped(session, narrowings.of_draft(session, package_id))
    if opens:
        said["opens"] = opens
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def agree(
    session: Session,
    package_id: str,
    *,
    kind: Kind = Kind.REVIEW,
    case_id: str | None = None,
    sent: str | None = None,
) -> Approval:
    """The last level agrees to a first draft: from now on it may be published, exactly as it is.

    `sent`: the hash of what was sent; raises Conflict where it is another by now, or for a wrong stage.
    """
    now = hash_of(session, package_id)
    require_sent(sent, now)
    datasets.move(session, package_id, DatasetStage.APPROVED)
    return _record(session, package_id, now, kind, case_id=case_id)


def agree_to_change(
    session: Session, revision: Revision, *, kind: Kind = Kind.REVIEW, case_id: str | None = None
) -> Approval:
    """As `agree`, to the change of what is published. Raises Conflict where it is not what was sent."""
    revisions.require_reviewed(session, revision)
    revisions.move(session, revision, RevisionState.APPROVED)
    reviewed = str(revision.reviewed_hash)
    return _record(session, revision.package_id, reviewed, kind, case_id=case_id, revision_id=revision.id)


def require_sent(sent: str | None, now: str) -> None:
    """Raises Conflict where what is looked at is not what was sent; `sent` None: sent by an earlier edition."""
    if sent is not None and sent != now:
        raise Conflict(
            "This is not what was sent to review.", field="state", mend="Return it; the operator sends it again."
        )


def require(session: Session, package_id: str, revision: Revision | None = None) -> Approval:
    """The approval that covers what is about to be published. Raises Conflict without one."""
    rows = session.scalars(Approval.of_package(package_id))
    newest = next((row for row in rows if row.revision_id == (revision.id if revision is not None else None)), None)
    wanted = revision.reviewed_hash if revision is not None else hash_of(session, package_id)
    if newest is None or newest.sha256 != wanted or newest.served_at is not None:
        raise Conflict(
            "No approval covers exactly this content.", field="state", mend="Return it; the operator sends it again."
        )
    return newest


def serve(session: Session, approval: Approval) -> None:
    """Notes what the public got of an approval; call once the public rows are written."""
    session.flush()
    with raw_writes.writing(session, Approval):
        approval.served_sha256 = approved.digests(session, [approval.package_id])[approval.package_id]
        approval.served_at = clock.now()


def served_at_once(
    session: Session, package_id: str, kind: Kind, *, case_id: str | None = None, lacks: Iterable[str] = ()
) -> Approval:
    """The row of what is public in the same transaction: opened further, or public since before this portal came."""
    now = approved.digests(session, [package_id])[package_id]
    row = _record(session, package_id, now, kind, case_id=case_id, lacks=lacks)
    serve(session, row)
    return row


def levels_of(session: Session, case_id: str) -> list[dict[str, Any]]:
    """Who sent it last and who agreed since, in order; a level that had to agree again stands once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for step in session.scalars(CaseStep.of([case_id])):
        if step.command == Command.SUBMIT.value:
            found = {}
        if step.command not in (Command.SUBMIT.value, Command.APPROVE.value, Command.PUBLISH.value):
            continue
        found.pop((step.no, step.role), None)
        found[step.no, step.role] = {
            "step": step.no,
            "role": step.role,
            "command": step.command,
            "by_id": step.done_by,
            "by_name": step.done_by_name,
            "acting": step.done_as,
            "at": step.done_at.isoformat() if step.done_at else None,
        }
    return list(found.values())


def _record(
    session: Session,
    package_id: str,
    sha256: str,
    kind: Kind,
    *,
    case_id: str | None = None,
    revision_id: str | None = None,
    lacks: Iterable[str] = (),
) -> Approval:
    row = Approval(
        package_id=package_id,
        kind=kind.value,
        case_id=case_id,
        revision_id=revision_id,
        sha256=sha256,
        levels=levels_of(session, case_id) if case_id else [],
        lacks=sorted(lacks),
        approved_at=clock.now(),
    )
    with raw_writes.writing(session, Approval):
        session.add(row)
    return row
