"""What was reclassified, and what had been open before: read for the pages, the API and the tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.classification import Standing
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.reclassification import PROCESS, Kind, may_narrow
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import downloads, grants
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.levels import reclassify

EVERYWHERE = (Role.WALIDATA, Role.PPID, Role.PPID_SUPERIOR, Role.AUDITOR)
"""Who reads every agency's."""

TESTED, SUPERSEDED, OPENED, CLOSED, NO_TEST = "tested", "superseded", "opened", "closed", ""
"""What became of the test that a change of a level asks for (`standing`); while it is to come, a `Standing`."""


def reads_everywhere(actor: Actor) -> bool:
    """Whether the person reads the records of every agency."""
    return actor.has_anywhere(*EVERYWHERE, process=PROCESS)


def reads_any(actor: Actor) -> bool:
    """Whether the person reads any record at all."""
    return reads_everywhere(actor) or actor.has_anywhere(Role.PRODUCER_HEAD, process=PROCESS)


def may_read(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person reads this agency's."""
    headed = organization_id is not None and actor.has(Role.PRODUCER_HEAD, organization_id, PROCESS)
    return headed or reads_everywhere(actor)


def knows(context: Any, package: model.Package) -> bool:
    """Whether the person may know of the dataset: who narrows knows what was public once, and no agency's drafts."""
    if blind.sees(context, package):
        return True
    state = model.Session.get(DatasetState, package.id)
    was_public = state is not None and state.first_published_at is not None
    return was_public and may_narrow(actor_of(context), package.owner_org)


def require_reader(actor: Actor, organization_id: str | None) -> None:
    """Raises NotAllowed for everybody else; being a system administrator is no such role."""
    if not may_read(actor, organization_id):
        raise _refusal()


def _refusal() -> NotAllowed:
    return NotAllowed("Only Walidata, PPID, the auditor and the head of the agency see this.")


def listed(session: Session, actor: Actor, *, kind: str, limit: int, offset: int) -> dict[str, Any]:
    """`{count, results}`, the newest first; an unknown kind has none. Raises NotAllowed."""
    if not reads_any(actor):
        raise _refusal()
    kinds = [one.value for one in Kind if kind in ("", one.value)]
    agencies = None
    if not reads_everywhere(actor):
        agencies = [
            held.organization_id
            for held in actor.held
            if held.role is Role.PRODUCER_HEAD and held.organization_id and held.counts_for(PROCESS)
        ]
    rows = Reclassification.newest(kinds=kinds, organization_ids=agencies)
    count = session.scalar(sa.select(sa.func.count()).select_from(rows.order_by(None).subquery()))
    found = session.scalars(rows.limit(limit).offset(offset)).all()
    return {"count": count, "results": _described(session, found)}


def described(record: Reclassification) -> dict[str, Any]:
    """One record in plain values."""
    return _described(model.Session(), [record])[0]


def _described(session: Session, records: Iterable[Reclassification]) -> list[dict[str, Any]]:
    records = list(records)
    ids = {record.case_id for record in records if record.case_id}
    cases = {case.id: case for case in session.scalars(sa.select(Case).where(Case.id.in_(ids)))} if ids else {}
    people = {record.by_id for record in records if record.by_id}
    users = model.Session.query(model.User).filter(model.User.id.in_(people)) if people else ()
    names = {user.id: user.display_name for user in users}
    files = file_names(session, ((one.package_id, one.resource_id) for one in records))
    return [
        {
            **_plain(one, cases.get(one.case_id or "")),
            "by": names.get(one.by_id, one.by_name),
            "resource_name": files.get(one.resource_id or "", ""),
        }
        for one in records
    ]


def file_names(session: Session, wanted: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Names of files by id, of those that left the public description too; `wanted` are (dataset, file or None)."""
    pairs = [(package_id, resource_id) for package_id, resource_id in wanted if resource_id]
    if not pairs:
        return {}
    ids, packages = [one for _, one in pairs], {one for one, _ in pairs}
    found: dict[str, str] = {}
    for state in session.scalars(sa.select(DatasetState).where(DatasetState.package_id.in_(packages))):
        found |= {one["id"]: str(one.get("name") or "") for one in (state.former or {}).get("resources", [])}
    for file in session.scalars(ResourceFile.newest(ids)):
        if file.withheld:
            found[file.resource_id] = str(file.withheld.get("name") or "")
    rows = session.query(model.Resource.id, model.Resource.name).filter(model.Resource.id.in_(ids))
    return found | {id_: name for id_, name in rows if name}


def proposed_because(session: Session, case_id: str) -> str:
    """Why a case asks to open further: the note of its newest proposal; "" where there is none, or it was erased."""
    proposed = (CaseStep.case_id == case_id, CaseStep.command == Command.SUBMIT.value)
    wanted = sa.select(CaseStep.note).where(*proposed).order_by(CaseStep.done_at.desc()).limit(1)
    return session.scalar(wanted) or ""


def of_case(session: Session, case_id: str) -> list[Reclassification]:
    """What was done at once and is tested in this case, the oldest first."""
    return list(session.scalars(Reclassification.of_case(case_id)))


def _plain(record: Reclassification, case: Case | None) -> dict[str, Any]:
    return {
        "id": record.id,
        "package_id": record.package_id,
        "resource_id": record.resource_id,
        "organization_id": record.organization_id,
        "kind": record.kind,
        "title": record.title,
        "from_level": record.from_level,
        "to_level": record.to_level,
        "reason": record.reason,
        "ground": record.ground,
        "at": record.at.isoformat(),
        "standing": standing(record, case),
        "case_id": record.case_id,
        "counts": {key: value for key, value in record.done.items() if key not in reclassify.LISTS},
        "elsewhere": record.done.get("elsewhere", []),
        "pending": len(record.pending),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
    }


def standing(record: Reclassification, case: Case | None) -> str:
    """What became of the test; empty for what asks for none.

    `tested`: PPID has decided the test of this very level; `superseded`: of another one, to which it was changed in the
    same case; `opened` and `closed`: the case ended without any. While it is open, the word of the restriction:
    `provisional` of what was narrowed at once, `untested` of what was opened as far as Terbatas.
    """
    if not record.provisional:
        return NO_TEST
    if case is None or case.ended_at is None:
        is_narrowed = record.kind == Kind.NARROWING.value
        return (Standing.PROVISIONAL if is_narrowed else Standing.UNTESTED).value
    if case.outcome != Command.APPROVE.value:
        return OPENED if case.outcome == Command.PUBLISH.value else CLOSED
    tested = (case.data.get("proposal") or {}).get("from_level", record.to_level)
    return TESTED if tested == record.to_level else SUPERSEDED


# ---------------------------------------------------------------- exposure


def exposure(session: Session, package: model.Package, actor: Actor, resource_id: str | None) -> dict[str, Any]:
    """What was open from when until when, downloads of it by kind of client, what was given, requests.

    What officers fetched for their work is no exposure; it is told apart (`officers`).
    """
    state = session.get(DatasetState, package.id)
    spans = _spans(session, package, state)
    if resource_id is not None:
        spans = [span for span in spans if span["resource_id"] in (resource_id, None)]
    return {
        "id": package.id,
        "resource_id": resource_id,
        "title": _title(package, state),
        "open": spans,
        "downloads": _downloads(session, package.id, resource_id),
        "grants": _grants(session, package.id, resource_id, numbers=actor.has_anywhere(Role.PPID, process=PROCESS)),
        "requests": session.scalar(
            sa.select(sa.func.count(PpidRequest.id)).where(PpidRequest.dataset_id == package.id)
        ),
    }


def _title(package: model.Package, state: DatasetState | None) -> str:
    former = state.former if state is not None else None
    return str((former or {}).get("title") or package.title or package.name)


def _spans(session: Session, package: model.Package, state: DatasetState | None) -> list[dict[str, Any]]:
    """Each time something was open, the oldest first: `{resource_id, name, version, from, until}`.

    Without `resource_id` it is the description.
    """
    names = _names(session, package, state)
    found = []
    for record in session.scalars(Reclassification.of(package.id)):
        spans = record.done.get("exposed", [])
        found += [{"version": None, **span} for span in spans if span["resource_id"] or record.leaves_stub]
    kept = {(span["resource_id"], span["version"], span["from"]) for span in found}
    for file in session.scalars(ResourceFile.of_package(package.id)):
        span = _span(file.resource_id, file.version, file.released_at, file.retired_at)
        # What a narrowing ended stands in its record already; a newer version of the file ended the rest.
        if file.released_at and (span["resource_id"], span["version"], span["from"]) not in kept:
            found.append(span)
    if state is not None and state.state == DatasetStage.PUBLISHED.value:
        since = reclassify.described_since(session, state)
        found += [_span(None, None, since)] if since is not None else []
    for span in found:
        span["name"] = names.get(span["resource_id"] or "", "")
    return sorted(found, key=lambda span: (span["from"] or "", span["resource_id"] or ""))


def _span(
    resource_id: str | None, version: int | None, since: datetime | None, until: datetime | None = None
) -> dict[str, Any]:
    days = {"from": since.isoformat() if since else None, "until": until.isoformat() if until else None}
    return {"resource_id": resource_id, "version": version, **days}


def _names(session: Session, package: model.Package, state: DatasetState | None) -> dict[str, str]:
    former = (state.former or {}).get("resources", []) if state is not None else []
    found = {resource["id"]: str(resource.get("name") or "") for resource in former}
    for file in session.scalars(ResourceFile.of_package(package.id)):
        if file.withheld:
            found[file.resource_id] = str(file.withheld.get("name") or "")
    found.update({resource.id: resource.name or "" for resource in package.resources if resource.name})
    return found


def _downloads(session: Session, package_id: str, resource_id: str | None) -> dict[str, Any]:
    """Of what was open, by kind of client, without the portal's own; first and last. `officers`: theirs, apart."""
    wanted = Download.package_id == package_id
    if resource_id is not None:
        wanted &= Download.resource_id == resource_id
    found = downloads.by_client(session, wanted & Download.channel.in_(downloads.OPEN))
    return {
        **_summed(found),
        "clients": {one["client"]: one["count"] for one in found},
        "by_client": found,
        "officers": _summed(downloads.by_client(session, wanted & (Download.channel == "officer"))),
    }


def _summed(found: list[dict[str, Any]]) -> dict[str, Any]:
    """`total`, `first_at`, `last_at` over all kinds of clients."""
    return {
        "total": sum(one["count"] for one in found),
        "first_at": min((one["first_at"] for one in found), default=None),
        "last_at": max((one["last_at"] for one in found), default=None),
    }


def _grants(session: Session, package_id: str, resource_id: str | None, *, numbers: bool) -> dict[str, Any]:
    wanted = Grant.package_id == package_id
    if resource_id is not None:
        wanted &= Grant.resource_id == resource_id
    rows = session.scalars(sa.select(Grant).where(wanted).order_by(Grant.issued_at, Grant.id)).all()
    # What was given to an account without a request has a reason in free words, and no number.
    links = [grant for grant in rows if grants.is_requested(grant)]
    found: dict[str, Any] = {
        "links": len(links),
        "requests": len({grant.case_id for grant in links if grant.case_id}),
        "used": sum(grant.downloads > 0 for grant in links),
        "downloads": sum(grant.downloads for grant in links),
        "to_accounts": len(rows) - len(links),
        "account_downloads": sum(grant.downloads for grant in rows) - sum(grant.downloads for grant in links),
    }
    if numbers:
        found["request_numbers"] = sorted({grant.reason for grant in links if grant.case_id})
        found["accounts"] = _accounts(session, rows)
    return found


def _accounts(session: Session, grants: Iterable[Grant]) -> list[dict[str, Any]]:
    """Accounts to which files were given, people or programs with a token: `user`, `name`, `reasons`, `downloads`,
    first and last day given (ISO)."""
    by_user: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.to_user_id:
            by_user.setdefault(grant.to_user_id, []).append(grant)
    found = []
    for user_id, given in by_user.items():
        user = session.get(model.User, user_id)
        days = [grant.issued_at.isoformat() for grant in given]
        found.append(
            {
                "user": user.name if user else None,
                "name": user.display_name if user else "",
                "reasons": sorted({grant.reason for grant in given}),
                "downloads": sum(grant.downloads for grant in given),
                "first_given_at": min(days),
                "last_given_at": max(days),
            }
        )
    return sorted(found, key=lambda one: str(one["user"]))
