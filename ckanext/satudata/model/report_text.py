"""What officers write in a report: one row for each text and period."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class ReportText(Base):
    """One text. It may be written anew until the report of its period is filed; each time is journalled."""

    __tablename__ = "satudata_report_text"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    from_on: Mapped[date] = mapped_column(Date, primary_key=True)
    until_on: Mapped[date] = mapped_column(Date, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str | None] = mapped_column(Text)
    written_by_name: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_period(cls, name: str, from_on: date, until_on: date) -> Select[tuple[ReportText]]:
        """The texts of one report of one period."""
        return select(cls).where(cls.name == name, cls.from_on == from_on, cls.until_on == until_on)

    @classmethod
    def before(cls, name: str, from_on: date) -> Select[tuple[ReportText]]:
        """The texts of earlier periods that say something, the newest first."""
        earlier = select(cls).where(cls.name == name, cls.until_on < from_on, cls.text != "")
        return earlier.order_by(cls.until_on.desc(), cls.from_on.desc())
