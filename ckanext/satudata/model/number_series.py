"""The last number given, for each kind, year and agency."""

from __future__ import annotations

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class NumberSeries(Base):
    """One row for a series; its lock makes numbers gap-free."""

    __tablename__ = "satudata_number_series"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    organization_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """The agency's id; empty for a series of the whole government."""
    last: Mapped[int] = mapped_column(Integer)
