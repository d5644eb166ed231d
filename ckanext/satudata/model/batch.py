"""One command for many datasets: who asked, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, Select, String, Text, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow

WAITING, DONE, LEFT_OUT, REFUSED = "waiting", "done", "left_out", "refused"
STATES: Sequence[str] = (WAITING, DONE, LEFT_OUT, REFUSED)


class Batch(Base):
    """Asked once by one person; carried out in his name, dataset by dataset."""

    __tablename__ = "satudata_batch"
    __table_args__ = (UniqueConstraint("asked_by", "key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    command: Mapped[str] = mapped_column(String(20))
    asked_by: Mapped[str] = mapped_column(String(100))
    """Id of the user."""
    mark: Mapped[str] = mapped_column(String(64))
    """Of the password under which it was asked (`shared.people.sessions`): under another one nothing more is done."""
    key: Mapped[str | None] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What goes with each command: `note`, `year`."""
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)

    @classmethod
    def asked(cls, user_id: str, key: str) -> Select[tuple[Batch]]:
        """What this person asked under that key."""
        return select(cls).where(cls.asked_by == user_id, cls.key == key)

    @classmethod
    def unfinished(cls) -> Select[tuple[str]]:
        """Ids of those that are not at their end, the oldest first."""
        return select(cls.id).where(cls.ended_at.is_(None)).order_by(cls.asked_at)


class BatchItem(Base):
    """One dataset of it; its row is written in the transaction of its command."""

    __tablename__ = "satudata_batch_item"

    batch_id: Mapped[str] = mapped_column(ForeignKey(Batch.id), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    package_id: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20), default=WAITING)
    """`waiting`, `done`, `left_out` (by the rule of the bulk command) or `refused` (as the command alone would be)."""
    why: Mapped[str] = mapped_column(Text, default="")
    """Why it was left out or refused, in the language of who asked."""
    made_id: Mapped[str | None] = mapped_column(String(100))
    """The new draft, of a copy."""
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def next_of(cls, batch_id: str) -> Select[tuple[BatchItem]]:
        """The first that waits and that nobody else has, locked until the transaction ends."""
        mine = select(cls).where(cls.batch_id == batch_id, cls.state == WAITING)
        return mine.order_by(cls.position).limit(1).with_for_update(skip_locked=True)

    @classmethod
    def of_batch(cls, batch_id: str) -> Select[tuple[BatchItem]]:
        """All of it, in the order in which they were named."""
        return select(cls).where(cls.batch_id == batch_id).order_by(cls.position)

    @classmethod
    def counts(cls, batch_id: str) -> Select[tuple[str, int]]:
        """How many are in each state."""
        return select(cls.state, func.count()).where(cls.batch_id == batch_id).group_by(cls.state)
