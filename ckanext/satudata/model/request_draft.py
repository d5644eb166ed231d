"""A request that somebody without an account has not sent yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.sealed import Sealed


class RequestDraft(Base):
    """What was typed, sealed; found by the token that only one browser holds."""

    __tablename__ = "satudata_request_draft"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    body: Mapped[bytes] = mapped_column(Sealed)
    """The form's fields as JSON."""
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)

    @classmethod
    def by_token(cls, token_hash: str) -> Select[tuple[RequestDraft]]:
        """The draft of a browser."""
        return select(cls).where(cls.token_hash == token_hash)

    @classmethod
    def older_than(cls, instant: datetime) -> Select[tuple[RequestDraft]]:
        """Those whose time is over."""
        return select(cls).where(cls.saved_at < instant)
