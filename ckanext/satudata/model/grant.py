"""Personal, expiring permissions to download one file of the vault."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed
from ckanext.satudata.model.vault_object import VaultObject


class Grant(Base):
    """One person's permission; the token itself is nowhere, only its hash."""

    __tablename__ = "satudata_grant"
    __table_args__ = (CheckConstraint("downloads <= max_downloads", name="not_overspent"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    vault_object_id: Mapped[str] = mapped_column(ForeignKey(VaultObject.id), index=True)
    resource_id: Mapped[str | None] = mapped_column(String(100), index=True)
    resource_version: Mapped[int | None] = mapped_column(Integer)
    to_user_id: Mapped[str | None] = mapped_column(String(100), index=True)
    to_email: Mapped[bytes | None] = mapped_column(Sealed)
    """The confirmed address it was sent to, encrypted."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it was given: the number of the request."""
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    until_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    max_downloads: Mapped[int] = mapped_column(Integer)
    downloads: Mapped[int] = mapped_column(Integer, default=0)
    issued_by: Mapped[str | None] = mapped_column(String(36))
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[str | None] = mapped_column(String(36))

    @classmethod
    def by_hash(cls, token_sha256: str) -> Select[tuple[Grant]]:
        """The grant behind a token."""
        return select(cls).where(cls.token_sha256 == token_sha256)

    @classmethod
    def locked(cls, grant_id: str) -> Select[tuple[Grant]]:
        """The grant, locked until the transaction ends."""
        return select(cls).where(cls.id == grant_id).with_for_update()
