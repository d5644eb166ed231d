"""Who signed the guestbook of downloads, for as long as the form says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.institution import Spelling
from ckanext.satudata.model.sealed import Sealed


class Guest(Base):
    """A person who signed. Deleted when the time is over or the person asks; the counts of `Download` stay."""

    __tablename__ = "satudata_guest"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, index=True)
    name: Mapped[bytes] = mapped_column(Sealed)
    email: Mapped[bytes] = mapped_column(Sealed)
    purpose: Mapped[bytes | None] = mapped_column(Sealed)
    profession: Mapped[str] = mapped_column(String(40))
    spelling_id: Mapped[str] = mapped_column(ForeignKey(Spelling.id), index=True)
    email_mark: Mapped[str] = mapped_column(String(64), index=True)
    """Keyed hash of the address, by which the person finds the own entries."""

    @classmethod
    def of_address(cls, email_mark: str) -> Select[tuple[Guest]]:
        """Every entry under an address, the oldest first."""
        return select(cls).where(cls.email_mark == email_mark).order_by(cls.at, cls.id)


class GuestCode(Base):
    """A code that was mailed to an address, by which somebody sees or erases the own entries. Kept for a day."""

    __tablename__ = "satudata_guest_code"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email_mark: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, index=True)

    @classmethod
    def locked(cls, code_id: str) -> Select[tuple[GuestCode]]:
        """The row, while a code is tried."""
        return select(cls).where(cls.id == code_id).with_for_update()
