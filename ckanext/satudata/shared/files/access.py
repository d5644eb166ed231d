"""Gathers the facts for `domain.access.may_download`; every route and action that serves bytes or rows asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.model as model
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import (
    Allowed,
    DatasetStage,
    GrantFacts,
    Level,
    Refusal,
    Refused,
    Target,
    effective_level,
    level_of,
    may_download,
    may_have_case_file,
    may_use_grant,
)
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.publishing import permits


@dataclass(frozen=True)
class Answer:
    """Whether the person may, and what there is to give: a file of ours, or an address elsewhere."""

    verdict: Allowed | Refused
    package_id: str | None = None
    file: ResourceFile | None = None
    kept: VaultObject | None = None
    grant: Grant | None = None
    """The permission by which an account may have it, where nothing else gives it: its page counts the downloads."""

    @property
    def is_allowed(self) -> bool:
        """Whether the download may go on."""
        return isinstance(self.verdict, Allowed)


def ask(session: Session, actor: Actor, resource_id: str) -> Answer:
    """Whether the actor may download what is behind this resource now, in its newest version that he may have.

    The public gets the released version, someone of the agency the newest, an account with a permission the version
    that was permitted. What was taken out of the description is its officers' still (`ask_kept`).
    """
    resource = session.get(model.Resource, resource_id)
    package = session.get(model.Package, resource.package_id) if resource is not None else None
    if resource is None or package is None or resource.state == "deleted" or package.state == "deleted":
        return Answer(Refused(Refusal.NOT_PUBLIC))
    newest = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    reader = stand_ins.reader(session, actor, package)
    verdict = may_download(reader, _target(session, package, resource, newest), clock.now())
    if not isinstance(verdict, Allowed):
        return _by_grant(session, actor, resource_id) or Answer(verdict, package.id)
    return _with_file(session, verdict, package, newest)


def ask_kept(session: Session, actor: Actor, package: model.Package, resource_id: str) -> Answer:
    """As `ask`, for a file that left the public description of this dataset: narrowed to Tertutup, or withdrawn."""
    newest = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    state = session.get(DatasetState, package.id)
    if state is None or package.state == "deleted" or not is_kept(state, newest, package.id):
        return Answer(Refused(Refusal.NOT_PUBLIC))
    return _with_file(session, _verdict_on_kept(actor, package, state), package, newest)


def ask_revision(session: Session, actor: Actor, package: model.Package, file: ResourceFile) -> Answer:
    """As `ask`, for a file of the working copy or of a version of a published dataset: its officers' only."""
    target = Target(DatasetStage.DRAFT, Level.TERTUTUP, package.owner_org, is_released=False)
    if package.state == "deleted" or file.package_id != package.id:
        return Answer(Refused(Refusal.NOT_PUBLIC))
    reader = stand_ins.reader(session, actor, package)
    return _with_file(session, may_download(reader, target, clock.now()), package, file)


def reads_kept(session: Session, actor: Actor, package: model.Package) -> bool:
    """Whether the person reads what left the public description of this dataset: who may have the files may."""
    state = session.get(DatasetState, package.id)
    if state is None or package.state == "deleted":
        return False
    return isinstance(_verdict_on_kept(actor, package, state), Allowed)


def is_kept(state: DatasetState, newest: ResourceFile | None, package_id: str) -> bool:
    """Whether this version of a file left the public description of the dataset, and is kept for its officers."""
    if newest is None or newest.package_id != package_id:
        return False
    if newest.withheld is not None:
        return state.state in (DatasetStage.PUBLISHED.value, DatasetStage.WITHDRAWN.value)
    listed = (state.former or {}).get("resources", [])
    return state.state == DatasetStage.WITHDRAWN.value and newest.resource_id in {one["id"] for one in listed}


def _verdict_on_kept(actor: Actor, package: model.Package, state: DatasetState) -> Allowed | Refused:
    target = Target(DatasetStage(state.state), Level.TERTUTUP, package.owner_org, is_released=False)
    return may_download(actor, target, clock.now())


def _with_file(
    session: Session, verdict: Allowed | Refused, package: model.Package, newest: ResourceFile | None
) -> Answer:
    if not isinstance(verdict, Allowed):
        return Answer(verdict, package.id)
    kept = session.get(VaultObject, newest.vault_object_id) if newest is not None and newest.vault_object_id else None
    return Answer(verdict, package.id, newest, kept)


