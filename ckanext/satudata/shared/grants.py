"""Personal, expiring links to one file of the vault (berkas): issued, used, revoked; each journalled.

The token is handed out once and kept nowhere: the table has its hash, logs have none of it.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Allowed, GrantFacts, Refusal, Refused, may_use_grant
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, crypto, downloads, journal, vault
from ckanext.satudata.shared.actors import APPLICANT


def issue(
    session: Session,
    *,
    vault_object_id: str,
    until: datetime,
    max_downloads: int,
    reason: str,
    actor: Actor,
    to_email: str | None = None,
    to_user_id: str | None = None,
    resource_id: str | None = None,
    resource_version: int | None = None,
    case_id: str | None = None,
) -> tuple[Grant, str]:
    """Gives one person one file, until an instant, for at most `max_downloads` downloads. Does not commit.

    Returns the grant and the token for the link (`views.grants.link_of`); the token cannot be had again. With
    `to_user_id` the link works for that user only. `reason` is the request's number.
    Raises Invalid for a time that is past or a count below one, NotThere for a file that is not there.
    """
    vault.get(session, vault_object_id)
    if until <= clock.now():
        raise Invalid("The link must end later than now.", field="until")
    if max_downloads < 1:
        raise Invalid("At least one download must be allowed.", field="max_downloads")
    if not (to_email or to_user_id):
        raise Invalid("A link is for one person: name the address or the user.", field="to_email")
    token = secrets.token_urlsafe(32)
    grant = Grant(
        token_sha256=_hash(token),
        vault_object_id=vault_object_id,
        resource_id=resource_id,
        resource_version=resource_version,
        to_email=crypto.seal(to_email) if to_email else None,
        to_user_id=to_user_id,
        reason=reason,
        case_id=case_id,
        until_at=until,
        max_downloads=max_downloads,
        downloads=0,
        issued_by=actor.user_id,
        issued_at=clock.now(),
    )
    session.add(grant)
    session.flush()
    _note(session, "grant_issued", grant, actor, until=until, max_downloads=max_downloads)
    return grant, token


def find(session: Session, token: str) -> Grant | None:
    """The grant behind a token; None for a token that never was."""
    return session.scalars(Grant.by_hash(_hash(token))).one_or_none()


def check(session: Session, grant: Grant, user_id: str | None) -> Allowed | Refused:
    """Whether the link still works for this visitor now; spends nothing."""
    here = session.scalars(VaultObject.live(grant.vault_object_id)).one_or_none() is not None
    return may_use_grant(
        GrantFacts(
            until_at=grant.until_at,
            downloads=grant.downloads,
            max_downloads=grant.max_downloads,
            is_revoked=grant.revoked_at is not None or not here,
            is_for_this_file=grant.to_user_id is None or grant.to_user_id == user_id,
        ),
        clock.now(),
    )


def spend(session: Session, grant_id: str, *, user_id: str | None, client: str = "unknown") -> Grant:
    """Counts one download under the grant's lock. Does not commit. Raises Conflict where it may not be used."""
    grant = session.scalars(Grant.locked(grant_id).execution_options(populate_existing=True)).one_or_none()
    if grant is None:
        raise NotThere("This link is not known.")
    verdict = check(session, grant, user_id)
    if not isinstance(verdict, Allowed):
        raise Conflict("This link cannot be used any more.", code=verdict.reason.value)
    grant.downloads += 1
    downloads.record(
        session,
        package_id=None,
        resource_id=grant.resource_id,
        resource_version=grant.resource_version,
        channel="grant",
        client=client,
        grant_id=grant.id,
    )
    _note(session, "grant_used", grant, APPLICANT, number=grant.downloads)
    return grant


def may_resume(session: Session, grant: Grant, user_id: str | None) -> bool:
    """Whether a download that was begun may go on: the last permitted one is spent, but neither ended nor revoked."""
    verdict = check(session, grant, user_id)
    return isinstance(verdict, Allowed) or verdict.reason is Refusal.GRANT_SPENT


def revoke(session: Session, grant_id: str, *, actor: Actor, reason: str) -> Grant:
    """Ends the link at once. Does not commit. Safe to repeat. Raises NotThere."""
    grant = session.scalars(Grant.locked(grant_id).execution_options(populate_existing=True)).one_or_none()
    if grant is None:
        raise NotThere("This link is not known.")
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoked_by = clock.now(), actor.user_id
        _note(session, "grant_revoked", grant, actor, text=reason)
    return grant


def revoke_all(session: Session, *, resource_id: str, actor: Actor, reason: str) -> int:
    """Ends every link to a resource's file; returns how many."""
    ids = session.scalars(sa.select(Grant.id).where(Grant.resource_id == resource_id, Grant.revoked_at.is_(None)))
    return len([revoke(session, found, actor=actor, reason=reason) for found in ids.all()])


class TokensOut(logging.Filter):
    """Takes the token of a link out of what is logged of a request."""

    _path = re.compile(r"(/(?:berkas|undangan)/|/resource/[^/\s]+/download/)[^/\s\]\"']+(/unduh/[^/\s\]\"']+)?")

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a line, only what it must not say."""
        record.msg = self._clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(self._clean(value) for value in record.args)
        return True

    def _clean(self, value: object) -> object:
        return self._path.sub(r"\1…", value) if isinstance(value, str) else value


def keep_out_of_logs() -> None:
    """Puts the filter on the logger that writes each request; safe to repeat."""
    logger = logging.getLogger("ckan.config.middleware.flask_app")
    if not any(isinstance(present, TokensOut) for present in logger.filters):
        logger.addFilter(TokensOut())


def _note(session: Session, event: str, grant: Grant, actor: Actor, text: str | None = None, **payload: object) -> None:
    journal.append(
        session,
        event,
        actor=actor,
        case_id=grant.case_id,
        subject=("grant", grant.id),
        payload={"reason": grant.reason, **payload},
        text=text,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
