"""How an officer wants the portal's mails, and until which day she was reminded."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class OfficerMail(Base):
    """One row for each account that chose something or was reminded once.

    `language`: `id`, `en`, or empty for the portal's; `digest`: `daily`, `off`, or empty for the option's.
    """

    __tablename__ = "satudata_officer_mail"

    user_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    language: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(Text, default="")
    told_on: Mapped[date | None] = mapped_column(Date)
    """The last day whose reminders were queued; what came later is still to be told, however many runs were missed."""
