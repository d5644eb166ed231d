"""What the templates of posts, the home page and the page of a dataset ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import chart_kept
from ckanext.satudata.helpers.chart import drawn
from ckanext.satudata.model.post import Post, PostVersion
from ckanext.satudata.posts import content
from ckanext.satudata.shared.publishing import posts

__all__ = ["satudata_dataset_posts", "satudata_newest_posts", "satudata_post_chart", "satudata_report_data"]


def satudata_post_chart(kept: dict[str, Any]) -> dict[str, Any]:
    """The chart that was kept with the picked data, as `satudata_chart` says it, in the reader's language."""
    found = chart_kept.read(kept)
    return drawn(replace(found, unit=tk.h.satudata_term("satuan", found.unit) or ""))


def satudata_dataset_posts(package_id: str) -> list[dict[str, Any]]:
    """Public posts and reports that were made of this dataset, the newest first."""
    return tk.get_action("satudata_post_list")({"user": ""}, {"package_id": package_id, "limit": 10})


def satudata_newest_posts(count: int = 3) -> list[dict[str, Any]]:
    """The newest public ones, for the home page."""
    return tk.get_action("satudata_post_list")({"user": ""}, {"limit": count})


def satudata_report_data(package_id: str) -> list[dict[str, Any]]:
    """The data of the analysis report that this dataset is, as far as the public knows of them: `name`, `title`."""
    session = model.Session()
    row = session.execute(
        sa.select(Post, PostVersion)
        .join(PostVersion, (PostVersion.post_id == Post.id) & (PostVersion.number == Post.version))
        .where(Post.dataset_id == package_id)
    ).first()
    if row is None:
        return []
    found = {**content.EMPTY, **row[1].content}
    packages = [model.Package.get(one["package_id"]) for one in found["sources"]]
    shown = {one.id: one for one in packages if one is not None and posts.is_described(session, one.id)}
    return [{"name": one.name, "title": one.title} for one in shown.values()]
