"""What CKAN's own tables remember of a dataset beside its rows: counted for a preview, erased with a narrowing.

Activity keeps whole descriptions, tracking keeps addresses (a slug tells a title), followers tell that a dataset was
there, views and tasks name resources. All of it lies in the portal's own database and goes in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Scope:
    """Of which dataset, which of its resources are closed, and whether the description goes too."""

    package_id: str
    name: str
    resource_ids: tuple[str, ...]
    addresses: tuple[str, ...]
    """Addresses elsewhere that the resources led to."""
    is_whole: bool


def count(session: Session, scope: Scope) -> dict[str, int]:
    """How many rows would be erased, by kind: `views`, `activity`, `tracking`, `followers`, `tasks`."""
    return {
        kind: sum(
            session.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0 for table, which in all_
        )
        for kind, all_ in _rows(scope)
    }


def erase(session: Session, scope: Scope) -> dict[str, int]:
    """Erases them, in the caller's transaction; returns how many, by kind."""
    session.execute(
        sa.text("delete from activity_detail where activity_id in (select id from activity where object_id = :id)"),
        {"id": scope.package_id},
    )
    return {
        kind: sum(
            len(session.execute(sa.delete(table).where(which).returning(sa.literal(1))).all()) for table, which in all_
        )
        for kind, all_ in _rows(scope)
    }


def forget_activity(session: Session, package_id: str) -> None:
    """CKAN's activity rows hold the whole description as it was; what went before is told by our journal."""
    erase(session, Scope(package_id, "", (), (), is_whole=False))


_Rows = list[tuple[Any, Any]]


def _rows(scope: Scope) -> Iterator[tuple[str, _Rows]]:
    view, task = sa.table("resource_view", sa.column("resource_id")), sa.table("task_status", sa.column("entity_id"))
    yield "views", [(view, view.c.resource_id.in_(scope.resource_ids))]
    yield "tasks", [(task, task.c.entity_id.in_(scope.resource_ids))]
    activity = sa.table("activity", sa.column("object_id"))
    yield "activity", [(activity, activity.c.object_id == scope.package_id)]
    raw = sa.table("tracking_raw", sa.column("url"))
    summary = sa.table("tracking_summary", sa.column("url"), sa.column("package_id"))
    told = [sa.and_(summary.c.package_id == scope.package_id, sa.literal(scope.is_whole)), _tells(summary.c.url, scope)]
    yield "tracking", [(raw, _tells(raw.c.url, scope)), (summary, sa.or_(*told))]
    follower = sa.table("user_following_dataset", sa.column("object_id"))
    yield "followers", [(follower, sa.and_(follower.c.object_id == scope.package_id, sa.literal(scope.is_whole)))]


def _tells(url: Any, scope: Scope) -> Any:
    """Addresses of pages and files of what is closed."""
    words: Collection[str] = (scope.package_id, scope.name) if scope.is_whole else ()
    parts = [f"/{word}" for word in (*words, *(f"resource/{one}" for one in scope.resource_ids)) if word]
    wanted = [url.endswith(part, autoescape=True) for part in parts]
    wanted += [url.contains(part + mark, autoescape=True) for part in parts for mark in "/?#"]
    return sa.or_(sa.false(), url.in_(scope.addresses), *wanted)
