"""The files that PPID Pembantu hands over to PPID inside the vault, PPID's masked copies and attestations of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, Select, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class PpidHandover(Base):
    """One file handed over, or a masked copy of one; one in whose place another stands is told so, none is
    deleted (chain of custody)."""

    __tablename__ = "satudata_ppid_handover"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    vault_id: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    """`upload`; `dataset` for a file that already lay in the vault; `masked` for a copy made of another one here."""
    resource_id: Mapped[str | None] = mapped_column(Text)
    resource_version: Mapped[int | None] = mapped_column(Integer)
    """Which version of which resource it is, or was made of; both empty for an upload."""
    period: Mapped[str | None] = mapped_column(Text)
    """What time the data is about, as the one who handed it over typed it; of a dataset's file the dataset says it."""
    organization_id: Mapped[str | None] = mapped_column(Text)
    """The agency whose PPID Pembantu handed it over."""
    made_from: Mapped[str | None] = mapped_column(ForeignKey("satudata_ppid_handover.id"))
    masking: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Of a masked copy: `plan` (see `domain.personal.masking.Plan`) and `tables`, what became of them."""
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when another file stands in its place; None for those in force."""
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    given_by: Mapped[str] = mapped_column(Text)
    attested_sha256: Mapped[str | None] = mapped_column(Text)
    """The hash PPID attested; any other byte needs a new attestation."""
    attested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attested_by: Mapped[str | None] = mapped_column(Text)
    statement: Mapped[str | None] = mapped_column(Text)
    """What the person who attested it looked at, in his words, where the scan did not answer for it."""
    ground: Mapped[str | None] = mapped_column(Text)
    """On what ground personal data that the scan found is given as it is (`domain.personal.attesting.GROUNDS`)."""

    @classmethod
    def latest_of(cls, request_id: str) -> Select[tuple[PpidHandover]]:
        """The files in force of a request, in the order they were handed over."""
        return (
            select(cls)
            .where(cls.request_id == request_id, cls.replaced_at.is_(None))
            .order_by(cls.given_at, cls.filename, cls.id)
        )

    @classmethod
    def all_of(cls, request_id: str) -> Select[tuple[PpidHandover]]:
        """Every file that a request ever had, the oldest first."""
        return select(cls).where(cls.request_id == request_id).order_by(cls.given_at, cls.filename, cls.id)

    @property
    def attested(self) -> bool:
        """Whether the attestation is of exactly these bytes."""
        return self.attested_sha256 == self.sha256
