"""Counting downloads: what, when, by which kind of client. Never who, never from where."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from ckanext.satudata.model.download import Download

_KINDS = (
    ("robot", r"bot|crawl|spider|slurp|archiver"),
    ("script", r"curl|wget|python|httpx|aiohttp|java|okhttp|go-http|axios|node|ruby|php|perl|^r\b|libcurl|powershell"),
    ("browser", r"mozilla|opera|safari"),
)


PUBLIC = ("file", "link", "grant")
"""Channels of a download that reached somebody outside; an officer who opens a draft does not count."""


OPEN = ("file", "link")
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


def client_kind(user_agent: str | None) -> str:
    """`robot`, `script`, `browser` or `unknown`; nothing else of the header is kept."""
    for kind, pattern in _KINDS:
        if re.search(pattern, (user_agent or "").lower()):
            return kind
    return "unknown"
