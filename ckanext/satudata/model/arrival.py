"""When this portal came to a CKAN: one row, written at its first start."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Integer
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class Arrival(Base):
    """What was there before it is known by `DatasetState.found_at`; nothing is found a second time."""

    __tablename__ = "satudata_arrival"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
