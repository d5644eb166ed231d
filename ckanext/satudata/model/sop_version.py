"""Every text of an SOP file under which a case ever ran."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class SopVersion(Base):
    """`id` is the sha256 of `source`, so the same text is stored once."""

    __tablename__ = "satudata_sop_version"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    government: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
