"""Short questions and answers between an applicant and the office, on the tracking page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.sealed import Sealed


class RequestMessage(Base):
    """One message; never changed."""

    __tablename__ = "satudata_request_message"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sender: Mapped[str] = mapped_column(Text)
    """`applicant` or `officer`."""
    author_id: Mapped[str | None] = mapped_column(Text)
    """The officer; empty for the applicant."""
    body: Mapped[bytes | None] = mapped_column(Sealed)
    """Empty once the applicant's data was erased."""
    key_hash: Mapped[str] = mapped_column(Text, unique=True)
    """The form's own key: the same form sent twice is one message."""

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[RequestMessage]]:
        """Those of a request, oldest first."""
        return select(cls).where(cls.request_id == request_id).order_by(cls.at, cls.id)