def facts_of(session: Session, grant: Grant, user_id: str | None) -> GrantFacts:
    """What `may_use_grant` is to know of a permission that this visitor shows."""
    here = session.scalars(VaultObject.live(grant.vault_object_id)).one_or_none() is not None
    return GrantFacts(
        until_at=grant.until_at,
        downloads=grant.downloads,
        max_downloads=grant.max_downloads,
        is_revoked=grant.revoked_at is not None or not here,
        is_for_this_file=grant.to_user_id is None or grant.to_user_id == user_id,
    )


def _by_grant(session: Session, actor: Actor, resource_id: str) -> Answer | None:
    """The answer by the newest permission of the account for this resource that holds; None without one."""
    if actor.user_id is None:
        return None
    for grant in session.scalars(Grant.of_account(actor.user_id, resource_id)):
        verdict = may_use_grant(facts_of(session, grant, actor.user_id), clock.now())
        if isinstance(verdict, Allowed):
            kept = session.get(VaultObject, grant.vault_object_id)
            return Answer(verdict, grant.package_id, None, kept, grant)
    return None


def of_stored(session: Session, actor: Actor, owner_type: str, owner_id: str) -> bool:
    """Whether the person may have a file that lies in a storage of CKAN's own and belongs to a resource or a dataset.

    The portal puts none there; other plugins may.
    """
    if owner_type == "resource":
        return ask(session, actor, owner_id).is_allowed
    package = session.get(model.Package, owner_id)
    if package is None or package.state == "deleted":
        return False
    row = session.get(DatasetState, package.id)
    target = Target(
        stage=DatasetStage(row.state) if row else DatasetStage.DRAFT,
        level=level_of(row.access_level if row else None),
        organization_id=package.owner_org,
        is_released=not package.private,
    )
    return isinstance(may_download(actor, target, clock.now()), Allowed)


def of_case(*, serves: bool, is_theirs: bool = False) -> bool:
    """Whether a file of a request goes to this person, see `may_have_case_file`."""
    return isinstance(may_have_case_file(serves=serves, is_theirs=is_theirs), Allowed)


def is_open(session: Session, resource_id: str) -> bool:
    """Whether everybody may have the bytes, and so the rows, of this resource."""
    resource = session.get(model.Resource, resource_id)
    package = session.get(model.Package, resource.package_id) if resource is not None else None
    if package is None:
        return False
    if not permits.is_governed(package.type):
        return not package.private and package.state == "active"
    return ask(session, Actor(user_id=None, name=""), resource_id).is_allowed


def handable(
    session: Session, resource_id: str, organization_id: str | None
) -> tuple[ResourceFile, VaultObject] | None:
    """The file in the vault that this agency may hand to an applicant: approved, published, not Tertutup; else None.

    With the version of the resource that it is.
    """
    resource = session.get(model.Resource, resource_id)
    package = session.get(model.Package, resource.package_id) if resource is not None else None
    if package is None or resource.state != "active" or package.state != "active":
        return None
    newest = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    target = _target(session, package, resource, newest)
    is_theirs = organization_id is not None and target.organization_id == organization_id
    if not is_theirs or target.stage is not DatasetStage.PUBLISHED or target.level is Level.TERTUTUP:
        return None
    if newest is None or newest.vault_object_id is None:
        return None
    kept = session.get(VaultObject, newest.vault_object_id)
    return (newest, kept) if kept is not None and kept.deleted_at is None else None


def givable(session: Session, resource_id: str) -> tuple[ResourceFile, VaultObject] | None:
    """As `handable`, of whichever agency: what Walidata and PPID give to an account."""
    resource = session.get(model.Resource, resource_id)
    package = session.get(model.Package, resource.package_id) if resource is not None else None
    return handable(session, resource_id, package.owner_org) if package is not None else None


def level_of_resource(package_level: Any, resource: dict[str, Any]) -> Level:
    """The level to show for a resource; a contradiction shows as the stricter one."""
    try:
        return effective_level(package_level, resource.get("access_level"))
    except Invalid:
        return level_of(package_level)


def _target(session: Session, package: model.Package, resource: model.Resource, file: ResourceFile | None) -> Target:
    row = session.get(DatasetState, package.id)
    own = (resource.extras or {}).get("access_level")
    return Target(
        stage=DatasetStage(row.state) if row else DatasetStage.DRAFT,
        level=level_of_resource(row.access_level if row else None, {"access_level": own}),
        organization_id=package.owner_org,
        is_released=file is not None and file.is_released and not package.private,
    )
