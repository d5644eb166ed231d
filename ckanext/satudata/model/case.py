"""A case: one run of one process about one subject. Its open steps are rows (`case_step`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, Integer, Select, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow


class Case(Base):
    """`version` counts the commands carried out; `data` holds what the room needs, never a person's data.

    `outcome` is the last command once `ended_at` is set. `received_at` starts the clocks, `started_at` is when
    it was entered.
    """

    __tablename__ = "satudata_case"
    __table_args__ = (
        Index("ix_satudata_case_subject", "subject_type", "subject_id"),
        Index("ix_satudata_case_process_ended_at", "process", "ended_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    process: Mapped[str] = mapped_column(Text)
    sop_version_id: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[str | None] = mapped_column(Text)
    started_by: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=0)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    @classmethod
    def locked(cls, case_id: str) -> Select[tuple[Case]]:
        """The case, held until the transaction ends; a second officer waits here."""
        return select(cls).where(cls.id == case_id).with_for_update().execution_options(populate_existing=True)

    @classmethod
    def about(cls, subject_type: str, subject_id: str, *, only_open: bool = False) -> Select[tuple[Case]]:
        """The cases of one subject, newest first."""
        query = select(cls).where(cls.subject_type == subject_type, cls.subject_id == subject_id)
        if only_open:
            query = query.where(cls.ended_at.is_(None))
        return query.order_by(cls.started_at.desc())
