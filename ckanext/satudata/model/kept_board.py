"""The figures of a dashboard for everybody as they were counted last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class KeptBoard(Base):
    """Written by `reports.kept_boards.keep` alone; numbers and ids, no names."""

    __tablename__ = "satudata_kept_board"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[str] = mapped_column(Text)
    """Of what the dashboard counts."""
    open_now: Mapped[str] = mapped_column(Text)
    """A hash of what was open when it was counted: once anything was closed since, the figures are void."""
    as_of_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
