"""How complete the descriptions of datasets are, by the same rules as on their forms (`domain.metadata`).

These rules are no statement of the database: datasets are read one after the other, and what was found is written to a
temporary table, so that no more of them than one is ever held. A dashboard does not wait for that: `described` is what
`look` found within the last minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain import metadata
from ckanext.satudata.model.completeness import KeptCompleteness, MonthCompleteness
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.reports.facts import WEIGHT, Asked, reads, register
from ckanext.satudata.shared import clock, periodic
from ckanext.satudata.shared.transaction import transaction

AT_ONCE = 1000
_FOUND = sa.Table(
    "satudata_completeness_now",
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
    return register(_FOUND.c.score, _FOUND.c.complete, _FOUND.c.gaps).join(
        _FOUND, _FOUND.c.package_id == DatasetState.package_id
    )


@reads("described")
def _described(asked: Asked) -> sa.Select:
    """The same, as `look` found it last; looked at now where it never did, and not kept: who counts writes nothing."""
    if asked.session.scalar(sa.select(sa.func.count()).select_from(KeptCompleteness)) == 0:
        _find(asked.session)
        found = register(_FOUND.c.score, _FOUND.c.complete).join(_FOUND, _FOUND.c.package_id == DatasetState.package_id)
        return found.where(model.Package.state == model.State.ACTIVE)
    return (
        register(KeptCompleteness.score, KeptCompleteness.complete)
        .join(KeptCompleteness, KeptCompleteness.package_id == DatasetState.package_id)
        .where(model.Package.state == model.State.ACTIVE)
    )


@reads("descriptions")
def _descriptions(asked: Asked) -> sa.Select:
    """Every dataset of the register, once for each month in which it was looked at."""
    row = MonthCompleteness
    told = row.organization_id.label("agency"), row.month, row.seen_at.label("at")
    parts = [
        sa.select(*told, sa.literal(is_complete).label("complete"), count.label(WEIGHT)).where(
            asked.within(row.seen_at), count > 0
        )
        for is_complete, count in ((True, row.complete), (False, row.incomplete))
    ]
    rows = sa.union_all(*parts).subquery("months")
    columns = [column for column in rows.c if column.key != WEIGHT]
    if asked.together:
        found = sa.select(*columns, rows.c[WEIGHT])
    else:
        each = sa.func.generate_series(1, rows.c[WEIGHT]).table_valued(name="each")
        found = sa.select(*columns).select_from(rows.join(each, sa.true()))
    return asked.with_agency(found, rows.c.agency, rows.c["at"])


@periodic.every(minutes=10, name="completeness")
def look() -> int:
    """Looks at every dataset again; returns how many there are."""
    with transaction():
        return _keep(model.Session.connection())


def _keep(connection: Any) -> int:
    seen_at, rows = clock.now(), []
    for id_, found, gaps in _looked_at(connection):
        rows.append({"package_id": id_, "score": found.score, "complete": not gaps, "seen_at": seen_at})
    for start in range(0, len(rows), AT_ONCE):
        new = insert(KeptCompleteness).values(rows[start : start + AT_ONCE])
        values = {name: new.excluded[name] for name in ("score", "complete", "seen_at")}
        connection.execute(new.on_conflict_do_update(index_elements=["package_id"], set_=values))
    connection.execute(sa.delete(KeptCompleteness).where(KeptCompleteness.seen_at < seen_at))
    _keep_month(connection, seen_at)
    return len(rows)


def _keep_month(connection: Any, seen_at: datetime) -> None:
    """What was found stands for this month until it is looked at again; the last look of a month stays."""
    row, found = MonthCompleteness, KeptCompleteness
    month = f"{seen_at.astimezone(clock.zone()):%Y-%m}"
    connection.execute(sa.delete(row).where(row.month == month))
    agency = sa.func.coalesce(model.Package.owner_org, "")
    counted = (
        sa.select(
            sa.literal(month),
            agency,
            sa.func.count().filter(found.complete),
            sa.func.count().filter(sa.not_(found.complete)),
            sa.literal(seen_at, sa.DateTime(timezone=True)),
        )
        .join(model.Package, model.Package.id == found.package_id)
        .group_by(agency)
    )
    connection.execute(insert(row).from_select([*row.__table__.c.keys()], counted))


def _find(session: Any) -> None:
    """Writes anew how complete every dataset is."""
    connection = session.connection()
    if _is_there(connection):
        connection.execute(sa.delete(_FOUND))
    else:
        _FOUND.create(connection)
    rows: list[dict[str, Any]] = []
    for id_, found, gaps in _looked_at(connection):
        told = ", ".join(map(tk._, gaps))
        rows.append({"package_id": id_, "score": found.score, "complete": not gaps, "gaps": told})
        if len(rows) == AT_ONCE:
            connection.execute(sa.insert(_FOUND), rows)
            rows = []
    if rows:
        connection.execute(sa.insert(_FOUND), rows)
    connection.execute(sa.text("ANALYZE satudata_completeness_now"))


def _looked_at(connection: Any) -> Iterator[tuple[str, metadata.Completeness, list[str]]]:
    """Each dataset: its id, its completeness, and what is demanded and missing (msgids)."""
    for id_, dataset in _datasets(connection):
        found = metadata.completeness(dataset)
        yield id_, found, [gap.label for gap in found.missing if gap.demanded]


def _is_there(connection: Any) -> bool:
    return connection.scalar(sa.text("SELECT to_regclass('pg_temp.satudata_completeness_now')")) is not None


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
