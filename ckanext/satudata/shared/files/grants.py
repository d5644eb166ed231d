"""Personal, expiring links to one file of the vault (berkas): issued, used, revoked; each journalled.

The token is handed out once and kept nowhere: the table has its hash, logs have none of it. A link to a dataset's
own file ends with the dataset; one to a file that was made for a request ends by its own time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import (
    GIVERS,
    Allowed,
    DatasetStage,
    Refusal,
    Refused,
    may_give,
    may_use_grant,
)
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import ANSWERED_BY
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, crypto, journal, notices, vault
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.files import access, downloads


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
    case_id: str | None = None,
    terms: str = "",
) -> tuple[Grant, str]:
    """Gives one person one file, until an instant, for at most `max_downloads` downloads. Does not commit.

    Returns the grant and the token for the link (`views.grants.link_of`); the token cannot be had again. With
    `to_user_id` the link works for that user only. `reason` is the request's number. `terms` must be accepted
    before the first download, once for all files of a case.
    Raises Invalid for a time that is past or a count below one, NotThere for a file that is not there, Conflict for
    a file of a dataset that was withdrawn.
    """
    vault.get(session, vault_object_id)
    if until <= clock.now():
        raise Invalid("The link must end later than now.", field="until")
    if max_downloads < 1:
        raise Invalid("At least one download must be allowed.", field="max_downloads")
    if not (to_email or to_user_id):
        raise Invalid("A link is for one person: name the address or the user.", field="to_email")
    file = _file_of(session, vault_object_id, lock=True)
    token = secrets.token_urlsafe(32)
    grant = Grant(
        token_sha256=_hash(token),
        vault_object_id=vault_object_id,
        package_id=file.package_id if file else None,
        resource_id=file.resource_id if file else None,
        resource_version=file.version if file else None,
        to_email=crypto.seal(to_email) if to_email else None,
        to_user_id=to_user_id,
        reason=reason,
        case_id=case_id,
        until_at=until,
        max_downloads=max_downloads,
        downloads=0,
        issued_by=actor.user_id,
        issued_at=clock.now(),
        terms=terms or None,
    )
    grant.terms_accepted_at = session.scalar(Grant.terms_accepted_before(grant.case_id, grant.terms))
    session.add(grant)
    session.flush()
    note(session, "grant_issued", grant, actor, until=until, max_downloads=max_downloads)
    return grant, token


def _file_of(session: Session, vault_object_id: str, *, lock: bool) -> ResourceFile | None:
    """The dataset's file that this is, or else has the bytes of, if any. With `lock` a withdrawal waits.

    Raises Conflict where the dataset, or this file of it, was withdrawn, and nothing else that is published has the
    bytes.
    """
    same = list(session.scalars(ResourceFile.same_bytes(vault_object_id)))
    files = [file for file in same if file.vault_object_id == vault_object_id] or same
    stages: dict[str, DatasetStage] = {}
    for package_id in sorted({file.package_id for file in files if file.package_id}):
        query = DatasetState.locked(package_id) if lock else sa.select(DatasetState).filter_by(package_id=package_id)
        state = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        stages[package_id] = DatasetStage(state.state) if state else DatasetStage.DRAFT
    published = [file for file in files if stages[file.package_id or ""] is DatasetStage.PUBLISHED]
    newest = ResourceFile.newest({file.resource_id for file in published})
    taken_back = {file.resource_id for file in session.scalars(newest) if file.is_taken_back}
    public = [file for file in published if file.resource_id not in taken_back]
    if not public and (published or DatasetStage.WITHDRAWN in stages.values()):
        raise Conflict(
            "The dataset of this file was withdrawn; the file is not given out any more.",
            mend="Return it to the PPID Pembantu for another file, or refuse with a reason.",
        )
    return next(iter(public or files), None)


def give(
    session: Session,
    *,
    resource_id: str,
    user: model.User,
    until: datetime,
    max_downloads: int,
    reason: str,
    actor: Actor,
) -> Grant:
    """Gives an account one version of a file of a published Terbatas dataset: the newest one now. Does not commit.

    The person is told by mail. Raises NotAllowed for whoever gives no files, NotThere where there is nothing to give,
    and as `issue`.
    """
    if not may_give(actor):
        raise NotAllowed("Only {roles} may do this.", roles=GIVERS)
    if not reason.strip():
        raise Invalid(
            "A reason is needed.", field="reason", mend="Write the number of the request, or why it is given."
        )
    found = access.givable(session, resource_id)
    if found is None:
        raise NotThere("There is no published limited file here.")
    grant, _token = issue(
        session,
        vault_object_id=found[1].id,
        until=until,
        max_downloads=max_downloads,
        reason=reason.strip(),
        actor=actor,
        to_user_id=user.id,
    )
    notices.queue(session, "grant_given", to_user=user.id, params={"grant_id": grant.id}, key=f"grant-given:{grant.id}")
    return grant


@notices.mail("grant_given")
def _given_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """To an account: where its file is. The address holds for nobody else."""
    grant = model.Session.get(Grant, params["grant_id"])
    lines = [
        tk._("You were given a file. Log in and download it here:"),
        notices.site_url(f"/berkas/{for_account(grant)}"),
    ]
    lines.append(tk._("Reason: {reason}").format(reason=grant.reason))
    return tk._("A file was given to you"), "\n\n".join(lines)


def find(session: Session, token: str) -> Grant | None:
    """The grant behind a token; None for a token that never was."""
    return session.scalars(Grant.by_hash(_hash(token))).one_or_none()


ACCOUNT = "akun-"


def for_account(grant: Grant) -> str:
    """What stands in place of a token in the address of a permission that holds for an account only: no secret."""
    return ACCOUNT + grant.id


def is_requested(grant: Grant) -> bool:
    """Whether it answers a request; else an account was given the file, for a reason in free words."""
    return grant.case_id is not None or grant.to_user_id is None


def of_account(session: Session, token: str, user_id: str | None) -> Grant | None:
    """The grant behind such an address, for that very account; to all others it was never there."""
    grant = session.get(Grant, token.removeprefix(ACCOUNT)) if token.startswith(ACCOUNT) and user_id else None
    return grant if grant is not None and grant.to_user_id == user_id else None


def check(session: Session, grant: Grant, user_id: str | None) -> Allowed | Refused:
    """Whether the link still works for this visitor now; spends nothing."""
    return may_use_grant(access.facts_of(session, grant, user_id), clock.now())


@dataclass(frozen=True)
class Standing:
    """What became of a link: `alive`, `spent`, `expired` or `ended`, and since when.

    `cause` (a key of `words.LINK_ENDED`) is set where it was ended. `office`: whom its holder asks.
    """

    state: str
    at: datetime | None = None
    cause: str = ""
    office: Role = Role.PPID


def office_of(session: Session, grant: Grant) -> Role:
    """The office that answers the request which a link answers."""
    case = session.get(Case, grant.case_id) if grant.case_id else None
    return ANSWERED_BY.get(case.process, Role.PPID) if case is not None else Role.PPID


def standing(session: Session, grant: Grant) -> Standing:
    """What its holder is told of a link, wherever that is: of one that others followed, what became of the last."""
    return replace(_standing(session, grant), office=office_of(session, grant))


def _standing(session: Session, grant: Grant) -> Standing:
    verdict = check(session, grant, grant.to_user_id)
    if isinstance(verdict, Allowed):
        return Standing("alive")
    if verdict.reason is Refusal.GRANT_EXPIRED:
        return Standing("expired", grant.until_at)
    if verdict.reason is Refusal.GRANT_SPENT:
        last = sa.select(sa.func.max(Download.at)).where(Download.grant_id == grant.id)
        return Standing("spent", session.scalar(last))
    cause = cause_of(session, grant)
    if cause == "renewed" and grant.case_id:
        newest = of_case(session, grant.case_id)[-1]
        if newest.id != grant.id and _standing(session, newest).state != "alive":
            return _standing(session, newest)
    kept = session.get(VaultObject, grant.vault_object_id)
    return Standing("ended", grant.revoked_at or (kept.deleted_at if kept else None), cause)


def of_case(session: Session, case_id: str) -> list[Grant]:
    """Every link given in a case, the oldest first."""
    return list(session.scalars(sa.select(Grant).where(Grant.case_id == case_id).order_by(Grant.issued_at, Grant.id)))


def spend(session: Session, grant_id: str, *, user_id: str | None, client: str = "unknown") -> Download:
    """Counts one download under the grant's lock. Does not commit.

    Raises Conflict where it may not be used, Invalid while its terms are not accepted.
    """
    grant = session.scalars(Grant.locked(grant_id).execution_options(populate_existing=True)).one_or_none()
    if grant is None:
        raise NotThere("This link is not known.")
    verdict = check(session, grant, user_id)
    if not isinstance(verdict, Allowed):
        raise Conflict("This link cannot be used any more.", code=verdict.reason.value)
    if vault.sha256_of(session, grant.vault_object_id) != vault.get(session, grant.vault_object_id).sha256:
        # What was promised and checked was other bytes.
        raise Conflict("The file is damaged.", mend="Ask the office that gave you the link.")
    if grant.waits_for_terms:
        raise Invalid("Accept the terms of use first.", field="terms")
    grant.downloads += 1
    counted = downloads.record(
        session,
        package_id=grant.package_id,
        resource_id=grant.resource_id,
        resource_version=grant.resource_version,
        channel="grant",
        client=client,
        grant_id=grant.id,
    )
    note(session, "grant_used", grant, holder(session, grant), number=grant.downloads)
    return counted


def take(session: Session, download_id: str, *, start: int, length: int, size: int) -> bool:
    """Notes that `length` of the file's `size` bytes are about to be sent, from `start` on. Does not commit.

    False where the counted download is used up: the whole file once, and parts (what broke off is asked for again)
    until twice its size was sent. Whoever asks for more is counted anew.
    """
    row = session.scalars(Download.locked(download_id).execution_options(populate_existing=True)).one()
    is_whole = start == 0 and length == size
    fits = row.bytes_sent < max(size, 1) if is_whole else row.bytes_sent + length <= 2 * size
    if fits:
        row.bytes_sent += length
    return fits


def give_back(download_id: str, length: int) -> None:
    """Takes off what was noted but never sent, when a transfer broke off. Its own transaction: the request is over."""
    left = sa.func.greatest(Download.bytes_sent - length, 0)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(Download).where(Download.id == download_id).values(bytes_sent=left))


def may_resume(session: Session, grant: Grant, user_id: str | None) -> bool:
    """Whether a download that was begun may go on: the last permitted one is spent, but neither ended nor revoked."""
    verdict = check(session, grant, user_id)
    return isinstance(verdict, Allowed) or verdict.reason is Refusal.GRANT_SPENT


def revoke(session: Session, grant_id: str, *, actor: Actor, reason: str, cause: str = "") -> Grant:
    """Ends the link at once. Does not commit. Safe to repeat. Raises NotThere.

    `reason` is for officers, `cause` a key of `words.LINK_ENDED` for whom the link was given to.
    """
    grant = session.scalars(Grant.locked(grant_id).execution_options(populate_existing=True)).one_or_none()
    if grant is None:
        raise NotThere("This link is not known.")
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoked_by = clock.now(), actor.user_id
        note(session, "grant_revoked", grant, actor, text=reason, cause=cause)
    return grant


def cause_of(session: Session, grant: Grant) -> str:
    """Why the link was ended, as its holder is told: a key of `words.LINK_ENDED`."""
    entry = session.scalars(
        sa.select(Journal).where(
            Journal.event == "grant_revoked", Journal.subject_type == "grant", Journal.subject_id == grant.id
        )
    ).first()
    return str((entry.payload or {}).get("cause") or "") if entry else ""


def revoke_dataset(
    session: Session, package_id: str, *, actor: Actor, reason: str, resource_id: str | None = None
) -> list[Grant]:
    """Ends every link to a withdrawn dataset's files, also where their bytes were uploaded by hand. Does not commit.

    With `resource_id` those of one resource that was closed. The officers who serve requests are told by mail which
    ones; the request's decision stands.
    """
    grants = session.scalars(_about(session, package_id, resource_id).with_for_update()).all()
    ended = [
        revoke(session, grant.id, actor=actor, reason=reason, cause="withdrawn")
        for grant in grants
        if _is_withdrawn(session, grant.vault_object_id)
    ]
    for grant in ended:
        if grant.until_at > clock.now():
            notices.queue(
                session,
                "grant_ended",
                to_role=office_of(session, grant),
                params={"request": grant.reason, "case_id": grant.case_id},
                key=f"grant-ended:{grant.id}",
            )
    return ended


def alive(session: Session, package_id: str, resource_id: str | None = None) -> int:
    """How many links to a dataset's files, or to those of one resource, still work."""
    rows = session.scalars(_about(session, package_id, resource_id).where(Grant.until_at > clock.now()))
    return sum(grant.downloads < grant.max_downloads for grant in rows)


