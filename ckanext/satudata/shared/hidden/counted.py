"""Numbers that others count by statements of their own, without asking who may know: of public data only.

ckanext-stats counts hidden datasets by week, and takes harvest sources for datasets; so does CKAN's list of users.
"""

from __future__ import annotations

import functools
from typing import Any

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa

from ckanext.satudata.shared.hidden import labels

WEEKLY = ("get_new_packages", "get_deleted_packages", "get_package_revisions")


def begin() -> None:
    """Narrows what ckanext-stats counts, where it is loaded; safe to repeat."""
    if not p.plugin_loaded("stats"):
        return
    from ckanext.stats.stats import Stats

    if hasattr(Stats, "of_public"):
        return
    Stats.of_public = True
    for name in WEEKLY:
        setattr(Stats, name, _of_public(getattr(Stats, name)))
    Stats.largest_groups = staticmethod(_largest_groups)
    Stats.most_edited_packages = _edited(Stats.most_edited_packages)
    Stats.top_tags = _of_public_tags(Stats.top_tags)
    Stats.top_package_creators = _without_sources(Stats.top_package_creators)


def sources_by_creator() -> dict[str, int]:
    """How many harvest sources each user made; CKAN's numbers have them among the datasets."""
    rows = model.Session.execute(
        sa.select(model.Package.creator_user_id, sa.func.count())
        .where(model.Package.type == labels.SOURCE_TYPE, model.Package.state == "active")
        .where(model.Package.private.is_(False), model.Package.creator_user_id.is_not(None))
        .group_by(model.Package.creator_user_id)
    )
    return {str(user): int(count) for user, count in rows}


def public_tags() -> sa.Select:
    """The names of tags that a public dataset has, and those of vocabularies."""
    used = (
        sa.select(model.PackageTag.tag_id)
        .join(model.Package, model.Package.id == model.PackageTag.package_id)
        .where(model.PackageTag.state == "active", model.Package.state == "active", *_public())
    )
    return sa.select(model.Tag.name).where(sa.or_(model.Tag.vocabulary_id.is_not(None), model.Tag.id.in_(used)))


def _public() -> tuple[Any, ...]:
    return model.Package.private.is_(False), model.Package.type != labels.SOURCE_TYPE


def _largest_groups(limit: int = 10) -> list[tuple[Any, int]]:
    """The agencies with the most public datasets."""
    rows = model.Session.execute(
        sa.select(model.Group, sa.func.count())
        .join(model.Package, model.Package.owner_org == model.Group.id)
        .where(model.Package.state == "active", *_public())
        .group_by(model.Group)
        .order_by(sa.func.count().desc(), model.Group.id)
        .limit(limit)
    )
    return [(group, int(count)) for group, count in rows]


def _of_public(counted: Any) -> Any:
    @functools.wraps(counted)
    def public() -> list[Any]:
        ids = set(model.Session.scalars(sa.select(model.Package.id).where(*_public())))
        return [row for row in counted() if row[0] in ids]

    return staticmethod(public)


def _edited(counted: Any) -> Any:
    @functools.wraps(counted)
    def public(limit: int = 10) -> list[Any]:
        rows = counted(limit=limit + sum(sources_by_creator().values()))
        return [row for row in rows if row[0].type != labels.SOURCE_TYPE][:limit]

    return staticmethod(public)


def _of_public_tags(counted: Any) -> Any:
    @functools.wraps(counted)
    def public(limit: int = 10, returned_tag_info: str = "object") -> Any:
        names = set(model.Session.scalars(public_tags()))
        ids = set(model.Session.scalars(sa.select(model.Tag.id).where(model.Tag.name.in_(names))))
        known = {"name": lambda one: one in names, "id": lambda one: one in ids}
        knows = known.get(returned_tag_info, lambda one: one is not None and one.name in names)
        return [row for row in counted(limit=limit, returned_tag_info=returned_tag_info) if knows(row[0])]

    return staticmethod(public)


def _without_sources(counted: Any) -> Any:
    @functools.wraps(counted)
    def public(limit: int = 10) -> list[Any]:
        sources = sources_by_creator()
        rows = [(user, count - sources.get(user.id, 0)) for user, count in counted(limit=limit + len(sources)) if user]
        return sorted((row for row in rows if row[1] > 0), key=lambda row: -row[1])[:limit]

    return staticmethod(public)
