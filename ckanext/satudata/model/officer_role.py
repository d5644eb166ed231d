"""Who holds which role, for which agency, from when until when, and by which letter."""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Index, Select, String, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.domain.officer import Held, HoldKind, Role
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.base import Base, new_id, utcnow


class OfficerRole(Base):
    """One role held by one person. A row is ended, never deleted, so that the history stays whole."""

    __tablename__ = "satudata_officer_role"
    __table_args__ = (
        Index("ix_satudata_officer_role_user_id", "user_id"),
        Index("ix_satudata_officer_role_role", "role", "organization_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(40))
    organization_id: Mapped[str | None] = mapped_column(String(100))
    """The agency; None is the whole government."""
    kind: Mapped[str] = mapped_column(String(20), default=HoldKind.DEFINITIVE.value)
    processes: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    """For `an` (a.n.): the processes the person signs in; empty means all."""
    valid_from_on: Mapped[date | None] = mapped_column(Date)
    valid_until_on: Mapped[date | None] = mapped_column(Date)
    """Both ends count, in the site's time zone."""
    letter_number: Mapped[str] = mapped_column(String(200), default="")
    letter_on: Mapped[date | None] = mapped_column(Date)
    created_by_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    ended_by_id: Mapped[str | None] = mapped_column(String(100))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    end_reason: Mapped[str] = mapped_column(String(1000), default="")

    @property
    def held(self) -> Held:
        """The row as the rules of the domain see it; ask `ended_at` separately."""
        return held_of(self)

    @classmethod
    def not_ended(cls, on: date | None = None) -> Select[tuple[OfficerRole]]:
        """Rows nobody has ended; with `on`, only those that run on that day."""
        query = select(cls).where(cls.ended_at.is_(None))
        if on is not None:
            query = query.where(
                (cls.valid_from_on.is_(None)) | (cls.valid_from_on <= on),
                (cls.valid_until_on.is_(None)) | (cls.valid_until_on >= on),
            )
        return query

    @classmethod
    def of_user(cls, user_id: Any, on: Any, mark: Any = None) -> Select[tuple[OfficerRole]]:
        """What the person holds on that day; nothing while the account is not known to be the person's own, or for
        whoever came in under another password (`mark`)."""
        query = cls.not_ended(on).where(cls.user_id == user_id, AccountProof.holds_for(cls.user_id, mark))
        return query.order_by(cls.created_at, cls.id)

    @classmethod
    @functools.cache
    def held_by(cls, under_mark: bool) -> Select:
        """What `held_of` needs of the rows of `of_user`, for the parameters `user_id`, `on` and, if asked, `mark`.

        Made once: it is asked at every decision, and making it takes longer than asking it.
        """
        query = cls.of_user(bindparam("user_id"), bindparam("on"), bindparam("mark") if under_mark else None)
        return query.with_only_columns(
            cls.role, cls.organization_id, cls.kind, cls.processes, cls.valid_from_on, cls.valid_until_on
        )

    @classmethod
    def holders(cls, role: Role, organization_id: str | None, on: date) -> Select[tuple[OfficerRole]]:
        """Who holds the role on that day for that agency; those who hold it government-wide count too."""
        query = cls.not_ended(on).where(cls.role == role.value, AccountProof.holds_for(cls.user_id))
        if organization_id is None:
            return query.where(cls.organization_id.is_(None))
        return query.where((cls.organization_id.is_(None)) | (cls.organization_id == organization_id))


def held_of(row: Any) -> Held:
    """A row of the table, or of `held_by`, as the rules of the domain see it."""
    return Held(
        role=Role(row.role),
        organization_id=row.organization_id,
        kind=HoldKind(row.kind),
        processes=frozenset(row.processes or ()),
        valid_from_on=row.valid_from_on,
        valid_until_on=row.valid_until_on,
    )
