"""Personal, expiring permissions to download one file of the vault."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, Select, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.sealed import Sealed
from ckanext.satudata.model.vault_object import VaultObject


class Grant(Base):
    """One person's permission; the token itself is nowhere, only its hash."""

    __tablename__ = "satudata_grant"
    __table_args__ = (CheckConstraint("downloads <= max_downloads", name="not_overspent"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    vault_object_id: Mapped[str] = mapped_column(ForeignKey(VaultObject.id), index=True)
    package_id: Mapped[str | None] = mapped_column(String(100), index=True)
    """The dataset whose file it is, with `resource_id`; empty for a file made for one request."""
    resource_id: Mapped[str | None] = mapped_column(String(100), index=True)
    resource_version: Mapped[int | None] = mapped_column(Integer)
    to_user_id: Mapped[str | None] = mapped_column(String(100), index=True)
    to_email: Mapped[bytes | None] = mapped_column(Sealed)
    """Whom it is for: address or telephone number, encrypted."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it was given: the number of the request."""
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    until_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    max_downloads: Mapped[int] = mapped_column(Integer)
    downloads: Mapped[int] = mapped_column(Integer, default=0)
    issued_by: Mapped[str | None] = mapped_column(String(36))
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[str | None] = mapped_column(String(36))
    terms: Mapped[str | None] = mapped_column(Text)
    """Terms of use as they were when it was given; empty where there are none to accept."""
    terms_accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def waits_for_terms(self) -> bool:
        """Whether its holder has terms to accept before the first download."""
        return self.terms is not None and self.terms_accepted_at is None

    @classmethod
    def by_hash(cls, token_sha256: str) -> Select[tuple[Grant]]:
        """The grant behind a token."""
        return select(cls).where(cls.token_sha256 == token_sha256)

    @classmethod
    def alive_for(cls, package_id: str, resource_id: str | None, hashes: Collection[str]) -> Select[tuple[Grant]]:
        """The grants not yet ended on a dataset's files, or one resource's, or on files with these very bytes."""
        same = select(VaultObject.id).where(VaultObject.sha256.in_(hashes))
        theirs = cls.package_id == package_id if resource_id is None else cls.resource_id == resource_id
        about = or_(theirs, cls.vault_object_id.in_(same))
        return select(cls).where(about, cls.revoked_at.is_(None)).order_by(cls.id)

    @classmethod
    def alive_in(cls, case_id: str) -> Select[tuple[Grant]]:
        """The grants, locked, of a case that were not yet ended."""
        return select(cls).where(cls.case_id == case_id, cls.revoked_at.is_(None)).order_by(cls.id).with_for_update()

    @classmethod
    def of_account(cls, user_id: str, resource_id: str | None = None) -> Select[tuple[Grant]]:
        """What was given to an account, of one resource where it is named; the newest first."""
        found = select(cls).where(cls.to_user_id == user_id).order_by(cls.issued_at.desc(), cls.id)
        return found if resource_id is None else found.where(cls.resource_id == resource_id)

    @classmethod
    def terms_accepted_before(cls, case_id: str | None, terms: str | None) -> Select[tuple[datetime | None]]:
        """When the same terms were accepted for another file of the case."""
        return select(func.min(cls.terms_accepted_at)).where(cls.case_id == case_id, cls.terms == terms)

    @classmethod
    def waiting_for_terms(cls, grant: Grant) -> Select[tuple[Grant]]:
        """This grant and those of its case with the same terms, locked, as long as they are not accepted."""
        theirs = cls.case_id == grant.case_id if grant.case_id else cls.id == grant.id
        found = select(cls).where(theirs, cls.terms == grant.terms, cls.terms_accepted_at.is_(None))
        return found.order_by(cls.id).with_for_update()

    @classmethod
    def locked(cls, grant_id: str) -> Select[tuple[Grant]]:
        """The grant, locked until the transaction ends."""
        return select(cls).where(cls.id == grant_id).with_for_update()
