"""What consequence tests have decided: the proof that a restriction was tested, which no form can write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, utcnow


class RestrictionTest(Base):
    """The newest decided test of each level of a dataset, or of one of its files (`resource_id` "": the dataset).

    Written by PPID's approval alone (`shared.levels.classification.restate`).
    """

    __tablename__ = "satudata_restriction_test"

    package_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    resource_id: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    level: Mapped[str] = mapped_column(String(20), primary_key=True)
    """The `domain.access.Level` value that was tested."""
    stated: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The `access_…` fields as they were decided."""
    case_id: Mapped[str] = mapped_column(Text)
    """The case that holds the test, its minutes and PPID's approval."""
    tested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def of_package(cls, package_id: str) -> Select[tuple[RestrictionTest]]:
        """Every test of a dataset and its files."""
        return select(cls).where(cls.package_id == package_id)
