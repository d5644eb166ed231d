"""What a step brought that is done by hand: a document in the vault, or its number and date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.vault_object import VaultObject


class CaseOutput(Base):
    """One output of one finished step; `name` as the SOP's column says it. Nothing changes it: a later round adds."""

    __tablename__ = "satudata_case_output"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(Text, ForeignKey(Case.id), index=True)
    step_id: Mapped[str] = mapped_column(Text, ForeignKey(CaseStep.id))
    name: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text, default="")
    dated_on: Mapped[date | None] = mapped_column(Date)
    vault_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    added_by: Mapped[str | None] = mapped_column(String(100))
    added_by_name: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def of(cls, case_ids: Iterable[str]) -> Select[tuple[CaseOutput]]:
        """The outputs of these cases in the order they came."""
        return select(cls).where(cls.case_id.in_(list(case_ids))).order_by(cls.added_at, cls.id)
