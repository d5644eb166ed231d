"""How complete the descriptions of datasets are, by the same rules as on their forms (`domain.metadata`).

These rules are no statement of the database: datasets are read one after the other, and what was found is written to a
temporary table, so that no more of them than one is ever held.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import metadata
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.reports import agencies
from ckanext.satudata.reports.facts import Asked, reads, title

AT_ONCE = 1000
_FOUND = sa.Table(
    "satudata_completeness",
    sa.MetaData(),
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("score", sa.Integer),
    sa.Column("complete", sa.Boolean),
    sa.Column("gaps", sa.Text),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@reads("metadata")
def _metadata(asked: Asked) -> sa.Select:
    """Every dataset of the register as it stands now."""
    _find(asked.session)
    package = model.Package
    return (
        sa.select(
            package.owner_org.label("agency"),
            package.id.label("package"),
            title(package.id).label("dataset"),
            agencies.name(package.owner_org).label("producer"),
            DatasetState.access_level.label("level"),
            _FOUND.c.score,
            _FOUND.c.complete,
            _FOUND.c.gaps,
        )
        .join(_FOUND, _FOUND.c.package_id == package.id)
        .join(DatasetState, DatasetState.package_id == package.id)
    )


def _find(session: Any) -> None:
    """Writes anew how complete every dataset is."""
    connection = session.connection()
    if _is_there(connection):
        connection.execute(sa.delete(_FOUND))
    else:
        _FOUND.create(connection)
    rows: list[dict[str, Any]] = []
    for id_, dataset in _datasets(connection):
        found = metadata.completeness(dataset)
        gaps = [tk._(gap.label) for gap in found.missing if gap.demanded]
        rows.append({"package_id": id_, "score": found.score, "complete": not gaps, "gaps": ", ".join(gaps)})
        if len(rows) == AT_ONCE:
            connection.execute(sa.insert(_FOUND), rows)
            rows = []
    if rows:
        connection.execute(sa.insert(_FOUND), rows)
    connection.execute(sa.text("ANALYZE satudata_completeness"))


def _is_there(connection: Any) -> bool:
    return connection.scalar(sa.text("SELECT to_regclass('pg_temp.satudata_completeness')")) is not None


def _datasets(connection: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Id and fields of every dataset of the register, with those of its files."""
    package, resource = model.Package, model.Resource
    held = sa.and_(resource.package_id == package.id, resource.state == model.State.ACTIVE)
    query = (
        sa.select(
            package.id,
            package.title,
            package.notes,
            package.owner_org,
            package.license_id,
            package.extras,
            resource.id.label("resource_id"),
            resource.extras.label("own"),
        )
        .join(DatasetState, DatasetState.package_id == package.id)
        .outerjoin(resource, held)
        .where(package.state == model.State.ACTIVE)
        .order_by(package.id)
    )
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    for id_, lines in groupby(rows, key=lambda row: row.id):
        several = list(lines)
        first = several[0]
        own = {name: getattr(first, name) for name in ("title", "notes", "owner_org", "license_id")}
        files = [{"id": row.resource_id, **(row.own or {})} for row in several if row.resource_id]
        yield id_, {**(first.extras or {}), **own, "resources": files}
