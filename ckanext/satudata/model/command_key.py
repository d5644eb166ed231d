"""Commands already carried out, so that a repeated one answers as the first time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class CommandKey(Base):
    """One key of one person for one case."""

    __tablename__ = "satudata_command_key"

    case_id: Mapped[str] = mapped_column(Text, primary_key=True)
    actor: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    command: Mapped[str] = mapped_column(Text)
    said: Mapped[str | None] = mapped_column(Text)
    """Keyed hash of what was sent with it; none for what was stored before it was kept."""
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
