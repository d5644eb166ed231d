"""Steps of cases: open ones are what the inbox shows, closed ones are the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, ForeignKey, Index, Integer, Select, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id

_OPEN = "done_at is null"


class CaseStep(Base):
    """Open while `done_at` is empty. `command` empty on a closed one: another step's command closed it.

    `hands`: ids of the users who worked on it. `due`: how the due time came about (count, unit, days off).
    `note` is the sender's note, kept here so that it can be erased apart from the journal.
    """

    __tablename__ = "satudata_case_step"
    __table_args__ = (
        # The desk of an agency's role, of an office of the whole government, of an auditor: each in the order of work.
        *(
            Index(f"ix_satudata_case_step_{name}", *columns, "due_at", "opened_at", postgresql_where=text(_OPEN))
            for name, columns in (("open", ("role", "organization_id")), ("open_role", ("role",)), ("open_due", ()))
        ),
        *(
            Index(
                f"ix_satudata_case_step_{name}",
                name,
                postgresql_using="gin",
                postgresql_ops={name: "jsonb_path_ops"},
                postgresql_where=text(_OPEN),
            )
            for name in ("worked", "barred")
        ),
        Index(
            "ix_satudata_case_step_given", "assignee_id", postgresql_where=text(f"{_OPEN} and assignee_id is not null")
        ),
        Index("ix_satudata_case_step_unmarked", "case_id", postgresql_where=text(f"{_OPEN} and worked is null")),
        Index("ix_satudata_case_step_case_id", "case_id"),
        Index("ix_satudata_case_step_done_by", "done_by"),
        # For reports: what ended in a period, with what most numbers of it read; when a request was answered.
        Index(
            "ix_satudata_case_step_done_at",
            "done_at",
            postgresql_include=["case_id", "due_at", "command", "opened_at", "role"],
            postgresql_where=text("done_at is not null"),
        ),
        Index("ix_satudata_case_step_delivered", "case_id", "done_at", postgresql_where=text("command = 'deliver'")),
        Index("ix_satudata_case_step_due_calendar", "due_calendar", postgresql_where=text("done_at is null")),
        Index("ix_satudata_case_step_due_was_on", "due_was_on", postgresql_where=text("due_was_on is not null")),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(Text, ForeignKey("satudata_case.id"))
    no: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[str | None] = mapped_column(Text)
    assignee_id: Mapped[str | None] = mapped_column(Text)
    """To whom alone it was given; holds while that person holds the role."""
    stands_for: Mapped[str | None] = mapped_column(Text)
    """The performer whose part this is, where another office stands in for him (`role`, `organization_id`)."""
    round: Mapped[int] = mapped_column(Integer, default=1)
    position: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    opened_by_name: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date | None] = mapped_column(Date)
    due_provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    ordered_until_on: Mapped[date | None] = mapped_column(Date)
    """The day that an order names; the step is due then, where the SOP gives it longer."""
    due_calendar: Mapped[str] = mapped_column(Text, default="")
    """Version of the calendar by which it was reckoned (`domain.workdays.Calendar.version`)."""
    due_was_on: Mapped[date | None] = mapped_column(Date)
    """Where it lay before the calendar changed, until those who wait for it were told."""
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_by: Mapped[str | None] = mapped_column(Text)
    done_by_name: Mapped[str] = mapped_column(Text, default="")
    done_as: Mapped[str | None] = mapped_column(Text)
    """`plt`, `plh` or `an` where an acting officer decided; empty for who holds the office."""
    command: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    hands: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    worked: Mapped[list[Any] | None] = mapped_column(JSONB)
    """While it is open: who had a hand in the case until now (`shared.work.step_marks`); empty until it is reckoned."""
    barred: Mapped[list[Any] | None] = mapped_column(JSONB)
    """Of these whom four eyes keep from this step. For lists: what is law, `domain.process` decides anew."""

    @classmethod
    def of(cls, case_ids: Iterable[str]) -> Select[tuple[CaseStep]]:
        """Every step of these cases in the order they were opened."""
        return (
            select(cls)
            .where(cls.case_id.in_(list(case_ids)))
            .order_by(cls.case_id, cls.position, cls.id)
            .execution_options(populate_existing=True)
        )

    @classmethod
    def open_of(cls, case_id: str) -> Select[tuple[CaseStep]]:
        """The open steps of one case."""
        return select(cls).where(cls.case_id == case_id, cls.done_at.is_(None)).order_by(cls.position, cls.id)
