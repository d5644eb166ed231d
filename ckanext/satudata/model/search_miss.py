"""How often words were looked for in vain on a day. Nothing here tells who looked, or from where."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class SearchMiss(Base):
    """Words that found nothing on that day."""

    __tablename__ = "satudata_search_miss"

    words_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash of the words."""
    on: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    count: Mapped[int] = mapped_column(Integer)
    words: Mapped[str | None] = mapped_column(Text)
    """In clear, from the day on which it was the `domain.search_miss.DAYS`th that they were looked for."""
