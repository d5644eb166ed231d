"""Objections to how a request was answered, and the disputes after them; what is done about one is its case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, Select, String, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.sealed import Sealed
from ckanext.satudata.model.vault_object import VaultObject


class Objection(Base):
    """One objection. Its texts may hold personal data of the applicant: they are encrypted, and in no journal."""

    __tablename__ = "satudata_objection"
    __table_args__ = (
        # The database itself keeps two from waiting side by side.
        Index("uq_satudata_objection_open", "request_id", unique=True, postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(Text, unique=True)
    number_count: Mapped[int] = mapped_column(Integer)
    number_year: Mapped[int] = mapped_column(Integer)
    request_id: Mapped[str] = mapped_column(ForeignKey(PpidRequest.id), index=True)
    case_id: Mapped[str | None] = mapped_column(Text, unique=True)
    ground: Mapped[str] = mapped_column(Text)
    """`a` to `g` of art. 35(1)."""
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    entered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    entered_by: Mapped[str | None] = mapped_column(Text)
    """The officer who entered it at the counter."""
    words: Mapped[bytes | None] = mapped_column(Sealed)
    proxy: Mapped[bytes | None] = mapped_column(Sealed)
    """Who objects in the applicant's name."""
    scan_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    language: Mapped[str] = mapped_column(Text, default="id")
    key_hash: Mapped[str] = mapped_column(Text, unique=True)

    outcome: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reasons: Mapped[bytes | None] = mapped_column(Sealed)
    superior_name: Mapped[str] = mapped_column(Text, default="")
    superior_position: Mapped[str] = mapped_column(Text, default="")
    sent_to: Mapped[str | None] = mapped_column(Text)
    """The step to which an upheld objection sent the request."""
    former_receipt_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    """The signed receipt of what was given before it was sent back."""
    former_giving: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """How it was given before it was sent back, see `ppid.former_giving`."""
    settled_on: Mapped[date | None] = mapped_column(Date)
    minutes_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    response: Mapped[str | None] = mapped_column(Text)
    """`accepted` or `not_accepted`: what the applicant says of the answer."""
    responded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[Objection]]:
        """The objections to one request, the oldest first."""
        return select(cls).where(cls.request_id == request_id).order_by(cls.entered_at, cls.id)

    @classmethod
    def by_key(cls, key_hash: str) -> Select[tuple[Objection]]:
        """The objection that this form made before."""
        return select(cls).where(cls.key_hash == key_hash)

    @classmethod
    def by_case(cls, case_id: str) -> Select[tuple[Objection]]:
        """The objection a case is about."""
        return select(cls).where(cls.case_id == case_id)


class DisputeEvent(Base):
    """One thing that happened in the dispute before the Komisi Informasi or a court; rows are added, never changed."""

    __tablename__ = "satudata_dispute_event"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    objection_id: Mapped[str] = mapped_column(ForeignKey(Objection.id), index=True)
    kind: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date] = mapped_column(Date)
    body: Mapped[str] = mapped_column(Text)
    """The commission or court."""
    number: Mapped[str] = mapped_column(Text)
    """Its number of the dispute or of the ruling; empty where none was given."""
    outcome: Mapped[str | None] = mapped_column(Text)
    note: Mapped[bytes | None] = mapped_column(Sealed)
    scan_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    added_by: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def of_objection(cls, objection_id: str) -> Select[tuple[DisputeEvent]]:
        """What happened, in the order of its days."""
        return select(cls).where(cls.objection_id == objection_id).order_by(cls.happened_on, cls.added_at, cls.id)
