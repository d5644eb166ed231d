"""Where the guestbook asks: rules of the site, of an agency, of a dataset."""

from __future__ import annotations

import functools
from datetime import datetime

from sqlalchemy import DateTime, Select, String, bindparam, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class GuestbookRule(Base):
    """One rule; without a row the next wider scope counts."""

    __tablename__ = "satudata_guestbook_rule"

    scope: Mapped[str] = mapped_column(String(10), primary_key=True)
    """See `domain.guestbook.Scope`."""
    subject_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Of a dataset or an agency; empty for the site."""
    mode: Mapped[str] = mapped_column(String(10))
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    @functools.cache
    def about(cls) -> Select[tuple[GuestbookRule]]:
        """The rules that hold for the dataset `package` of the `agency` (or ""), of whatever scope. Made once."""
        return select(cls).where(
            or_(
                cls.scope == "site",
                (cls.scope == "dataset") & (cls.subject_id == bindparam("package")),
                (cls.scope == "agency") & (cls.subject_id == bindparam("agency")),
            )
        )
