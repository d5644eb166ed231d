"""Revisions of published datasets: the one open working copy, and every version that was public."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, Integer, Select, String, Text, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.domain.revision import OPEN, RevisionState
from ckanext.satudata.model.base import Base, new_id, utcnow

_OPEN = [state.value for state in OPEN]


class Revision(Base):
    """One revision. What it says is never in a core table before it is published."""

    __tablename__ = "satudata_revision"
    __table_args__ = (
        UniqueConstraint("package_id", "number"),
        Index(
            "uq_satudata_revision_open",
            "package_id",
            unique=True,
            postgresql_where=text("state in ('draft', 'in_review', 'approved')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    package_id: Mapped[str] = mapped_column(String(100), index=True)
    number: Mapped[int | None] = mapped_column(Integer)
    """Of a version: 1 for the first that was public. An open or discarded revision has none."""
    base_id: Mapped[str | None] = mapped_column(ForeignKey("satudata_revision.id"))
    """The version that it changes."""
    restored_id: Mapped[str | None] = mapped_column(ForeignKey("satudata_revision.id"))
    """The older version that it brings back."""
    state: Mapped[str] = mapped_column(String(20))
    """A `domain.revision.RevisionState` value."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    files: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    """Resource → its row of `satudata_resource_file`."""
    hash: Mapped[str] = mapped_column(String(64))
    """Of content and files as last saved, see `domain.revision.digest`."""
    reviewed_hash: Mapped[str | None] = mapped_column(String(64))
    """The hash that was sent to review: only this is published."""
    saves: Mapped[int] = mapped_column(Integer, default=0)
    touched: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    """Part → the save that last changed it."""
    editors: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """Ids of the users who saved it: none of them may check it (four eyes)."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    changed_by: Mapped[str | None] = mapped_column(String(100))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[str | None] = mapped_column(Text)
    pending: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    """What a publication must still do outside the database: `{"what": "object" | "rows" | "load" | …, "id": …}`."""

    @classmethod
    def open_of(cls, package_id: str) -> Select[tuple[Revision]]:
        """The working copy of a dataset, if there is one."""
        return select(cls).where(cls.package_id == package_id, cls.state.in_(_OPEN))

    @classmethod
    def versions_of(cls, package_id: str) -> Select[tuple[Revision]]:
        """What was public, the newest first."""
        published = cls.state == RevisionState.PUBLISHED.value
        return select(cls).where(cls.package_id == package_id, published).order_by(cls.number.desc())

    @classmethod
    def of_package(cls, package_id: str) -> Select[tuple[Revision]]:
        """Every revision of a dataset."""
        return select(cls).where(cls.package_id == package_id)

    @classmethod
    def unfinished(cls) -> Select[tuple[str]]:
        """Ids of versions after whose publication something is still to be done."""
        return select(cls.id).where(cls.pending != text("'[]'::jsonb")).order_by(cls.published_at, cls.id)

    @classmethod
    def has_pending(cls, package_id: str, what: str, id_: str) -> Select[tuple[str]]:
        """Ids of versions of a dataset after which this one thing is still to be done."""
        return select(cls.id).where(cls.package_id == package_id, cls.pending.contains([{"what": what, "id": id_}]))
