"""Signed letters that came back as scans; the letter as it was made stays beside them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow


class LetterScan(Base):
    """One scan of a signed letter. A better scan is another row: the newest is what readers get, none is lost."""

    __tablename__ = "satudata_letter_scan"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    letter_id: Mapped[str] = mapped_column(Text, ForeignKey("satudata_letter.id"), index=True)
    vault_id: Mapped[str] = mapped_column(String(36), ForeignKey("satudata_vault_object.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    added_by: Mapped[str | None] = mapped_column(String(100))

    @classmethod
    def of(cls, *letter_ids: str) -> Select:
        """The scans of these letters, newest first."""
        return select(cls).where(cls.letter_id.in_(letter_ids)).order_by(cls.added_at.desc(), cls.id)
