"""Each change of the level of what is public: the record, the report, and what a killed process left to do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, Select, String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.domain.access import Level
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.base import Base, new_id


class Reclassification(Base):
    """One operation. It is written in the transaction that changes the level."""

    __tablename__ = "satudata_reclassification"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    package_id: Mapped[str] = mapped_column(String(100), index=True)
    resource_id: Mapped[str | None] = mapped_column(String(100))
    """Empty where the whole dataset was reclassified."""
    organization_id: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    """A `domain.reclassification.Kind` value."""
    from_level: Mapped[str] = mapped_column(String(20))
    to_level: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(Text)
    """What the data were called, for officers: the stub has no title any more."""
    reason: Mapped[str] = mapped_column(Text)
    ground: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """The `access_…` fields that were named with it; empty where there were none."""
    by_id: Mapped[str | None] = mapped_column(String(100))
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    provisional: Mapped[bool] = mapped_column(Boolean)
    """A test and a decision must follow; whether they did, the case tells."""
    case_id: Mapped[str | None] = mapped_column(String(36), index=True)
    done: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What was done, as counts (`shared.levels.reclassify.COUNTED`), and under `exposed` what was open since when."""
    pending: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    """What must still be done outside the database: `{"what": "object" | "rows" | "index" | "load", "id": …}`."""
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    """When nothing was pending any more."""
    form_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    """The form that asked for it; sent twice, it is one operation."""

    @classmethod
    def unfinished(cls) -> Select[tuple[str]]:
        """Ids of those whose clean-up is not at its end, the oldest first."""
        return select(cls.id).where(cls.finished_at.is_(None)).order_by(cls.at, cls.id)

    @classmethod
    def has_pending(cls, package_id: str, what: str, id_: str) -> Select[tuple[str]]:
        """Ids of those of a dataset after which this one thing is still to be removed."""
        return select(cls.id).where(cls.package_id == package_id, cls.pending.contains([{"what": what, "id": id_}]))

    @classmethod
    def locked(cls, record_id: str) -> Select[tuple[Reclassification]]:
        """The record, locked until the transaction ends; none where somebody else is at it."""
        return select(cls).where(cls.id == record_id).with_for_update(skip_locked=True)

    @classmethod
    def asked_by(cls, form_key: str) -> Select[tuple[Reclassification]]:
        """What this form did."""
        return select(cls).where(cls.form_key == form_key)

    @classmethod
    def newest_since(cls, package_ids: Collection[str], since: datetime) -> Select[tuple[Reclassification]]:
        """The newest of each of these datasets as a whole, from `since` on."""
        query = select(cls).where(cls.package_id.in_(package_ids), cls.resource_id.is_(None), cls.at >= since)
        return query.order_by(cls.package_id, cls.at.desc()).distinct(cls.package_id)

    @classmethod
    def of(cls, package_id: str) -> Select[tuple[Reclassification]]:
        """What was done to one dataset, the oldest first."""
        return select(cls).where(cls.package_id == package_id).order_by(cls.at, cls.id)

    @classmethod
    def narrowed(cls, package_id: str, resource_id: str | None = None) -> Select[tuple[Reclassification]]:
        """What narrowed this file, itself or with its dataset, the newest first; None: anything of the dataset."""
        found = select(cls).where(cls.package_id == package_id, cls.kind != Kind.WIDENING.value)
        if resource_id is not None:
            found = found.where(cls.resource_id.is_(None) | (cls.resource_id == resource_id))
        return found.order_by(cls.at.desc(), cls.id)

    @classmethod
    def of_case(cls, case_id: str) -> Select[tuple[Reclassification]]:
        """What one case is about, the oldest first."""
        return select(cls).where(cls.case_id == case_id).order_by(cls.at, cls.id)

    @classmethod
    def closings(cls, package_id: str, resource_id: str, since: datetime | None) -> Select[tuple[str]]:
        """Ids of those that closed this file, by itself or with its whole dataset, since it was last released."""
        whose = cls.resource_id.is_(None) | (cls.resource_id == resource_id)
        return select(cls.id).where(
            cls.package_id == package_id, whose, cls.kind != Kind.WIDENING.value, cls.at >= since
        )

    @classmethod
    def restored(cls, package_id: str) -> Select[tuple[Reclassification]]:
        """What made a dataset out of its stub again, the newest first."""
        back = (cls.kind == Kind.WIDENING.value, cls.from_level == Level.TERTUTUP.value, cls.resource_id.is_(None))
        return select(cls).where(cls.package_id == package_id, *back).order_by(cls.at.desc(), cls.id)

    @property
    def leaves_stub(self) -> bool:
        """Whether the description went too."""
        return self.kind != Kind.WIDENING.value and self.to_level == Level.TERTUTUP.value and not self.resource_id

    @classmethod
    def newest(
        cls, *, kinds: Collection[str], organization_ids: Collection[str] | None
    ) -> Select[tuple[Reclassification]]:
        """The newest first; `organization_ids` None: of every agency."""
        found = select(cls).where(cls.kind.in_(kinds)).order_by(cls.at.desc(), cls.id)
        return found if organization_ids is None else found.where(cls.organization_id.in_(organization_ids))
