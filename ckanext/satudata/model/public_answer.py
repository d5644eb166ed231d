"""What is published of a request: its question for the public register, or question and answer of general interest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.ppid_request import PpidRequest

PROPOSED, PUBLISHED, DECLINED, WITHDRAWN = "proposed", "published", "declined", "withdrawn"


class PublicAnswer(Base):
    """One text about one request; a later one replaces it. It is public while its state is `published`."""

    __tablename__ = "satudata_public_answer"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey(PpidRequest.id), unique=True)
    title: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    """Empty: only the question stands in the public register."""
    state: Mapped[str] = mapped_column(Text, index=True)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reviewed_by: Mapped[str | None] = mapped_column(Text)
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[PublicAnswer]]:
        """The text about one request."""
        return select(cls).where(cls.request_id == request_id)

    @classmethod
    def published(cls) -> Select[tuple[PublicAnswer]]:
        """Answers that everybody reads, the newest first."""
        return select(cls).where(cls.state == PUBLISHED, cls.answer != "").order_by(cls.reviewed_at.desc(), cls.id)
