"""CKAN's organization memberships as a projection of the officers' table; never the other way.

A membership has no dates and gives reading rights to every private dataset of the agency, so it is kept as
small as the work allows: operators are `editor` (CKAN's forms ask for it), verifiers, heads and PPID Pembantu
`member`; government-wide roles get none, since decisions and labels ask the officers' table itself. System
administrators are left alone: a membership gives them nothing they have not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.access import PROCESS
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, periodic

CAPACITY = {
    Role.OPERATOR: "editor",
    Role.VERIFIER: "member",
    Role.PRODUCER_HEAD: "member",
    Role.PPID_PEMBANTU: "member",
}
_STRONGER = ("member", "editor", "admin")


@dataclass(frozen=True)
class Change:
    """One membership that was put right: what it was and what it is now, None where there is none."""

    user_id: str
    organization_id: str
    before: str | None
    after: str | None


def lock_user(session: Any, user_id: str) -> None:
    """Holds back everybody else who would change this person's roles or memberships until the commit."""
    session.execute(
        sa.text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"satudata:officer:{user_id}"}
    )


def desired(session: Any, user_id: str) -> dict[str, str]:
    """Organization id to capacity, as the roles in force today ask for it."""
    found: dict[str, str] = {}
    for row in session.scalars(OfficerRole.of_user(user_id, clock.today())):
        capacity = CAPACITY.get(Role(row.role))
        if capacity and row.organization_id and row.held.counts_for(PROCESS):
            found[row.organization_id] = max(capacity, found.get(row.organization_id, "member"), key=_STRONGER.index)
    return found


def project(session: Any, user_id: str) -> list[Change]:
    """Puts one person's memberships right in the caller's transaction; no commit."""
    user = session.get(model.User, user_id)
    if user is None or user.sysadmin:
        return []
    lock_user(session, user_id)
    wanted = desired(session, user_id) if user.state == model.State.ACTIVE else {}
    changes = []
    kept: set[str] = set()
    for member in _members(session, user_id):
        target = wanted.get(member.group_id) if member.group_id not in kept else None
        kept.add(member.group_id)
        if target == member.capacity:
            continue
        changes.append(Change(user_id, member.group_id, member.capacity, target))
        if target is None:
            member.state = model.State.DELETED
        else:
            member.capacity = target
    for organization_id in sorted(wanted.keys() - kept):
        group = session.get(model.Group, organization_id)
        if group is not None and group.is_organization and group.state == model.State.ACTIVE:
            session.add(
                model.Member(
                    group=group, group_id=group.id, table_name="user", table_id=user_id, capacity=wanted[group.id]
                )
            )
            changes.append(Change(user_id, organization_id, None, wanted[organization_id]))
    session.flush()
    return changes


def strangers(session: Any) -> list[Any]:
    """The memberships (`user`, `agency` by title, `capacity`) of people who never held a role in the officers' table.

    A CKAN that gets these plugins has them. They are left until somebody says `sync(everyone=True)`; meanwhile they
    open nothing of ours.
    """
    known = sa.select(OfficerRole.user_id)
    return list(
        session.execute(
            _member_query()
            .join(model.User, model.User.id == model.Member.table_id)
            .where(model.User.sysadmin.is_(False), model.User.state == model.State.ACTIVE)
            .where(model.Member.table_id.not_in(known))
            .with_only_columns(
                model.User.name.label("user"),
                model.Group.title.label("agency"),
                model.Member.capacity.label("capacity"),
            )
            .order_by(model.User.name, model.Group.title)
        )
    )


def sync(session: Any, *, dry_run: bool = False, everyone: bool = False) -> list[Change]:
    """Puts memberships right, one transaction for each person; `dry_run` only says what it would do.

    Of all who hold or held a role; `everyone` also takes in the `strangers`, who lose theirs.
    """
    ids = set(session.scalars(sa.select(OfficerRole.user_id).distinct()))
    if everyone:
        ids.update(session.scalars(_member_query().with_only_columns(model.Member.table_id).distinct()))
    changes: list[Change] = []
    for user_id in sorted(ids):
        changes += project(session, user_id)
        session.rollback() if dry_run else session.commit()
    return changes


def _member_query() -> sa.Select:
    return (
        sa.select(model.Member)
        .join(model.Group, model.Group.id == model.Member.group_id)
        .where(
            model.Member.table_name == "user",
            model.Member.state == model.State.ACTIVE,
            model.Group.is_organization.is_(True),
        )
    )


def _members(session: Any, user_id: str) -> list[Any]:
    return list(session.scalars(_member_query().where(model.Member.table_id == user_id).order_by(model.Member.id)))


@periodic.every(minutes=10, name="officer_memberships")
def put_right() -> None:
    """Lapsed roles end their memberships, those that begin get theirs, and changes by hand are put back."""
    sync(model.Session)
