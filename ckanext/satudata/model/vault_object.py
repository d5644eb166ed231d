"""Files in the vault: where they lie and what they are. Nothing of this is in a core table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow


class VaultObject(Base):
    """One immutable file of the vault. `location` is random and tells nothing about the file."""

    __tablename__ = "satudata_vault_object"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    location: Mapped[str] = mapped_column(String(80), unique=True)
    original_name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str] = mapped_column(String(40))
    """`resource`, `letter`, `attachment`, `handover`, …: for reports and the sweep's messages."""
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The file is gone; the row stays, because the journal and downloads point to it."""

    @classmethod
    def live(cls, object_id: str) -> Select[tuple[VaultObject]]:
        """The object, unless its file was deleted."""
        return select(cls).where(cls.id == object_id, cls.deleted_at.is_(None))

    @classmethod
    def live_locations(cls) -> Select[tuple[str]]:
        """The names under which files are expected."""
        return select(cls.location).where(cls.deleted_at.is_(None))
