"""The applicant's personal links, one for each file: given with the answer, renewed and ended by PPID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.ppid_request import (
    LINK_CORRECTED,
    LINK_NOT_RENEWED,
    NEW_REQUEST,
    check_deliverable,
    check_link_renewable,
)
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.command_key import CommandKey
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_link import PpidLink
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, reaching, requests, wrong_address
from ckanext.satudata.shared import clock, crypto, vault
from ckanext.satudata.shared.files import access, grants

RENEW = "link_renew"
OF_THE_FILE = LINK_NOT_RENEWED - {wrong_address.CAUSE, "withdrawn"}
"""Why links are ended to a file whose very bytes may be given to nobody."""
ANSWERED_ANEW = "answered_anew"
"""Why the links of an answer are ended whose place another has taken."""
FORMER = frozenset({ANSWERED_ANEW, "refused"})
"""The same, with what was said of it before."""


@dataclass(frozen=True)
class Given:
    """A file that was given, with its link as it is now. `path` is empty once the applicant's data was erased."""

    row: PpidLink
    file: PpidHandover
    grant: Grant
    standing: grants.Standing

    @property
    def path(self) -> str:
        """Where the link leads."""
        return f"/berkas/{crypto.unseal(self.row.token)}" if self.row.token else ""

    @property
    def downloads_left(self) -> int:
        """How often it may still be fetched, were it not ended."""
        return self.grant.max_downloads - self.grant.downloads


def given(session: Any, request: PpidRequest) -> list[Given]:
    """The files of a request with their links, in the order they were handed over; empty where none was given."""
    rows = session.execute(PpidLink.of_request(request.id)).all()
    return [Given(row, file, grant, standing_of(session, request, grant)) for row, file, grant in rows]


def standing_of(session: Any, request: PpidRequest, grant: Grant) -> grants.Standing:
    """What became of a link, as the applicant is told, who may have corrected the address since."""
    found = grants.standing(session, grant)
    if found.cause == wrong_address.CAUSE and wrong_address.is_mended(session, request):
        return replace(found, cause=LINK_CORRECTED)
    return found


def check_files(session: Any, request: PpidRequest, files: Sequence[PpidHandover]) -> None:
    """Raises Conflict where the request was not granted, exactly these bytes of every file were not attested, or the
    dataset of a file was withdrawn."""
    for file in files or (None,):
        _check_deliverable(request, file)
    ended = {vault_id for vault_id, cause in _ended(session, request) if cause in OF_THE_FILE}
    bytes_ = {file.sha256 for file in session.scalars(PpidHandover.all_of(request.id)) if file.vault_id in ended}
    if any(file.sha256 in bytes_ for file in files):
        raise Conflict(
            "The link to this file was ended for good: the file is not given again.",
            mend="Send it back to the agency, which hands another file over.",
        )
    for file in files:
        # Of the bytes themselves: what the row says of them would not tell that a file was changed on the disk.
        if vault.sha256_of(session, file.vault_id) != file.attested_sha256:
            raise Conflict(
                "The file in the vault is not the one that was attested.", mend="Hand it over and check again."
            )
        agency = file.organization_id or request.organization_id
        if file.resource_id and access.handable(session, file.resource_id, agency) is None:
            raise Conflict("The dataset of this file was withdrawn meanwhile.", mend="Return it to the PPID Pembantu.")


def _ended(session: Any, request: PpidRequest) -> list[tuple[str, str]]:
    """The file in the vault behind each link of the request that was ended, and why it was."""
    return [
        (grant.vault_object_id, grants.cause_of(session, grant))
        for grant in grants.of_case(session, request.case_id or "")
        if grant.revoked_at is not None
    ]


def _check_deliverable(request: PpidRequest, file: PpidHandover | None) -> None:
    check_deliverable(
        decision=request.decision or "",
        handed_over=file.sha256 if file else "",
        attested=(file.attested_sha256 or "") if file else "",
    )


def give(
    session: Any, request: PpidRequest, files: Sequence[PpidHandover], *, actor: Actor, now: datetime
) -> list[Grant]:
    """Issues a link to each file in force, in the place of the one it had. No commit. Raises as `check_files`."""
    check_files(session, request, files)
    issued = []
    for file in files:
        grant, token = grants.issue(
            session,
            vault_object_id=file.vault_id,
            until=now + timedelta(days=config.link_days()),
            max_downloads=config.downloads_most(),
            reason=request.number,
            actor=actor,
            to_email=crypto.unseal(request.email) or crypto.unseal(request.phone) or request.number,
            case_id=request.case_id,
            terms=config.terms(),
        )
        row = session.scalars(sa.select(PpidLink).where(PpidLink.handover_id == file.id)).one_or_none()
        if row is None:
            row = PpidLink(request_id=request.id, handover_id=file.id)
            session.add(row)
        elif row.grant_id != grant.id:
            _revoke_one(session, row.grant_id, actor)
        row.grant_id, row.token = grant.id, crypto.seal(token)
        issued.append(grant)
    session.flush()
    return issued


def _revoke_one(session: Any, grant_id: str, actor: Actor) -> None:
    """Ends the link in whose place another stands, unless it has ended already."""
    former = session.get(Grant, grant_id)
    if former is not None and former.revoked_at is None:
        grants.revoke(session, grant_id, actor=actor, reason="", cause="renewed")