def _about(session: Session, package_id: str, resource_id: str | None) -> sa.Select[tuple[Grant]]:
    """The links that were not ended, to these files and to files with these very bytes."""
    files = ResourceFile.of_package(package_id)
    if resource_id is not None:
        files = files.where(ResourceFile.resource_id == resource_id)
    ids = [one for one in session.scalars(files.with_only_columns(ResourceFile.vault_object_id)) if one]
    hashes = session.scalars(sa.select(VaultObject.sha256).where(VaultObject.id.in_(ids))).all()
    return Grant.alive_for(package_id, resource_id, hashes)


def _is_withdrawn(session: Session, vault_object_id: str) -> bool:
    try:
        _file_of(session, vault_object_id, lock=False)
    except Conflict:
        return True
    return False


@notices.mail("grant_ended")
def _ended_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the office that answers: a link that the applicant may still need does not work any more."""
    lines = [
        tk._("The dataset was withdrawn, so the personal link of request {number} was ended.").format(
            number=params["request"]
        ),
        tk._("Tell the applicant. If other data can be given, a new request leads to it."),
    ]
    if params.get("case_id"):
        lines.append(notices.site_url(f"/meja/{params['case_id']}"))
    return tk._("Personal link of request {number} was ended").format(number=params["request"]), "\n\n".join(lines)


def note(session: Session, event: str, grant: Grant, actor: Actor, text: str | None = None, **payload: object) -> None:
    journal.append(
        session,
        event,
        actor=actor,
        case_id=grant.case_id,
        subject=("grant", grant.id),
        payload={"reason": grant.reason, **_what(session, grant), **payload},
        text=text,
    )


def holder(session: Session, grant: Grant) -> Actor:
    """Who uses it: the account it was given to; whoever holds a link, nobody knows by name."""
    user = session.get(model.User, grant.to_user_id) if grant.to_user_id else None
    return Actor(user_id=user.id, name=user.name) if user is not None else APPLICANT


def _what(session: Session, grant: Grant) -> dict[str, Any]:
    """To which account and which file, for the journal; of a link to an address nothing that names a person."""
    found = {"package_id": grant.package_id, "resource_id": grant.resource_id, "version": grant.resource_version}
    user = session.get(model.User, grant.to_user_id) if grant.to_user_id else None
    return {name: value for name, value in {**found, "account": user.name if user else None}.items() if value}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
