"""Figures of dashboards for everybody, counted by the worker and kept for some minutes.

They are of all time: over a million downloads nobody would wait for them, and every visitor asks for the same. What is
narrowed or withdrawn leaves them at once nevertheless: they are kept with a hash of what was open then, and are void as
soon as anything else is open. Names are not kept. A dashboard of officers is counted when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from ckanext.satudata.domain.dashboard_definition import Definition, TileSpec
from ckanext.satudata.domain.report import Kind
from ckanext.satudata.domain.report_facts import FACTS, IDS
from ckanext.satudata.model.kept_board import KeptBoard
from ckanext.satudata.reports import dashboards, download_facts, tiles
from ckanext.satudata.reports.tiles import Figures
from ckanext.satudata.shared import clock, periodic
from ckanext.satudata.shared.publishing import opened
from ckanext.satudata.shared.transaction import transaction

AGAIN = timedelta(minutes=10)
"""The worker counts again after so long, and sooner where other data are open."""
LONGEST = timedelta(minutes=20)
"""Older figures are shown to nobody: no worker runs."""


def figures(session: Any, spec: Definition, agency_id: str = "") -> tuple[Mapping[str, Figures], datetime]:
    """The numbers of a dashboard, of one agency or of all, and of when they are."""
    as_of_at = clock.now()
    if _is_kept(spec):
        row = session.get(KeptBoard, spec.name)
        if row is not None and _holds(row, spec, LONGEST) and row.open_now == open_now(session):
            return {key: Figures(**one) for key, one in row.figures.items()}, row.as_of_at
    return tiles.counted(session, spec, agency_id=agency_id), as_of_at


@periodic.every(minutes=1, name="public-dashboards")
def keep() -> int:
    """Counts again what is due; returns how many dashboards were counted."""
    done = 0
    for spec in filter(_is_kept, dashboards.current().values()):
        with transaction():
            session, as_of_at = model.Session, clock.now()
            # Before it is counted: what is closed meanwhile makes it void.
            state, row = open_now(session), session.get(KeptBoard, spec.name)
            if row is not None and _holds(row, spec, AGAIN) and row.open_now == state:
                continue
            found = {key: asdict(one) for key, one in tiles.counted(session, spec).items()}
            new = insert(KeptBoard).values(
                name=spec.name, version=_version(spec), open_now=state, as_of_at=as_of_at, figures=found
            )
            values = {name: new.excluded[name] for name in ("version", "open_now", "as_of_at", "figures")}
            session.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))
            session.expire_all()
            done += 1
    return done


def open_now(session: Any) -> str:
    """A hash of the data and files that are open: which, whose and since when."""
    found, closed = opened.opened().subquery(), download_facts.closed_files().subquery()
    each = sa.func.concat_ws("|", found.c.package_id, found.c.organization_id, found.c.at)
    parts = (
        sa.select(sa.func.string_agg(each, aggregate_order_by(",", found.c.package_id))),
        sa.select(sa.func.string_agg(closed.c.resource_id, aggregate_order_by(",", closed.c.resource_id))),
    )
    whole = sa.func.concat_ws(";", *(sa.func.coalesce(part.scalar_subquery(), "") for part in parts))
    told: str = session.scalar(sa.select(sa.func.md5(whole)))
    return told


def _is_kept(spec: Definition) -> bool:
    """Of everybody's only those whose groups are ids or codes: the worker does not speak the reader's language."""
    return spec.audience.is_public and not any(_is_said(one) for one in spec.tiles)


def _is_said(tile: TileSpec) -> bool:
    columns = FACTS[tile.measure.facts]
    return bool(tile.by) and tiles.key_of(tile.by, columns) not in IDS and columns[tile.by].kind is not Kind.CODE


def _holds(row: KeptBoard, spec: Definition, most: timedelta) -> bool:
    return row.version == _version(spec) and clock.now() - row.as_of_at < most


def _version(spec: Definition) -> str:
    """Changes with what is counted, and every day: all are of a time up to today."""
    return hashlib.sha256(f"{clock.today()} {spec.years} {spec.tiles}".encode()).hexdigest()
