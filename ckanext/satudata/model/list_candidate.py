"""Requested data that next year's Daftar Data may list (SOP 001 rows 11 and 12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class ListCandidate(Base):
    """One for each request whose data were given; what was asked, nothing of who asked."""

    __tablename__ = "satudata_list_candidate"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), unique=True)
    year: Mapped[int] = mapped_column(Integer, index=True)
    """Of the list: the year after the attestation."""
    source: Mapped[str] = mapped_column(Text)
    """The register number of the request."""
    title: Mapped[str] = mapped_column(Text)
    """The data as they were asked for."""
    organization_id: Mapped[str | None] = mapped_column(Text)
    dataset_id: Mapped[str | None] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    listed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When Walidata entered it into the list."""
    listed_by: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[ListCandidate]]:
        """The row of a request."""
        return select(cls).where(cls.request_id == request_id)

    @classmethod
    def of_year(cls, year: int) -> Select[tuple[ListCandidate]]:
        """The candidates of a year's list, the oldest first; of every year for 0."""
        found = select(cls).order_by(cls.year.desc(), cls.proposed_at, cls.source)
        return found.where(cls.year == year) if year else found
