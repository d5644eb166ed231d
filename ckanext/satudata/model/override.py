"""Cases put at another step, or ended, outside their SOP: what was asked, and what the second person answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, Integer, Select, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id

ASKED, CONFIRMED, DECLINED, OVERTAKEN = "asked", "confirmed", "declined", "overtaken"


class Override(Base):
    """One override of one case; rows are never deleted. `to_step`: a number, or `end`.

    `version` is the case's when it was asked: a command carried out meanwhile makes it `overtaken`. The reason and
    the answer's note are the texts of the journal's entries `asked_entry` and `answered_entry`.
    """

    __tablename__ = "satudata_override"
    __table_args__ = (
        Index("ix_satudata_override_case_id", "case_id"),
        Index("uq_satudata_override_asked", "case_id", unique=True, postgresql_where=text("state = 'asked'")),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    from_steps: Mapped[list[Any]] = mapped_column(JSONB)
    to_step: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_by_name: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_entry: Mapped[int] = mapped_column(BigInteger)
    answered_by: Mapped[str | None] = mapped_column(Text)
    answered_by_name: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_entry: Mapped[int | None] = mapped_column(BigInteger)

    @classmethod
    def of_case(cls, case_id: str) -> Select[tuple[Override]]:
        """The overrides of a case, the newest first."""
        return select(cls).where(cls.case_id == case_id).order_by(cls.asked_at.desc(), cls.id)

    @classmethod
    def waiting(cls, case_id: str) -> Select[tuple[Override]]:
        """The one that waits for its answer; read under the case's lock."""
        found = select(cls).where(cls.case_id == case_id, cls.state == ASKED)
        return found.execution_options(populate_existing=True)

    @classmethod
    def newest(cls) -> Select[tuple[Override]]:
        """All of them, the newest first."""
        return select(cls).order_by(cls.asked_at.desc(), cls.id)
