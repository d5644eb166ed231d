"""Letters that are drafted and wait for the number of the government's own letter registry (*menunggu nomor*)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed


class LetterDraft(Base):
    """One drafted letter of a command that was not given yet. It goes once the command is given, or for another one."""

    __tablename__ = "satudata_letter_draft"
    __table_args__ = (UniqueConstraint("step_id", "command", name="uq_satudata_letter_draft_command"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(36), index=True)
    step_id: Mapped[str] = mapped_column(String(36))
    command: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(Sealed)
    """What was typed into the command's form, as encrypted JSON: it stands there again when the number has come."""
    content: Mapped[bytes] = mapped_column(Sealed)
    """What the template was given, as encrypted JSON."""
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    made_by: Mapped[str | None] = mapped_column(String(100))

    @classmethod
    def waiting(cls, case_id: str) -> Select:
        """The drafts of a case."""
        return select(cls).where(cls.case_id == case_id)