def check_renewable(session: Any, request: PpidRequest, file: PpidHandover) -> None:
    """Raises Conflict where the link to this file may not be followed by another."""
    ended = _ended(session, request)
    row = session.scalars(sa.select(PpidLink).where(PpidLink.handover_id == file.id)).one_or_none()
    # Who has a wrong address has it for every file; what is wrong with one file is not wrong with the others.
    causes = {cause for vault_id, cause in ended if vault_id == file.vault_id or cause == wrong_address.CAUSE}
    if wrong_address.is_mended(session, request):
        causes.discard(wrong_address.CAUSE)
    check_link_renewable(was_given=row is not None and row.token is not None, causes=causes)
    if file.replaced_at is not None:
        raise Conflict("This file is not part of the answer any more.", mend=NEW_REQUEST)
    _check_deliverable(request, file)


def renew(session: Any, request_id: str, *, actor: Actor, key: str = "", file_id: str = "") -> dict[str, Any]:
    """Ends the links of the request, or of one file of it, and gives others, by the rules of the delivery. No commit.

    The same `key` of the same person answers as the first time, and so does whoever asked before another's link was
    there: several at once make one. Where some of several files may not be given again, the others' links are
    renewed. Returns `link_until`, `number`. Raises NotAllowed for whoever is not PPID, Conflict where no file may be
    given (again), NotThere for a file that was not given.
    """
    if not requests.is_office(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))
    asked_at = clock.now()
    case_id = requests.find(session, request_id).case_id or ""
    session.scalars(sa.select(Case).where(Case.id == case_id).with_for_update()).one()
    query = PpidRequest.by_case(case_id).with_for_update().execution_options(populate_existing=True)
    request = session.scalars(query).one()
    requests.check_answers(actor, request)
    who = actor.user_id or actor.name
    known = session.get(CommandKey, (case_id, who, key)) if key else None
    if known is not None:
        if known.command != RENEW:
            raise Conflict("This key was used for another command.", field="key")
        return known.answer
    theirs = _chosen(given(session, request), file_id)
    meanwhile = [one.grant for one in theirs if one.grant.issued_at > asked_at and one.grant.revoked_at is None]
    issued = meanwhile or _others(session, request, theirs, actor)
    answer = {"number": request.number, "link_until": issued[-1].until_at.isoformat()}
    if key:
        session.add(CommandKey(case_id=case_id, actor=who, key=key, command=RENEW, answer=answer, at=clock.now()))
    return answer


def _chosen(theirs: list[Given], file_id: str) -> list[Given]:
    chosen = [one for one in theirs if file_id in ("", one.file.id)]
    if file_id and not chosen:
        raise NotThere("This file was not given on the request.")
    return chosen


def _others(session: Any, request: PpidRequest, theirs: list[Given], actor: Actor) -> list[Grant]:
    """The links that follow the present ones, which end; the applicant is told once."""
    files = [one.file for one in theirs if not _fault(session, request, one.file)]
    if not files:
        if not theirs:
            check_link_renewable(was_given=False, causes=())
        raise _fault(session, request, theirs[0].file) or Conflict("The request was not granted.")
    _revoke(session, request, {file.vault_id for file in files}, actor=actor, reason="", cause="renewed")
    try:
        issued = give(session, request, files, actor=actor, now=clock.now())
    except Conflict as refusal:
        refusal.mend = NEW_REQUEST
        raise
    _tell(session, request, "ppid_link_renewed", issued[-1])
    return issued


def _fault(session: Any, request: PpidRequest, file: PpidHandover) -> Conflict | None:
    try:
        check_renewable(session, request, file)
    except Conflict as refusal:
        return refusal
    return None


def end(session: Any, request: PpidRequest, *, actor: Actor, reason: str, cause: str, file_id: str = "") -> int:
    """Ends the request's links, or that to one file; whoever confirmed the address is told by mail. No commit.

    Returns how many ended. Raises NotThere for a file that was not given.
    """
    chosen = {one.file.vault_id for one in _chosen(given(session, request), file_id)}
    ended = _revoke(session, request, chosen, actor=actor, reason=reason, cause=cause)
    if ended and request.confirmed_at:
        _tell(session, request, "ppid_link_ended", ended[-1])
    return len(ended)


def end_former(session: Any, request: PpidRequest, files: Sequence[PpidHandover], *, actor: Actor) -> None:
    """Of an earlier answer, the links to what is not among the files that are given now. No commit."""
    kept = {file.vault_id for file in files}
    former = {one.file.vault_id for one in given(session, request)} - kept
    _revoke(session, request, former, actor=actor, reason="", cause=ANSWERED_ANEW)


def _revoke(session: Any, request: PpidRequest, vault_ids: set[str], **why: Any) -> list[Grant]:
    alive = session.scalars(Grant.alive_in(request.case_id or "")).all()
    return [grants.revoke(session, grant.id, **why) for grant in alive if grant.vault_object_id in vault_ids]


def _tell(session: Any, request: PpidRequest, kind: str, grant: Grant) -> None:
    reaching.mail(session, request, kind, {"request_id": request.id, "grant_id": grant.id}, key=f"{kind}:{grant.id}")
