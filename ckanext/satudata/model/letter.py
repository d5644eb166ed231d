"""Official letters: numbered, dated, kept in the vault with their hash."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Integer, Select, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed


class Letter(Base):
    """One letter. Kinds stand in `domain/letters.py`."""

    __tablename__ = "satudata_letter"
    __table_args__ = (UniqueConstraint("kind", "organization_id", "number", name="uq_satudata_letter_number"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    """`numbered`, or `signed` once the signed letter came back (`model/letter_scan.py`)."""
    number: Mapped[str] = mapped_column(Text)
    number_count: Mapped[int] = mapped_column(Integer)
    dated_on: Mapped[date] = mapped_column(Date)
    organization_id: Mapped[str] = mapped_column(Text, default="")
    """The agency that writes; empty for the government's PPID."""
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text, index=True)
    case_id: Mapped[str | None] = mapped_column(Text, index=True)
    content: Mapped[bytes | None] = mapped_column(Sealed)
    """What the template was given, as encrypted JSON: the same letter can be made again in another format.

    Emptied, with the file, when the applicant's data is erased; number, day and hash stay.
    """
    vault_id: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    check_code: Mapped[str] = mapped_column(Text, unique=True)
    """In the QR's address: the page confirms number, date and hash without personal data."""
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    made_by: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def of_subject(cls, subject_type: str, subject_id: str) -> Select:
        """The letters of a subject, oldest first."""
        return (
            select(cls)
            .where(cls.subject_type == subject_type, cls.subject_id == subject_id)
            .order_by(cls.made_at, cls.id)
        )

    @classmethod
    def by_check_code(cls, code: str) -> Select:
        """The letter behind a QR."""
        return select(cls).where(cls.check_code == code)
