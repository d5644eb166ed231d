"""A citizen's request for data (UU 14/2008 art. 22; Malang SOP 001)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Integer, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed

PERSONAL = (
    "name",
    "nik",
    "address",
    "phone",
    "email",
    "occupation",
    "institution",
    "legal_number",
    "power_number",
)
"""The columns that tell who asks; encrypted, and never in an action's result to who may not see them."""


class PpidRequest(Base):
    """One request; what has happened to it stands in its case."""

    __tablename__ = "satudata_ppid_request"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    ref: Mapped[str] = mapped_column(Text, unique=True)
    """Random, for addresses: numbers contain slashes and can be guessed."""
    number: Mapped[str] = mapped_column(Text, unique=True)
    number_count: Mapped[int] = mapped_column(Integer)
    number_year: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    """Runs the statutory clock; never in the future."""
    entered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    entered_by: Mapped[str | None] = mapped_column(Text)
    """The officer who entered what came otherwise than through the portal's form."""
    channel: Mapped[str] = mapped_column(Text, default="online")
    """How it came: see `domain.intake.Channel`."""
    outside_number: Mapped[str | None] = mapped_column(Text, unique=True)
    """The number it has elsewhere, on the government's separate PPID site or in the book of letters."""
    case_id: Mapped[str | None] = mapped_column(Text, unique=True)

    applicant_kind: Mapped[str] = mapped_column(Text)
    name: Mapped[bytes | None] = mapped_column(Sealed)
    nik: Mapped[bytes | None] = mapped_column(Sealed)
    address: Mapped[bytes | None] = mapped_column(Sealed)
    phone: Mapped[bytes | None] = mapped_column(Sealed)
    email: Mapped[bytes | None] = mapped_column(Sealed)
    occupation: Mapped[bytes | None] = mapped_column(Sealed)
    institution: Mapped[bytes | None] = mapped_column(Sealed)
    legal_number: Mapped[bytes | None] = mapped_column(Sealed)
    """Number of the decree or deed of a legal entity."""
    power_number: Mapped[bytes | None] = mapped_column(Sealed)
    """Number of the power of attorney of a group."""
    is_citizen: Mapped[bool] = mapped_column(Boolean, default=False)
    """Declared to be an Indonesian citizen or entity (UU 14/2008 art. 1(12))."""
    account_id: Mapped[str | None] = mapped_column(Text)
    """The agency's account with which an office of the government asked."""

    dataset_id: Mapped[str | None] = mapped_column(Text, index=True)
    resource_id: Mapped[str | None] = mapped_column(Text)
    organization_id: Mapped[str | None] = mapped_column(Text, index=True)
    """The producer that is asked; known from the dataset, else set when PPID routes the request."""
    question: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Text)
    """`soft` or `hard` copy (register column)."""
    obtain: Mapped[str | None] = mapped_column(Text)
    """`see` or `copy`: how the applicant wants to obtain it; empty for requests from before it was asked."""
    sending: Mapped[str | None] = mapped_column(Text)
    """How the copy is to reach the applicant, see `domain.ppid_request.Sending`."""
    language: Mapped[str] = mapped_column(Text, default="id")

    key_hash: Mapped[str] = mapped_column(Text, unique=True)
    """Keyed hash of the form's own key: the same form sent twice is one request."""
    tracking_hash: Mapped[str] = mapped_column(Text)
    confirm_hash: Mapped[str | None] = mapped_column(Text)
    confirm_tries: Mapped[int] = mapped_column(Integer, default=0)
    confirm_sent: Mapped[int] = mapped_column(Integer, default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    decision: Mapped[str | None] = mapped_column(Text)
    """`granted`, `granted_in_part`, `refused`, `withdrawn` or `lapsed`; empty while undecided."""
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(Text)
    refusal_code: Mapped[str | None] = mapped_column(Text)
    refusal_explanation: Mapped[str | None] = mapped_column(Text)
    refusal_detail: Mapped[str | None] = mapped_column(Text)
    dip_result: Mapped[str | None] = mapped_column(Text)
    """What PPID found in the public information list (001-6): `held`, `not_listed`, `excluded`."""
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the applicant's data was emptied; the letters may follow later."""
    erasure_granted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """PPID granted the erasure; it waits as long as something holds the data."""
    surveyed: Mapped[bool] = mapped_column(Boolean, default=False)
    """The two questions were answered; what was said stands elsewhere, without the request."""

    @classmethod
    def by_ref(cls, ref: str) -> Select:
        """The request behind an address."""
        return select(cls).where(cls.ref == ref)

    @classmethod
    def by_number(cls, number: str) -> Select:
        """The request with that register number."""
        return select(cls).where(cls.number == number)

    @classmethod
    def by_key(cls, key_hash: str) -> Select:
        """The request that this form made before."""
        return select(cls).where(cls.key_hash == key_hash)

    @classmethod
    def by_outside_number(cls, number: str) -> Select:
        """The request that was entered under that number of another register."""
        return select(cls).where(cls.outside_number == number)

    @classmethod
    def by_case(cls, case_id: str) -> Select:
        """The request a case is about."""
        return select(cls).where(cls.case_id == case_id)
