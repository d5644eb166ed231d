"""Every download of bytes or rows, for the reports. Nothing here tells who it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, Select, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.model.institution import Spelling


class Download(Base):
    """One download. No address of the network, no person: only the kind of client.

    Of who signed the guestbook, profession and institution stay with the count; `guest_id` ends with the person.
    """

    __tablename__ = "satudata_download"
    __table_args__ = (
        Index("ix_satudata_download_resource_id_at", "resource_id", "at"),
        # What `downloads.counted` takes, with all that a number of it reads: the rows themselves are not looked at.
        Index(
            "ix_satudata_download_counted",
            "at",
            postgresql_include=["package_id", "resource_id", "grant_id", "channel", "client"],
            postgresql_where=text(
                "channel in ('file', 'link', 'rows', 'grant') and client not in ('internal', 'robot')"
            ),
        ),
        Index("ix_satudata_download_guest_id", "guest_id", postgresql_where=text("guest_id is not null")),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, index=True)
    package_id: Mapped[str | None] = mapped_column(String(100), index=True)
    resource_id: Mapped[str | None] = mapped_column(String(100))
    resource_version: Mapped[int | None] = mapped_column(Integer)
    grant_id: Mapped[str | None] = mapped_column(String(36), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    """`file`, `link` (redirect to an address elsewhere), `rows` (of the DataStore), `grant`, `officer`."""
    client: Mapped[str] = mapped_column(String(20))
    """See `domain.clients`."""
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of a personal link: how much was sent, or is on the way, for this one counted download."""

    profession: Mapped[str | None] = mapped_column(String(40))
    """A code of `domain.guestbook.PROFESSIONS`; None where nobody signed."""
    spelling_id: Mapped[str | None] = mapped_column(ForeignKey(Spelling.id))
    guest_id: Mapped[str | None] = mapped_column(ForeignKey(Guest.id, ondelete="SET NULL"))

    @classmethod
    def newest_of(cls, grant_id: str, since: datetime) -> Select[tuple[Download]]:
        """The newest download of a personal link that was counted since then."""
        return select(cls).where(cls.grant_id == grant_id, cls.at >= since).order_by(cls.at.desc()).limit(1)

    @classmethod
    def locked(cls, download_id: str) -> Select[tuple[Download]]:
        """The download, locked until the transaction ends."""
        return select(cls).where(cls.id == download_id).with_for_update()
