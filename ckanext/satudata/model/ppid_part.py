"""What was decided on each part of a request (001-8): a file of the dataset, or a row of the question."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class PpidPart(Base):
    """One part with its decision; one that was decided anew stays, with `replaced_at`."""

    __tablename__ = "satudata_ppid_part"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    organization_id: Mapped[str | None] = mapped_column(Text)
    """The agency that decided."""
    position: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(Text)
    resource_id: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text)
    """`granted`, `refused` or `not_held`."""
    reason_code: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    decree_id: Mapped[str | None] = mapped_column(Text)
    """The decree of exclusion, where the restriction names one."""
    test_case_id: Mapped[str | None] = mapped_column(Text)
    """The case of the consequence test that carries a refusal under art. 17, or of the one that was begun for it."""
    test_state: Mapped[str] = mapped_column(Text, default="")
    """Of a refusal under art. 17: `tested`, `asked` (a task was opened, art. 19), `failed` (the test does not carry it)
    or `missing` (none was asked for; of older decisions)."""
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(Text)
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def in_force(cls, request_id: str) -> Select[tuple[PpidPart]]:
        """The parts as they are decided now, by agency in the order they were decided."""
        return (
            select(cls)
            .where(cls.request_id == request_id, cls.replaced_at.is_(None))
            .order_by(cls.decided_at, cls.organization_id, cls.position)
        )
