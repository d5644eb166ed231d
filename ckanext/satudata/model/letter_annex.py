"""Papers that went with a letter: copies, so that they stay as they were sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class LetterAnnex(Base):
    """One annex. `name` is what it is called, `decree_id` the decree whose paper it is."""

    __tablename__ = "satudata_letter_annex"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    letter_id: Mapped[str] = mapped_column(Text, ForeignKey("satudata_letter.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    decree_id: Mapped[str] = mapped_column(Text)
    vault_id: Mapped[str] = mapped_column(String(36), ForeignKey("satudata_vault_object.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)

    @classmethod
    def of(cls, *letter_ids: str) -> Select[tuple[LetterAnnex]]:
        """The annexes of these letters, in their order."""
        return select(cls).where(cls.letter_id.in_(letter_ids)).order_by(cls.letter_id, cls.position)
