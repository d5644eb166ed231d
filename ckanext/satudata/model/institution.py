"""Institutions as people write them in the guestbook, and what an officer decided that they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed


class Institution(Base):
    """One institution under the name that reports print: an officer has seen that it names no person."""

    __tablename__ = "satudata_institution"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Spelling(Base):
    """One way in which people wrote an institution. Encrypted: whoever fills in a form may write anything."""

    __tablename__ = "satudata_spelling"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the name without case and points: the same institution written so is one row."""
    written: Mapped[bytes | None] = mapped_column(Sealed)
    """As it was typed first; emptied with the last person who wrote it."""
    institution_id: Mapped[str | None] = mapped_column(ForeignKey(Institution.id), index=True)
    """What an officer decided; None until then."""
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
