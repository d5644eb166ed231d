"""The applicant's personal link to each file that was given."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.sealed import Sealed


class PpidLink(Base):
    """One file's link as it is now; those it followed stand in the grants of the case."""

    __tablename__ = "satudata_ppid_link"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_request.id"), index=True)
    handover_id: Mapped[str] = mapped_column(ForeignKey("satudata_ppid_handover.id"), unique=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("satudata_grant.id"), unique=True)
    token: Mapped[bytes | None] = mapped_column(Sealed)
    """For the tracking page and the mail; the grant itself keeps a hash only. Emptied with the applicant's data."""

    @classmethod
    def of_request(cls, request_id: str) -> Select[tuple[PpidLink, PpidHandover, Grant]]:
        """The links of a request with their files, in the order the files were handed over."""
        return (
            select(cls, PpidHandover, Grant)
            .join(PpidHandover, PpidHandover.id == cls.handover_id)
            .join(Grant, Grant.id == cls.grant_id)
            .where(cls.request_id == request_id)
            .order_by(PpidHandover.given_at, PpidHandover.id)
        )
