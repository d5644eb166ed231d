"""The applicant's personal link: given with the answer, renewed and ended by PPID."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import NEW_REQUEST, check_deliverable, check_link_renewable
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.command_key import CommandKey
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, drafts, requests
from ckanext.satudata.shared import clock, crypto, notices, vault
from ckanext.satudata.shared.files import access, grants

RENEW = "link_renew"


def give(session: Any, request: PpidRequest, row: PpidHandover | None, *, actor: Actor, now: datetime) -> Grant:
    """Issues the link to the file in force. No commit.

    Raises Conflict where the request was not granted, exactly these bytes were not attested, or the dataset of the
    file was withdrawn.
    """
    _check_deliverable(request, row)
    assert row is not None  # or it would have been refused
    stored = vault.get(session, row.vault_id)
    if stored.sha256 != row.attested_sha256:
        raise Conflict("The file in the vault is not the one that was attested.", mend="Hand it over and check again.")
    if row.resource_id and access.handable(session, row.resource_id, request.organization_id) is None:
        raise Conflict("The dataset of this file was withdrawn meanwhile.", mend="Return it to the PPID Pembantu.")
    until_at = now + timedelta(days=config.link_days())
    grant, token = grants.issue(
        session,
        vault_object_id=row.vault_id,
        until=until_at,
        max_downloads=config.downloads_most(),
        reason=request.number,
        actor=actor,
        to_email=crypto.unseal(request.email) or crypto.unseal(request.phone),
        case_id=request.case_id,
    )
    request.link, request.link_until_at = crypto.seal(token), until_at
    return grant


def _check_deliverable(request: PpidRequest, row: PpidHandover | None) -> None:
    check_deliverable(
        decision=request.decision or "",
        handed_over=row.sha256 if row else "",
        attested=(row.attested_sha256 or "") if row else "",
    )


def check_renewable(session: Any, request: PpidRequest) -> None:
    """Raises Conflict where the request's link may not be followed by another."""
    given = grants.of_case(session, request.case_id or "")
    ended = [grants.cause_of(session, grant) for grant in given if grant.revoked_at is not None]
    check_link_renewable(was_given=request.link is not None, causes=ended)
    _check_deliverable(request, drafts.latest_handover(session, request))


def renew(session: Any, request_id: str, *, actor: Actor, key: str = "") -> dict[str, Any]:
    """Ends the request's link and gives another to the same file, by the rules of the delivery. No commit.

    The same `key` of the same person answers as the first time, and so does whoever asked before another's link was
    there: several at once make one. Returns `link_until`, `number`. Raises NotAllowed
    for whoever is not PPID, Conflict where the file may not be given (again).
    """
    if not requests.is_ppid(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))
    asked_at = clock.now()
    case_id = requests.find(session, request_id).case_id or ""
    session.scalars(sa.select(Case).where(Case.id == case_id).with_for_update()).one()
    query = PpidRequest.by_case(case_id).with_for_update().execution_options(populate_existing=True)
    request = session.scalars(query).one()
    who = actor.user_id or actor.name
    known = session.get(CommandKey, (case_id, who, key)) if key else None
    if known is not None:
        if known.command != RENEW:
            raise Conflict("This key was used for another command.", field="key")
        return known.answer
    given = grants.of_case(session, case_id)
    meanwhile = bool(given) and given[-1].issued_at > asked_at and given[-1].revoked_at is None
    grant = given[-1] if meanwhile else _another(session, request, actor)
    answer = {"number": request.number, "link_until": grant.until_at.isoformat()}
    if key:
        session.add(CommandKey(case_id=case_id, actor=who, key=key, command=RENEW, answer=answer, at=clock.now()))
    return answer


def _another(session: Any, request: PpidRequest, actor: Actor) -> Grant:
    """The link that follows the present one, which ends; the applicant is told."""
    check_renewable(session, request)
    grants.revoke_case(session, request.case_id or "", actor=actor, reason="", cause="renewed")
    try:
        grant = give(session, request, drafts.latest_handover(session, request), actor=actor, now=clock.now())
    except Conflict as refusal:
        refusal.mend = NEW_REQUEST
        raise
    _tell(session, request, "ppid_link_renewed", grant)
    return grant


def end(session: Any, request: PpidRequest, *, actor: Actor, reason: str, cause: str) -> int:
    """Ends the request's links; whoever confirmed the address is told by mail. No commit. Returns how many ended."""
    ended = grants.revoke_case(session, request.case_id or "", actor=actor, reason=reason, cause=cause)
    if ended and request.confirmed_at:
        _tell(session, request, "ppid_link_ended", ended[-1])
    return len(ended)


def _tell(session: Any, request: PpidRequest, kind: str, grant: Grant) -> None:
    if request.email is None:
        return
    notices.queue(
        session,
        kind,
        to_email=crypto.unseal(request.email),
        params={"request_id": request.id, "grant_id": grant.id},
        key=f"{kind}:{grant.id}",
    )
