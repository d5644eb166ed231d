"""Invitations to officers who have no account yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow


class Invitation(Base):
    """One link sent to one address. Only a hash of the link's token is kept."""

    __tablename__ = "satudata_invitation"
    __table_args__ = (
        Index("ix_satudata_invitation_user_id", "user_id"),
        Index("uq_satudata_invitation_token_hash", "token_hash", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token, hexadecimal."""
    created_by_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When a newer link took its place."""

    @classmethod
    def by_hash(cls, token_hash: str) -> Select[tuple[Invitation]]:
        """The invitation of a token, locked until the transaction ends."""
        return select(cls).where(cls.token_hash == token_hash).with_for_update()

    @classmethod
    def open_of(cls, user_id: str) -> Select[tuple[Invitation]]:
        """What could still be accepted, lapsed or not."""
        return select(cls).where(cls.user_id == user_id, cls.accepted_at.is_(None), cls.replaced_at.is_(None))
