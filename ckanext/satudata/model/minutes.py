"""Minutes (berita acara) of consequence tests and discussions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.decree import Decree
from ckanext.satudata.model.vault_object import VaultObject


class Minutes(Base):
    """The record of one meeting. Nothing changes it. Kinds stand in `domain/decree.py`."""

    __tablename__ = "satudata_minutes"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    held_on: Mapped[date] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    dataset_id: Mapped[str | None] = mapped_column(String(100), index=True)
    decree_id: Mapped[str | None] = mapped_column(ForeignKey(Decree.id), index=True)
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    scan_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    form_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    """The form that made it; sent twice, it makes one record."""
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
