"""What the public sees of posts and analysis reports. Whether their data are open is asked anew, every time.

A post shows figures of its data; so it goes with the level of the first of them that is not open any more, in the
transaction that narrows it. This stands here and not in the room: leaving the room out never opens anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import ckan.model as model
from sqlalchemy import Select
from sqlalchemy.orm import Session

from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.post import Post, PostChannel, PostVersion
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.files import access

SUBJECT = "post"
LARGEST = 2_000_000_000
"""No post has a larger number."""
_AT_ONCE = 50


def is_open(session: Session, content: Mapping[str, Any]) -> bool:
    """Whether everybody may have each of the data that this was made of; False where it was made of none."""
    sources = content.get("sources") or []
    return bool(sources) and all(is_source_open(session, one) for one in sources)


def is_source_open(session: Session, source: Mapping[str, Any]) -> bool:
    """Whether everybody may have the file this was made of, in the version that was picked.

    A version that a newer one replaced stays what it was: public. One that was narrowed is open again only once it
    is released again itself: what its resource holds since may be another file, with less in it.
    """
    file = session.get(ResourceFile, source["file_id"])
    if file is None or not access.is_open(session, source["resource_id"]):
        return False
    if file.is_released:
        return True
    narrowed = Reclassification.closings(source["package_id"], source["resource_id"], file.released_at)
    return file.released_at is not None and session.scalars(narrowed).first() is None


def is_described(session: Session, package_id: str | None) -> bool:
    """Whether the public sees the description of this dataset."""
    package = session.get(model.Package, package_id) if package_id else None
    state = session.get(DatasetState, package_id) if package is not None else None
    return (
        package is not None
        and state is not None
        and package.state == "active"
        and not package.private
        and state.state == DatasetStage.PUBLISHED.value
    )


def is_shown(session: Session, post: Post, content: Mapping[str, Any]) -> bool:
    """Whether the public sees it now: a post by its data, a report by the dataset that it became."""
    if post.published_at is None or post.withdrawn_at is not None:
        return False
    if post.process == rules.REPORT:
        return is_described(session, post.dataset_id)
    return is_open(session, content)


def find(session: Session, number: int) -> tuple[Post, PostVersion] | None:
    """The post of that number, if the public sees it."""
    row = session.execute(Post.shown().where(Post.number == min(number, LARGEST))).first()
    return (row[0], row[1]) if row is not None and is_shown(session, row[0], row[1].content) else None


def shown(session: Session, package_id: str = "", *, limit: int, offset: int = 0) -> list[tuple[Post, PostVersion]]:
    """What the public sees, the newest first; with `package_id` what was made of that dataset."""
    query: Select[Any] = Post.using(package_id) if package_id else Post.shown()
    found: list[tuple[Post, PostVersion]] = []
    at = 0
    while len(found) < offset + limit:
        rows = session.execute(query.limit(_AT_ONCE).offset(at)).all()
        _read_ahead(session, [version.content for _post, version in rows])
        found += [(post, version) for post, version in rows if is_shown(session, post, version.content)]
        if len(rows) < _AT_ONCE:
            break
        at += _AT_ONCE
    return found[offset : offset + limit]


def _read_ahead(session: Session, contents: Iterable[Mapping[str, Any]]) -> None:
    """Reads with three queries what `access.ask` would ask for one by one."""
    sources = [one for content in contents for one in content.get("sources") or []]
    for kind, key in ((model.Resource, "resource_id"), (model.Package, "package_id")):
        session.query(kind).filter(kind.id.in_({one[key] for one in sources})).all()
    session.scalars(DatasetState.of({one["package_id"] for one in sources})).all()


def sources(session: Session, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The data of a post that the public may know of: `package`, `resource`, pinned `file`, `has_newer`, `chart`."""
    found = []
    for one in content.get("sources") or []:
        if not is_source_open(session, one):
            continue
        newest = session.scalars(ResourceFile.newest([one["resource_id"]])).one_or_none()
        found.append(
            {
                "package": session.get(model.Package, one["package_id"]),
                "resource": session.get(model.Resource, one["resource_id"]),
                "file": session.get(ResourceFile, one["file_id"]),
                "has_newer": newest is not None and newest.id != one["file_id"],
                "chart": one.get("chart"),
            }
        )
    return found


def using(session: Session, package_id: str, resource_ids: Collection[str], process: str = rules.POST) -> list[Post]:
    """The published posts (or reports) that were made of one of these files of a dataset."""
    rows = session.execute(Post.using(package_id).where(Post.process == process)).all()
    return [
        post
        for post, version in rows
        if any(one["resource_id"] in resource_ids for one in version.content.get("sources") or [])
    ]


def take_down(
    session: Session, package_id: str, resource_ids: Collection[str], *, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Takes the posts of what is closed from the public page, in the caller's transaction.

    Returns where else they stand (`number`, `channel`, `address`): what only a person can take down there.
    """
    left: list[dict[str, Any]] = []
    for post in using(session, package_id, resource_ids):
        withdraw(session, post, actor=actor, now=now)
        left += [
            {"number": post.number, "channel": row.channel, "address": row.address}
            for row in session.scalars(PostChannel.of_post(post.id))
            if row.channel != rules.Channel.PORTAL.value
        ]
    return left


def withdraw(session: Session, post: Post, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Takes a post from the public page for good, in the caller's transaction; its versions stay for the officers."""
    post.withdrawn_at = now
    session.flush()
    journal.append(
        session, "post_withdrawn", actor=actor, case_id=post.case_id, subject=(SUBJECT, post.id), text=reason or None
    )
