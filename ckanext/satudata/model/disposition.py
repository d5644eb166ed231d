"""Written orders: who handed a step on to whom, and what was reported back."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Select, String, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep


class Disposition(Base):
    """One order for one step; rows are never deleted. Whether it is carried out shows in its step.

    `to_user_id` empty: whoever holds `to_role`. `from_as`: `plt`, `plh` or `an` as in `CaseStep.done_as`. Instruction
    and report are the texts of the journal's entries `given_entry` and `reported_entry`; the attachments are the
    case's documents of `files_of`, the step in whose act it was given.
    """

    __tablename__ = "satudata_disposition"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(Text, ForeignKey(Case.id), index=True)
    step_id: Mapped[str] = mapped_column(Text, ForeignKey(CaseStep.id), index=True)
    files_of: Mapped[str] = mapped_column(Text, ForeignKey(CaseStep.id))
    from_role: Mapped[str] = mapped_column(Text)
    from_user_id: Mapped[str | None] = mapped_column(Text)
    from_name: Mapped[str] = mapped_column(Text)
    from_as: Mapped[str | None] = mapped_column(Text)
    to_role: Mapped[str] = mapped_column(Text)
    to_user_id: Mapped[str | None] = mapped_column(Text)
    to_name: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    given_entry: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reported_by: Mapped[str | None] = mapped_column(Text)
    reported_by_name: Mapped[str] = mapped_column(Text, default="")
    reported_entry: Mapped[int | None] = mapped_column(BigInteger)

    @classmethod
    def of(cls, case_ids: Iterable[str]) -> Select[tuple[Disposition]]:
        """The orders of these cases in the order they were given."""
        return select(cls).where(cls.case_id.in_(list(case_ids))).order_by(cls.given_at, cls.id)

    @classmethod
    @functools.cache
    def for_steps(cls) -> Select[tuple[Disposition]]:
        """The orders by which the steps of the parameter `step_ids` opened. Made once, as `OfficerRole.held_by`."""
        return select(cls).where(cls.step_id == any_(bindparam("step_ids", type_=ARRAY(Text))))
