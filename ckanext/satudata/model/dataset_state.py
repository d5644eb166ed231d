"""Where a dataset stands on its way to the public, and what it will be called there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class DatasetState(Base):
    """One row for each dataset; a dataset without a row was never released."""

    __tablename__ = "satudata_dataset_state"

    package_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    """A `domain.access.DatasetStage` value."""
    access_level: Mapped[str] = mapped_column(String(20))
    """A `domain.access.Level` value, as last saved."""
    final_name: Mapped[str] = mapped_column(Text)
    """The name it gets when first published; until then its name is random, because a slug tells the title."""
    first_published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    former: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The whole description as it was public, kept when it is withdrawn."""
    own_licence: Mapped[str | None] = mapped_column(Text)
    """The open licence that its agency chose, while what is served is not open."""
    editors: Mapped[list[str]] = mapped_column(JSONB, default=list)
    """Ids of the users who saved it as a draft: none of them may check it (four eyes)."""
    form_key: Mapped[str | None] = mapped_column(String(36), unique=True)
    """The form that made it; sent twice, it makes one dataset."""
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, onupdate=utcnow)
    found_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When this portal came and found it there (`shared.publishing.found`); empty for what was made since."""
    adopted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When what was found became the portal's own, its files in the vault."""

    @property
    def waits_for_adoption(self) -> bool:
        """Whether it was found and is served as it was, by the tables and the storage of CKAN."""
        return self.found_at is not None and self.adopted_at is None

    @classmethod
    def of(cls, package_ids: Collection[str]) -> Select[tuple[DatasetState]]:
        """The rows of these datasets."""
        return select(cls).where(cls.package_id.in_(package_ids))

    @classmethod
    def made_by(cls, form_key: str) -> Select[tuple[DatasetState]]:
        """The dataset that this form made."""
        return select(cls).where(cls.form_key == form_key)

    @classmethod
    def formerly(cls, name: str) -> Select[tuple[DatasetState]]:
        """What was withdrawn while it had this name, the newest first."""
        return (
            select(cls)
            .where(cls.withdrawn_at.is_not(None), cls.former["name"].astext == name)
            .order_by(cls.withdrawn_at.desc())
        )

    @classmethod
    def locked(cls, package_id: str) -> Select[tuple[DatasetState]]:
        """The row, locked until the transaction ends."""
        return select(cls).where(cls.package_id == package_id).with_for_update()

    @classmethod
    def withdrawn_since(cls, since: datetime | None) -> Select[tuple[DatasetState]]:
        """What was public and is not any more, newest last."""
        found = select(cls).where(cls.withdrawn_at.is_not(None)).order_by(cls.withdrawn_at, cls.package_id)
        return found if since is None else found.where(cls.withdrawn_at >= since)
