"""Devices of officers that a mailed code has let in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class Phone(Base):
    """One browser of one officer. The code itself is stored nowhere: it is made from the row and this portal's secret.

    `mark`: of password, address and roles when the code was asked for; the device ends with any of them.
    """

    __tablename__ = "satudata_phone"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the device's cookie holds."""
    user_id: Mapped[str] = mapped_column(String(100), index=True)
    mark: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(Text)
    """What kind of device it says it is."""
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the newest code was asked for."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """Wrong ones with that code; `domain.phone.TRIES` once it was used."""
    first_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    proven_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When a code was typed last; empty until the first."""
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def by_hash(cls, token_hash: str) -> Select[tuple[Phone]]:
        """The device, unless it was ended."""
        return select(cls).where(cls.token_hash == token_hash, cls.ended_at.is_(None))

    @classmethod
    def of_user(cls, user_id: str, since: datetime) -> Select[tuple[Phone]]:
        """The person's devices on which a code was typed since then, and that were not ended."""
        query = select(cls).where(cls.user_id == user_id, cls.ended_at.is_(None), cls.proven_at > since)
        return query.order_by(cls.proven_at.desc(), cls.id)
