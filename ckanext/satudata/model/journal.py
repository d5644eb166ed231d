"""The journal: append-only events, chained by hash for each case; free text beside it, so that it can be erased.

The migrations' triggers refuse UPDATE, DELETE and TRUNCATE of `satudata_journal` and of the seals; of a text they let
pass only that it is emptied.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Index, Integer, Select, Text, UniqueConstraint, select
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


class JournalSeal(Base):
    """One day's seal over all chains: the sha256 of its parts, of the day and of the seal before it.

    `until_at`: the midnight that ended the day, in the zone of then. `entries`: how many it covers that none before
    it did; `chains`: how many parts it has.
    """

    __tablename__ = "satudata_journal_seal"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    until_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    entries: Mapped[int] = mapped_column(BigInteger)
    chains: Mapped[int] = mapped_column(Integer)
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)

    @classmethod
    def newest(cls) -> Select[tuple[JournalSeal]]:
        """The seals, the last day first."""
        return select(cls).order_by(cls.day.desc())


class JournalSealPart(Base):
    """How far a chain went when the day was sealed, and the hash of its entry there; only chains that had grown."""

    __tablename__ = "satudata_journal_seal_part"
    __table_args__ = (UniqueConstraint("chain", "position"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(Text)


class JournalCheck(Base):
    """What a nightly check of the whole journal found; `first` are the first faults in words."""

    __tablename__ = "satudata_journal_check"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    faults: Mapped[int] = mapped_column(Integer)
    first: Mapped[list[str]] = mapped_column(JSONB)

    @classmethod
    def newest(cls) -> Select[tuple[JournalCheck]]:
        """The checks, the last first."""
        return select(cls).order_by(cls.id.desc())
