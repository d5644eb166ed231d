"""The journal: append-only events, chained by hash for each case; free text beside it, so that it can be erased.

The migration's trigger refuses UPDATE, DELETE and TRUNCATE of `satudata_journal`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, Select, Text, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class Journal(Base):
    """One event. `chain` is the case's id, or the subject for what happens outside a case.

    `payload` holds text, whole numbers, booleans, lists and mappings of these (their text form must be the same
    after a round through the database), and never an applicant's data.
    """

    __tablename__ = "satudata_journal"
    __table_args__ = (
        UniqueConstraint("chain", "position"),
        Index("ix_satudata_journal_event_at", "event", "at"),
        Index("ix_satudata_journal_subject", "subject_type", "subject_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    chain: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    event: Mapped[str] = mapped_column(Text)
    case_id: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str | None] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    text_hash: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)

    @classmethod
    def of_case(cls, case_id: str) -> Select[tuple[Journal]]:
        """The events of a case, oldest first."""
        return select(cls).where(cls.chain == case_id).order_by(cls.position)


class JournalHead(Base):
    """Where each chain ends: locks the chain for the next writer, and shows an entry missing at the end."""

    __tablename__ = "satudata_journal_head"

    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(Text)


class JournalText(Base):
    """Free text of an event with its salt; both are emptied when `erased_at` is set."""

    __tablename__ = "satudata_journal_text"

    journal_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("satudata_journal.id"), primary_key=True)
    salt: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
