"""What agencies were called, and whose data were: reports of a time before keep the names of that time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Index, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class FormerName(Base):
    """A name that an agency had until `until_at`. Nothing updates it; the present name is the agency's own."""

    __tablename__ = "satudata_former_name"
    __table_args__ = (Index("ix_satudata_former_name_organization_id_until_at", "organization_id", "until_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    organization_id: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    until_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def since(cls, at: datetime) -> Select[tuple[FormerName]]:
        """Names that ended after that instant, the earliest end first."""
        return select(cls).where(cls.until_at > at).order_by(cls.until_at)


class FormerOwner(Base):
    """The agency whose data a dataset was until `until_at`; it had been public by then. Nothing updates it."""

    __tablename__ = "satudata_former_owner"
    __table_args__ = (Index("ix_satudata_former_owner_package_id_until_at", "package_id", "until_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    package_id: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[str] = mapped_column(Text)
    until_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def since(cls, at: datetime) -> Select[tuple[FormerOwner]]:
        """Owners until some instant after that one, the earliest end first."""
        return select(cls).where(cls.until_at > at).order_by(cls.until_at)
