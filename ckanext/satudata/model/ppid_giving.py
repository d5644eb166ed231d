"""How the data of a granted request was given: the register's columns about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class PpidGiving(Base):
    """One row for each request that was answered with data; its being there says that the answer has gone out."""

    __tablename__ = "satudata_ppid_giving"

    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), primary_key=True)
    way: Mapped[str] = mapped_column(Text)
    """`link` or `counter`, see `domain.giving`."""
    manner: Mapped[str] = mapped_column(Text)
    """`see` or `copy` (register column)."""
    form: Mapped[str] = mapped_column(Text)
    """`soft` or `hard` (register column): what was given, which may differ from what was asked."""
    cost: Mapped[int] = mapped_column(Integer)
    """In rupiah; 0 where it costs nothing."""
    payment: Mapped[str] = mapped_column(Text)
    """How it is paid; empty where it costs nothing."""
    paid_on: Mapped[date | None] = mapped_column(Date)
    answered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    given_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was handed over the counter; what goes by link is given when it is answered."""
    given_by: Mapped[str | None] = mapped_column(Text)
    receipt_id: Mapped[str | None] = mapped_column(Text)
    """The signed receipt, scanned, in the vault."""
    receipt_sha256: Mapped[str | None] = mapped_column(Text)
