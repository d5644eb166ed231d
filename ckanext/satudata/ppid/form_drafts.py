"""Requests not sent yet: what was typed and attached is kept for some days without an account, sealed.

The token lies in a cookie of one browser; the database holds its hash. Addresses carry nothing of it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.request_draft import RequestDraft
from ckanext.satudata.ppid import applicant_files, config
from ckanext.satudata.shared import clock, crypto, limits

PER_HOUR = 60
"""Savings of one network address."""


@dataclass(frozen=True)
class Draft:
    """What is kept: the form's fields, the kinds of files with the names they were sent under, until when."""

    values: dict[str, str]
    files: dict[FileKind, str]
    until_at: datetime


def keep(
    session: Any, token: str, values: Mapping[str, str], files: applicant_files.Files | None = None, *, address: str
) -> str:
    """Stores what was typed under the token, or under a new one; no commit. Returns the token.

    Raises TooMany for an address that saves too often.
    """
    if address:
        limits.spend("ppid-draft", address, limit=PER_HOUR, seconds=3600)
    body = crypto.seal(json.dumps(dict(values), ensure_ascii=False))
    assert body is not None
    row = _row(session, token)
    if row is None:
        token = secrets.token_urlsafe(24)
        row = RequestDraft(id=new_id(), token_hash=_hash(token), body=body, saved_at=clock.now())
        session.add(row)
    row.body, row.saved_at = body, clock.now()
    session.flush()
    applicant_files.keep(session, files or {}, draft_id=row.id)
    return token


def of(session: Any, token: str) -> Draft | None:
    """The draft of this token; None where there is none, or its time is over."""
    row = _row(session, token)
    if row is None:
        return None
    files = {kind: crypto.unseal(file.name) for kind, file in applicant_files.of_draft(session, row.id).items()}
    return Draft(json.loads(crypto.unseal(row.body)), files, row.saved_at + timedelta(days=config.draft_days()))


def kinds(session: Any, token: str) -> set[FileKind]:
    """What is attached to the draft of this token."""
    row = _row(session, token)
    return set(applicant_files.of_draft(session, row.id)) if row else set()


def use(session: Any, token: str, request_id: str, without: Collection[FileKind] = ()) -> None:
    """Gives the draft's files to the request made of it and deletes the draft; no commit."""
    row = _row(session, token)
    if row is not None:
        applicant_files.move(session, row.id, request_id, without)
        session.delete(row)
        session.flush()


def drop(session: Any, token: str) -> None:
    """Deletes a draft with its files; no commit."""
    row = _row(session, token)
    if row is not None:
        _delete(session, row)


def erase_old(session: Any) -> int:
    """Deletes every draft whose time is over; no commit. Returns how many."""
    before = clock.now() - timedelta(days=config.draft_days())
    rows = session.scalars(RequestDraft.older_than(before).with_for_update(skip_locked=True)).all()
    for row in rows:
        _delete(session, row)
    return len(rows)


def _delete(session: Any, row: RequestDraft) -> None:
    applicant_files.erase_draft(session, row.id)
    session.delete(row)
    session.flush()


def _row(session: Any, token: str) -> RequestDraft | None:
    if not token:
        return None
    row: RequestDraft | None = session.scalars(RequestDraft.by_token(_hash(token)).with_for_update()).first()
    if row is None or row.saved_at < clock.now() - timedelta(days=config.draft_days()):
        return None
    return row


def _hash(token: str) -> str:
    return crypto.digest("request-draft", token)
