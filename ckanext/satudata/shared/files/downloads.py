"""Counting downloads: what, when, by which kind of client. Never who, never from where."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import ColumnElement, Insert, and_, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ckanext.satudata.domain.guestbook import NOBODY, Signed
from ckanext.satudata.model.base import new_id, utcnow
from ckanext.satudata.model.download import Download

PUBLIC = ("file", "link", "rows", "grant")
"""Channels of a download that reached somebody outside; an officer who opens a draft does not count."""


OPEN = ("file", "link", "rows")
"""Channels of a download of what was open to everybody."""


def counted() -> ColumnElement[bool]:
    """What counts as a download, on the first page as in the reports: bytes that somebody outside asked for.

    Robots of search engines fetch everything for nobody in particular and are left out.
    """
    return and_(Download.channel.in_(PUBLIC), Download.client.not_in(("internal", "robot")))


def by_client(session: Session, wanted: ColumnElement[bool]) -> list[dict[str, Any]]:
    """`client`, `count`, `first_at`, `last_at` (ISO) of each kind of client outside the portal; no more is recorded."""
    rows = session.execute(
        select(Download.client, func.count(), func.min(Download.at), func.max(Download.at))
        .where(wanted, Download.client != "internal")
        .group_by(Download.client)
        .order_by(Download.client)
    )
    return [
        {"client": client, "count": count, "first_at": first.isoformat(), "last_at": last.isoformat()}
        for client, count, first, last in rows
    ]


def record(
    session: Session,
    *,
    package_id: str | None,
    resource_id: str | None,
    resource_version: int | None = None,
    channel: str,
    client: str = "unknown",
    grant_id: str | None = None,
) -> Download:
    """Adds one download to the caller's transaction. `channel`: file, link, grant, officer. Resumed ranges and HEAD
    are not downloads: the caller leaves them out."""
    row = Download(
        package_id=package_id,
        resource_id=resource_id,
        resource_version=resource_version,
        channel=channel,
        client=client,
        grant_id=grant_id,
    )
    session.add(row)
    session.flush()
    return row


def keep(
    session: Session,
    *,
    package_id: str | None,
    resource_id: str,
    resource_version: int | None,
    channel: str,
    client: str,
    signed: Signed = NOBODY,
) -> None:
    """Counts a download and commits, before its first byte leaves: killed, neither web nor worker loses it.

    Nobody waits for the disk: only if the database's own machine falls over, the last second may be missing.
    """
    values = {
        "id": new_id(),
        "at": utcnow(),
        "package_id": package_id,
        "resource_id": resource_id,
        "resource_version": resource_version,
        "channel": channel,
        "client": client,
        "bytes_sent": 0,
        "profession": signed.profession,
        "spelling_id": signed.spelling_id,
        "guest_id": signed.guest_id,
    }
    try:
        _insert(session, values)
    except IntegrityError:
        # The person asked to be erased while the file was asked for.
        session.rollback()
        _insert(session, {**values, "guest_id": None})


def _insert(session: Session, values: dict[str, Any]) -> None:
    """One statement, whose commit does not wait for the disk."""
    session.connection().execute(_counting(tuple(values)), {f"new_{name}": value for name, value in values.items()})
    session.commit()


@functools.cache
def _counting(names: tuple[str, ...]) -> Insert:
    """Writes one row of these columns, from the parameters `new_…`. Made once: it is asked at every download."""
    quick = select(func.set_config("synchronous_commit", "off", True).label("quick")).cte("quick")
    columns = Download.__table__.c
    row = select(*(bindparam(f"new_{name}", type_=columns[name].type) for name in names)).select_from(quick)
    return insert(Download.__table__).from_select([*names], row, include_defaults=False)
