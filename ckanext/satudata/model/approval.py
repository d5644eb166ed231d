"""Who approved exactly which content of a dataset, on which levels, and what the public got of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class Approval(Base):
    """One approval; it is never changed, but for what the public got of it."""

    __tablename__ = "satudata_approval"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    package_id: Mapped[str] = mapped_column(String(100), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """A `shared.publishing.approvals.Kind` value."""
    case_id: Mapped[str | None] = mapped_column(String(36))
    revision_id: Mapped[str | None] = mapped_column(String(36))
    """The change of published data that was approved; empty for a first draft."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the content with its files (`shared.publishing.approvals.hash_of`); of a change `Revision.reviewed_hash`."""
    levels: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Who sent it and who approved it, in order: `{step, role, command, by_id, by_name, acting, at}`."""
    lacks: Mapped[list[str]] = mapped_column(JSONB)
    """Fields that were empty in what was adopted, and `files:<id>` for a file that was not there."""
    approved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    served_sha256: Mapped[str | None] = mapped_column(String(64))
    """What the public got of it (`shared.publishing.approved.digests`); empty until it is published."""
    served_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_package(cls, package_id: str) -> Select[tuple[Approval]]:
        """Every approval of a dataset, the newest first."""
        return select(cls).where(cls.package_id == package_id).order_by(cls.approved_at.desc(), cls.id)

    @classmethod
    def served(cls, package_ids: Collection[str]) -> Select[tuple[Approval]]:
        """The approval that each of these datasets was last published under."""
        return (
            select(cls)
            .where(cls.package_id.in_(package_ids), cls.served_at.is_not(None))
            .distinct(cls.package_id)
            .order_by(cls.package_id, cls.served_at.desc())
        )
