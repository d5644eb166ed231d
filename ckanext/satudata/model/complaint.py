"""Complaints about the service; what has happened to one stands in its case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.sealed import Sealed
from ckanext.satudata.model.vault_object import VaultObject

PERSONAL = ("name", "email", "phone", "text")
"""The columns that tell who complains, and the words, which may; encrypted, and emptied when their time is over."""


class Complaint(Base):
    """One complaint. `erased_at`: its `PERSONAL` columns and its attachment are gone."""

    __tablename__ = "satudata_complaint"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    ref: Mapped[str] = mapped_column(Text, unique=True)
    """Random, for addresses: numbers can be guessed."""
    number: Mapped[str] = mapped_column(Text, unique=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    case_id: Mapped[str | None] = mapped_column(Text, unique=True)
    name: Mapped[bytes | None] = mapped_column(Sealed)
    email: Mapped[bytes | None] = mapped_column(Sealed)
    phone: Mapped[bytes | None] = mapped_column(Sealed)
    text: Mapped[bytes | None] = mapped_column(Sealed)
    attachment_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    language: Mapped[str] = mapped_column(Text, default="id")
    key_hash: Mapped[str] = mapped_column(Text, unique=True)
    """Keyed hash of the form's own key: the same form sent twice is one complaint."""
    tracking_hash: Mapped[str] = mapped_column(Text)
    answer: Mapped[bytes | None] = mapped_column(Sealed)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def by_ref(cls, ref: str) -> Select[tuple[Complaint]]:
        """The complaint behind an address."""
        return select(cls).where(cls.ref == ref)

    @classmethod
    def by_key(cls, key_hash: str) -> Select[tuple[Complaint]]:
        """The complaint that this form made before."""
        return select(cls).where(cls.key_hash == key_hash)

    @classmethod
    def by_case(cls, case_id: str) -> Select[tuple[Complaint]]:
        """The complaint a case is about."""
        return select(cls).where(cls.case_id == case_id)
