"""Decrees (SK) and the lines of their annexes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, Integer, Select, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.vault_object import VaultObject


class Decree(Base):
    """One decree. Kinds stand in `domain/decree.py`; one that is in use is not deleted, its last day is set."""

    __tablename__ = "satudata_decree"
    __table_args__ = (UniqueConstraint("kind", "number", "dated_on", name="uq_satudata_decree_number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    dated_on: Mapped[date] = mapped_column(Date)
    in_force_from_on: Mapped[date] = mapped_column(Date)
    in_force_until_on: Mapped[date | None] = mapped_column(Date)
    """The last day; None until it is ended."""
    scan_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, onupdate=utcnow)

    @classmethod
    def locked(cls, decree_id: str) -> Select[tuple[Decree]]:
        """The row, locked until the transaction ends."""
        return select(cls).where(cls.id == decree_id).with_for_update()

    @classmethod
    def newest(cls) -> Select[tuple[Decree]]:
        """All of them, the latest first."""
        return select(cls).order_by(cls.dated_on.desc(), cls.number, cls.id)

    @classmethod
    def in_force(cls, on: date) -> Select[tuple[Decree]]:
        """Those in force on that day, the latest first."""
        return cls.newest().where(
            cls.in_force_from_on <= on, or_(cls.in_force_until_on.is_(None), cls.in_force_until_on >= on)
        )


class DecreeRow(Base):
    """One line of the annex: which data, at which level, and the dataset where there is one."""

    __tablename__ = "satudata_decree_row"

    decree_id: Mapped[str] = mapped_column(ForeignKey(Decree.id, ondelete="CASCADE"), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(20))
    dataset_id: Mapped[str | None] = mapped_column(String(100), index=True)

    @classmethod
    def of(cls, decree_ids: Collection[str]) -> Select[tuple[DecreeRow]]:
        """The lines of these decrees, in order."""
        return select(cls).where(cls.decree_id.in_(decree_ids)).order_by(cls.decree_id, cls.no)
