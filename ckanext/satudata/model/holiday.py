"""Days the offices are closed, as decreed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base

NATIONAL, COLLECTIVE_LEAVE, LOCAL, WORKING = "national", "collective_leave", "local", "working"
KINDS = (NATIONAL, COLLECTIVE_LEAVE, LOCAL, WORKING)
"""`working`: a decree says that this is no day off. The row stays, so that no later edition of the package closes the
offices again."""


class Holiday(Base):
    """`source` is `package` for seeded rows, else the decree's number; a seed never changes a row that has a decree.

    `estimated`: the date follows the moon and is not decreed yet.
    """

    __tablename__ = "satudata_holiday"

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    estimated: Mapped[bool] = mapped_column(Boolean, default=False)

    @classmethod
    def in_order(cls) -> Select[tuple[Holiday]]:
        """All of them by date."""
        return select(cls).order_by(cls.on)
