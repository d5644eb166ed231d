"""What stands below an officer's signature, as the officer wrote it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class SignatureBlock(Base):
    """Name with titles, own position (for a.n.), rank and staff number of one officer."""

    __tablename__ = "satudata_signature_block"

    user_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[str] = mapped_column(Text, default="")
    rank: Mapped[str] = mapped_column(Text, default="")
    nip: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
