"""Roles that a running case needs and nobody holds, and of which Walidata was told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class Vacancy(Base):
    """One gap; the row goes when it is filled, so that the next one is told of anew.

    `organization_id` is empty for the whole government. `step_id`: the open step that four eyes leave to nobody; empty
    where nobody holds the role at all.
    """

    __tablename__ = "satudata_vacancy"

    role: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(Text, primary_key=True)
    step_id: Mapped[str] = mapped_column(Text, primary_key=True)
    found_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
