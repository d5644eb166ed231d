"""For which address and which password it is known that they are the officer's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, String, Text, and_, column, exists, func, table
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from ckanext.satudata.model.base import Base, utcnow

_user = table("user", column("id", Text), column("email", Text), column("password", Text))


class AccountProof(Base):
    """One row for each account that holds or held a role. Its roles count only while both columns fit the account."""

    __tablename__ = "satudata_account_proof"

    user_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    """The address the roles rest on, in small letters; a link that is mailed to another proves nothing."""
    password_mark: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256, hexadecimal, of the stored password hash as its owner left it; empty until the owner chose one, a
    word (`accounts.FOREIGN`) since somebody else set it."""
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def holds_for(cls, user_id: Any, mark: str | None = None) -> ColumnElement[bool]:
        """The condition that the account is its owner's, for a query that has `user_id`; with `mark`, that the
        password is that one still."""
        stored = func.convert_to(func.coalesce(_user.c.password, ""), "UTF8")
        return exists().where(
            and_(
                cls.user_id == user_id,
                _user.c.id == cls.user_id,
                func.lower(_user.c.email) == cls.email,
                func.encode(func.sha256(stored), "hex") == cls.password_mark,
                cls.password_mark == (cls.password_mark if mark is None else mark),
            )
        )
