"""What the public list of excluded information says of a restriction, in PPID's own neutral words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class DikRow(Base):
    """One row for a dataset, or for one of its resources (`resource_id` "" is the dataset itself)."""

    __tablename__ = "satudata_dik_row"

    package_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    resource_id: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    public_text: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(Boolean)
    """Ticked: the row stands in the public list."""
    changed_by: Mapped[str | None] = mapped_column(String(36))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, onupdate=utcnow)

    @classmethod
    def locked(cls, package_id: str, resource_id: str) -> Select[tuple[DikRow]]:
        """The row, locked until the transaction ends."""
        return select(cls).where(cls.package_id == package_id, cls.resource_id == resource_id).with_for_update()
