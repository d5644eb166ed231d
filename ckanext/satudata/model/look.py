"""What was found by looking into one or two files: the rows in which two versions differ, the quality of a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Delete, Float, Select, String, delete, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class Look(Base):
    """One piece of work on files of the vault and what came of it; nobody reads it who may not have the files."""

    __tablename__ = "satudata_look"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """sha256 of the work, the sha256 of its files and what was asked: the same bytes are looked into once."""
    work: Mapped[str] = mapped_column(String(20))
    first_id: Mapped[str] = mapped_column(String(36), index=True)
    """File of the vault; with `second_id` the older of two versions."""
    second_id: Mapped[str | None] = mapped_column(String(36), index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """`formats` of the files, and what the work needs besides."""
    state: Mapped[str] = mapped_column(String(20))
    """waiting, running, done or failed."""
    share: Mapped[float] = mapped_column(Float, default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Of what is done. Holds samples of rows."""
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """`message` (a msgid) and `params` of what failed."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed")

    @classmethod
    def locked(cls, id_: str) -> Select[tuple[Look]]:
        """The row, for the one who does the work."""
        return select(cls).where(cls.id == id_).with_for_update()

    @classmethod
    def forget(cls, object_id: str) -> Delete:
        """Deletes what was seen in a file."""
        return delete(cls).where(or_(cls.first_id == object_id, cls.second_id == object_id))

    @classmethod
    def forget_older(cls, work: str, instant: datetime) -> Delete:
        """Deletes what can be found again, and was found before an instant."""
        return delete(cls).where(cls.work == work, cls.created_at < instant)
