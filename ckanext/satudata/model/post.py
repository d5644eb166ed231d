"""Posts and analysis reports: one for each case, its versions, and where it was shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, Select, String, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base, new_id, utcnow
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.vault_object import VaultObject


class Post(Base):
    """What a case of `channel_post` or `analysis_report` makes. Public while published and not withdrawn.

    Whether each of its data is still open is asked anew whenever it is shown (`shared.publishing.posts`).
    """

    __tablename__ = "satudata_post"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(Text, ForeignKey(Case.id), unique=True)
    process: Mapped[str] = mapped_column(String(40))
    organization_id: Mapped[str | None] = mapped_column(String(100), index=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """The newest version; once published it is the published one."""
    number: Mapped[int | None] = mapped_column(Integer, unique=True)
    """The number in its public address; only a published post has one."""
    dataset_id: Mapped[str | None] = mapped_column(String(100), index=True)
    """The dataset that an analysis report became."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @classmethod
    def of_case(cls, case_id: str) -> Select[tuple[Post]]:
        """The post of a case."""
        return select(cls).where(cls.case_id == case_id)

    @classmethod
    def shown(cls) -> Select[tuple[Post, PostVersion]]:
        """Published posts with what was published, the newest first; of their data nothing is asked here."""
        return (
            select(cls, PostVersion)
            .join(PostVersion, (PostVersion.post_id == cls.id) & (PostVersion.number == cls.version))
            .where(cls.published_at.is_not(None), cls.withdrawn_at.is_(None))
            .order_by(cls.published_at.desc(), cls.id)
        )

    @classmethod
    def using(cls, package_id: str, resource_id: str = "") -> Select[tuple[Post, PostVersion]]:
        """Those of `shown` that were made of this dataset, or of this file of it."""
        wanted = {"package_id": package_id, **({"resource_id": resource_id} if resource_id else {})}
        return cls.shown().where(PostVersion.content.contains({"sources": [wanted]}))


class PostVersion(Base):
    """One version of the content, whole; nothing changes it. `content` is as `domain.post` reads it."""

    __tablename__ = "satudata_post_version"

    post_id: Mapped[str] = mapped_column(ForeignKey(Post.id), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by: Mapped[str | None] = mapped_column(String(100))
    saved_by_name: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def of_post(cls, post_id: str) -> Select[tuple[PostVersion]]:
        """Every version, the newest first."""
        return select(cls).where(cls.post_id == post_id).order_by(cls.number.desc())


class PostChannel(Base):
    """The channel log: where a post was shown, when, by whom, with the picture of the screen."""

    __tablename__ = "satudata_post_channel"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    post_id: Mapped[str] = mapped_column(ForeignKey(Post.id), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Text)
    shown_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    screenshot_id: Mapped[str | None] = mapped_column(ForeignKey(VaultObject.id))
    added_by: Mapped[str | None] = mapped_column(String(100))
    added_by_name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)

    @classmethod
    def of_post(cls, post_id: str) -> Select[tuple[PostChannel]]:
        """The log of a post, oldest first."""
        return select(cls).where(cls.post_id == post_id).order_by(cls.shown_at, cls.id)
