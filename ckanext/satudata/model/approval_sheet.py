"""What was printed for a head to sign: which cases, and the content of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Select, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.vault_object import VaultObject


class ApprovalSheet(Base):
    """One sheet of cases of one process and agency, so that whoever may see one of them may see all.

    What became of an item stands at its step; nothing here is changed but `scan_id`, the newest signed page.
    """

    __tablename__ = "satudata_approval_sheet"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(100), index=True)
    """Who is to sign."""
    process: Mapped[str] = mapped_column(String(60))
    organization_id: Mapped[str | None] = mapped_column(String(100))
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`{step_id, case_id, content}` in the printed order; `content` as `shared.heads.signing.content_of`."""
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    scan_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))

    @classmethod
    def of_head(cls, user_id: str) -> Select[tuple[ApprovalSheet]]:
        """The person's sheets, the newest first."""
        return select(cls).where(cls.user_id == user_id).order_by(cls.made_at.desc(), cls.id)
