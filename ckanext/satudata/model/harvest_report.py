"""What was said of a record when another portal's dataset was last harvested."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class HarvestReport(Base):
    """The newest report of one draft that an import made; a record without dirt has none."""

    __tablename__ = "satudata_harvest_report"

    package_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    source_id: Mapped[str | None] = mapped_column(String(100), index=True)
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Each `{field, text, params}`; `text` is a msgid."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def of_source(cls, source_id: str) -> Select[tuple[HarvestReport]]:
        """The reports of a source, the newest first."""
        return select(cls).where(cls.source_id == source_id).order_by(cls.at.desc(), cls.package_id)
