"""Where the guestbook asks: rules of the site, of an agency, of a dataset."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CompoundSelect, DateTime, Select, String, any_, bindparam, null, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow
from ckanext.satudata.model.guest import Guest


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
    def about(cls) -> Select[tuple[str, str]]:
        """Scope and mode of the rules that hold for the dataset `package` of the `agency` (or ""). Made once."""
        return select(cls.scope, cls.mode).where(
            or_(
                cls.scope == "site",
                (cls.scope == "dataset") & (cls.subject_id == bindparam("package")),
                (cls.scope == "agency") & (cls.subject_id == bindparam("agency")),
            )
        )

    @classmethod
    @functools.cache
    def about_with_entries(cls) -> CompoundSelect[Any]:
        """The same rules, and of the entries `guests` what a count keeps, in rows without scope and mode."""
        none = null()
        rules = cls.about().add_columns(none.label("guest_id"), none.label("profession"), none.label("spelling_id"))
        wanted = bindparam("guests", type_=ARRAY(String))
        entries = select(none, none, Guest.id, Guest.profession, Guest.spelling_id).where(Guest.id == any_(wanted))
        return rules.union_all(entries)
