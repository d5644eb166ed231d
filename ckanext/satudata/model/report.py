"""Reports as they were filed: what they said, and the hashes of their files in the vault."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Select, Text, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class FiledReport(Base):
    """One report of one period, frozen. Nothing updates it.

    `files`: format to `{vault_id, sha256, size}`.
    """

    __tablename__ = "satudata_report"
    __table_args__ = (UniqueConstraint("name", "from_on", "until_on", name="uq_satudata_report_period"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    as_of_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    filed_by: Mapped[str | None] = mapped_column(Text)
    filed_by_name: Mapped[str] = mapped_column(Text)
    case_id: Mapped[str] = mapped_column(Text, unique=True)
    files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    definition: Mapped[str] = mapped_column(Text, default="")
    """sha256 of the text of the definition it was made by; "" for what was filed before this was kept."""
    sha256: Mapped[str] = mapped_column(Text, default="")
    """Of what it says: of its JSON."""
    seal: Mapped[str] = mapped_column(Text, default="")
    """The hash of the journal's newest seal when it was filed; "" where there was none."""
    is_public: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether everybody may read it."""

    @classmethod
    def of_period(cls, name: str, from_on: date, until_on: date) -> Select[tuple[FiledReport]]:
        """The one that was filed for this period."""
        return select(cls).where(cls.name == name, cls.from_on == from_on, cls.until_on == until_on)

    @classmethod
    def public(cls) -> Select[tuple[FiledReport]]:
        """Those that everybody may read, the latest period first."""
        return cls.newest().where(cls.is_public)

    @classmethod
    def newest(cls) -> Select[tuple[FiledReport]]:
        """All of them, the latest period first."""
        return select(cls).order_by(cls.until_on.desc(), cls.from_on.desc(), cls.name)
