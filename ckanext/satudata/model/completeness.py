"""How complete the description of each dataset was when it was last looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class KeptCompleteness(Base):
    """Of one dataset of the register; written by `reports.metadata_facts.look` alone."""

    __tablename__ = "satudata_completeness"

    package_id: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    complete: Mapped[bool] = mapped_column(Boolean)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
