"""The file or address behind a resource, version by version."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, Select, String, Text, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.vault_object import VaultObject


class ResourceFile(Base):
    """One version of what a resource really is; the core row has only what may be served."""

    __tablename__ = "satudata_resource_file"
    __table_args__ = (UniqueConstraint("resource_id", "version"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    resource_id: Mapped[str] = mapped_column(String(100), index=True)
    package_id: Mapped[str | None] = mapped_column(String(100), index=True)
    version: Mapped[int] = mapped_column(Integer)
    vault_object_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id), index=True)
    address: Mapped[str | None] = mapped_column(Text)
    """An external address; exactly one of this and `vault_object_id` is set, or neither for an empty resource."""
    real_format: Mapped[str] = mapped_column(String(40))
    public_location: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Name of the released copy in the public store."""
    withheld: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Description of a Tertutup resource of a dataset whose other resources are public."""
    revision_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The open revision that brought it; empty once that is published, and for a dataset's first draft."""
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    released_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The released copy or address is no longer served."""

    @property
    def is_released(self) -> bool:
        """Whether this version is what the public downloads now."""
        return self.released_at is not None and self.retired_at is None

    @property
    def is_taken_back(self) -> bool:
        """Whether this was described to the public and is Tertutup since."""
        return self.withheld is not None and self.retired_at is not None

    @classmethod
    def newest(cls, resource_ids: Collection[str], revision_id: str | None = None) -> Select[tuple[ResourceFile]]:
        """The newest version of each of these resources; with `revision_id` as that open revision has them.

        What an open revision brought is nobody's else.
        """
        return (
            select(cls)
            .where(
                cls.resource_id.in_(resource_ids),
                cls.revision_id.is_(None) | (cls.revision_id == revision_id)
                if revision_id
                else cls.revision_id.is_(None),
            )
            .distinct(cls.resource_id)
            .order_by(cls.resource_id, cls.version.desc())
        )

    @classmethod
    def same_bytes(cls, vault_object_id: str) -> Select[tuple[ResourceFile]]:
        """Every version of a resource that holds exactly the bytes of this file, its own first."""
        sha256 = select(VaultObject.sha256).where(VaultObject.id == vault_object_id).scalar_subquery()
        return (
            select(cls)
            .join(VaultObject, VaultObject.id == cls.vault_object_id)
            .where(VaultObject.sha256 == sha256, cls.package_id.is_not(None), cls.revision_id.is_(None))
            .order_by((cls.vault_object_id == vault_object_id).desc(), cls.package_id, cls.version)
        )

    @classmethod
    def of_package(cls, package_id: str) -> Select[tuple[ResourceFile]]:
        """Every version of every resource of a dataset, but for what an open revision brought."""
        mine = cls.package_id == package_id
        return select(cls).where(mine, cls.revision_id.is_(None)).order_by(cls.resource_id, cls.version)

    @classmethod
    def brought_by(cls, revision_id: str) -> Select[tuple[ResourceFile]]:
        """What an open revision brought."""
        return select(cls).where(cls.revision_id == revision_id).order_by(cls.resource_id, cls.version)

    @classmethod
    def of_open_revision(cls, resource_id: str) -> Select[tuple[ResourceFile]]:
        """What the open revision of its dataset brought for this resource."""
        return select(cls).where(cls.resource_id == resource_id, cls.revision_id.is_not(None)).limit(1)

    @classmethod
    def public_locations(cls) -> Select[tuple[str | None]]:
        """The names under which released copies are expected."""
        return select(cls.public_location).where(cls.public_location.is_not(None), cls.retired_at.is_(None))
