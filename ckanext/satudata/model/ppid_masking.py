"""A masked copy that was asked for, until it is there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Select, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class PpidMasking(Base):
    """One order to mask a file; `plan` holds headings' places and what becomes of them, no cells."""

    __tablename__ = "satudata_ppid_masking"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    handover_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_handover.id"), index=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    """waiting, running, done or failed."""
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """`message` and `mend` (msgids) and `params` of what failed."""
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    copy_id: Mapped[str | None] = mapped_column(ForeignKey("satudata_ppid_handover.id"))

    @classmethod
    def of(cls, handover_id: str) -> Select[tuple[PpidMasking]]:
        """The orders of a file, the last first."""
        return select(cls).where(cls.handover_id == handover_id).order_by(cls.asked_at.desc())

    @classmethod
    def locked(cls, id_: str) -> Select[tuple[PpidMasking]]:
        """The row, for the one who does the work."""
        return select(cls).where(cls.id == id_).with_for_update().execution_options(populate_existing=True)

    @classmethod
    def unfinished(cls, before: datetime) -> Select[tuple[str]]:
        """Orders that nobody has touched since."""
        return select(cls.id).where(cls.state.in_(("waiting", "running")), cls.changed_at < before)
