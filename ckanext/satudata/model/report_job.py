"""Reports made in the background, and the schedules that ask for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Index, Integer, Select, String, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.domain.report_job import OPEN, State
from ckanext.satudata.model.base import Base, new_id, utcnow


class ReportJob(Base):
    """One report that is made once, whoever asked for it; its files lie in the vault until they are forgotten."""

    __tablename__ = "satudata_report_job"
    __table_args__ = (
        # One at a time: who asks for the same meanwhile gets this one.
        Index(
            "uq_satudata_report_job_open",
            "key",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(64))
    """sha256 of what was asked and of the language."""
    asked: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Name, period and filters, as the actions of reports take them."""
    language: Mapped[str] = mapped_column(String(10))
    formats: Mapped[list[str]] = mapped_column(JSONB)
    people: Mapped[list[str]] = mapped_column(JSONB)
    """Ids of the users who asked for it, the first one first; none for a schedule's."""
    schedule_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(20), default=State.WAITING.value)
    stage: Mapped[str] = mapped_column(String(20), default="")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    starts: Mapped[int] = mapped_column(Integer, default=0)
    files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """Format to `{vault_id, sha256, size}`; JSON first, the others are made of it."""
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """`message` and `mend` (msgids) and `params` of what failed."""
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in OPEN

    @classmethod
    def locked(cls, id_: str) -> Select[tuple[ReportJob]]:
        """The row as it stands now, for who changes it."""
        return select(cls).where(cls.id == id_).with_for_update().execution_options(populate_existing=True)

    @classmethod
    def open_of(cls, key: str) -> Select[tuple[ReportJob]]:
        """The one of that key that is not over, locked."""
        mine = select(cls).where(cls.key == key, cls.state.in_([state.value for state in OPEN]))
        return mine.with_for_update().execution_options(populate_existing=True)

    @classmethod
    def open_id_of(cls, key: str) -> Select[tuple[str]]:
        """The id of the one of that key that is not over."""
        return select(cls.id).where(cls.key == key, cls.state.in_([state.value for state in OPEN]))

    @classmethod
    def unfinished(cls) -> Select[tuple[str]]:
        """Ids of those that are not over, the oldest first."""
        return select(cls.id).where(cls.state.in_([state.value for state in OPEN])).order_by(cls.asked_at)

    @classmethod
    def newest(cls, names: Collection[str] | None = None) -> Select[tuple[ReportJob]]:
        """All that are kept, or those of the reports of these names; the newest first."""
        found = select(cls).order_by(cls.asked_at.desc(), cls.id)
        return found if names is None else found.where(cls.asked["name"].astext.in_(names))

    @classmethod
    def done_of(cls, key: str) -> Select[tuple[ReportJob]]:
        """The newest one that was made of what is asked."""
        done = select(cls).where(cls.state == State.DONE.value, cls.key == key)
        return done.order_by(cls.ended_at.desc()).limit(1)

    @classmethod
    def last_done(cls, name: str) -> Select[tuple[ReportJob]]:
        """The report of that name that was finished last."""
        done = select(cls).where(cls.state == State.DONE.value, cls.asked["name"].astext == name)
        return done.order_by(cls.ended_at.desc()).limit(1)

    @classmethod
    def ended_before(cls, instant: datetime) -> Select[tuple[ReportJob]]:
        """Those whose files are not kept any longer."""
        return select(cls).where(cls.ended_at < instant).with_for_update(skip_locked=True)


class ReportSchedule(Base):
    """A report that is made by itself, once for each period."""

    __tablename__ = "satudata_report_schedule"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    asked: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Name and filters; the period comes with each month."""
    span: Mapped[str] = mapped_column(String(20))
    day: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(10))
    made_until: Mapped[date] = mapped_column(Date)
    """Last day of the newest period that was asked for, or that was over when the schedule was set."""
    set_by: Mapped[str | None] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def all(cls) -> Select[tuple[ReportSchedule]]:
        """Every one, the oldest first."""
        return select(cls).order_by(cls.set_at, cls.id)

    @classmethod
    def locked(cls, id_: str) -> Select[tuple[ReportSchedule]]:
        """The row as it stands now, unless another process has it in hand."""
        mine = select(cls).where(cls.id == id_).with_for_update(skip_locked=True)
        return mine.execution_options(populate_existing=True)
