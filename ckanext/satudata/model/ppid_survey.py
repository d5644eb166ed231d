"""Answers to the two questions after a request: no request, no person, no day."""

from __future__ import annotations

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id


class PpidSurvey(Base):
    """One answer. Which request it is about is kept nowhere; that a request was asked about, in the request."""

    __tablename__ = "satudata_ppid_survey"

    id: Mapped[str] = mapped_column(Text, primary_key=True, default=new_id)
    month: Mapped[str] = mapped_column(Text, index=True)
    """`2026-03`: when the answer to the survey came."""
    decision: Mapped[str] = mapped_column(Text)
    """The decision on the request, as there."""
    service: Mapped[int] = mapped_column(Integer)
    """1 (bad) to 4 (very good), the scale of Permenpan RB 14/2017."""
    fit: Mapped[str] = mapped_column(Text)
    """Whether the answer was what was needed: `yes`, `partly`, `no`."""
