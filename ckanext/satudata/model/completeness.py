"""How complete the descriptions of datasets were when they were last looked at, now and in each month."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class KeptCompleteness(Base):
    """Of one dataset of the register; written by `reports.metadata_facts.look` alone."""

    __tablename__ = "satudata_completeness"

    package_id: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    complete: Mapped[bool] = mapped_column(Boolean)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MonthCompleteness(Base):
    """Of one agency: how many of its datasets were complete and how many not, at the last look of a month."""

    __tablename__ = "satudata_completeness_month"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """`2026-10`, of the government's time."""
    organization_id: Mapped[str] = mapped_column(Text, primary_key=True)
    complete: Mapped[int] = mapped_column(Integer)
    incomplete: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
