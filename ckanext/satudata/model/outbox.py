"""Mails that wait: written in the transaction of their cause, sent by a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Index, Integer, Select, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed


class Outbox(Base):
    """One mail to a user, to the holders of a role, or to an address (sealed, emptied once sent)."""

    __tablename__ = "satudata_outbox"
    __table_args__ = (
        Index(
            "ix_satudata_outbox_waiting",
            "next_try_at",
            postgresql_where=text("sent_at is null and dropped_at is null"),
        ),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    key: Mapped[str | None] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    to_user: Mapped[str | None] = mapped_column(Text)
    to_role: Mapped[str | None] = mapped_column(Text)
    organization_id: Mapped[str | None] = mapped_column(Text)
    to_email: Mapped[bytes | None] = mapped_column(Sealed)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    next_try_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    dropped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def waits(cls) -> ColumnElement[bool]:
        """Neither sent nor given up."""
        return cls.sent_at.is_(None) & cls.dropped_at.is_(None)

    @classmethod
    def tried_in_vain(cls) -> ColumnElement[bool]:
        """Waits, and at least one try has failed."""
        return cls.waits() & (cls.attempts > 0)

    @classmethod
    def next_due(cls, now: datetime) -> Select[tuple[Outbox]]:
        """The mail that waits longest, held; rows another worker holds are passed over."""
        return (
            select(cls)
            .where(cls.waits(), cls.next_try_at <= now)
            .order_by(cls.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
