"""What an applicant attached to a request, or to a draft of one: identity, power of attorney, scan of a letter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.sealed import Sealed


class ApplicantFile(Base):
    """One encrypted file of the vault; without `file_key` nobody reads it."""

    __tablename__ = "satudata_applicant_file"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    draft_id: Mapped[str | None] = mapped_column(ForeignKey("satudata_request_draft.id"), index=True)
    """The draft it is kept with until the request is sent."""
    kind: Mapped[str] = mapped_column(Text)
    """See `domain.applicant.FileKind`."""
    vault_id: Mapped[str] = mapped_column(Text)
    file_key: Mapped[bytes] = mapped_column(Sealed)
    """The key of this file alone, sealed; so keys rotate without touching the vault."""
    name: Mapped[bytes | None] = mapped_column(Sealed)
    """The sender's own file name, which may tell who he is."""
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    """Bytes of the clear file."""
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[ApplicantFile]]:
        """Those of a request, oldest first."""
        return select(cls).where(cls.request_id == request_id).order_by(cls.added_at, cls.id)

    @classmethod
    def of_draft(cls, draft_id: str) -> Select[tuple[ApplicantFile]]:
        """Those kept with a draft."""
        return select(cls).where(cls.draft_id == draft_id).order_by(cls.added_at, cls.id)
