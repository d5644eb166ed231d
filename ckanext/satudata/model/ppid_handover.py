"""The file that PPID Pembantu hands over to PPID inside the vault, and PPID's attestation of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class PpidHandover(Base):
    """One file handed over; a later one replaces it, none is deleted (chain of custody)."""

    __tablename__ = "satudata_ppid_handover"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    vault_id: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    """`upload`, or `dataset` for a file that already lay in the vault."""
    resource_id: Mapped[str | None] = mapped_column(Text)
    resource_version: Mapped[int | None] = mapped_column(Integer)
    """Which version of which resource it is; both empty for an upload."""
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    given_by: Mapped[str] = mapped_column(Text)
    attested_sha256: Mapped[str | None] = mapped_column(Text)
    """The hash PPID attested; any other byte needs a new attestation."""
    attested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attested_by: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def latest_of(cls, request_id: str) -> Select:
        """The file in force of a request."""
        return select(cls).where(cls.request_id == request_id).order_by(cls.given_at.desc(), cls.id).limit(1)

    @property
    def attested(self) -> bool:
        """Whether the attestation is of exactly these bytes."""
        return self.attested_sha256 == self.sha256
