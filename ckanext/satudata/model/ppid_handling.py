"""How a request is handled: completeness, what the DIP says, extension, notice, where it came from and went to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class PpidHandling(Base):
    """One row for each request that was worked on; nothing personal stands here."""

    __tablename__ = "satudata_ppid_handling"

    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), primary_key=True)
    clock_from: Mapped[str | None] = mapped_column(Text)
    """The `domain.statutory.Reading` that counted when it came in, whatever the option says since."""
    earlier_pauses: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """`{"from", "to"}` (ISO instants) in which the clock stood before it was split off."""
    told_due_on: Mapped[date | None] = mapped_column(Date)
    """When the notice is due as far as people know, so that a change of the calendar can be told."""
    told_calendar: Mapped[str | None] = mapped_column(Text)
    """The version of the calendar by which that was reckoned."""
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was found complete the last time."""
    missing: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """Codes of what the applicant was asked for last (`domain.ppid_request.MISSING`)."""
    missing_note: Mapped[str] = mapped_column(Text, default="")
    repairs: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """`{"at", "question", "purpose"}` as they stood before each repair."""
    dip: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """The newest DIP check (001-6): `{"result", "q", "found": [{"list", "id", "title"}], "at", "by"}`."""
    extended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    extension_code: Mapped[str | None] = mapped_column(Text)
    notified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the written notice, or the answer itself where it was sooner, stopped the statutory clock."""
    notice_cost: Mapped[str | None] = mapped_column(Text)
    """What the notice said of the cost, in its words (art. 22(7)g)."""
    promised_on: Mapped[date | None] = mapped_column(Date)
    """The day until which the notice promises the data."""
    warned_day: Mapped[int] = mapped_column(Integer, default=0)
    """The last day of the statutory clock of which officer and superior were warned."""
    public_link: Mapped[str | None] = mapped_column(Text)
    passed_to: Mapped[str | None] = mapped_column(Text)
    """The body to which the applicant was sent."""
    merged_into_id: Mapped[str | None] = mapped_column(Text)
    split_from_id: Mapped[str | None] = mapped_column(Text, index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def split_off(cls, request_id: str) -> Select[tuple[str]]:
        """Ids of the requests that were split off from this one."""
        return select(cls.request_id).where(cls.split_from_id == request_id).order_by(cls.created_at, cls.request_id)
